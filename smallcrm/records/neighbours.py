"""The records before and after one in the list it was opened from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g
from sqlalchemy import select
from werkzeug.wrappers import Response

from .. import access
from ..core.db import db
from ..core.web import page
from .conditions import BadListing
from .listing import Listing
from .routes import asked, bp


@dataclass(frozen=True)
class Neighbour:
    """A record as the link to it names it."""

    name: str
    href: str


@dataclass(frozen=True)
class Neighbours:
    """Who stands beside a record; `listed` is whether it is in the list itself (still)."""

    before: Neighbour | None
    after: Neighbour | None
    listed: bool


def of(listing: Listing, record: Any) -> Neighbours:
    """The neighbours of `record` in the order of `listing`: of where it would stand, when it left the list meanwhile.

    Whoever works through a list keeps the way to the next record although the last change took this one out of it.
    """
    model = listing.entity.model
    columns = (model.id, listing.sort_value())
    row = db.session.execute(select(*columns).where(model.id == record.id)).one()
    before = listing.walk(columns, listing.place(row), 1, back=True)
    # What follows the one before is the record itself, if it is in the list.
    following = listing.walk(columns, listing.place(before[0]) if before else None, 2)
    listed = bool(following) and following[0].id == record.id
    after = following[1:] if listed else following[:1]
    return Neighbours(_named(listing, before), _named(listing, after), listed)


def _named(listing: Listing, rows: Any) -> Neighbour | None:
    if not rows:
        return None
    record = db.session.get_one(listing.entity.model, rows[0].id)
    return Neighbour(listing.entity.name_of(record), f"{listing.path}/{record.id}")


def around(parse: Callable[[], Listing], record: Any) -> Response:
    """The links to the neighbours of `record` in the list that `parse` makes of the URL."""
    try:
        found = of(parse(), record)
    except BadListing:
        # The list is remembered by the browser: a view or a field it names may be gone, and that is no news here.
        found = Neighbours(None, None, listed=False)
    return page("records/_neighbours.html", found=found)


@bp.get("/<slug>/<int:id>/neighbours")
def neighbours(id: int) -> Response:
    return around(asked, access.visible_or_404(g.entity, id))
