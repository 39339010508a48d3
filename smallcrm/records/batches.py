"""Lists of what one import or bulk action changed: filters that every list has."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, false, select

from ..activity.models import Activity
from ..core import i18n
from ..entities import Field


class OfBatch(Field):
    """Not a field of records: history says what made or changed them. Its value names the row of that work."""

    operators: ClassVar[tuple[str, ...]] = ("eq",)

    @classmethod
    def called(cls, key: str) -> Self:
        """The filter, ready to be listed in `listing.SPECIAL`."""
        made = cls(cls.type_label)
        made.key = key
        return made

    def found(self, raws: Sequence[str]) -> Any | None:
        """The row (`batch`, `entity`, `created_at`) that a URL names; None for none that the viewer may know of."""
        raise NotImplementedError

    def condition(self, model: Any, op: str, raws: Sequence[str]) -> ColumnElement[bool]:
        row = self.found(raws)
        if row is None:
            return false()
        changed = select(Activity.record_id).where(Activity.batch == row.batch, Activity.entity == row.entity)
        return model.id.in_(changed)

    def filter_words(self, op: str, raws: Sequence[str]) -> str:
        row = self.found(raws)
        # No name of a file: the address may have been passed on.
        return i18n.exact(row.created_at) if row is not None else ""
