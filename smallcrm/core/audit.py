"""What administrators did to the system itself: fields, modules, company settings. Records have their own history."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import BigId, UtcDateTime, db


class AdminEvent(db.Model):
    """One thing an administrator did. Never changed, never deleted."""

    __tablename__ = "admin_events"
    __table_args__ = (Index("ix_admin_events_at", "at", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # None: the system itself (example data, an upgrade).
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str] = mapped_column(String(40))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def note(action: str, by: Any, **details: Any) -> None:
    """Write down that `by` (a user, or None for the system) did `action`; inside write(). `details` are JSON values."""
    db.session.add(AdminEvent(at=clock.now(), actor_id=by.id if by else None, action=action, details=details))
