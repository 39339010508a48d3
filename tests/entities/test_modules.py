"""What administrators may do to modules."""

import pytest

from smallcrm import entities
from smallcrm.core.db import db, write
from smallcrm.core.errors import Refused
from smallcrm.entities import modules, operations
from smallcrm.records import operations as records

from .shaping import change, errors_of


def test_an_entity_has_a_title_and_a_key_of_its_own(app, boss):
    made = modules.add_entity(" 设备 ", "tools", boss, title="设备名称")
    assert (made.key, made.label, made.icon, made.title.label, made.title.required) == (
        "shebei",
        "设备",
        "tools",
        "设备名称",
        True,
    )
    assert entities.by_slug("shebei").key == "shebei"
    assert [e.key for e in entities.every()][-1] == "shebei"
    assert entities.find("shebei").title.label == "设备名称"
    with pytest.raises(Refused):
        operations.retire_field("shebei", "name", boss)
    assert "required" in errors_of(operations.change_field, "shebei", "name", boss, required=False)


@pytest.mark.parametrize("label", ["Settings", "Static", "API", "search", "Files", "customers", "Contracts", "2", "☎"])
def test_an_entity_never_takes_an_address_of_the_program(app, boss, label):
    made = modules.add_entity(label, "box", boss)
    assert made.slug not in ("settings", "static", "api", "search", "files", "customers", "contracts", "2", "")
    assert entities.by_slug(made.slug).key == made.key


def test_labels_and_icons_of_entities_are_checked(app, boss):
    wrong = errors_of(modules.add_entity, "客户", "nothing-like-this", boss)
    assert set(wrong) == {"label", "icon"}
    assert set(errors_of(modules.add_entity, "", "box", boss)) == {"label"}
    assert set(errors_of(modules.add_entity, "设备", "box", boss, title="字" * 31)) == {"title"}


def test_entities_are_renamed_and_ordered(app, boss):
    modules.add_entity("设备", "tools", boss)
    modules.change_entity("customers", boss, label="会员", icon="heart")
    modules.change_entity("shebei", boss, label="机器", icon="box")
    assert entities.find("customers").one == "会员" and entities.find("customers").icon == "heart"
    assert entities.find("shebei").label == "机器"
    modules.move_entity("shebei", -100, boss)
    assert [e.key for e in entities.every()][:2] == ["shebei", "customers"]
    modules.move_entity("shebei", 1, boss)
    assert [e.key for e in entities.every()][:3] == ["customers", "shebei", "contacts"]


def test_a_retired_entity_keeps_its_records(app, boss, make):
    modules.add_entity("设备", "tools", boss)
    operations.add_field("shebei", "text", "型号", boss)
    make("shebei", by=boss, name="车床", xinghao="C1")
    modules.retire_entity("shebei", boss)
    assert entities.by_slug("shebei") is None and modules.record_count("shebei") == 1
    assert [row.key for row in modules.retired()] == ["shebei"]
    modules.bring_back_entity("shebei", boss)
    entity = entities.find("shebei")
    (record,) = db.session.scalars(entity.select())
    assert entity["xinghao"].get(record) == "C1"
    modules.retire_entity("shebei", boss)
    modules.add_entity("设备", "tools", boss)
    with pytest.raises(Refused):
        modules.bring_back_entity("shebei", boss)


def test_an_entity_that_others_point_to_stays(app, boss):
    modules.add_entity("设备", "tools", boss)
    operations.add_field("customers", "reference", "用的设备", boss, entity="shebei")
    with pytest.raises(Refused, match="用的设备"):
        modules.retire_entity("shebei", boss)
    operations.retire_field("customers", "yongdeshebei", boss)
    modules.retire_entity("shebei", boss)
    with pytest.raises(Refused):
        operations.bring_back_field("customers", "yongdeshebei", boss)
    with pytest.raises(Refused):
        modules.retire_entity("customers", boss)


def test_belonging_is_a_tree(app, boss, make):
    modules.add_entity("设备", "tools", boss)
    modules.add_entity("零件", "box", boss)
    operations.add_field("shebei", "reference", "客户", boss, entity="customers", parent="1")
    operations.add_field("lingjian", "reference", "设备", boss, entity="shebei", parent="1")
    add = operations.add_field
    assert "parent" in errors_of(add, "shebei", "reference", "零件", boss, entity="lingjian", parent="1")
    assert "parent" in errors_of(add, "customers", "reference", "设备", boss, entity="shebei", parent="1")
    modules.add_entity("箱子", "box", boss)
    assert "parent" in errors_of(add, "xiangzi", "reference", "箱中", boss, entity="xiangzi", parent="1")
    customer = make("customers", name="甲")
    machine = make("shebei", name="车床", kehu=str(customer.id))
    part = make("lingjian", name="螺丝", shebei=str(machine.id))
    assert part.owner_id == machine.owner_id == customer.owner_id
    with write():
        assert records.delete(customer, boss) == 3
    with write():
        assert records.restore(customer, boss) == 3


def test_a_task_may_outlive_the_entity_it_is_about(app, boss, make):
    modules.add_entity("设备", "tools", boss)
    machine = make("shebei", by=boss, name="车床")
    task = make("tasks", by=boss, title="检修", record=f"shebei:{machine.id}")
    modules.retire_entity("shebei", boss)
    change(task, boss, title="大修")
    with write():
        records.delete(task, boss)
    with write():
        records.restore(task, boss)
    assert entities.find("tasks")["record"].text(task.record)
