"""One thing done to many records: record by record through the one door, stopped and gone on with, taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from smallcrm.access import Forbidden
from smallcrm.activity.models import Activity
from smallcrm.core import clock, lane
from smallcrm.core.db import db, write
from smallcrm.core.errors import Invalid, Refused
from smallcrm.customers.models import Contact, Customer
from smallcrm.entities import find
from smallcrm.notifications.models import Notification
from smallcrm.records import operations as records
from smallcrm.records.bulk import operations, phases, running, tasks
from smallcrm.records.bulk.models import BulkRun, BulkSkip
from smallcrm.records.conditions import BadListing
from smallcrm.users.models import RoleRight

from .bulking import begin, bulk, run_of, undo, work


@pytest.fixture
def three(make):
    """Three customers of 王芳."""
    return [make("customers", name=f"客户{mark}", level="B", tags=["老"]) for mark in "甲乙丙"]


def levels(ids):
    db.session.rollback()
    return [db.session.get(Customer, id).level for id in ids]


def ids_of(found):
    return [each.id for each in found]


def skips(run, phase="run"):
    rows = select(BulkSkip).where(BulkSkip.run_id == run.id, BulkSkip.phase == phase).order_by(BulkSkip.record_id)
    return [(row.record_id, row.reason, row.errors) for row in db.session.scalars(rows)]


def test_several_fields_are_set_and_one_emptied_with_history_and_search(cast, three):
    ids = ids_of(three)
    with write():
        records.change(db.session.get(Customer, ids[0]), {"level": "A", "source": "exhibition"}, cast.sales)
    given = [("level", "A"), ("clear", "source"), ("notes", ""), ("tags", "")]
    run = bulk(cast.sales, "change", given, ids)
    assert run.state == "finished" and run.counts == {"done": 3}
    assert levels(ids) == ["A", "A", "A"]
    assert db.session.get(Customer, ids[0]).source is None
    assert db.session.get(Customer, ids[0]).tags == ["老"]
    lines = db.session.scalars(select(Activity).where(Activity.batch == run.batch)).all()
    assert [line.source for line in lines] == ["bulk"] * 3
    assert lines[0].changes == {"source": ["exhibition", None]}


def test_what_is_so_already_is_neither_changed_nor_skipped(cast, three):
    run = bulk(cast.sales, "change", {"level": "B"}, ids_of(three))
    assert run.counts == {"same": 3} and not run.skipped and not run.is_undoable


@pytest.mark.parametrize(
    "given",
    [{}, {"level": "Z"}, {"clear": "status", "owner": ""}, {"name": "新名"}, {"version": "9", "deleted_at": "1"}],
)
def test_a_form_without_a_writable_field_and_a_good_value_is_refused(cast, three, given):
    if "clear" in given:
        begin(cast.sales, "change", given, ids_of(three))
        return
    with pytest.raises(Invalid):
        begin(cast.sales, "change", given, ids_of(three))
    assert db.session.scalar(select(func.count(BulkRun.id))) == 0


def test_an_owner_is_not_emptied_where_there_is_a_pool(cast, three):
    with pytest.raises(Invalid):
        begin(cast.sales, "change", {"clear": "owner"}, ids_of(three))


def test_all_of_a_list_means_those_it_had_that_may_be_changed(cast, make, three):
    stranger = make("customers", by=cast.stranger, name="别人的", level="B")
    query = {"f.level.in": "B"}
    id = begin(cast.sales, "change", {"level": "C"}, query=query)
    late = make("customers", name="后来的", level="B")
    run = work(id)
    assert run.total == 3 and run.counts == {"done": 3}
    assert levels([*ids_of(three), late.id, stranger.id]) == ["C", "C", "C", "B", "B"]


def test_who_sees_more_than_they_may_change_changes_only_their_own(cast, make):
    with write() as session:
        rights = session.scalars(
            select(RoleRight).where(RoleRight.role_id == cast.sales.role_id, RoleRight.entity == "*")
        )
        for right in rights:
            right.scope = "all" if right.action == "view" else right.scope
    mine, other = make("customers", name="我的"), make("customers", by=cast.stranger, name="别人的")
    whole = bulk(cast.sales, "change", {"level": "A"}, query={})
    assert whole.total == 2 and whole.counts == {"forbidden": 1, "done": 1}
    assert levels([mine.id, other.id]) == ["A", None]
    ticked = bulk(cast.sales, "deletion", {}, [mine.id, other.id])
    assert ticked.counts == {"forbidden": 1, "done": 1}
    assert [(id, reason) for id, reason, _errors in skips(ticked)] == [(other.id, "forbidden")]
    assert db.session.get(Customer, other.id).deleted_at is None


def test_ids_of_records_that_are_not_seen_say_nothing_and_change_nothing(cast, make):
    mine, other = make("customers", name="我的"), make("customers", by=cast.stranger, name="别人的")
    run = bulk(cast.sales, "change", {"level": "A"}, [mine.id, other.id, 999_999])
    assert run.counts == {"done": 1, "gone": 2}
    assert levels([other.id]) == [None]
    with pytest.raises(Refused):
        begin(cast.sales, "change", {"level": "A"}, [other.id])


def test_a_record_that_breaks_a_rule_is_left_out_with_the_reason(cast, make, three, monkeypatch):
    def before_save(self, changes, by):
        if self.name == "客户乙":
            self.notes = "half-way"
            db.session.flush()
            raise Refused("乙不行。")

    monkeypatch.setattr(Customer, "before_save", before_save)
    run = bulk(cast.sales, "change", {"level": "A"}, ids_of(three))
    assert run.counts == {"done": 2, "refused": 1}
    assert skips(run) == [(three[1].id, "refused", {"": "乙不行。"})]
    assert levels(ids_of(three)) == ["A", "B", "A"]
    assert db.session.get(Customer, three[1].id).notes is None


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(cast, three):
    ids = ids_of(three)
    id = begin(cast.sales, "change", {"level": "A"}, ids)
    with write():
        records.change(db.session.get(Customer, ids[0]), {"level": "D"}, cast.manager)
        records.change(db.session.get(Customer, ids[1]), {"notes": "别的字段"}, cast.manager)
        records.change(db.session.get(Customer, ids[2]), {"level": "C"}, cast.sales)
    run = work(id)
    assert run.counts == {"conflict": 1, "done": 2}
    assert levels(ids) == ["D", "A", "A"]


def test_tags_are_added_and_taken_away_and_the_others_stay(cast, three):
    ids = ids_of(three)
    assert bulk(cast.sales, "tags", {"how": "add", "tags": "重点, 老"}, ids[:2]).counts == {"done": 2}
    assert [db.session.get(Customer, id).tags for id in ids] == [["老", "重点"], ["老", "重点"], ["老"]]
    run = bulk(cast.sales, "tags", {"how": "take", "tags": "老"}, ids)
    assert run.counts == {"done": 3}
    assert [db.session.get(Customer, id).tags for id in ids] == [["重点"], ["重点"], None]
    undo(run.id, cast.sales)
    assert [db.session.get(Customer, id).tags for id in ids] == [["老", "重点"], ["老", "重点"], ["老"]]


def test_assigned_records_take_theirs_along_and_the_new_owner_hears_of_them_once(cast, make, three):
    contact = make("contacts", name="张三", customer=str(three[0].id))
    run = bulk(cast.manager, "assign", {"owner": str(cast.colleague.id)}, ids_of(three))
    assert run.counts == {"done": 3}
    assert {db.session.get(Customer, id).owner_id for id in ids_of(three)} == {cast.colleague.id}
    assert db.session.get(Contact, contact.id).owner_id == cast.colleague.id
    told = db.session.scalars(select(Notification).where(Notification.user_id == cast.colleague.id)).all()
    assert [(line.kind, line.params["count"]) for line in told] == [("assigned_many", 3)]


def test_who_gave_records_away_takes_them_back_unless_they_went_further(cast, three):
    ids = ids_of(three)
    run = bulk(cast.sales, "assign", {"owner": str(cast.stranger.id)}, ids)
    with write():
        records.change(db.session.get(Customer, ids[1]), {"owner": str(cast.manager.id)}, cast.owner)
    run = undo(run.id, cast.sales)
    assert run.state == "undone" and run.undo_counts == {"done": 2, "conflict": 1}
    db.session.rollback()
    owners = [db.session.get(Customer, id).owner_id for id in ids]
    assert owners == [cast.sales.id, cast.manager.id, cast.sales.id]


def test_released_records_and_their_plans_come_back(cast, make):
    customer = make("customers", name="客户", next_follow_up_at="2030-01-01 09:00")
    planned = customer.next_follow_up_at
    run = bulk(cast.manager, "release", {"reason": "price", "note": "太贵"}, [customer.id])
    assert run.counts == {"done": 1}
    assert db.session.get(Customer, customer.id).owner_id is None
    told = db.session.scalars(select(Notification).where(Notification.user_id == cast.sales.id)).all()
    assert [(line.kind, line.params["count"]) for line in told] == [("pool_taken", 1)]
    undo(run.id, cast.manager)
    back = db.session.get(Customer, customer.id)
    assert (back.owner_id, back.next_follow_up_at, back.pool_reason) == (cast.sales.id, planned, None)


def test_deleted_records_come_back_with_what_belongs_to_them(cast, make, three):
    contact = make("contacts", name="张三", customer=str(three[0].id))
    run = bulk(cast.sales, "deletion", {}, ids_of(three))
    assert run.counts == {"done": 3} and db.session.get(Contact, contact.id).deleted_at is not None
    with write():
        records.restore(db.session.get(Customer, three[1].id), cast.sales)
    run = undo(run.id, cast.sales)
    assert run.undo_counts == {"done": 2, "same": 1}
    assert db.session.scalars(find("customers").select()).all().__len__() == 3
    assert db.session.get(Contact, contact.id).deleted_at is None


def test_all_of_the_recycle_bin_is_restored_and_put_back(cast, make, three):
    bulk(cast.sales, "deletion", {}, ids_of(three))
    make("customers", by=cast.stranger, name="别人的")
    run = bulk(cast.sales, "restoration", {}, query={})
    assert run.counts == {"done": 3}
    with write():
        records.change(db.session.get(Customer, three[0].id), {"level": "A"}, cast.sales)
    run = undo(run.id, cast.sales)
    assert run.undo_counts == {"conflict": 1, "done": 2}
    assert [db.session.get(Customer, id).deleted_at is None for id in ids_of(three)] == [True, False, False]


def test_undoing_leaves_what_others_changed_since_and_says_so(cast, three):
    ids = ids_of(three)
    run = bulk(cast.sales, "change", {"level": "A", "source": "exhibition"}, ids)
    with write():
        records.change(db.session.get(Customer, ids[0]), {"level": "D"}, cast.manager)
    run = undo(run.id, cast.sales)
    assert run.undo_counts == {"conflict": 1, "done": 2}
    assert levels(ids) == ["D", "B", "B"]
    assert db.session.get(Customer, ids[0]).source is None
    ((id, reason, errors),) = skips(run, "undo")
    assert (id, reason, list(errors)) == (ids[0], "conflict", ["level"])
    with write():
        operations.undo(db.session.get_one(BulkRun, run.id), cast.sales)
    assert run_of(run.id).state == "undone"


def test_undoing_is_for_the_doer_and_the_administrator_and_for_a_day(cast, three):
    run = bulk(cast.sales, "change", {"level": "A"}, ids_of(three))
    with pytest.raises(Forbidden), write():
        operations.undo(db.session.get_one(BulkRun, run.id), cast.manager)
    with clock.shifted(timedelta(hours=25)), pytest.raises(Refused), write():
        operations.undo(db.session.get_one(BulkRun, run.id), cast.sales)
    assert undo(run.id, cast.admin).undo_counts == {"done": 3}


def test_records_that_are_somebody_elses_now_are_not_changed_by_undoing(cast, three):
    run = bulk(cast.sales, "change", {"level": "A"}, ids_of(three))
    with write():
        records.change(db.session.get(Customer, three[0].id), {"owner": str(cast.stranger.id)}, cast.owner)
    run = undo(run.id, cast.sales)
    assert run.undo_counts == {"forbidden": 1, "done": 2}
    assert levels(ids_of(three)) == ["A", "B", "B"]


def test_rights_are_asked_again_while_it_goes_on(cast, three):
    id = begin(cast.sales, "change", {"level": "A"}, ids_of(three))
    with write() as session:
        session.get(RoleRight, (cast.sales.role_id, "*", "edit")).scope = "none"
    run = work(id)
    assert run.state == "failed" and run.failure and run.counts == {}
    assert levels(ids_of(three)) == ["B", "B", "B"]


@pytest.fixture
def sixty(make, monkeypatch):
    """Sixty customers, done in three chunks."""
    monkeypatch.setattr(lane, "LEAST", 20)
    monkeypatch.setattr(lane, "MOST", 40)
    monkeypatch.setattr(lane, "HELD", 0.0)
    return [make("customers", name=f"第{i}家", level="B").id for i in range(60)]


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("ticked", [True, False])
def test_one_that_was_killed_half_way_goes_on_behind_the_last_chunk(cast, sixty, ticked, monkeypatch):
    given = {"ids": sixty} if ticked else {"query": {"f.level.in": "B"}}
    id = begin(cast.sales, "change", {"level": "A"}, **given)
    settle, chunks = phases.Doing.settle, []

    def dies(self, run, ids, careful):
        chunks.append(list(ids))
        if len(chunks) == 3:
            raise Killed
        return settle(self, run, ids, careful)

    monkeypatch.setattr(phases.Doing, "settle", dies)
    with pytest.raises(Killed):
        tasks.work_on_run.run(id)
    run = run_of(id)
    assert run.state == "running" and run.counts == {"done": 40} and run.place == sixty[39]
    # Its lease is that of a process which is no more.
    with write():
        run_of(id).worker = "dead:1"
    tasks.sweep.run()
    run = run_of(id)
    assert run.state == "finished" and run.counts == {"done": 60}
    changed = select(Activity.record_id, func.count()).where(Activity.batch == run.batch).group_by(Activity.record_id)
    assert sorted(db.session.execute(changed).all()) == [(id, 1) for id in sixty]


def test_a_stopped_one_goes_on_or_is_taken_back(cast, sixty, monkeypatch):
    id = begin(cast.sales, "change", {"level": "A"}, query={})

    def stopped(_pace, _seconds):
        with write():
            operations.cancel(db.session.get_one(BulkRun, id), cast.sales)

    with monkeypatch.context() as stopping:
        stopping.setattr(lane.Pace, "took", stopped)
        run = work(id)
    assert run.state == "cancelled" and run.counts == {"done": 20} and run.may_go_on and run.is_undoable
    with write():
        operations.go_on(db.session.get_one(BulkRun, id), cast.sales)
    assert work(id).counts == {"done": 60}
    assert undo(id, cast.sales).undo_counts == {"done": 60}
    assert set(levels(sixty)) == {"B"}


def test_in_the_background_its_doer_is_told_when_it_is_through(cast, sixty, monkeypatch):
    from smallcrm.notifications import wording

    monkeypatch.setattr("smallcrm.records.bulk.models.SMALL", 10)
    id = begin(cast.sales, "change", {"level": "A"}, query={})
    work(id)
    told = db.session.scalars(select(Notification).where(Notification.user_id == cast.sales.id)).all()
    assert [line.text for line in wording.lines(told, cast.sales)] == ["“修改 60 条客户”已做完：完成 60"]
    assert [line.href for line in wording.lines(told, cast.sales)] == [f"/bulk/{id}"]


def test_only_so_many_reasons_are_kept_and_all_are_counted(cast, three, monkeypatch):
    monkeypatch.setattr(running, "MOST_KEPT", 2)
    run = bulk(cast.sales, "change", {"level": "A"}, [three[0].id, 900_001, 900_002, 900_003])
    assert run.counts == {"done": 1, "gone": 3} and len(skips(run)) == 2


def test_old_runs_are_forgotten(cast, three):
    run = bulk(cast.sales, "change", {"level": "A"}, [three[0].id, 900_001])
    assert skips(run)
    with clock.shifted(timedelta(days=91)):
        tasks.tidy.run()
    db.session.rollback()
    assert [db.session.scalar(select(func.count(model.id))) for model in (BulkRun, BulkSkip)] == [0, 0]


@pytest.mark.parametrize("texts", [[], ["x"], ["1;drop"], ["١"], ["9" * 30], [",".join(map(str, range(1, 5_002)))]])
def test_ticks_that_are_none_are_said(cast, texts):
    with pytest.raises(BadListing):
        begin(cast.sales, "change", {"level": "A"}, texts)


def test_a_module_made_a_minute_ago_has_all_of_it(cast):
    from smallcrm.entities import modules
    from smallcrm.entities.operations import add_field

    with write():
        modules.add_entity("设备", "box", cast.admin, title="名称")
    field = add_field("shebei", "text", "型号", cast.admin)
    with write():
        made = [records.create(find("shebei"), {find("shebei").title_key: f"机器{i}"}, cast.sales).id for i in range(3)]
    run = bulk(cast.sales, "change", {field.key: "X1"}, query={}, entity="shebei")
    assert run.counts == {"done": 3}
    entity = find("shebei")
    assert [entity[field.key].get(db.session.get(entity.model, id)) for id in made] == ["X1"] * 3
    assert undo(run.id, cast.sales).undo_counts == {"done": 3}
    run = bulk(cast.sales, "deletion", {}, query={}, entity="shebei")
    assert run.counts == {"done": 3}
