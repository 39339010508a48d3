"""Tasks: done, open again, postponed, repeated."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from smallcrm import access, entities
from smallcrm.core import clock, i18n
from smallcrm.core.db import db, write
from smallcrm.core.errors import Refused
from smallcrm.follow_ups.models import Task
from smallcrm.records import operations


def tasks():
    return list(db.session.scalars(select(Task).where(Task.deleted_at.is_(None)).order_by(Task.id)))


def local(moment):
    return f"{i18n.local(moment):%Y-%m-%d %H:%M}"


def finish(task, by):
    with write():
        return task.complete(by)


def test_a_finished_task_stays_finished_once(make, cast):
    task = make("tasks", title="寄样品")
    assert finish(task, cast.sales) is None
    assert task.done_at is not None
    with pytest.raises(Refused):
        finish(task, cast.sales)
    assert len(tasks()) == 1


def test_a_repeating_task_makes_its_next_one(make, cast):
    customer = make("customers", name="杭州鑫源科技有限公司")
    task = make(
        "tasks",
        title="月度对账",
        due_at="2026-12-31 10:00",
        repeat="monthly",
        priority="high",
        notes="带上对账单",
        record=f"customers:{customer.id}",
    )
    following = finish(task, cast.sales)
    assert (following.title, following.priority, following.notes) == ("月度对账", "high", "带上对账单")
    assert (following.owner_id, following.record, following.done_at) == (
        cast.sales.id,
        f"customers:{customer.id}",
        None,
    )
    assert local(following.due_at) == "2027-01-31 10:00"
    february = finish(following, cast.sales)
    assert local(february.due_at) == "2027-02-28 10:00"
    assert local(finish(february, cast.sales).due_at) == "2027-03-31 10:00"


def test_moving_a_repetition_by_hand_changes_the_day_it_means(make, cast):
    task = finish(make("tasks", title="对账", due_at="2027-01-31 10:00", repeat="monthly"), cast.sales)
    with write():
        operations.change(task, {"due_at": "2027-02-15 10:00"}, cast.sales)
    assert local(finish(task, cast.sales).due_at) == "2027-03-15 10:00"


def test_the_repetition_carries_values_of_custom_fields(make, cast):
    from smallcrm.entities import schema
    from smallcrm.entities.models import FieldRow

    with write():
        db.session.add(FieldRow(entity="tasks", key="place", type="text", label="地点"))
        db.session.add(FieldRow(entity="tasks", key="code", type="text", label="编码", unique=True))
        schema.touch()
    task = make("tasks", title="盘点", due_at="2026-12-01", repeat="weekly", place="二号仓", code="P1")
    following = finish(task, cast.sales)
    assert following.custom == {"place": "二号仓"}


def test_opening_again_takes_the_untouched_repetition_away(make, cast):
    task = make("tasks", title="对账", due_at="2026-12-01 10:00", repeat="weekly")
    finish(task, cast.sales)
    with write():
        task.reopen(cast.sales)
    assert tasks() == [task]
    assert task.done_at is None
    finish(task, cast.sales)
    assert len(tasks()) == 2


def test_a_repetition_somebody_worked_on_stays(make, cast):
    task = make("tasks", title="对账", due_at="2026-12-01 10:00", repeat="weekly")
    following = finish(task, cast.sales)
    with clock.shifted(timedelta(minutes=1)):
        with write():
            operations.change(following, {"notes": "这次带合同"}, cast.sales)
    with write():
        task.reopen(cast.sales)
    assert following in tasks()
    finish(task, cast.sales)
    assert len(tasks()) == 2, "completing again must not make a second repetition"


def test_postponing_keeps_the_hour(make, cast):
    task = make("tasks", title="回电话", due_at="2026-11-20 15:30")
    day = i18n.today() + timedelta(days=3)
    with write():
        task.postpone(cast.sales, day)
    assert local(task.due_at) == f"{day} 15:30"
    with pytest.raises(Refused):
        with write():
            task.postpone(cast.sales, i18n.today() - timedelta(days=1))


def test_a_task_without_a_time_can_be_put_on_a_day(make, cast):
    task = make("tasks", title="回电话")
    with write():
        task.postpone(cast.sales, i18n.today())
    assert local(task.due_at) == f"{i18n.today()} 00:00"


def test_finishing_for_someone_who_may_not_see_what_it_is_about(make, cast):
    hidden = make("customers", by=cast.stranger, name="别人的客户")
    task = make("tasks", title="盖章", due_at="2026-12-01", repeat="weekly")
    with write():
        operations.apply(entities.find("tasks"), task, {"record": (None, f"customers:{hidden.id}")}, cast.admin)
    assert finish(task, cast.sales).record is None


@pytest.mark.parametrize(
    "who, status", [("sales", 303), ("manager", 303), ("readonly", 403), ("stranger", 404), ("support", 403)]
)
def test_who_may_finish_a_task(client, cast, make, who, status):
    id = make("tasks", title="寄样品").id
    assert client.as_(getattr(cast, who)).post(f"/tasks/{id}/completion").status_code == status
    assert (db.session.get(Task, id).done_at is not None) == (status == 303)


def test_the_page_of_a_task_finishes_postpones_and_opens_it(client, cast, make):
    id = make("tasks", title="寄样品", due_at="2026-11-20 15:30").id
    http = client.as_(cast.sales)
    assert "/completion" in http.get(f"/tasks/{id}").text
    day = (i18n.today() + timedelta(days=1)).isoformat()
    assert http.post(f"/tasks/{id}/postponement", {"day": day}).status_code == 303
    assert http.post(f"/tasks/{id}/postponement", {"day": "不是日期"}).status_code == 422
    answer = http.post(f"/tasks/{id}/completion", {"next": "/today"})
    assert answer.headers["Location"] == "/today"
    assert "/reopening" in http.get(f"/tasks/{id}").text
    assert http.post(f"/tasks/{id}/completion").status_code == 409
    assert http.post(f"/tasks/{id}/reopening").status_code == 303
    task = db.session.get(Task, id)
    assert task.done_at is None
    assert local(task.due_at) == f"{day} 15:30"


def test_leading_back_never_leaves_this_site(client, cast, make):
    id = make("tasks", title="寄样品").id
    answer = client.as_(cast.sales).post(f"/tasks/{id}/completion", {"next": "//evil.example"})
    assert answer.headers["Location"] == f"/tasks/{id}"


def test_support_staff_without_the_right_to_delete_can_reopen(make, cast):
    task = make("tasks", by=cast.support, title="回访", due_at="2026-12-01", repeat="weekly")
    finish(task, cast.support)
    with write():
        task.reopen(cast.support)
    assert not access.allows(cast.support, task, "delete")
    assert task.done_at is None


def test_a_task_is_finished_from_the_list(client, cast, make):
    task = make("tasks", title="寄样品")
    button = f'action="/tasks/{task.id}/completion"'
    assert button not in client.as_(cast.readonly).get("/tasks").text
    http = client.as_(cast.sales)
    address = "/tasks?f.done_at.empty=1"
    assert button in http.get(address).text
    answer = http.post(f"/tasks/{task.id}/completion", {"next": address})
    assert answer.headers["Location"] == address
    assert "寄样品" not in http.get(address).text
