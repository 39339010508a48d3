"""The one door for writers: what it refuses, merges, counts and takes back. No HTTP."""

import threading

import pytest
from sqlalchemy import select

from smallcrm import access, search
from smallcrm.activity.models import Activity
from smallcrm.core.db import db, write
from smallcrm.core.errors import Conflict, Invalid, Refused
from smallcrm.entities import find
from smallcrm.records import duplicates, operations, timeline
from smallcrm.records.duplicates import DuplicateKey


def change(record, by, version=None, **raw):
    with write():
        return operations.change(record, raw, by, version=version)


def test_a_new_customer_has_owner_department_number_and_history(cast, make):
    customer = make("customers", name="杭州鑫源", phone="１３８－００１３－８０００")
    assert (customer.owner_id, customer.department_id) == (cast.sales.id, cast.sales.department_id)
    assert customer.number.startswith("KH2") and customer.number.endswith("0001")
    assert customer.phone == "13800138000"
    assert customer.status == "new"
    line = db.session.scalars(select(Activity)).one()
    assert (line.action, line.actor_id, line.changes["name"]) == ("created", cast.sales.id, [None, "杭州鑫源"])


def test_all_errors_come_at_once_and_nothing_is_written(cast):
    with pytest.raises(Invalid) as refused, write():
        operations.create(find("customers"), {"name": " ", "phone": "12", "level": "Z", "email": "x"}, cast.sales)
    assert set(refused.value.errors) == {"phone", "level", "email"}
    with pytest.raises(Invalid) as refused, write():
        operations.create(find("customers"), {"phone": "13800138000"}, cast.sales)
    assert set(refused.value.errors) == {"name"}
    assert db.session.scalars(find("customers").select()).all() == []


def test_a_field_that_the_system_fills_cannot_be_set(cast):
    for key in ("created_at", "number", "last_follow_up", "id", "version", "deleted_at", "password_hash"):
        with pytest.raises(Invalid), write():
            operations.create(find("customers"), {"name": "甲", key: "1"}, cast.sales)


def test_who_has_left_is_no_new_owner_but_stays_where_they_are(cast, make):
    theirs = make("customers", name="杭州鑫源", by=cast.colleague)
    with write():
        cast.colleague.status = "disabled"
    for entity, raw in (("customers", {"name": "宁波远航"}), ("tasks", {"title": "寄样品"})):
        with pytest.raises(Invalid) as refused, write():
            operations.create(find(entity), {**raw, "owner": str(cast.colleague.id)}, cast.manager)
        assert "李雷" in refused.value.errors["owner"]
    change(theirs, cast.manager, owner=str(cast.colleague.id), level="A")
    assert (theirs.owner_id, theirs.level) == (cast.colleague.id, "A")


def test_two_people_changing_different_fields_both_succeed(cast, make):
    customer = make("customers", name="杭州鑫源", level="A", phone="13800138000")
    seen = customer.version
    change(customer, cast.sales, level="B")
    change(customer, cast.manager, version=seen, name="杭州鑫源", level="A", phone="13900139000")
    assert (customer.level, customer.phone) == ("B", "13900139000")


def test_two_people_changing_the_same_field_see_both_values(cast, make):
    customer = make("customers", name="杭州鑫源", level="A")
    seen = customer.version
    change(customer, cast.sales, level="B")
    with pytest.raises(Conflict) as conflict:
        change(customer, cast.manager, version=seen, level="C", notes="x")
    assert conflict.value.fields == {"level": "B"}
    db.session.rollback()
    assert (customer.level, customer.notes) == ("B", None)
    change(customer, cast.manager, version=conflict.value.version, level="C")
    assert customer.level == "C"


def test_both_choosing_the_same_value_is_no_conflict(cast, make):
    customer = make("customers", name="杭州鑫源", level="A")
    seen = customer.version
    change(customer, cast.sales, level="B")
    assert change(customer, cast.manager, version=seen, level="B") == {}


def test_nothing_changed_leaves_no_line_in_the_history(cast, make):
    customer = make("customers", name="杭州鑫源")
    assert change(customer, cast.sales, name="杭州鑫源", level="") == {}
    assert len(db.session.scalars(select(Activity)).all()) == 1


def test_undo_takes_back_the_last_change_once_nobody_touched_it_since(cast, make):
    customer = make("customers", name="杭州鑫源", level="A", next_follow_up_at="2026-12-01 09:00")
    before = customer.next_follow_up_at
    change(customer, cast.sales, level="B", next_follow_up_at="")
    with write():
        operations.undo(customer, cast.sales)
    assert (customer.level, customer.next_follow_up_at) == ("A", before)
    with write():
        operations.undo(customer, cast.sales)  # undoing the undoing
    assert (customer.level, customer.next_follow_up_at) == ("B", None)


def test_there_is_nothing_to_undo_after_creation(cast, make):
    customer = make("customers", name="杭州鑫源")
    with pytest.raises(Refused), write():
        operations.undo(customer, cast.sales)


def test_contacts_and_follow_ups_follow_their_customer(cast, make):
    customer = make("customers", name="杭州鑫源")
    contact = make("contacts", name="张伟", customer=str(customer.id))
    follow_up = make("follow_ups", content="你好", customer=str(customer.id))
    task = make("tasks", title="寄样品", record=f"customers:{customer.id}")
    change(customer, cast.manager, owner="李雷")
    for record in (contact, follow_up, customer):
        assert (record.owner_id, record.department_id) == (cast.colleague.id, cast.colleague.department_id)
    assert task.owner_id == cast.sales.id  # a task stays with who has to do it
    seen = select(find("contacts").model.id).where(access.visible(find("contacts"), cast.colleague))
    assert db.session.scalars(seen).all() == [contact.id]


def test_deleting_takes_what_belongs_along_and_restoring_brings_just_that_back(cast, make):
    customer = make("customers", name="杭州鑫源", phone="13800138000")
    gone_before = make("contacts", name="旧人", customer=str(customer.id))
    make("contacts", name="张伟", customer=str(customer.id))
    make("follow_ups", content="你好", customer=str(customer.id))
    with write():
        operations.delete(gone_before, cast.sales)
    with write():
        assert operations.delete(customer, cast.sales) == 3
    assert db.session.scalars(select(DuplicateKey)).all() == []
    assert (
        db.session.scalars(select(find("customers").model.id).where(search.matching(find("customers"), "鑫源"))).all()
        == []
    )
    with pytest.raises(Refused), write():
        operations.restore(gone_before, cast.sales)
    with write():
        assert operations.restore(customer, cast.sales) == 3
    assert gone_before.deleted_at is not None
    assert db.session.scalars(
        select(find("customers").model.id).where(search.matching(find("customers"), "鑫源"))
    ).all()


def test_a_deletion_taken_back_leaves_two_lines_and_the_next_date_as_it_was(cast, make):
    customer = make("customers", name="杭州鑫源")
    for day in ("12-01", "12-05"):
        make("follow_ups", content="谈过了", customer=str(customer.id), next_follow_up_at=f"2026-{day} 09:00")
    make("contacts", name="张伟", customer=str(customer.id))
    due, lines = customer.next_follow_up_at, len(timeline.events(customer, cast.sales).items)
    with write():
        operations.delete(customer, cast.sales)
    with write():
        operations.restore(customer, cast.sales)
    shown = timeline.events(customer, cast.sales).items
    assert [event.action for event in shown[: len(shown) - lines]] == ["restored", "deleted"]
    assert customer.next_follow_up_at == due
    assert [event.action for event in timeline.history(customer, cast.sales).items[:2]] == ["restored", "deleted"]


def test_the_newest_follow_up_decides_what_is_due_next(cast, make):
    customer = make("customers", name="杭州鑫源", next_follow_up_at="2026-11-01 09:00")
    make("follow_ups", content="打过电话", customer=str(customer.id))
    assert customer.next_follow_up_at is None  # what was due is done
    assert customer.last_follow_up == "打过电话"
    make("follow_ups", content="约了下周", customer=str(customer.id), next_follow_up_at="2030-01-05 09:00")
    assert customer.next_follow_up_at.year == 2030
    make("follow_ups", content="补记", customer=str(customer.id), happened_at="2020-01-01 10:00")
    assert customer.last_follow_up == "约了下周"
    assert customer.next_follow_up_at.year == 2030


def test_a_customer_has_one_primary_contact(cast, make):
    customer = make("customers", name="杭州鑫源")
    first = make("contacts", name="张伟", customer=str(customer.id))
    second = make("contacts", name="陈静", customer=str(customer.id))
    assert (first.is_primary, second.is_primary) == (True, False)
    change(second, cast.sales, is_primary="1")
    assert (first.is_primary, second.is_primary) == (False, True)


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "杭州鑫源科技（集团）有限责任公司"},
        {"name": "杭州　鑫源科技"},
        {"name": "别的", "phone": "+86 138-0013-8000"},
        {"name": "别的", "other_phone": "0571-88886666 转 801"},
    ],
)
def test_duplicates_are_found_by_name_and_by_any_phone(typed, cast, make):
    make("customers", by=cast.stranger, name="杭州鑫源科技有限公司", phone="13800138000", other_phone="057188886666")
    found = duplicates.like(find("customers"), typed, cast.sales)
    assert [(one.owner, one.visible) for one in found] == [("韩梅", False)]
    assert "鑫源科技" not in found[0].name
    assert duplicates.like(find("customers"), typed, cast.owner)[0].name == "杭州鑫源科技有限公司"


def test_a_contacts_phone_warns_on_a_new_customer(cast, make):
    customer = make("customers", name="杭州鑫源")
    make("contacts", name="张伟", customer=str(customer.id), phone="13800138000")
    found = duplicates.like(find("customers"), {"name": "新公司", "phone": "138 0013 8000"}, cast.sales)
    assert [one.entity.key for one in found] == ["contacts"]


def test_a_reference_to_what_one_may_not_see_is_refused(cast, make):
    foreign = make("customers", by=cast.stranger, name="上海别家")
    for key, raw in (
        ("contacts", {"name": "张伟", "customer": str(foreign.id)}),
        ("follow_ups", {"content": "你好", "customer": str(foreign.id)}),
        ("tasks", {"title": "寄样品", "record": f"customers:{foreign.id}"}),
    ):
        with pytest.raises(Invalid), write():
            operations.create(find(key), raw, cast.sales)


def test_numbers_are_given_once_each_whoever_asks(app, cast):
    made, failed = [], []
    user_id = cast.sales.id

    def one():
        from smallcrm.users.models import User

        try:
            with app.app_context():
                with write() as session:
                    made.append(operations.create(find("customers"), {"name": "甲"}, session.get(User, user_id)).number)
        except Exception as error:  # pragma: no cover - shown by the assertion
            failed.append(error)

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(set(made)) == 20
