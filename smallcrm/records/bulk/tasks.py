"""The clockwork of bulk actions: a job that gets an id, and the sweeper that finds work whose worker is gone."""

from datetime import timedelta

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import delete, select

from ...core import clock, lane
from ...core.db import db, write
from ...core.errors import Refused
from ...core.i18n import DEFAULT_LANGUAGE
from ...core.jobs import periodic, task
from ...users.models import User
from ..conditions import BadListing
from . import running
from .models import WORKING, BulkRun, RunState
from .signals import bulk_finished

KEPT = timedelta(days=90)


@task("bulk.work_on_run")
def work_on_run(run_id: int) -> None:
    """Do, or take back, a bulk action for a turn, then let the next one have its."""
    run = db.session.get(BulkRun, run_id)
    if run is None:
        return
    # What is done in a second need not wait for others.
    worker = lane.claim(BulkRun, run_id, WORKING, alone=run.is_large)
    if worker is None:
        return
    with force_locale(_language(run)):
        _work(run_id, worker)
    waiting = lane.waiting(BulkRun, WORKING)
    if waiting is not None:
        work_on_run(waiting)


def _language(run: BulkRun) -> str:
    user = db.session.get_one(User, run.undone_by_id or run.user_id)
    return user.language or DEFAULT_LANGUAGE


def _work(run_id: int, worker: str) -> None:
    try:
        running.work(run_id, worker)
    except (Refused, BadListing) as reason:
        _fail(run_id, worker, str(reason))
    except Exception:
        _fail(run_id, worker, _("Something went wrong on our side. It can be continued from where it is."))
        raise


def _fail(run_id: int, worker: str, sentence: str) -> None:
    with write():
        run = db.session.get_one(BulkRun, run_id)
        if run.worker == worker:
            run.state, run.failure = RunState.failed, sentence
            run.finished_at = run.finished_at or clock.now()
            lane.leave(run)
            bulk_finished.send(run)


@periodic(every=10, name="bulk.sweep")
def sweep() -> None:
    """Put to work what nobody works on: after a crash, or when the queue was lost."""
    at_work = select(BulkRun.id).where(BulkRun.state.in_(WORKING), BulkRun.is_held(lane.boot())).limit(1)
    if db.session.scalar(at_work) is None and (waiting := lane.waiting(BulkRun, WORKING)) is not None:
        work_on_run(waiting)


@periodic(every=3600, name="bulk.tidy")
def tidy() -> None:
    """Forget actions of long ago; the history of the records has what they did."""
    long_ago = select(BulkRun.id).where(BulkRun.created_at < clock.now() - KEPT, BulkRun.state.not_in(WORKING))
    if db.session.scalar(long_ago.limit(1)) is not None:
        with write() as session:
            session.execute(delete(BulkRun).where(BulkRun.id.in_(long_ago)))
