"""Reminders, which wait for their time, and notifications, which people read."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import BigId, UtcDateTime, db, now


class ReminderState(StrEnum):
    waiting = "waiting"
    sent = "sent"
    cancelled = "cancelled"


WAITING = text("state = 'waiting'")
UNREAD = text("read_at IS NULL")


class Reminder(db.Model):
    """The reminder that one date field of one record makes: one row, used again each time the date changes.

    Who is reminded is the record's owner when it is due, so nothing has to follow when the owner changes.
    """

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("entity", "record_id", "field"),
        Index("ix_reminders_waiting", "due_at", "id", sqlite_where=WAITING),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    field: Mapped[str] = mapped_column(String(63))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10), default=ReminderState.waiting)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Notification(db.Model):
    """One line for one person. `kind` and `params` are kept, not words: the reader's language makes the sentence."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "batch"),
        Index("ix_notifications_reader", "user_id", "id"),
        Index("ix_notifications_unread", "user_id", "id", sqlite_where=UNREAD),
        Index("ix_notifications_created_at", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    kind: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # What it is about; a line about many records has an entity and no record, or neither.
    entity: Mapped[str | None] = mapped_column(String(40))
    record_id: Mapped[int | None]
    # The import or bulk edit whose records this one line counts.
    batch: Mapped[str | None] = mapped_column(String(80))
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
