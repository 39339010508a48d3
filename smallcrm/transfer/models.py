"""Imports with their rows that did not get in, and the log of exports."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ..core.db import BigId, UtcDateTime, db, now
from ..core.lane import Leased


class ImportState(StrEnum):
    """Where an import stands. `checking` (the trial run) and `running` are the background's turn."""

    draft = "draft"
    checking = "checking"
    checked = "checked"
    running = "running"
    finished = "finished"
    cancelled = "cancelled"
    failed = "failed"


STATE_WORDS = {
    "draft": (_l("Not started"), "grey"),
    "checking": (_l("Checking"), "blue"),
    "checked": (_l("Checked"), "cyan"),
    "running": (_l("Importing"), "blue"),
    "finished": (_l("Finished"), "green"),
    "cancelled": (_l("Stopped"), "amber"),
    "failed": (_l("Failed"), "red"),
    "expired": (_l("Expired"), "grey"),
}

# What becomes of a row, in the order in which counts are shown.
OUTCOMES = ("created", "updated", "unchanged", "duplicate", "faulty")
WORKING = (ImportState.checking, ImportState.running)
AT_WORK = text("state IN ('checking', 'running')")


class Import(Leased, db.Model):
    """One uploaded file on its way into one entity. Only the person who uploaded it ever sees what is in it."""

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_user", "user_id", "id"),
        Index("ix_imports_at_work", "id", sqlite_where=AT_WORK),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    entity: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(200))
    stored_as: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    # Which part of the file is the table; header_row counts from 0, None: there is none.
    sheet: Mapped[str | None] = mapped_column(String(200))
    encoding: Mapped[str | None] = mapped_column(String(20))
    delimiter: Mapped[str | None] = mapped_column(String(4))
    header_row: Mapped[int | None]
    # What looking at the file told, as `cells.packed` writes it (see source.Sight).
    seen: Mapped[str] = mapped_column(Text, default="{}")
    # {column position as text: field key}, {option: value} (see options).
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default=ImportState.draft)
    # {outcome: rows} of the finished trial run, and of the import itself.
    trial: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    # The number of the last row of the file that the trial run, then the import, has done.
    last_row: Mapped[int] = mapped_column(default=0)
    row_count: Mapped[int] = mapped_column(default=0)
    # Time spent working, for the speed: waiting for other imports does not count.
    seconds: Mapped[float] = mapped_column(default=0.0)
    failure: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def batch(self) -> str:
        """The mark that every change made by this import carries in history."""
        return f"import:{self.id}"

    @property
    def path(self) -> Path:
        """Where the uploaded file lies."""
        return folder("imports") / self.stored_as

    @property
    def done(self) -> int:
        """How many rows have been dealt with in this turn."""
        return sum(self.counts.values())

    @property
    def total(self) -> int:
        """How many rows there are: counted by the trial run, before that what is below the header."""
        if self.trial and self.state != ImportState.checking:
            return sum(self.trial.values())
        return max(self.row_count - self.first_row, self.done)

    @property
    def first_row(self) -> int:
        """How many rows stand above the first one of the table."""
        return 0 if self.header_row is None else self.header_row + 1

    @property
    def is_at_work(self) -> bool:
        """Whether the background is to work on it."""
        return self.state in WORKING


class ImportRow(db.Model):
    """A row of the file that did not get in (or would not), with the reasons."""

    __tablename__ = "import_rows"
    __table_args__ = (Index("ix_import_rows_import", "import_id", "phase", "kind", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"))
    # trial or run; faulty or duplicate.
    phase: Mapped[str] = mapped_column(String(5))
    kind: Mapped[str] = mapped_column(String(10))
    number: Mapped[int]
    # The cells as `cells.packed` writes them; {field key or "": sentence}.
    cells: Mapped[str] = mapped_column(Text)
    errors: Mapped[dict[str, str]] = mapped_column(JSON)


class ExportState(StrEnum):
    running = "running"
    finished = "finished"
    failed = "failed"
    expired = "expired"


UNFINISHED = text("state = 'running'")


class Export(Leased, db.Model):
    """One export: who took which records, when, how many. The log is kept; the file of a large one expires."""

    __tablename__ = "exports"
    __table_args__ = (
        Index("ix_exports_user", "user_id", "id"),
        Index("ix_exports_running", "id", sqlite_where=UNFINISHED),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    entity: Mapped[str] = mapped_column(String(40))
    # The parameters of the list as a query string, and the keys of the columns that were written.
    query: Mapped[str] = mapped_column(Text, default="")
    columns: Mapped[list[str]] = mapped_column(JSON, default=list)
    format: Mapped[str] = mapped_column(String(5))
    state: Mapped[str] = mapped_column(String(10), default=ExportState.running)
    rows: Mapped[int] = mapped_column(default=0)
    # None for one that was sent at once and not kept.
    stored_as: Mapped[str | None] = mapped_column(String(60))
    failure: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    @property
    def path(self) -> Path | None:
        """Where the file lies, if it is kept."""
        return folder("exports") / self.stored_as if self.stored_as else None

    @property
    def is_ready(self) -> bool:
        """Whether there is a file to download."""
        return self.state == ExportState.finished and self.stored_as is not None


def folder(name: str) -> Path:
    """A folder of the data folder, made when it is needed."""
    found = Path(current_app.config["DATA"]) / name
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found
