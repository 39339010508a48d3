"""How many, and how much: counts, sums and averages of a list as a whole or of its parts, in a bounded time.

Up to :data:`ADDED_UP` records everything is counted and added up in one pass. Of more only the counts are given, each
as far as :data:`~smallcrm.records.listing.COUNTED`, until somebody asks for exact figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, func, literal, select, union_all

from ..core.db import db
from ..entities import Field
from ..entities.types import Percent
from .listing import COUNTED, Listing
from .parts import Division

ADDED_UP = 50_000


@dataclass(frozen=True)
class Tally:
    """Records counted together: how many, in how many a number is filled in, and its sum in the smallest unit."""

    count: int = 0
    filled: int = 0
    total: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.count + other.count, self.filled + other.filled, self.total + other.total)

    def sum(self, field: Field) -> Decimal:
        """The sum as a value of `field`."""
        found: Decimal = field.load(self.total)
        return found

    def average(self, field: Field) -> Decimal | None:
        """The average of what is filled in; None for nothing."""
        return round(self.sum(field) / self.filled, 6) if self.filled else None


def added_up(column: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """The aggregates of a number: in how many rows it is filled in, and their sum in the smallest unit."""
    return [func.count(column), func.coalesce(func.sum(column, type_=BigInteger), 0)]


@dataclass(frozen=True)
class Figures:
    """The figures of some records: `count` of them, and the tally of each number by field key.

    Not `complete`: there are at least so many, and nothing was added up.
    """

    count: int
    complete: bool
    tallies: Mapping[str, Tally]

    @property
    def words(self) -> str:
        """3,412 or 10,000+."""
        return f"{self.count:,}{'' if self.complete else '+'}"


def numbers(listing: Listing) -> list[Field]:
    """The numbers among the columns of a list."""
    return [field for field in listing.columns if field.summable]


def can_be_summed(field: Field) -> bool:
    """Whether a sum says something; of percentages only the average does."""
    return not isinstance(field, Percent)


def of_list(listing: Listing, *, exactly: bool = False) -> Figures:
    """The figures of a whole list."""
    fields = numbers(listing)
    rows = _added(listing, literal(0), fields, exactly)
    if rows is None:
        return Figures(listing.count()[0], False, {})
    return rows.get(0) or _figures(fields, [0] + [0, 0] * len(fields))


def of_parts(division: Division, keys: Sequence[Any], *, exactly: bool = False) -> list[Figures]:
    """The figures of each of `keys`."""
    fields = numbers(division.listing)
    rows = _added(division.listing, division.expression(keys), fields, exactly)
    if rows is None:
        return _counted(division, keys)
    nothing = _figures(fields, [0] + [0, 0] * len(fields))
    return [rows.get(place, nothing) for place in range(len(keys))]


def _added(
    listing: Listing, by: ColumnElement[Any], fields: Sequence[Field], exactly: bool
) -> dict[int, Figures] | None:
    """place → figures, in one pass over at most ADDED_UP records; None when there are more."""
    model = listing.entity.model
    columns = [field.column(model).label(f"n{i}") for i, field in enumerate(fields)]
    inner: Select[Any] = select(by.label("place"), *columns).where(listing.conditions())
    rows = (inner if exactly else inner.limit(ADDED_UP + 1)).subquery()
    sums = [part for i in range(len(fields)) for part in added_up(rows.c[f"n{i}"])]
    found = db.session.execute(select(rows.c.place, func.count(), *sums).group_by(rows.c.place)).all()
    if not exactly and sum(row[1] for row in found) > ADDED_UP:
        return None
    return {row[0]: _figures(fields, row[1:]) for row in found}


def _figures(fields: Sequence[Field], row: Sequence[Any]) -> Figures:
    """From [how many, then for each field in how many and how much]."""
    tallies = {field.key: Tally(row[0], int(row[1 + 2 * i]), int(row[2 + 2 * i])) for i, field in enumerate(fields)}
    return Figures(row[0], True, tallies)


def _counted(division: Division, keys: Sequence[Any]) -> list[Figures]:
    """The counts alone, each as far as COUNTED."""
    found = counted(division.listing, [division.condition(key) for key in keys], COUNTED + 1)
    return [Figures(min(count, COUNTED), count <= COUNTED, {}) for count in found]


def counted(listing: Listing, conditions: Sequence[ColumnElement[bool]], most: int) -> list[int]:
    """How many records of a list fulfil each of some conditions, each counted to `most`; one query."""
    whole, counts = listing.conditions(), []
    for place, condition in enumerate(conditions):
        rows = select(listing.entity.model.id).where(whole, condition).limit(most).subquery()
        counts.append(select(literal(place), func.count()).select_from(rows))
    found = {row[0]: row[1] for row in db.session.execute(union_all(*counts))}
    return [found[place] for place in range(len(conditions))]
