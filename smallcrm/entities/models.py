"""What administrators make in the browser: entities, fields, changes of built-in fields; and the records of theirs."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import BigId, UtcDateTime, db, now
from .pooled import PooledRecord


class EntityRow(db.Model):
    """An entity made in the browser, or (`built_in`) an administrator's changes of a shipped one (NULL: as shipped)."""

    __tablename__ = "entities"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    built_in: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str | None] = mapped_column(String(60))
    icon: Mapped[str | None] = mapped_column(String(40))
    position: Mapped[int | None]
    pooled: Mapped[bool | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FieldRow(db.Model):
    """A custom field, or (`built_in`) an administrator's changes of a shipped one; NULL means as shipped."""

    __tablename__ = "fields"
    __table_args__ = (UniqueConstraint("entity", "key"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entity: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(63))
    built_in: Mapped[bool] = mapped_column(default=False)
    type: Mapped[str | None] = mapped_column(String(30))
    label: Mapped[str | None] = mapped_column(String(60))
    help: Mapped[str | None] = mapped_column(String(200))
    required: Mapped[bool | None]
    unique: Mapped[bool | None] = mapped_column("is_unique")
    searchable: Mapped[bool | None]
    default: Mapped[Any] = mapped_column("default_value", JSON(none_as_null=True), nullable=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    position: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CustomRecord(PooledRecord):
    """The records of every entity made in the browser, told apart by `entity`."""

    __tablename__ = "custom_records"
    __index_prefix__ = ("entity",)

    entity: Mapped[str] = mapped_column(String(40))


class Counter(db.Model):
    """The last number given by an AutoNumber field within one period of its pattern."""

    __tablename__ = "counters"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    field: Mapped[str] = mapped_column(String(63), primary_key=True)
    period: Mapped[str] = mapped_column(String(80), primary_key=True)
    last: Mapped[int] = mapped_column(default=0)
