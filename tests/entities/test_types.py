"""What every field type has in common: nothing that comes in crashes it."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from smallcrm.entities import FieldError
from smallcrm.entities.types import TYPES

from .making import field

SIMPLE = {key: cls for key, cls in TYPES.items() if key not in ("reference", "record_link")}


NASTY = [
    "",
    " ",
    "\x00",
    "\x1b[31m",
    "\ud800",
    "￾",
    "'; DROP TABLE customers;--",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "%s%n",
    "{{7*7}}",
    "../../etc/passwd",
    "²",
    "٣",
    "①",
    "1e309",
    "-0",
    "0x1F",
    "字" * 10_000,
    "1" * 10_000,
    "🀄️" * 500,
    None,
    True,
    False,
    0,
    -1,
    2**63,
    1.5,
    -1e300,
    float("nan"),
    float("inf"),
    [],
    [""],
    [None],
    [["a"]],
    [{}],
    {},
    {"a": 1},
    ["a"] * 200,
    ("x", "y", "z", "w", "v"),
    Decimal("NaN"),
    Decimal("sNaN"),
    date.min,
    datetime.max,
    datetime.max.replace(tzinfo=UTC),
]


def tried(kind, raw):
    """Parse, check, store, load and show one input; a FieldError is an answer, anything else a bug."""
    made = field(kind)
    try:
        value = made.parse(raw)
        if value is None:
            return
        made.check(value)
    except FieldError as error:
        assert str(error)
        return
    stored = json.loads(json.dumps(made.dump(value)))
    assert made.load_value(stored) == value
    assert isinstance(made.text(value), str)
    for shown in (str(made.html(value)), str(made.formatter([value])(value))):
        assert "<script" not in shown
    made.cell(value), made.api(value), made.form_value(value), list(made.identities(value))


@pytest.mark.parametrize("kind", TYPES)
def test_nothing_that_comes_in_crashes_a_type(app, cast, kind):
    for raw in NASTY:
        tried(kind, raw)


@pytest.mark.parametrize("kind", TYPES)
def test_naughty_strings_are_a_value_or_an_error(app, cast, shared, kind):
    source = shared / "data/6-security/blns.json"
    if not source.exists():
        pytest.skip("the list of naughty strings is not here")
    for raw in json.loads(source.read_text(encoding="utf-8")):
        tried(kind, raw)


@pytest.mark.parametrize("kind", TYPES)
def test_filters_answer_any_text_with_a_condition_or_an_error(app, cast, kind):
    from smallcrm.entities.models import CustomRecord

    made = field(kind)
    made.label = "字段"
    for op in (*made.operators, "like", ""):
        for raw in ("1", "a", "²", "1e999", "9999-12-31", "1900-01-01", "2200-12-31", "%_\\", "33", "", "字" * 5000):
            try:
                str(made.condition(CustomRecord, op, [raw]).compile())
            except FieldError as error:
                assert str(error)


@pytest.mark.parametrize("kind", SIMPLE)
def test_an_empty_value_is_empty_everywhere(app, kind):
    made = field(kind)
    for raw in (None, "", "  ", []):
        assert made.parse(raw) is None
    assert made.text(None) == "" and made.html(None) == "" and made.cell(None) is None or kind in ("address",)
    assert made.formatter([None])(None) in ("", None)
