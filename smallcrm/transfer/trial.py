"""The trial run: every row is judged and checked as the import would do it, and nothing is written but the result."""

import time
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from ..access import Forbidden
from ..core import lane
from ..core.db import db, write
from ..core.errors import Invalid
from ..core.once import remembering
from ..core.sheets.cells import packed
from ..entities import find
from ..records import operations
from ..users.models import User
from . import rights, source
from .judging import Judge, Row
from .models import Import, ImportRow, ImportState

CHUNK = 500


def check(import_id: int, worker: str) -> None:
    """Judge all rows of an import from the start. Raises SheetError, Refused."""
    _forget(import_id, worker)
    row = db.session.get_one(Import, import_id)
    rows = source.rows(row)
    seen = Seen()
    began = time.monotonic()
    while batch := list(islice(rows, CHUNK)):
        results = list(_judged(import_id, batch, seen))
        if not _keep(import_id, worker, batch, results, time.monotonic() - began):
            return
        began = time.monotonic()
    with write():
        row = db.session.get_one(Import, import_id)
        if row.worker == worker and row.state == ImportState.checking:
            row.state, row.trial = ImportState.checked, row.counts
            row.counts, row.last_row, row.seconds = {}, 0, 0.0
            lane.leave(row)


def forget_rows(import_id: int, phase: str) -> None:
    """Delete what an earlier trial run or import of this file noted, some at a time. Not inside write()."""
    found = select(ImportRow.id).where(ImportRow.import_id == import_id, ImportRow.phase == phase).limit(2_000)
    while ids := db.session.scalars(found).all():
        with write():
            db.session.execute(delete(ImportRow).where(ImportRow.id.in_(ids)))


def _forget(import_id: int, worker: str) -> None:
    forget_rows(import_id, "trial")
    with write():
        row = db.session.get_one(Import, import_id)
        if row.worker == worker:
            row.counts, row.last_row, row.seconds = {}, 0, 0.0


class Seen:
    """What earlier rows of the file would have made: found again by their keys, their unique values."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, tuple[int, int]] = {}

    def twin(self, row: Row) -> tuple[int, bool] | None:
        """(number of the first new row with one of these keys, whether it says the same in every field)."""
        for key in row.keys:
            if key in self._rows:
                number, content = self._rows[key]
                return number, content == _content(row)
        return None

    def unique_errors(self, judge: Judge, values: Mapping[str, Any]) -> dict[str, str]:
        """What an earlier row has taken already."""
        errors = {}
        for key, value in values.items():
            field = judge.entity[key]
            known = self._rows.get(("unique", key, field.dump(value))) if field.unique and value is not None else None
            if known:
                errors[key] = _("Row %(number)s has the same value.", number=known[0])
        return errors

    def add(self, judge: Judge, row: Row, values: Mapping[str, Any]) -> None:
        """Remember a row that would become a new record."""
        place = (row.number, _content(row))
        for key in row.keys:
            self._rows.setdefault(key, place)
        for key, value in values.items():
            field = judge.entity[key]
            if field.unique and value is not None:
                self._rows.setdefault(("unique", key, field.dump(value)), place)


def _content(row: Row) -> int:
    return hash(tuple(sorted((key, str(value)) for key, value in row.raw.items())))


def _judged(import_id: int, batch: Sequence[tuple[int, Any]], seen: Seen) -> Iterator[tuple[str, Row, dict[str, str]]]:
    """(outcome, row, errors) of each row of a batch; reads only."""
    with remembering():
        row = db.session.get_one(Import, import_id)
        user = db.session.get_one(User, row.user_id)
        rights.demand(row, user)
        judge = Judge(find(row.entity), user, row.mapping, row.options)
        for one in judge.prepare(batch):
            outcome, errors = _outcome(judge, one, seen)
            yield outcome, one, errors


def _outcome(judge: Judge, row: Row, seen: Seen) -> tuple[str, dict[str, str]]:
    verdict = judge.judge(row)
    if verdict.kind == "duplicate":
        return "duplicate", dict(verdict.errors)
    if verdict.kind == "faulty":
        return "faulty", judge.all_errors(row, verdict)
    try:
        if verdict.kind == "change":
            changes = operations.wanted_changes(verdict.record, row.raw, judge.user)
            return ("updated" if changes else "unchanged"), {}
        twin = seen.twin(row)
        if twin is not None and judge.mode == "create":
            return "duplicate", {"": _("The same as row %(number)s of this file.", number=twin[0])}
        values = operations.new_values(judge.entity, row.raw, judge.user)
    except Invalid as invalid:
        return "faulty", invalid.errors
    except Forbidden as forbidden:
        return "faulty", {"": str(forbidden)}
    if twin is not None:
        return ("unchanged" if twin[1] else "updated"), {}
    if errors := seen.unique_errors(judge, values):
        return "faulty", errors
    seen.add(judge, row, values)
    return "created", {}


def _keep(
    import_id: int,
    worker: str,
    batch: Sequence[tuple[int, Any]],
    results: Sequence[tuple[str, Row, dict[str, str]]],
    seconds: float,
) -> bool:
    """Write down how a batch would end; False when this worker is no longer wanted."""
    with write():
        row = db.session.get_one(Import, import_id)
        if row.worker != worker or row.state != ImportState.checking:
            return False
        row.counts = dict(Counter(row.counts) + Counter(outcome for outcome, _row, _errors in results))
        row.last_row = batch[-1][0]
        row.seconds += seconds
        lane.renew(row)
        note(import_id, "trial", results)
    return True


def note(import_id: int, phase: str, results: Sequence[tuple[str, Row, dict[str, str]]]) -> None:
    """Write down the rows that do not get in; inside write()."""
    db.session.add_all(
        ImportRow(
            import_id=import_id,
            phase=phase,
            kind=outcome,
            number=row.number,
            cells=packed(list(row.cells)).decode(),
            errors=errors,
        )
        for outcome, row, errors in results
        if outcome in ("duplicate", "faulty")
    )
