"""Which dates remind, and when: kept in step with every saved record, in the transaction of the save.

A Date or Moment field of any entity reminds when its settings say `remind`. `remind_unless` names a field of the same
entity that ends it when filled (a task's done_at).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from ..core import clock, i18n
from ..core.db import db, write
from ..entities import Entity, Field
from ..entities.types import Date
from .models import Reminder, ReminderState

# A date without an hour reminds when people start to work.
MORNING = time(9)
# So many records are armed in one transaction, or others would have to wait for it.
CHUNK = 500


def record_saved(record: Any, *, entity: Entity, changes: Mapping[str, Any], created: bool, **_about: Any) -> None:
    """Arm, move or cancel the reminders of the dates that changed; inside write()."""
    for field in reminding_fields(entity):
        if field.key in changes or field.settings.get("remind_unless") in changes:
            _follow(entity, record, field, is_new=created)


def record_deleted(record: Any, *, entity: Entity, **_about: Any) -> None:
    """Cancel what was waiting for a record that went to the recycle bin; inside write()."""
    waiting = update(Reminder).where(
        Reminder.entity == entity.key, Reminder.record_id == record.id, Reminder.state == ReminderState.waiting
    )
    db.session.execute(waiting.values(state=ReminderState.cancelled))


def record_restored(record: Any, *, entity: Entity, **_about: Any) -> None:
    """Arm the reminders of a record that came back; inside write()."""
    for field in reminding_fields(entity):
        _follow(entity, record, field)


def reminding_fields(entity: Entity) -> list[Field]:
    """The fields of `entity` whose dates remind the owner."""
    return [field for field in entity.fields if reminds(field)]


def reminds(field: Field | None) -> bool:
    """Whether the dates of this field remind the owner."""
    return isinstance(field, Date) and bool(field.settings.get("remind"))


def arm(entity: Entity, key: str, after: int) -> int | None:
    """Arm what the next records behind the id `after` hold in the field `key`, in one transaction.

    Returns the last id that was looked at, None when there are no more or the field does not remind any longer.
    """
    field = entity.get(key)
    if field is None or not reminds(field):
        return None
    filled = entity.select().where(entity.model.id > after, ~field.is_empty(field.column(entity.model)))
    with write():
        records = db.session.scalars(filled.order_by(entity.model.id).limit(CHUNK)).all()
        for record in records:
            _follow(entity, record, field)
    return records[-1].id if len(records) == CHUNK else None


def moment_of(value: date | datetime, zone: ZoneInfo) -> datetime:
    """When a date reminds: at its own time, or at 09:00 of that day in `zone` when it has no hour."""
    if isinstance(value, datetime):
        there = value.astimezone(zone)
        if there.time() != time(0):
            return value
        value = there.date()
    return datetime.combine(value, MORNING, tzinfo=zone).astimezone(UTC)


def _follow(entity: Entity, record: Any, field: Field, *, is_new: bool = False) -> None:
    due_at = _due_at(entity, record, field)
    row = None if is_new else _row(entity, record, field)
    if due_at is None:
        if row is not None and row.state == ReminderState.waiting:
            row.state = ReminderState.cancelled
        return
    if row is None:
        row = Reminder(entity=entity.key, record_id=record.id, field=field.key)
        db.session.add(row)
    row.due_at, row.state, row.sent_at = due_at, ReminderState.waiting, None


def _due_at(entity: Entity, record: Any, field: Field) -> datetime | None:
    value = field.get(record)
    ends = entity.get(field.settings.get("remind_unless", ""))
    if value is None or (ends is not None and ends.get(record) is not None):
        return None
    due_at = moment_of(value, i18n.zone())
    # What is past when it is written down is no surprise: it stands among the overdue, and an import of old dates
    # rings no bell.
    return due_at if due_at > clock.now() - timedelta(minutes=1) else None


def _row(entity: Entity, record: Any, field: Field) -> Reminder | None:
    return db.session.scalars(
        select(Reminder).where(
            Reminder.entity == entity.key, Reminder.record_id == record.id, Reminder.field == field.key
        )
    ).first()
