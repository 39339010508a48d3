"""Due reminders arrive once: through kills, downtime and clocks that jump."""

import os
import random
import signal
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from smallcrm.core import clock, i18n
from smallcrm.core.db import db, write
from smallcrm.follow_ups.models import Task
from smallcrm.notifications import delivery, wording
from smallcrm.notifications.models import Notification, Reminder, ReminderState
from smallcrm.users.models import User

MINUTE = timedelta(minutes=1)


def arrange(count, owners, role_id, due_at=None):
    """`count` tasks of `owners` new people in turn, each with a reminder that is due now."""
    now = clock.now()
    with write() as session:
        people = [{"name": f"同事{n}", "email": f"p{n}@example.cn", "role_id": role_id} for n in range(owners)]
        ids = session.scalars(insert(User).returning(User.id), people).all()
        rows = [{"title": f"任务{n}", "owner_id": ids[n % owners], "created_at": now} for n in range(count)]
        tasks = session.scalars(insert(Task).returning(Task.id), rows).all()
        session.execute(
            insert(Reminder),
            [{"entity": "tasks", "record_id": id, "field": "due_at", "due_at": due_at or now} for id in tasks],
        )
    return ids


def states():
    counted = db.session.execute(select(Reminder.state, func.count()).group_by(Reminder.state))
    return {state: count for state, count in counted}


def sweep(now):
    """Every minute a sweep, until nothing is due."""
    while delivery.anything_due(now):
        delivery.deliver_due(now)
        now += MINUTE + timedelta(seconds=1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_kill_9_in_the_middle_loses_and_doubles_nothing(app, cast, monkeypatch):
    monkeypatch.setattr(delivery, "BATCH", 20)
    arrange(2000, 700, cast.sales.role_id)
    start, chance = clock.now(), random.Random(17)
    for kill in range(12):
        # A child must find no connection of its parent.
        db.session.remove()
        db.engine.dispose()
        child = os.fork()
        if child == 0:
            sweep(start + kill * timedelta(hours=1))
            os._exit(0)
        time.sleep(chance.uniform(0.01, 0.15))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert states().get(ReminderState.sent, 0) == db.session.scalar(select(func.count(Notification.id)))
    sweep(start + timedelta(days=1))
    assert states() == {ReminderState.sent: 2000}
    lines = db.session.execute(select(Notification.kind, Notification.record_id)).all()
    assert {kind for kind, _id in lines} == {"due"}
    assert len(lines) == 2000
    assert len({record_id for _kind, record_id in lines}) == 2000


def test_after_days_off_everything_fires_once_in_one_line_each(make, cast, told):
    for n in range(30):
        make("customers", name=f"客户{n:02}", next_follow_up_at=f"{i18n.today() + timedelta(days=1 + n % 3)} 10:00")
    make("customers", by=cast.stranger, name="韩梅的客户", next_follow_up_at=f"{i18n.today() + timedelta(days=2)}")
    with clock.shifted(timedelta(days=5)):
        sweep(clock.now())
        assert delivery.deliver_due(clock.now()) == 0
    [line] = told(cast.sales)
    assert (line.kind, line.params["count"]) == ("due_many", 30)
    [shown] = wording.lines([line], cast.sales)
    assert shown.text == "30 条提醒：客户00、客户03、客户06等"
    assert shown.href == "/"
    assert [each.kind for each in told(cast.stranger)] == ["due"]


def test_more_that_comes_within_the_hour_joins_the_same_line(make, cast, told):
    now = clock.now() + timedelta(days=30)
    now = now.replace(minute=5)
    for minute, count in ((0, 5), (10, 4)):
        due = i18n.local(now + minute * MINUTE)
        for n in range(count):
            make("customers", name=f"客户{minute}-{n}", next_follow_up_at=f"{due:%Y-%m-%d %H:%M}")
        delivery.deliver_due(now + minute * MINUTE + MINUTE)
    assert [line.params["count"] for line in told(cast.sales)] == [9]


def test_no_more_than_two_hundred_lines_a_minute(app, cast):
    arrange(700, 700, cast.sales.role_id)
    now = clock.now()
    assert delivery.deliver_due(now) == 200
    assert delivery.deliver_due(now + timedelta(seconds=15)) == 0
    assert delivery.deliver_due(now + MINUTE + timedelta(seconds=1)) == 200
    sweep(now + 3 * MINUTE)
    assert states() == {ReminderState.sent: 700}


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=3650), timedelta(days=-3650)])
def test_a_clock_that_jumps_fires_once_and_only_what_is_due(make, cast, told, jump):
    make("customers", name="明天的", next_follow_up_at=f"{i18n.today() + timedelta(days=1)} 10:00")
    with clock.shifted(jump):
        delivery.deliver_due(clock.now())
    assert len(told(cast.sales)) == (1 if jump > timedelta(days=1) else 0)
    delivery.deliver_due(clock.now())
    with clock.shifted(timedelta(days=2)):
        delivery.deliver_due(clock.now())
        delivery.deliver_due(clock.now())
    assert len(told(cast.sales)) == 1


def test_the_sweeper_takes_no_lock_when_nothing_is_due(make, monkeypatch):
    make("customers", name="明天的", next_follow_up_at=f"{i18n.today() + timedelta(days=1)} 10:00")
    monkeypatch.setattr(delivery, "write", None)
    assert delivery.deliver_due(clock.now()) == 0


def test_the_sweep_finds_its_rows_by_index(app):
    due = select(Reminder.id).where(Reminder.state == ReminderState.waiting, Reminder.due_at <= clock.now())
    text = str(due.compile(db.engine, compile_kwargs={"literal_binds": True}))
    plan = " ".join(str(row) for row in db.session.execute(db.text(f"EXPLAIN QUERY PLAN {text}")))
    assert "ix_reminders_waiting" in plan
