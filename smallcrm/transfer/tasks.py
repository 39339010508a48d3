"""The clockwork of this room: jobs that get ids, and the sweeper that finds work whose worker is gone."""

import logging
from datetime import timedelta

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from ..core import clock, lane
from ..core.db import db, write
from ..core.errors import Refused
from ..core.i18n import DEFAULT_LANGUAGE
from ..core.jobs import periodic, task
from ..users.models import User
from . import exports, running, trial
from .models import WORKING, Export, ExportState, Import, ImportState
from .signals import export_finished, import_finished

log = logging.getLogger(__name__)

SMALL = 300
DRAFTS_KEPT = timedelta(days=7)
LONGEST_EXPORT = timedelta(minutes=10)


@task("transfer.work_on_import")
def work_on_import(import_id: int) -> None:
    """Check or run an import for a turn, then let the next one have its."""
    row = db.session.get(Import, import_id)
    if row is None:
        return
    # What is done in a second need not wait for others.
    worker = lane.claim(Import, import_id, WORKING, alone=row.row_count > SMALL)
    if worker is None:
        return
    with force_locale(_language(row.user_id)):
        _work(import_id, worker)
    waiting = lane.waiting(Import, WORKING)
    if waiting is not None:
        work_on_import(waiting)


def _work(import_id: int, worker: str) -> None:
    try:
        if db.session.get_one(Import, import_id).state == ImportState.checking:
            trial.check(import_id, worker)
        else:
            running.run(import_id, worker)
    except Refused as refused:
        _fail(import_id, worker, str(refused))
    except Exception:
        _fail(import_id, worker, _("Something went wrong on our side. The import can be continued from where it is."))
        raise


def _fail(import_id: int, worker: str, sentence: str) -> None:
    with write():
        row = db.session.get_one(Import, import_id)
        if row.worker == worker:
            row.state, row.failure, row.finished_at = ImportState.failed, sentence, clock.now()
            lane.leave(row)
            import_finished.send(row)


@task("transfer.work_on_export")
def work_on_export(export_id: int) -> None:
    """Write the file of a large export."""
    worker = lane.claim(Export, export_id, (ExportState.running,), alone=False, lease=LONGEST_EXPORT)
    if worker is None:
        return
    row = db.session.get_one(Export, export_id)
    rows, name, failure = 0, None, None
    with force_locale(_language(row.user_id)):
        try:
            rows, name = exports.write_kept(row)
        except Refused as refused:
            failure = str(refused)
    with write():
        row = db.session.get_one(Export, export_id)
        if row.worker == worker:
            row.state = ExportState.failed if failure else ExportState.finished
            row.rows, row.stored_as, row.failure = rows, name, failure
            row.finished_at, row.expires_at = clock.now(), clock.now() + exports.KEPT
            lane.leave(row)
            export_finished.send(row)


def _language(user_id: int) -> str:
    return db.session.scalar(select(User.language).where(User.id == user_id)) or DEFAULT_LANGUAGE


@periodic(every=10, name="transfer.sweep")
def sweep() -> None:
    """Put to work what nobody works on: after a crash, or when the queue was lost."""
    at_work = select(Import.id).where(Import.state.in_(WORKING), Import.is_held(lane.boot())).limit(1)
    if db.session.scalar(at_work) is None and (waiting := lane.waiting(Import, WORKING)) is not None:
        work_on_import(waiting)
    left = select(Export.id).where(Export.state == ExportState.running, ~Export.is_held(lane.boot()))
    for export_id in db.session.scalars(left).all():
        work_on_export(export_id)


@periodic(every=3600, name="transfer.tidy")
def tidy() -> None:
    """Delete the files of exports that expired and of imports that were never started."""
    expired = select(Export).where(Export.stored_as.is_not(None), Export.expires_at < clock.now())
    for export in db.session.scalars(expired).all():
        if export.path is not None:
            export.path.unlink(missing_ok=True)
        with write():
            export.state, export.stored_as = ExportState.expired, None
    forgotten = select(Import).where(
        Import.state.in_((ImportState.draft, ImportState.checked)), Import.created_at < clock.now() - DRAFTS_KEPT
    )
    for draft in db.session.scalars(forgotten).all():
        path = draft.path
        trial.forget_rows(draft.id, "trial")
        with write() as session:
            session.delete(draft)
        path.unlink(missing_ok=True)
