"""The list of what came in with one import."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ..core.db import db
from ..entities.field import plain_text
from ..records.batches import OfBatch
from .models import Import

KEY = "brought_by"


class BroughtBy(OfBatch):
    """Its value is an import's token."""

    type = "brought_by"
    type_label = _l("Import")

    def found(self, raws: Sequence[str]) -> Import | None:
        return db.session.scalars(select(Import).where(Import.token == plain_text(raws))).first()
