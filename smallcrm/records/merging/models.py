"""What was merged, with all that is needed to take it back; and what is not the same although it looks so."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ...core.db import BigId, UtcDateTime, db, now


class Merge(db.Model):
    """One merge: who made one record of several and when, and how everything was before.

    `before`: {"values": {id: {field key: stored value}} of every record that took part, "changes": {field key: [old,
    new]} of the one that stayed, "references": [{"entity", "field", "from": id, "ids"}] of what was moved, "files":
    {token: id of the record that had it}, "led": [ids that led to one that went, and lead to the one that stayed]}.
    """

    __tablename__ = "merges"
    __table_args__ = (Index("ix_merges_survivor", "entity", "survivor_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entity: Mapped[str] = mapped_column(String(40))
    survivor_id: Mapped[int] = mapped_column(BigId)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def batch(self) -> str:
        """The mark of this merge on every line of history that it wrote."""
        return f"merge:{self.id}"


class MergedRecord(db.Model):
    """A record that went into another one: where its old address leads, and whose timeline has its history."""

    __tablename__ = "merged_records"
    __table_args__ = (Index("ix_merged_records_into", "entity", "into_id"),)

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    record_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    into_id: Mapped[int] = mapped_column(BigId)
    merge_id: Mapped[int] = mapped_column(ForeignKey("merges.id"))


class DistinctRecords(db.Model):
    """Two records of which somebody said that they are not the same."""

    __tablename__ = "distinct_records"

    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    low_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    high_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


def went_into(entity: str, id: int) -> list[int]:
    """The ids of the records that were merged into this one."""
    into = (MergedRecord.entity == entity, MergedRecord.into_id == id)
    return list(db.session.scalars(select(MergedRecord.record_id).where(*into)))


def leads_to(entity: str, id: int) -> int | None:
    """The id of the record that this one was merged into."""
    found = db.session.get(MergedRecord, (entity, id))
    return found.into_id if found is not None else None
