"""The list of what came in with one import: a filter that every list has."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, false, select

from ..activity.models import Activity
from ..core import i18n
from ..core.db import db
from ..entities import Field
from ..entities.field import plain_text
from .models import Import

KEY = "brought_by"


class BroughtBy(Field):
    """Not a field of records: history says which import made or changed them. Its value is an import's token."""

    type = "brought_by"
    type_label = _l("Import")
    operators = ("eq",)

    def condition(self, model: Any, op: str, raws: Sequence[str]) -> ColumnElement[bool]:
        row = _found(raws)
        if row is None:
            return false()
        brought = select(Activity.record_id).where(Activity.batch == row.batch, Activity.entity == row.entity)
        return model.id.in_(brought)

    def filter_words(self, op: str, raws: Sequence[str]) -> str:
        row = _found(raws)
        # Not the file's name: the address may have been passed on.
        return i18n.exact(row.created_at) if row is not None else ""


def _found(raws: Sequence[str]) -> Import | None:
    return db.session.scalars(select(Import).where(Import.token == plain_text(raws))).first()


def field() -> BroughtBy:
    """The filter, ready to be listed in `listing.SPECIAL`."""
    made = BroughtBy(_l("Import"))
    made.key = KEY
    return made
