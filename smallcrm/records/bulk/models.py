"""Bulk actions as rows: what was asked for, how far it is, what stayed out and why."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ...core import clock
from ...core.db import BigId, UtcDateTime, db, now
from ...core.lane import Leased

# For so long after its end an action can be taken back as a whole.
UNDOABLE = timedelta(hours=24)
# So many records are done while the person waits; more in the background.
SMALL = 200


class RunState(StrEnum):
    """Where a bulk action stands. `running` and `undoing` are work to be done."""

    running = "running"
    finished = "finished"
    cancelled = "cancelled"
    failed = "failed"
    undoing = "undoing"
    undone = "undone"


WORKING = (RunState.running, RunState.undoing)
AT_WORK = text("state IN ('running', 'undoing')")
# What becomes of a record: the first two are no news, the others are reasons why nothing was done.
DONE, SAME = "done", "same"
FORBIDDEN, CONFLICT, INVALID, REFUSED, GONE = "forbidden", "conflict", "invalid", "refused", "gone"
REASONS = (FORBIDDEN, CONFLICT, INVALID, REFUSED, GONE)
# The two things a run does: its action, and taking it back.
RUN, UNDO = "run", "undo"


class BulkRun(Leased, db.Model):
    """One action on many records of an entity, by one person.

    Which records: those of `ids`, or those that fit the list of `query`; either way only ids up to `newest`, the last
    one there was when it was asked for, so that later records stay out. They are done by ascending id, whatever the
    order of the list: a changed record may leave the list, its id stays behind `place` in any case.
    """

    __tablename__ = "bulk_runs"
    __table_args__ = (
        Index("ix_bulk_runs_user", "user_id", "id"),
        Index("ix_bulk_runs_at_work", "id", sqlite_where=AT_WORK),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    entity: Mapped[str] = mapped_column(String(40))
    verb: Mapped[str] = mapped_column(String(40))
    # What the verb was given, as its `read` made it.
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    ids: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    query: Mapped[str] = mapped_column(Text, default="")
    newest: Mapped[int] = mapped_column(BigId)
    # The last line of history when it was asked for: what others changed after it is not overwritten.
    seen: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(String(10), default=RunState.running)
    total: Mapped[int] = mapped_column(default=0)
    # The last record done; while undoing, the last line of history taken back.
    place: Mapped[int] = mapped_column(BigId, default=0)
    # {outcome: records} of the action, and of taking it back.
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    undo_counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    # Time spent working, for the speed.
    seconds: Mapped[float] = mapped_column(default=0.0)
    failure: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @property
    def batch(self) -> str:
        """The mark that every line of history made by this action carries."""
        return f"bulk:{self.id}"

    @property
    def undo_batch(self) -> str:
        """The mark of the lines that take it back."""
        return f"bulk-undo:{self.id}"

    @property
    def phase(self) -> str:
        """Whether the counts that matter now are those of the action or of taking it back."""
        return UNDO if self.undone_by_id is not None else RUN

    @property
    def shown_counts(self) -> dict[str, int]:
        """The counts of the phase it is in."""
        return self.undo_counts if self.phase == UNDO else self.counts

    @property
    def done(self) -> int:
        """How many records have been dealt with in this phase."""
        return sum(self.shown_counts.values())

    @property
    def to_do(self) -> int:
        """How many records this phase is about."""
        return self.counts.get(DONE, 0) if self.phase == UNDO else self.total

    @property
    def skipped(self) -> int:
        """How many records stayed as they were for a reason, in this phase."""
        return sum(self.shown_counts.get(reason, 0) for reason in REASONS)

    @property
    def is_at_work(self) -> bool:
        """Whether there is work to be done."""
        return self.state in WORKING

    @property
    def is_large(self) -> bool:
        """Whether it is done in the background."""
        return self.to_do > SMALL

    @property
    def may_go_on(self) -> bool:
        """Whether it stopped before its end and can be continued."""
        return self.state in (RunState.cancelled, RunState.failed) and self.done < self.to_do

    @property
    def is_undoable(self) -> bool:
        """Whether it can be taken back: it did something, stands still, and is not too long ago."""
        if self.is_at_work or self.phase == UNDO or not self.counts.get(DONE) or self.finished_at is None:
            return False
        return clock.now() - self.finished_at < UNDOABLE


class BulkSkip(db.Model):
    """A record that a bulk action left as it was, and why; the first ones, the counts have them all."""

    __tablename__ = "bulk_skips"
    __table_args__ = (Index("ix_bulk_skips_run", "run_id", "phase", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("bulk_runs.id", ondelete="CASCADE"))
    phase: Mapped[str] = mapped_column(String(5))
    record_id: Mapped[int] = mapped_column(BigId)
    reason: Mapped[str] = mapped_column(String(10))
    # {field key or "": sentence}.
    errors: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
