"""The list of what one bulk action changed."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from ...core.db import db
from ...users.viewer import viewer
from ..batches import OfBatch
from . import operations
from .models import BulkRun

KEY = "bulk_run"


class AffectedBy(OfBatch):
    """Its value is the number of a run."""

    type = "bulk_run"
    type_label = _l("Bulk action")

    def found(self, raws: Sequence[str]) -> BulkRun | None:
        """The run, for whoever may see it: for others nothing is in the list."""
        raw, who = (raws or [""])[0], viewer()
        if who is None or not (raw.isascii() and raw.isdecimal() and len(raw) < 19):
            return None
        run = db.session.get(BulkRun, int(raw))
        return run if run is not None and operations.may_control(run, who) else None
