"""The import itself: chunk by chunk, each in one short transaction that also says how far it got.

Whatever kills the process between two chunks, the next worker goes on behind the last committed row, so every row is
done exactly once (SECURITY.md R02).
"""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ..access import Forbidden
from ..core import clock, lane
from ..core.db import db, write
from ..core.errors import Invalid, Refused
from ..core.once import remembering
from ..core.sheets.cells import Cell
from ..entities import find
from ..records import operations
from ..users.models import User
from . import rights, source
from .judging import Judge, Row
from .models import WORKING, Import, ImportState
from .signals import import_finished
from .trial import note

Batch = Sequence[tuple[int, Sequence[Cell]]]
Result = tuple[str, Row, dict[str, str]]


def run(import_id: int, worker: str) -> None:
    """Import the rows that are left, until the end of the file or of the turn. Raises SheetError, Refused."""
    with lane.politely():
        _run(import_id, worker)


def _run(import_id: int, worker: str) -> None:
    row = db.session.get_one(Import, import_id)
    last_row = row.last_row
    rows = (one for one in source.rows(row) if one[0] > last_row)
    began, pace = time.monotonic(), lane.Pace()
    while batch := list(islice(rows, pace.size)):
        seconds = _save(import_id, worker, batch, began)
        if seconds is None:
            return
        began = time.monotonic()
        pace.took(seconds)
        if pace.turn_is_over and lane.waiting(Import, WORKING, besides=import_id):
            _end_turn(import_id, worker)
            return
    _finish(import_id, worker)


def _save(import_id: int, worker: str, batch: Batch, began: float) -> float | None:
    """Import one chunk; returns how long its transaction took, None when this worker is no longer wanted."""
    try:
        return _save_chunk(import_id, worker, batch, began, Chunk())
    except _Halfway:
        # A rule said no after the row was begun. Again, each row in a savepoint, so that only that row is undone.
        return _save_chunk(import_id, worker, batch, began, Chunk(careful=True))


def _save_chunk(import_id: int, worker: str, batch: Batch, began: float, chunk: "Chunk") -> float | None:
    started = time.monotonic()
    with write(), nullcontext() if chunk.careful else remembering():
        row = db.session.get_one(Import, import_id)
        if row.worker != worker or row.state != ImportState.running:
            return None
        user = db.session.get_one(User, row.user_id)
        rights.demand(row, user)
        chunk.settle(row, user, batch)
        note(import_id, "run", chunk.results)
        row.counts = dict(Counter(row.counts) + Counter(outcome for outcome, _row, _errors in chunk.results))
        row.last_row = batch[-1][0]
        row.seconds += time.monotonic() - began
        lane.renew(row)
    return time.monotonic() - started


class _Halfway(Exception):
    """A record could not be saved after something of it was written."""


@dataclass
class Chunk:
    """Some rows on their way in. `results` are (outcome, row, errors), in the order in which they were settled."""

    careful: bool = False
    results: list[Result] = field(default_factory=list)

    def settle(self, row: Import, user: User, batch: Batch) -> None:
        """Do with every row what it is to become; inside write()."""
        judge = Judge(find(row.entity), user, row.mapping, row.options)
        new: list[Row] = []
        keys: set[Any] = set()
        for one in judge.prepare(batch):
            if not keys.isdisjoint(one.keys):
                # It may be about a record that is only just going to be made.
                self._create(judge, new, row.batch)
                new, keys = [], set()
            verdict = judge.judge(one)
            if verdict.kind == "new":
                new.append(one)
                keys.update(one.keys)
            elif verdict.kind == "change":
                self._change(judge, one, verdict.record, row.batch)
            elif verdict.kind == "duplicate":
                self.results.append(("duplicate", one, dict(verdict.errors)))
            else:
                self.results.append(("faulty", one, judge.all_errors(one, verdict)))
        self._create(judge, new, row.batch)

    def _create(self, judge: Judge, rows: Sequence[Row], batch: str) -> None:
        if not rows:
            return
        for row, record in zip(rows, self._made(judge, rows, batch), strict=True):
            if isinstance(record, Invalid):
                self.results.append(("faulty", row, record.errors))
            elif isinstance(record, Refused):
                self.results.append(("faulty", row, {"": str(record)}))
            else:
                judge.matcher.add(row.keys, record)
                self.results.append(("created", row, {}))

    def _made(self, judge: Judge, rows: Sequence[Row], batch: str) -> list[Any]:
        """For each row its record, or the exception that says why there is none."""
        if self.careful:
            return [self._made_one(judge, row, batch) for row in rows]
        raws = [row.raw for row in rows]
        try:
            return operations.create_many(judge.entity, raws, judge.user, source="import", batch=batch, owner="me")
        except Refused:
            raise _Halfway

    def _made_one(self, judge: Judge, row: Row, batch: str) -> Any:
        try:
            with db.session.begin_nested():
                return operations.create(judge.entity, row.raw, judge.user, source="import", batch=batch)
        except (Invalid, Refused) as reason:
            return reason

    def _change(self, judge: Judge, row: Row, record: Any, batch: str) -> None:
        try:
            with db.session.begin_nested() if self.careful else nullcontext():
                changes = operations.change(record, row.raw, judge.user, source="import", batch=batch)
        except Invalid as invalid:
            self.results.append(("faulty", row, invalid.errors))
        except Refused as refused:
            # Forbidden is said before anything is written.
            if not self.careful and not isinstance(refused, Forbidden):
                raise _Halfway
            self.results.append(("faulty", row, {"": str(refused)}))
        else:
            self.results.append(("updated" if changes else "unchanged", row, {}))


def _end_turn(import_id: int, worker: str) -> None:
    with write():
        row = db.session.get_one(Import, import_id)
        if row.worker == worker:
            lane.leave(row)


def _finish(import_id: int, worker: str) -> None:
    with write():
        row = db.session.get_one(Import, import_id)
        if row.worker == worker and row.state == ImportState.running:
            row.state, row.finished_at = ImportState.finished, clock.now()
            lane.leave(row)
            import_finished.send(row)
