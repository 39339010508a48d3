"""Which dates make reminders, and what becomes of them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from smallcrm import entities
from smallcrm.core import clock, i18n
from smallcrm.core.db import db, write
from smallcrm.entities import operations as operations_of_fields
from smallcrm.entities import schema
from smallcrm.entities.models import EntityRow, FieldRow
from smallcrm.notifications import delivery, wording
from smallcrm.notifications import reminders as entity_reminders
from smallcrm.notifications.models import Reminder
from smallcrm.notifications.reminders import moment_of
from smallcrm.records import operations

SHANGHAI = ZoneInfo("Asia/Shanghai")


def in_days(days, hour=""):
    return f"{i18n.today() + timedelta(days=days)} {hour}".strip()


def change(record, by, **values):
    with write():
        operations.change(record, values, by)


def test_a_next_follow_up_makes_a_reminder_that_moves_and_goes_with_it(make, cast, reminders):
    customer = make("customers", name="杭州鑫源", next_follow_up_at=in_days(2, "15:00"))
    row = ("customers", customer.id, "next_follow_up_at")
    assert reminders() == [(*row, "waiting")]
    change(customer, cast.sales, next_follow_up_at=in_days(3, "10:30"))
    assert reminders() == [(*row, "waiting")]
    due_at = db.session.scalar(select(Reminder.due_at))
    assert f"{i18n.local(due_at):%Y-%m-%d %H:%M}" == in_days(3, "10:30")
    change(customer, cast.sales, next_follow_up_at="")
    assert reminders() == [(*row, "cancelled")]
    change(customer, cast.sales, next_follow_up_at=in_days(4))
    assert reminders() == [(*row, "waiting")]


def test_other_changes_do_not_remind_again(make, cast, reminders, told):
    customer = make("customers", name="杭州鑫源", next_follow_up_at=in_days(1, "09:00"))
    with clock.shifted(timedelta(days=2)):
        assert delivery.deliver_due(clock.now()) == 1
        change(customer, cast.sales, name="杭州鑫源科技")
        assert delivery.deliver_due(clock.now()) == 0
    assert len(told(cast.sales)) == 1


def test_a_day_without_an_hour_reminds_at_nine():
    assert moment_of(date(2026, 11, 22), SHANGHAI) == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert moment_of(datetime(2026, 11, 21, 16, tzinfo=UTC), SHANGHAI) == datetime(2026, 11, 22, 1, tzinfo=UTC)
    at_three = datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert moment_of(at_three, SHANGHAI) == at_three


@given(
    days=st.lists(st.dates(date(1986, 1, 1), date(2035, 1, 1)), min_size=2, unique=True),
    zone=st.sampled_from([ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York")]),
)
def test_days_keep_their_order_whatever_summer_time_does(days, zone):
    moments = [moment_of(day, zone) for day in sorted(days)]
    assert moments == sorted(set(moments))
    assert [moment.astimezone(zone).date() for moment in moments] == sorted(days)


def test_dates_that_are_over_when_written_ring_no_bell(make, reminders):
    make("customers", name="去年的", next_follow_up_at="2024-03-01")
    assert reminders() == []


def test_a_finished_task_reminds_nobody_and_an_open_one_again(make, cast, reminders):
    task = make("tasks", title="寄样品", due_at=in_days(2, "15:00"))
    with write():
        task.complete(cast.sales)
    assert reminders() == [("tasks", task.id, "due_at", "cancelled")]
    with write():
        task.reopen(cast.sales)
    assert reminders() == [("tasks", task.id, "due_at", "waiting")]


def test_a_field_that_begins_to_remind_reminds_of_what_it_holds_already(make, cast, reminders, told, monkeypatch):
    monkeypatch.setattr(entity_reminders, "CHUNK", 2)
    field = operations_of_fields.add_field("customers", "date", "合同到期", cast.owner)
    made = [make("customers", name=f"到期{day}", **{field.key: in_days(day)}) for day in (-3, 5, 6, 7)]
    assert reminders() == []
    operations_of_fields.change_field("customers", field.key, cast.owner, remind=True)
    waiting = [("customers", customer.id, field.key, "waiting") for customer in made[1:]]
    assert reminders() == waiting
    operations_of_fields.change_field("customers", field.key, cast.owner, help="合同最后一天")
    assert reminders() == waiting
    operations_of_fields.change_field("customers", field.key, cast.owner, remind=False)
    with clock.shifted(timedelta(days=8)):
        delivery.deliver_due(clock.now())
    assert told(cast.sales) == []


def test_the_recycle_bin_keeps_quiet(make, cast, reminders):
    customer = make("customers", name="杭州鑫源", next_follow_up_at=in_days(2))
    with write():
        operations.delete(customer, cast.sales)
    assert reminders()[0][3] == "cancelled"
    with write():
        operations.restore(customer, cast.sales)
    assert reminders()[0][3] == "waiting"


def test_the_new_owner_is_reminded(make, cast, told):
    customer = make("customers", name="杭州鑫源", next_follow_up_at=in_days(1, "09:30"))
    change(customer, cast.manager, owner=str(cast.colleague.id))
    with clock.shifted(timedelta(days=2)):
        delivery.deliver_due(clock.now())
    assert told(cast.sales) == []
    assert [line.kind for line in told(cast.colleague)] == ["assigned", "due"]


def test_nobody_is_reminded_of_what_nobody_owns(make, cast, reminders):
    with write():
        operations.create(
            entities.find("customers"), {"name": "公海客户", "next_follow_up_at": in_days(1)}, cast.sales, owner=None
        )
    with clock.shifted(timedelta(days=2)):
        delivery.deliver_due(clock.now())
    assert reminders()[0][3] == "cancelled"


@pytest.fixture
def machines(app):
    """An entity made a minute ago, with a date that reminds and one that does not."""
    with write():
        db.session.add(EntityRow(key="machines", label="设备", icon="tool"))
        db.session.add(FieldRow(entity="machines", key="name", type="text", label="名称", required=True))
        service = {"entity": "machines", "type": "date"}
        db.session.add(FieldRow(**service, key="service_on", label="保养日期", settings={"remind": True}))
        db.session.add(FieldRow(**service, key="bought_on", label="购买日期"))
        schema.touch()


def test_an_entity_made_in_the_browser_reminds_too(machines, make, cast, reminders, told):
    machine = make("machines", name="空压机", service_on=in_days(1), bought_on=in_days(1))
    assert reminders() == [("machines", machine.id, "service_on", "waiting")]
    with clock.shifted(timedelta(days=1, hours=15)):
        delivery.deliver_due(clock.now())
    [line] = wording.lines(told(cast.sales), cast.sales)
    assert line.text == "“空压机”的保养日期到了"
    assert line.href == f"/machines/{machine.id}"


def test_a_retired_field_or_entity_reminds_nobody(machines, make, cast, reminders, told):
    make("machines", name="空压机", service_on=in_days(1))
    with write():
        db.session.scalars(select(FieldRow).where(FieldRow.key == "service_on")).one().retired_at = clock.now()
        schema.touch()
    make("customers", name="杭州鑫源", next_follow_up_at=in_days(1))
    with clock.shifted(timedelta(days=2)):
        assert delivery.deliver_due(clock.now()) == 2
    assert [row[3] for row in reminders()] == ["cancelled", "sent"]
    assert [line.params["name"] for line in told(cast.sales)] == ["杭州鑫源"]
