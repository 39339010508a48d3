"""Telling people that what they did to many records in the background is through."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from ..entities import Entity
from ..records.bulk import presentation
from ..records.bulk.models import UNDO, BulkRun, RunState
from . import operations


def bulk_finished(run: BulkRun) -> None:
    """Tell whoever did it how it ended, unless they waited for it; inside write()."""
    if not run.is_large:
        return
    about: dict[str, Any] = {"verb": run.verb, "what": run.entity, "total": run.total, "undone": run.phase == UNDO}
    about |= {"counts": run.shown_counts, "skipped": run.skipped}
    if run.state == RunState.failed:
        about["failure"] = run.failure or ""
    operations.notify(run.undone_by_id or run.user_id, "bulk_finished", href=f"/bulk/{run.id}", **about)


def bulk_words(params: Mapping[str, Any], _entity: Entity | None) -> str:
    """The sentence about a bulk action."""
    title = presentation.title_of(params["verb"], params["what"], params["total"])
    if "failure" in params:
        return _("“%(title)s” did not finish: %(reason)s", title=title, reason=params["failure"])
    counts = presentation.outcomes_words(params["counts"], params["skipped"], undone=params["undone"])
    return _("“%(title)s” is through: %(counts)s", title=title, counts=counts)
