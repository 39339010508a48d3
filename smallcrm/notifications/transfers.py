"""Telling people that their import or export is through."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from ..entities import Entity
from ..transfer.models import Export, ExportState, Import, ImportState
from ..transfer.presentation import entity_label, outcomes_words
from . import operations


def import_finished(row: Import) -> None:
    """Tell whose import it was how it ended; inside write()."""
    about: dict[str, Any] = {"href": f"/imports/{row.token}", "file": row.file_name, "counts": row.counts}
    if row.state == ImportState.failed:
        about["failure"] = row.failure or ""
    operations.notify(row.user_id, "import_finished", **about)


def export_finished(row: Export) -> None:
    """Tell whose export it was that the file is there; inside write()."""
    about: dict[str, Any] = {"href": "/exports", "what": row.entity, "rows": row.rows}
    if row.state == ExportState.failed:
        about["failure"] = row.failure or ""
    operations.notify(row.user_id, "export_finished", **about)


def import_words(params: Mapping[str, Any], _entity: Entity | None) -> str:
    """The sentence about an import."""
    if "failure" in params:
        return _("The import of “%(file)s” did not finish: %(reason)s", file=params["file"], reason=params["failure"])
    counts = outcomes_words(params["counts"])
    return _("The import of “%(file)s” is finished: %(counts)s", file=params["file"], counts=counts)


def export_words(params: Mapping[str, Any], _entity: Entity | None) -> str:
    """The sentence about an export."""
    what = entity_label(params["what"])
    if "failure" in params:
        return _("Your export of %(what)s could not be written: %(reason)s", what=what, reason=params["failure"])
    return _("Your export of %(what)s is ready: %(rows)s rows", what=what, rows=f"{params['rows']:,}")
