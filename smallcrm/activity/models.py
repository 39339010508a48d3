"""The rows of history."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import BigId, UtcDateTime, db


class Activity(db.Model):
    """One thing that happened to one record. Never changed, never deleted."""

    __tablename__ = "activities"
    __table_args__ = (
        Index("ix_activities_record", "entity", "record_id", "id"),
        Index("ix_activities_host", "host_entity", "host_id", "at", "id"),
        Index("ix_activities_actor", "actor_id", "at"),
        Index("ix_activities_batch", "batch"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    # The record on whose timeline this appears: itself, or the one it belongs to.
    host_entity: Mapped[str] = mapped_column(String(40))
    host_id: Mapped[int]
    # The record's version after this happened.
    version: Mapped[int]
    action: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    has_files: Mapped[bool] = mapped_column(default=False)
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    source: Mapped[str] = mapped_column(String(20), default="web")
    # The import, bulk edit or deletion this belongs to.
    batch: Mapped[str | None] = mapped_column(String(60))
