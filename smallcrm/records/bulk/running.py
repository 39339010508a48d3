"""The work: chunk by chunk, each in one short transaction that also says how far it got.

Whatever kills the process between two chunks, the next worker goes on behind the last committed record, so every record
is done exactly once (SECURITY.md R02).
"""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext

from ...core import clock, lane
from ...core.db import db, write
from ...core.once import remembering
from . import phases
from .models import GONE, REASONS, WORKING, BulkRun, BulkSkip
from .phases import Doing, Halfway, Undoing
from .signals import bulk_finished

# Finding the next ones in a list may mean to look at all of it, so many are found at a time.
LOOKED_UP = 2_000
# The records that stay out are kept with their reason up to so many, and counted beyond.
MOST_KEPT = 1_000


def work(run_id: int, worker: str) -> None:
    """Do what is left, until the end or the end of the turn. Raises Refused, BadListing."""
    with lane.politely():
        _work(run_id, worker)


def _work(run_id: int, worker: str) -> None:
    phase = phases.of(db.session.get_one(BulkRun, run_id))
    began, pace = time.monotonic(), lane.Pace()
    while ids := phase.following(db.session.get_one(BulkRun, run_id), LOOKED_UP):
        while ids:
            chunk, ids = ids[: pace.size], ids[pace.size :]
            seconds = _save(run_id, worker, phase, chunk, began)
            if seconds is None:
                return
            began = time.monotonic()
            pace.took(seconds)
            if pace.turn_is_over and lane.waiting(BulkRun, WORKING, besides=run_id):
                _end_turn(run_id, worker)
                return
    _finish(run_id, worker, phase)


def _save(run_id: int, worker: str, phase: Doing | Undoing, ids: Sequence[int], began: float) -> float | None:
    """Settle one chunk; returns how long its transaction took, None when this worker is no longer wanted."""
    try:
        return _save_chunk(run_id, worker, phase, ids, began)
    except Halfway:
        # Again, each record in a savepoint, so that only what a rule refused is undone.
        return _save_chunk(run_id, worker, phase, ids, began, careful=True)


def _save_chunk(
    run_id: int, worker: str, phase: Doing | Undoing, ids: Sequence[int], began: float, *, careful: bool = False
) -> float | None:
    started = time.monotonic()
    with write(), nullcontext() if careful else remembering():
        run = db.session.get_one(BulkRun, run_id)
        if run.worker != worker or run.state != phase.state:
            return None
        results = list(phase.settle(run, ids, careful))
        _note(run, phase.name, results)
        counts = Counter(run.shown_counts) + Counter(outcome for _id, (outcome, _errors) in results)
        _count(run, phase, dict(counts))
        run.place = ids[-1]
        run.seconds += time.monotonic() - began
        lane.renew(run)
    return time.monotonic() - started


def _count(run: BulkRun, phase: Doing | Undoing, counts: dict[str, int]) -> None:
    if isinstance(phase, Undoing):
        run.undo_counts = counts
    else:
        run.counts = counts


def _note(run: BulkRun, phase: str, results: Sequence[phases.Result]) -> None:
    skipped = [(id, reason, errors) for id, (reason, errors) in results if reason in REASONS]
    for id, reason, errors in skipped[: max(0, MOST_KEPT - run.skipped)]:
        db.session.add(BulkSkip(run_id=run.id, phase=phase, record_id=id, reason=reason, errors=errors))


def _end_turn(run_id: int, worker: str) -> None:
    with write():
        run = db.session.get_one(BulkRun, run_id)
        if run.worker == worker:
            lane.leave(run)


def _finish(run_id: int, worker: str, phase: Doing | Undoing) -> None:
    with write():
        run = db.session.get_one(BulkRun, run_id)
        if run.worker != worker or run.state != phase.state:
            return
        if isinstance(phase, Doing):
            if left := run.total - run.done:
                # They no longer fitted the list when their turn came.
                run.counts = {**run.counts, GONE: run.counts.get(GONE, 0) + max(left, 0)}
            run.finished_at = clock.now()
        else:
            run.undone_at = clock.now()
        run.state = phase.end
        lane.leave(run)
        bulk_finished.send(run)
