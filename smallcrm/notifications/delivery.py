"""Sending what is due. The rows decide: a reminder is due while it waits and its time has passed, however the clock
moved or how long the program was off. Being sent and being told are one transaction, so nothing is lost or doubled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from ..core.db import db, write
from ..entities import Entity, every
from . import operations
from .models import Notification, Reminder, ReminderState
from .reminders import reminds

BATCH = 200
# No more lines than this within a minute, whatever happened to the clock (SECURITY.md R17); the rest waits.
LINES_A_MINUTE = 200
# So many due at once are told one by one; more become one line.
ONE_BY_ONE = 3


@dataclass(frozen=True)
class Due:
    """A reminder that was taken, with the record it is about as it is now."""

    reminder: Reminder
    entity: Entity
    owner_id: int
    name: str


def deliver_due(now: datetime) -> int:
    """Send every reminder due at `now`, in short transactions; returns how many left the queue."""
    total = 0
    while anything_due(now) and (room := _room(now)) > 0:
        with write():
            total += _deliver_batch(now, min(BATCH, room))
    return total


def anything_due(now: datetime) -> bool:
    """Whether a reminder waits whose time has come; reads one index entry and takes no lock."""
    waiting = select(Reminder.id).where(Reminder.state == ReminderState.waiting, Reminder.due_at <= now).limit(1)
    return db.session.scalar(waiting) is not None


def _room(now: datetime) -> int:
    recent = select(func.count()).where(
        Notification.created_at > now - timedelta(minutes=1),
        Notification.created_at <= now,
        Notification.kind.in_(("due", "due_many")),
    )
    return LINES_A_MINUTE - (db.session.scalar(recent) or 0)


def _deliver_batch(now: datetime, most: int) -> int:
    oldest = (
        select(Reminder.id)
        .where(Reminder.state == ReminderState.waiting, Reminder.due_at <= now)
        .order_by(Reminder.due_at, Reminder.id)
        .limit(most)
    )
    # One statement takes them: a second sweeper, in whatever process, gets others.
    take = update(Reminder).where(Reminder.id.in_(oldest), Reminder.state == ReminderState.waiting)
    taken = db.session.scalars(take.values(state=ReminderState.sent, sent_at=now).returning(Reminder)).all()
    found = _about(sorted(taken, key=lambda reminder: (reminder.due_at, reminder.id)))
    _cancel(taken, found)
    by_owner: dict[int, list[Due]] = {}
    for one in found:
        by_owner.setdefault(one.owner_id, []).append(one)
    for owner_id, theirs in by_owner.items():
        _tell(owner_id, theirs, now)
    return len(taken)


def _about(reminders: Sequence[Reminder]) -> list[Due]:
    """The reminders whose record is in use and has an owner, and whose field still reminds."""
    owners: dict[tuple[str, int], tuple[int, str]] = {}
    entities = {entity.key: entity for entity in every()}
    for key in {reminder.entity for reminder in reminders} & entities.keys():
        entity = entities[key]
        model, title = entity.model, entity.title
        ids = [reminder.record_id for reminder in reminders if reminder.entity == key]
        rows = db.session.execute(
            select(model.id, model.owner_id, title.column(model)).where(entity.rows(), entity.live(), model.id.in_(ids))
        )
        for id, owner_id, name in rows:
            if owner_id is not None:
                owners[key, id] = owner_id, title.text(title.from_row(name)) or f"#{id}"
    return [
        Due(reminder, entities[reminder.entity], *owners[reminder.entity, reminder.record_id])
        for reminder in reminders
        if (reminder.entity, reminder.record_id) in owners and reminds(entities[reminder.entity].get(reminder.field))
    ]


def _cancel(taken: Sequence[Reminder], found: Sequence[Due]) -> None:
    told = {one.reminder.id for one in found}
    for reminder in taken:
        if reminder.id not in told:
            reminder.state, reminder.sent_at = ReminderState.cancelled, None


def _tell(owner_id: int, due: list[Due], now: datetime) -> None:
    if len(due) > ONE_BY_ONE:
        operations.notify_of_many(owner_id, "due_many", f"due {now:%Y-%m-%d %H}", [one.name for one in due], at=now)
        return
    for one in due:
        operations.notify(
            owner_id,
            "due",
            entity=one.entity,
            record_id=one.reminder.record_id,
            at=now,
            name=one.name,
            field=one.reminder.field,
            due_at=one.reminder.due_at.isoformat(),
        )
