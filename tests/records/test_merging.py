"""Making one record of several: what stays, what moves, who may, and the way back. No HTTP."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from smallcrm import entities, search
from smallcrm.access import Forbidden
from smallcrm.core import clock
from smallcrm.core.db import db, write
from smallcrm.core.errors import Invalid, Refused
from smallcrm.entities import attachments, find
from smallcrm.entities.modules import add_entity
from smallcrm.entities.operations import add_field
from smallcrm.records import events, favourites, operations, timeline
from smallcrm.records.duplicates import DuplicateKey
from smallcrm.records.merging import models, suspects, undoing
from smallcrm.records.merging import operations as merging


def merge(survivor, *others, by, **sent):
    with write():
        return merging.merge(survivor, others, by, sent)


def undo(survivor, by):
    with write():
        return undoing.undo(survivor, by)


@pytest.fixture
def pair(cast, make):
    """Two customers that are one company, each with a contact, a follow-up and a task."""
    found = []
    for name, phone in (("杭州鑫源科技有限公司", "13800138000"), ("杭州市鑫源科技有限公司", "0571-88886666")):
        customer = make("customers", name=name, phone=phone)
        make("contacts", name="张伟", customer=str(customer.id))
        make("follow_ups", content=f"谈过：{name}", customer=str(customer.id))
        make("tasks", title="寄样品", record=f"customers:{customer.id}")
        found.append(customer)
    return found


def ids_at(key, field, value):
    model = find(key).model
    return list(db.session.scalars(select(model.id).where(getattr(model, field) == value).order_by(model.id)))


def test_everything_that_refers_to_the_other_moves_to_the_one_that_stays(cast, pair):
    stays, goes = pair
    merge(stays, goes, by=cast.sales)
    assert goes.deleted_at is not None
    assert models.leads_to("customers", goes.id) == stays.id
    for key, field, value in (
        ("contacts", "customer_id", stays.id),
        ("follow_ups", "customer_id", stays.id),
        ("tasks", "record", f"customers:{stays.id}"),
    ):
        assert len(ids_at(key, field, value)) == 2
    actions = [(event.action, event.origin) for event in timeline.events(stays, cast.sales).items]
    assert ("created", "杭州市鑫源科技有限公司") in actions and ("merged", "") in actions
    assert sum(event.template is not None for event in timeline.events(stays, cast.sales).items) == 2


def test_taking_a_merge_back_brings_everything_to_where_it_was(cast, pair):
    stays, goes = pair
    merge(stays, goes, by=cast.sales, phone=str(goes.id))
    assert stays.phone == "0571-88886666"
    result = undo(stays, cast.sales)
    assert (result.names, result.fields, result.rows) == ([goes.name], [], 0)
    assert (stays.phone, goes.phone, goes.deleted_at) == ("13800138000", "0571-88886666", None)
    assert models.leads_to("customers", goes.id) is None
    for record in pair:
        assert len(ids_at("contacts", "customer_id", record.id)) == 1
        assert len(ids_at("tasks", "record", f"customers:{record.id}")) == 1
        assert record.last_follow_up == f"谈过：{record.name}"
        assert [
            one.is_primary
            for one in db.session.scalars(
                find("contacts").select().where(find("contacts").model.customer_id == record.id)
            )
        ] == [True]
    assert [one.id for one, _why in suspects.of_record(stays, cast.sales)] == [goes.id]
    with pytest.raises(Refused):
        undo(stays, cast.sales)


def test_filled_values_win_over_empty_ones_and_lists_and_texts_are_kept_together(cast, make):
    one = make("customers", name="杭州鑫源", tags="老客户", notes="第一段", level="A")
    two = make("customers", name="杭州新源", tags="老客户,展会", notes="第二段", level="B", email="a@example.cn")
    merge(one, two, by=cast.sales, level=str(two.id))
    assert (one.name, one.level, one.email) == ("杭州鑫源", "B", "a@example.cn")
    assert (one.tags, one.notes) == (["老客户", "展会"], "第一段\n\n第二段")
    assert one.number.endswith("0001")  # the number given to it stays its own


def test_what_was_changed_since_the_merge_stays_and_is_said(cast, make, pair):
    stays, goes = pair
    elsewhere = make("customers", name="宁波远航")
    contact = db.session.get(find("contacts").model, ids_at("contacts", "customer_id", goes.id)[0])
    merge(stays, goes, by=cast.sales, phone=str(goes.id))
    with write():
        operations.change(stays, {"phone": "13900139000"}, cast.sales)
        operations.change(contact, {"customer": str(elsewhere.id)}, cast.sales)
    result = undo(stays, cast.sales)
    assert [field.key for field in result.fields] == ["phone"] and result.rows == 1
    assert (stays.phone, contact.customer_id, goes.deleted_at) == ("13900139000", elsewhere.id, None)


def test_who_may_not_delete_the_others_or_edit_the_one_that_stays_may_not_merge(cast, make):
    mine = make("customers", name="杭州鑫源")
    theirs = make("customers", name="杭州鑫源", by=cast.stranger)
    for stays, goes, by in ((mine, theirs, cast.sales), (theirs, mine, cast.sales), (mine, theirs, cast.support)):
        with pytest.raises(Forbidden):
            merge(stays, goes, by=by)
    assert (mine.deleted_at, theirs.deleted_at) == (None, None)
    merge(mine, theirs, by=cast.owner)
    with pytest.raises(Forbidden):
        undo(mine, cast.sales)  # it would bring back what is not theirs to bring back


def test_tasks_move_whoever_has_to_do_them_and_contacts_get_the_owner_of_their_customer(cast, make):
    mine = make("customers", name="杭州鑫源")
    theirs = make("customers", name="杭州鑫源", by=cast.stranger)
    contact = make("contacts", by=cast.stranger, name="张伟", customer=str(theirs.id))
    task = make("tasks", by=cast.stranger, title="寄样品", record=f"customers:{theirs.id}")
    merge(mine, theirs, by=cast.owner)
    assert (contact.owner_id, contact.department_id) == (cast.sales.id, cast.sales.department_id)
    assert (task.owner_id, task.record) == (cast.stranger.id, f"customers:{mine.id}")
    undo(mine, cast.owner)
    assert contact.owner_id == cast.stranger.id


def test_references_of_modules_made_in_the_browser_move_too(cast, make):
    with write():
        key = add_entity("设备", "tool", cast.owner).key
        field = add_field(key, "reference", "客户", cast.owner, entity="customers").key
    one, two = make("customers", name="杭州鑫源"), make("customers", name="杭州新源")
    machine = make(key, by=cast.owner, name="海德堡", **{field: str(two.id)})
    before = machine.version
    merge(one, two, by=cast.sales)
    by_field = entities.find(key)[field]
    assert by_field.get(machine) == one.id and machine.version == before + 1
    assert timeline.history(machine, cast.owner).items[0].action == "moved"
    undo(one, cast.sales)
    assert by_field.get(machine) == two.id


def test_records_of_a_module_made_in_the_browser_are_found_and_merged(cast, make):
    with write():
        key = add_entity("设备", "tool", cast.owner).key
        unique = add_field(key, "text", "序列号", cast.owner, unique=True).key
    one = make(key, by=cast.owner, name="海德堡 XL")
    two = make(key, by=cast.owner, name="海德堡ＸＬ", **{unique: "A-1"})
    entity = entities.find(key)
    (group,) = suspects.groups(entity, cast.owner, suspects.kind_of(entity, None)).groups
    assert [record.id for record in group.records] == [one.id, two.id]
    merge(one, two, by=cast.owner)
    assert entity[unique].get(one) == "A-1"  # what must be different for each goes over
    undo(one, cast.owner)
    assert (entity[unique].get(one), entity[unique].get(two)) == (None, "A-1")


def test_what_follows_from_the_follow_ups_that_came_is_nobodys_change(cast, make):
    one, two = make("customers", name="杭州鑫源"), make("customers", name="杭州新源")
    make("follow_ups", content="谈过", customer=str(two.id))
    merge(one, two, by=cast.sales)
    assert one.last_follow_up == "谈过"
    assert undo(one, cast.sales).fields == []
    assert (one.last_follow_up, two.last_follow_up) == (None, "谈过")


def test_what_cannot_be_restored_because_somebody_took_its_unique_value_is_refused_whole(cast, make):
    with write():
        key = add_entity("设备", "tool", cast.owner).key
        unique = add_field(key, "text", "序列号", cast.owner, unique=True).key
    one, two = (make(key, by=cast.owner, name="海德堡", **{unique: number}) for number in ("A-1", "A-2"))
    merge(one, two, by=cast.owner)
    make(key, by=cast.owner, name="曼罗兰", **{unique: "A-2"})
    with pytest.raises(Refused):
        undo(one, cast.owner)
    assert two.deleted_at is not None and models.leads_to(key, two.id) == one.id


def test_a_record_merged_twice_leads_to_the_last_one_and_back(cast, make):
    a, b, c = (make("customers", name=name) for name in ("甲公司一", "甲公司二", "甲公司三"))
    talk = make("follow_ups", content="你好", customer=str(a.id))
    merge(b, a, by=cast.sales)
    merge(c, b, by=cast.sales)
    assert models.leads_to("customers", a.id) == models.leads_to("customers", b.id) == c.id
    assert {event.subject.id for event in timeline.events(c, cast.sales).items if event.template} == {talk.id}
    undo(c, cast.sales)
    assert models.leads_to("customers", a.id) == b.id and talk.customer_id == b.id
    undo(b, cast.sales)
    assert (talk.customer_id, a.deleted_at) == (a.id, None)


def test_a_reference_between_the_two_does_not_end_up_pointing_to_itself(cast, make):
    with write():
        field = add_field("customers", "reference", "母公司", cast.owner, entity="customers").key
    mother = make("customers", name="鑫源集团")
    daughter = make("customers", name="鑫源科技", **{field: str(mother.id)})
    third = make("customers", name="鑫源包装", **{field: str(mother.id)})
    merge(daughter, mother, by=cast.sales)
    by_field = find("customers")[field]
    assert (by_field.get(daughter), by_field.get(third)) == (None, daughter.id)
    undo(daughter, cast.sales)
    assert (by_field.get(daughter), by_field.get(third)) == (mother.id, mother.id)


def test_files_go_along_and_come_back(app, cast, make):
    from io import BytesIO

    def stored(name):
        row = attachments.store(BytesIO(b"%PDF " + name.encode()), f"{name}.pdf", cast.sales.id)
        with write() as session:
            session.add(row)
        return row.token

    with write():
        field = add_field("customers", "attachment", "合同", cast.owner).key
    one, two = (make("customers", name=name, **{field: [stored(name)]}) for name in ("杭州鑫源", "杭州新源"))
    tokens = [find("customers")[field].get(record)[0] for record in (one, two)]
    merge(one, two, by=cast.sales)
    assert find("customers")[field].get(one) == tokens
    assert attachments.by_tokens(tokens)[tokens[1]].record_id == one.id
    undo(one, cast.sales)
    assert attachments.by_tokens(tokens)[tokens[1]].record_id == two.id


def test_whoever_starred_the_other_has_a_star_on_the_one_that_stays(cast, pair):
    with write():
        favourites.put(cast.manager, pair[1], True)
    merge(*pair, by=cast.sales)
    assert favourites.has(cast.manager, pair[0])


def test_a_contact_stays_primary_only_where_the_customer_has_no_other(cast, pair):
    merge(*pair, by=cast.sales)
    model = find("contacts").model
    rows = db.session.scalars(select(model.is_primary).where(model.customer_id == pair[0].id).order_by(model.id))
    assert rows.all() == [True, False]


def test_the_history_of_what_moved_says_so_and_its_last_change_cannot_lead_into_the_bin(cast, pair):
    contact = db.session.get(find("contacts").model, ids_at("contacts", "customer_id", pair[1].id)[0])
    merge(*pair, by=cast.sales)
    line = timeline.history(contact, cast.sales).items[0]
    assert [(change.label, change.new) for change in line.changes] == [
        ("客户", pair[0].name)
    ] or line.action == "changed"
    with pytest.raises(Refused), write():
        operations.undo(
            db.session.get(find("tasks").model, ids_at("tasks", "record", f"customers:{pair[0].id}")[1]), cast.sales
        )


def test_the_search_finds_the_one_that_stays_and_no_longer_the_other(cast, pair):
    merge(*pair, by=cast.sales)
    found = select(find("customers").model.id).where(search.matching(find("customers"), "鑫源"))
    live = found.where(find("customers").live())
    assert db.session.scalars(live).all() == [pair[0].id]


def test_many_follow_ups_move_with_a_handful_of_statements(cast, make, pair):
    model = find("follow_ups").model
    rows = [
        {
            "customer_id": pair[1].id,
            "kind": "phone",
            "content": "喂",
            "owner_id": cast.sales.id,
            "custom": {},
            "happened_at": clock.now(),
        }
        for _each in range(6000)
    ]
    with write() as session:
        session.execute(model.__table__.insert(), rows)
    statements = []
    from sqlalchemy import event

    watch = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", watch)
    try:
        merge(*pair, by=cast.sales)
    finally:
        event.remove(db.engine, "before_cursor_execute", watch)
    count = select(func.count()).select_from(model).where(model.customer_id == pair[0].id)
    assert db.session.scalar(count) == 6002
    assert len(statements) < 150
    assert undo(pair[0], cast.sales).rows == 0
    assert db.session.scalar(count) == 1


def test_a_merge_of_more_than_thirty_days_ago_stays(cast, pair, monkeypatch):
    merge(*pair, by=cast.sales)
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(Refused):
        undo(pair[0], cast.sales)


def test_one_is_too_few_and_six_are_too_many(cast, make):
    some = [make("customers", name=f"客户{i}") for i in range(6)]
    for others in ([], some[1:]):
        with pytest.raises(Refused):
            merge(some[0], *others, by=cast.sales)


def test_joined_texts_that_are_too_long_are_refused_at_their_field(cast, make):
    one, two = (make("customers", name="鑫源", notes=letter * 15_000) for letter in "甲乙")
    with pytest.raises(Invalid) as refused:
        merge(one, two, by=cast.sales)
    assert set(refused.value.errors) == {"notes"} and two.deleted_at is None


def test_a_merged_record_that_is_restored_from_the_bin_is_a_record_of_its_own(cast, pair):
    stays, goes = pair
    merge(stays, goes, by=cast.sales)
    with write():
        operations.restore(goes, cast.sales)
    assert models.leads_to("customers", goes.id) is None and ids_at("contacts", "customer_id", goes.id) == []
    assert all(event.origin == "" for event in timeline.events(stays, cast.sales).items)


def test_taking_back_a_merge_brings_what_moved_to_the_one_that_was_restored_by_hand(cast, pair):
    stays, goes = pair
    merge(stays, goes, by=cast.sales)
    with write():
        operations.restore(goes, cast.sales)
    assert undo(stays, cast.sales).names == [goes.name]
    assert len(ids_at("contacts", "customer_id", goes.id)) == 1


def test_keys_are_written_for_every_way_in_which_two_can_be_the_same(make):
    customer = make("customers", name="杭州鑫源网络科技有限公司", email="Info@Example.cn")
    make("contacts", name="张 伟", customer=str(customer.id))
    keys = {(row.kind, row.key) for row in db.session.scalars(select(DuplicateKey))}
    assert {
        ("email", "info@example.cn"),
        ("namesake", f"customers:{customer.id} 张伟"),
        ("alike", "杭州/鑫源络科技"),
    } <= keys
    assert events.references_moved.receivers
