"""Option lists: what is stored never changes."""

import pytest
from sqlalchemy import select

from smallcrm import entities
from smallcrm.core.db import db, write
from smallcrm.core.errors import Invalid, Refused
from smallcrm.entities import operations
from smallcrm.entities.models import FieldRow

from .shaping import change, errors_of


def listed(key, entity="customers"):
    return [(o.value, str(o.label), o.colour, o.retired) for o in entities.find(entity)[key].options]


def test_options_are_renamed_added_ordered_and_retired(app, boss, make):
    customer = make("customers", name="甲", level="D")
    options = [
        {"value": "B", "label": "重要", "colour": "amber"},
        {"value": "A", "label": "A", "colour": "red"},
        {"value": None, "label": "战略", "colour": "purple"},
        {"value": None, "label": "", "colour": "grey"},
        {"value": "C", "label": "C", "colour": "blue", "retired": True},
    ]
    operations.set_options("customers", "level", options, boss)
    assert listed("level") == [
        ("B", "重要", "amber", False),
        ("A", "A", "red", False),
        ("zhanlve", "战略", "purple", False),
        ("C", "C", "blue", True),
        ("D", "D 级", "grey", True),
    ]
    level = entities.find("customers")["level"]
    assert level.text(customer.level) == "D 级"
    change(customer, boss, name="乙", level="D")
    with pytest.raises(Invalid):
        change(make("customers", name="丙"), boss, level="D")
    change(customer, boss, level="战略")
    assert customer.level == "zhanlve"


def test_untouched_shipped_labels_stay_translated(app, boss):
    given = [{"value": o.value, "label": str(o.label)} for o in entities.find("customers")["status"].options]
    given[0]["label"] = "刚来的"
    operations.set_options("customers", "status", given, boss)
    kept = db.session.scalar(select(FieldRow.settings).where(FieldRow.key == "status"))["options"]
    assert [row["label"] for row in kept] == ["刚来的"] + [None] * (len(kept) - 1)
    assert listed("status")[0][1] == "刚来的"


def test_options_that_a_later_version_ships_are_not_lost(app, boss):
    operations.set_options("customers", "level", [{"value": "A", "label": "A"}], boss)
    with write():
        row = db.session.scalars(select(FieldRow).where(FieldRow.key == "level")).one()
        row.settings = {"options": [o for o in row.settings["options"] if o["value"] != "D"]}
        entities.schema.touch()
    assert listed("level")[-1][::3] == ("D", False)


@pytest.mark.parametrize(
    "options",
    [
        [],
        [{"value": "A", "label": "A", "retired": True}],
        [{"value": "A", "label": ""}],
        [{"value": "nothing", "label": "X"}],
        [{"value": "A", "label": "Ｂ"}, {"value": "B", "label": "b"}],
        [{"label": str(i)} for i in range(201)],
    ],
)
def test_option_lists_that_cannot_be(app, boss, options):
    assert "options" in errors_of(operations.set_options, "customers", "level", options, boss)


def test_the_default_option_stays(app, boss):
    others = [{"value": o.value, "label": str(o.label)} for o in entities.find("customers")["status"].options[1:]]
    assert "options" in errors_of(operations.set_options, "customers", "status", others, boss)
    operations.change_field("customers", "status", boss, default="following")
    operations.set_options("customers", "status", others, boss)
    with pytest.raises(Refused):
        operations.set_options("customers", "name", others, boss)
