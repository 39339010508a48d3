"""Running bulk actions without a page."""

from werkzeug.datastructures import MultiDict

from smallcrm.core.db import db, write
from smallcrm.entities import find
from smallcrm.records.bulk import operations, selection, tasks
from smallcrm.records.bulk.models import BulkRun
from smallcrm.records.bulk.verbs import VERBS


def run_of(id) -> BulkRun:
    """The run as it is in the database."""
    db.session.rollback()
    return db.session.get_one(BulkRun, id)


def begin(by, word, given, ids=(), query=None, entity="customers", seen=None) -> int:
    """Write down a bulk action on `ids`, or on all that fit `query` (a dict); returns the run's id."""
    what, verb = find(entity), VERBS[word]
    chosen = selection.parse(
        what, by, verb, [str(id) for id in ids], query is not None, MultiDict(query if query is not None else {})
    )
    chosen.newest = selection.newest(what)
    values = verb.read(what, by, MultiDict(given))
    with write():
        run = operations.begin(chosen, verb, values, seen=selection.last_line() if seen is None else seen)
        return run.id


def work(id) -> BulkRun:
    """Do it, in this thread; returns the run."""
    tasks.work_on_run.run(id)
    return run_of(id)


def undo(id, by) -> BulkRun:
    """Take it back; returns the run."""
    with write():
        operations.undo(db.session.get_one(BulkRun, id), by)
    return work(id)


def bulk(*args, **options) -> BulkRun:
    """begin() and work() in one."""
    return work(begin(*args, **options))
