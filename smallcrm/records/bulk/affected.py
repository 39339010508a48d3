"""The list of what one bulk action changed: a filter that every list has."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, false, select

from ...activity.models import Activity
from ...core import i18n
from ...core.db import db
from ...entities import Field
from ...users.viewer import viewer
from . import operations
from .models import BulkRun

KEY = "bulk_run"


class AffectedBy(Field):
    """Not a field of records: history says which bulk action changed them. Its value is the number of a run."""

    type = "bulk_run"
    type_label = _l("Bulk action")
    operators = ("eq",)

    def condition(self, model: Any, op: str, raws: Sequence[str]) -> ColumnElement[bool]:
        run = _found(raws)
        if run is None:
            return false()
        changed = select(Activity.record_id).where(Activity.batch == run.batch, Activity.entity == run.entity)
        return model.id.in_(changed)

    def filter_words(self, op: str, raws: Sequence[str]) -> str:
        run = _found(raws)
        return i18n.exact(run.created_at) if run is not None else ""


def _found(raws: Sequence[str]) -> BulkRun | None:
    """The run, for whoever may see it: for others nothing is in the list."""
    raw, who = (raws or [""])[0], viewer()
    if who is None or not (raw.isascii() and raw.isdecimal() and len(raw) < 19):
        return None
    run = db.session.get(BulkRun, int(raw))
    return run if run is not None and operations.may_control(run, who) else None


def field() -> AffectedBy:
    """The filter, ready to be listed in `listing.SPECIAL`."""
    made = AffectedBy(_l("Bulk action"))
    made.key = KEY
    return made
