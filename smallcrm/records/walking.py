"""The first rows of an order, looked for along its index before the database collects all that fits and sorts it.

SQLite knows how many rows a condition leaves on average, not for this person or that: of 50,000 records of one owner it
likes to sort all for a page of fifty. Most pages are full after a few hundred rows of the order; those that are not,
because what fits is rare, are cheap to collect. PostgreSQL weighs that by itself.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, case, literal, select, tuple_

from .. import access
from ..core.db import db
from ..entities import Entity
from .conditions import ALL, Filter

if TYPE_CHECKING:
    from .listing import Listing

# How many rows of the order are looked at before the other way is gone: a few milliseconds.
LOOKED_AT = 4_000
STRETCHES = ("period", "lt", "gt", "gte", "lte", "between", "starts", "filled")


def is_quicker(listing: "Listing") -> bool:
    """Whether some rows of the order are left out of the list, by more than what leads to its rows anyway."""
    if db.session.get_bind().dialect.name != "sqlite" or listing.q:
        return False
    if listing.sort is not None and not listing.sort.sortable:
        return False  # an order of its own, such as the pool's, with an index that only its rows have
    return bool(listing.filters) or not access.sees_all(listing.entity, listing.user)


def of_order(listing: "Listing") -> list[Filter]:
    """The conditions that pick a stretch of the order itself, in which no record lacks a value."""
    if listing.match != ALL:
        return []
    return [
        each
        for each in listing.filters
        if each.field is listing.sort and each.through is None and not each.group and each.op in STRETCHES
    ]


def lacks_nothing(listing: "Listing") -> bool:
    """Whether every record of the list has a value that it can be sorted by."""
    if listing.sort is None or of_order(listing):
        return True
    return not listing.sort.custom and not listing.sort.column(listing.entity.model).property.columns[0].nullable


def nearest(
    entity: Entity, wanted: Select[Any], part: Sequence[Any], order: Sequence[Any], down: bool, size: int
) -> Sequence[Any] | None:
    """`size` rows of the ordered `wanted` (all its conditions, `part` of the order); None if they are not near."""
    place = [each.desc() if down else each for each in order]
    last = select(*order).where(entity.rows(), entity.live(), *part).order_by(*place).offset(LOOKED_AT).limit(1)
    end = db.session.execute(last).first()
    # A condition inside a CASE leads no search: what is left to search by is the order.
    fits = case((wanted.whereclause, 1), else_=0) == 1  # type: ignore[arg-type]  # a list has conditions
    near = (
        select(*wanted.selected_columns).where(entity.rows(), entity.live(), *part, fits).order_by(*place).limit(size)
    )
    if end is None:
        return db.session.execute(near).all()
    here, there = tuple_(*order), tuple_(*(literal(end[i], each.type) for i, each in enumerate(order)))
    found = db.session.execute(near.where(here >= there if down else here <= there)).all()
    return found if len(found) == size else None
