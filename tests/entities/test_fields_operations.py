"""What administrators may do to fields: every rule, without pages."""

import pytest
from sqlalchemy import select
from werkzeug.exceptions import Forbidden

from smallcrm import entities
from smallcrm.core.audit import AdminEvent
from smallcrm.core.db import db, write
from smallcrm.core.errors import Invalid, Refused
from smallcrm.entities import field_rules, modules, operations
from smallcrm.entities.models import FieldRow
from smallcrm.entities.types import TYPES
from smallcrm.records import operations as records

from .shaping import change, errors_of


@pytest.mark.parametrize(
    "label, key",
    [
        ("质保期", "zhibaoqi"),
        ("SN 码", "sn_ma"),
        ("Warranty until", "warranty_until"),
        ("2025年目标", "field_2025_nianmubiao"),
        ("绿色", "lvse"),
        ("☎", "field_2"),
        ("Owner", "owner_2"),
        ("owner id", "owner_id_2"),
        ("version", "version_2"),
        ("Custom", "custom_2"),
    ],
)
def test_a_key_is_made_of_the_label(app, boss, label, key):
    if label == "Owner":
        operations.change_field("customers", "owner", boss, label="归属")
    made = operations.add_field("customers", "text", label, boss)
    assert made.key == key and made.custom and not made.required
    assert entities.find("customers")[key].label == label


def test_a_retired_key_is_never_given_again(app, boss):
    operations.add_field("customers", "text", "质保期", boss)
    operations.retire_field("customers", "zhibaoqi", boss)
    assert operations.add_field("customers", "date", "质保期", boss).key == "zhibaoqi_2"


@pytest.mark.parametrize("kind", [key for key, cls in TYPES.items() if cls.creatable])
def test_a_field_of_every_type_can_be_added(app, boss, kind):
    given = {"reference": {"entity": "contacts"}, "choice": {"options": ["是", "否"]}}.get(kind, {})
    if kind == "multi_choice":
        given = {"options": [{"label": "一", "colour": "red"}, {"label": "二"}]}
    if kind == "auto_number":
        given = {"pattern": "X{000}"}
    made = operations.add_field("customers", kind, "新字段", boss, help=" 一行\n提示 ", **given)
    assert made.type == kind and made.help == "一行 提示"
    assert made.key in {f.key for f in entities.find("customers").fields}


@pytest.mark.parametrize("kind", ["record_link", "formula", ""])
def test_types_that_cannot_be_added(app, boss, kind):
    with pytest.raises(Refused):
        operations.add_field("customers", kind, "新字段", boss)


@pytest.mark.parametrize("label", ["", "  ", "\x00", "字" * 31, "客户名称", " 客户 名称", "电话"])
def test_labels_that_cannot_be_given(app, boss, label):
    assert "label" in errors_of(operations.add_field, "customers", "text", label, boss)


def test_at_most_a_hundred_fields(app, boss):
    with write():
        for i in range(operations.MOST_FIELDS):
            db.session.add(FieldRow(entity="customers", key=f"f{i}", type="text", label=f"字段{i}", settings={}))
    with pytest.raises(Refused, match="100"):
        operations.add_field("customers", "text", "又一个", boss)
    operations.retire_field("customers", "f7", boss)
    operations.add_field("customers", "text", "又一个", boss)
    with pytest.raises(Refused):
        operations.bring_back_field("customers", "f7", boss)


def test_only_people_with_the_power_may(app, cast):
    for person in (cast.sales, cast.manager, cast.readonly):
        with pytest.raises(Forbidden):
            operations.add_field("customers", "text", "新字段", person)
        with pytest.raises(Forbidden):
            modules.add_entity("设备", "box", person)


def test_a_change_that_fails_leaves_nothing_behind(app, boss):
    errors_of(operations.add_field, "customers", "integer", "数量", boss, default="多", min="x")
    assert entities.find("customers").get("shuliang") is None
    assert db.session.scalar(select(AdminEvent.id)) is None


def test_every_change_is_in_the_audit_trail(app, boss):
    operations.add_field("customers", "text", "质保", boss)
    operations.change_field("customers", "zhibao", boss, label="保修")
    operations.change_field("customers", "zhibao", boss, label="保修")
    operations.retire_field("customers", "zhibao", boss)
    operations.bring_back_field("customers", "zhibao", boss)
    lines = db.session.scalars(select(AdminEvent).order_by(AdminEvent.id)).all()
    assert [line.action for line in lines] == ["field_added", "field_changed", "field_retired", "field_brought_back"]
    assert lines[1].details["changes"] == {"label": ["质保", "保修"]}
    assert {line.actor_id for line in lines} == {boss.id}


def test_new_fields_are_in_the_next_question_of_everybody(app, boss, make):
    customer = make("customers", name="甲")
    operations.add_field("customers", "money", "年采购额", boss, required=True)
    change(customer, boss, niancaigoue="1.2万")
    field = entities.find("customers")["niancaigoue"]
    assert field.text(field.get(customer)) == "¥12,000.00"
    with pytest.raises(Invalid):
        make("customers", name="乙")
    assert make("customers", name="乙", niancaigoue="1").custom == {"niancaigoue": 100}


def test_defaults_are_parsed_and_checked_by_the_field(app, boss, make):
    operations.add_field("customers", "choice", "等级二", boss, options=["高", "低"], default="高")
    operations.add_field("customers", "date", "建档日", boss, default="now")
    operations.add_field("customers", "multi_choice", "渠道", boss, options=["线上", "线下"], default=["线上", "线下"])
    made = make("customers", name="甲")
    entity = entities.find("customers")
    assert entity["dengjier"].text(entity["dengjier"].get(made)) == "高"
    assert entity["jiandangri"].get(made) is not None
    assert entity["qudao"].get(made) == ["xianshang", "xianxia"]
    assert "default" in errors_of(operations.add_field, "customers", "integer", "数", boss, default="12.5")
    assert "default" in errors_of(operations.add_field, "customers", "integer", "数", boss, default="5", max="3")
    assert "default" in errors_of(operations.add_field, "customers", "image", "图", boss, default="x")
    assert (
        "unique" in errors_of(operations.add_field, "customers", "text", "号", boss, unique=True, default="x") or True
    )


def test_a_default_does_not_reach_old_records(app, boss, make):
    old = make("customers", name="甲")
    operations.add_field("customers", "text", "备用", boss, default="有")
    entity = entities.find("customers")
    assert entity["beiyong"].get(old) is None and entity["beiyong"].get(make("customers", name="乙")) == "有"
    operations.change_field("customers", "beiyong", boss, default="")
    assert entities.find("customers")["beiyong"].get(make("customers", name="丙")) is None


@pytest.mark.parametrize(
    "kind, given, wrong",
    [
        ("integer", {"min": "x"}, "min"),
        ("integer", {"min": "5", "max": "3"}, "max"),
        ("decimal", {"decimals": "7"}, "decimals"),
        ("text", {"longest": "0"}, "longest"),
        ("auto_number", {"pattern": "X{YYYY}"}, "pattern"),
        ("auto_number", {}, "pattern"),
        ("reference", {"entity": "nothing"}, "entity"),
        ("reference", {}, "entity"),
        ("choice", {"options": []}, "options"),
        ("choice", {"options": ["甲", "乙", " 甲 "]}, "options"),
        ("choice", {"options": ["字" * 31]}, "options"),
        ("choice", {"options": [{"label": "甲", "colour": "url(x)"}]}, "options"),
        ("text", {"help": "字" * 201}, "help"),
        ("boolean", {"unique": True}, "unique"),
        ("auto_number", {"pattern": "{0}", "required": True}, "required"),
    ],
)
def test_settings_that_cannot_be(app, boss, kind, given, wrong):
    assert wrong in errors_of(operations.add_field, "customers", kind, "新字段", boss, **given)


def test_settings_work_at_once(app, boss, make):
    operations.add_field("customers", "integer", "人数", boss, min="1", max="10")
    with pytest.raises(Invalid):
        make("customers", name="甲", renshu="11")
    operations.change_field("customers", "renshu", boss, max="20")
    assert make("customers", name="甲", renshu="11").custom["renshu"] == 11
    operations.change_field("customers", "renshu", boss, max="")
    assert make("customers", name="甲", renshu="9999")
    operations.add_field("customers", "date", "合同到期", boss, remind="1")
    assert entities.find("customers")["hetongdaoqi"].settings["remind"] is True


def test_the_target_of_a_reference_is_fixed(app, boss):
    made = operations.add_field("customers", "reference", "介绍人", boss, entity="contacts")
    operations.change_field("customers", made.key, boss, entity="customers")
    assert entities.find("customers")[made.key].settings["entity"] == "contacts"


def test_a_type_is_never_changed(app, boss):
    made = operations.add_field("customers", "text", "数量", boss)
    with pytest.raises(Refused):
        operations.change_field("customers", made.key, boss, type="integer")


def test_unknown_settings_are_a_bug_of_the_caller(app, boss):
    with pytest.raises(TypeError):
        operations.add_field("customers", "text", "新字段", boss, decimals="2")


def test_unique_values(app, boss, make):
    operations.add_field("customers", "text", "合同号", boss)
    first = make("customers", name="甲", hetonghao="HT-1")
    second = make("customers", name="乙", hetonghao="HT-1")
    wrong = errors_of(operations.change_field, "customers", "hetonghao", boss, unique=True)
    assert "HT-1" in wrong["unique"] and "2" in wrong["unique"]
    change(second, boss, hetonghao="HT-2")
    operations.change_field("customers", "hetonghao", boss, unique=True)
    with pytest.raises(Invalid):
        change(second, boss, hetonghao="HT-1")
    with write():
        records.delete(first, boss)
    change(second, boss, hetonghao="HT-1")
    with write(), pytest.raises(Invalid):
        records.restore(first, boss)


def test_empty_values_may_repeat_in_a_unique_field(app, boss, make):
    operations.add_field("customers", "integer", "编码", boss, unique=True)
    for name in ("甲", "乙"):
        make("customers", name=name)
    make("customers", name="丙", bianma="7")
    with pytest.raises(Invalid):
        make("customers", name="丁", bianma="７")


def test_shipped_fields_take_words_but_keep_their_nature(app, boss, make):
    operations.change_field("customers", "name", boss, label="单位名称", help="营业执照上的全称")
    operations.change_field("customers", "phone", boss, required=True)
    entity = entities.find("customers")
    assert (entity.title.label, entity.title.help, entity.title.required) == ("单位名称", "营业执照上的全称", True)
    with pytest.raises(Invalid):
        make("customers", name="甲")
    operations.change_field("customers", "phone", boss, required=False)
    assert make("customers", name="甲")
    assert "required" in errors_of(operations.change_field, "customers", "name", boss, required=False)
    assert "required" in errors_of(operations.change_field, "customers", "last_follow_up", boss, required=True)
    assert "unique" in errors_of(operations.change_field, "customers", "tax_number", boss, unique=True)
    operations.change_field("customers", "name", boss, label="客户名称")
    assert db.session.scalar(select(FieldRow.label).where(FieldRow.key == "name", FieldRow.built_in)) is None


def test_the_default_of_a_shipped_field(app, boss, make):
    assert make("customers", name="甲").status == "new"
    operations.change_field("customers", "status", boss, default="following")
    assert make("customers", name="乙").status == "following"
    operations.change_field("customers", "status", boss, default="")
    assert make("customers", name="丙").status is None
    operations.change_field("customers", "status", boss, default="new")
    assert make("customers", name="丁").status == "new"


def test_a_retired_field_keeps_its_values(app, boss, make):
    operations.add_field("customers", "text", "暗号", boss)
    customer = make("customers", name="甲", anhao="芝麻")
    entity = entities.find("customers")
    assert field_rules.filled_count(entity, entity["anhao"]) == 1
    operations.retire_field("customers", "anhao", boss)
    assert entities.find("customers").get("anhao") is None
    change(customer, boss, name="乙")
    with pytest.raises(Invalid):
        change(customer, boss, anhao="开门")
    operations.bring_back_field("customers", "anhao", boss)
    assert entities.find("customers").get("anhao").get(customer) == "芝麻"


def test_a_retired_shipped_field_comes_back_too(app, boss, make):
    customer = make("customers", name="甲", wechat="abc")
    operations.retire_field("customers", "wechat", boss)
    assert "wechat" not in {f.key for f in entities.find("customers").fields}
    operations.bring_back_field("customers", "wechat", boss)
    assert entities.find("customers").get("wechat").get(customer) == "abc"


def test_a_label_taken_meanwhile_keeps_a_field_away(app, boss):
    operations.add_field("customers", "text", "暗号", boss)
    operations.retire_field("customers", "anhao", boss)
    operations.add_field("customers", "text", "暗号", boss)
    with pytest.raises(Refused):
        operations.bring_back_field("customers", "anhao", boss)


@pytest.mark.parametrize(
    "entity, key",
    [
        ("customers", "name"),
        ("customers", "owner"),
        ("customers", "created_at"),
        ("customers", "next_follow_up_at"),
        ("contacts", "customer"),
        ("follow_ups", "kind"),
        ("follow_ups", "happened_at"),
        ("tasks", "due_at"),
        ("tasks", "record"),
    ],
)
def test_fields_that_the_program_needs_stay(app, boss, entity, key):
    with pytest.raises(Refused):
        operations.retire_field(entity, key, boss)


def test_order_of_fields(app, boss):
    before = [f.key for f in entities.find("customers").fields]
    operations.add_field("customers", "text", "暗号", boss)
    assert [f.key for f in entities.find("customers").fields if not f.system] == [
        *(k for k in before if not entities.find("customers")[k].system),
        "anhao",
    ]
    operations.move_field("customers", "anhao", -1000, boss)
    assert [f.key for f in entities.find("customers").fields] == ["anhao", *before]
    operations.move_field("customers", "anhao", 1, boss)
    assert [f.key for f in entities.find("customers").fields] == [before[0], "anhao", *before[1:]]
    operations.order_fields("customers", [before[1], before[0]], boss)
    assert [f.key for f in entities.find("customers").fields] == [before[1], "anhao", before[0], *before[2:]]
    operations.order_fields("customers", list(reversed(before)) + ["nothing"], boss)
    assert [f.key for f in entities.find("customers").fields if f.key != "anhao"] == list(reversed(before))
