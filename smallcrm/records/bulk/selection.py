"""Which records a bulk action is about: ticked ones, or all that fit a list, without those made after it was asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select
from werkzeug.datastructures import MultiDict

from ... import access
from ...activity.models import Activity
from ...core.db import db
from ...entities import Entity
from ...users.models import User
from .. import listing as lists
from ..conditions import BadListing
from ..listing import LARGEST, Listing, url_decode, url_encode
from .models import BulkRun
from .verbs import Verb

# So many can be ticked; more is the whole list.
MOST_TICKED = 5_000
ALL = "all"


@dataclass
class Selection:
    """Some records of an entity. `ids` None: all that fit `listing` (None: of the recycle bin)."""

    entity: Entity
    user: User
    ids: list[int] | None
    listing: Listing | None
    newest: int = LARGEST

    @property
    def query(self) -> str:
        """What states the list, without the view it may be called by; "" for ticked records."""
        return url_encode(self.listing.state()) if self.ids is None and self.listing is not None else ""

    def condition(self, verb: Verb) -> ColumnElement[bool]:
        """The records, as far as the person may see them; whether `verb` is allowed on them is another question."""
        model = self.entity.model
        found = [model.id <= self.newest]
        if self.ids is not None:
            found.append(model.id.in_(self.ids))
        if verb.of_deleted:
            # What went along with another comes back with it.
            found += [access.deleted(self.entity, self.user), model.deleted_with.is_(None)]
        elif self.ids is None and self.listing is not None:
            found.append(self.listing.conditions())
        else:
            found.append(access.visible(self.entity, self.user))
        return and_(*found)

    def permitted(self, verb: Verb) -> ColumnElement[bool]:
        """The condition of :meth:`condition` and of the right that `verb` needs."""
        return and_(self.condition(verb), access.within(self.entity, self.user, verb.action))

    def count(self, verb: Verb) -> tuple[int, int]:
        """(how many there are, on how many of them `verb` is allowed)."""
        model = self.entity.model
        found = [self.condition(verb), self.permitted(verb)]
        there, allowed = (db.session.scalar(select(func.count(model.id)).where(one)) or 0 for one in found)
        return there, allowed


def parse(
    entity: Entity, user: User, verb: Verb, texts: Sequence[str], everything: bool, query: MultiDict[str, str]
) -> Selection:
    """What a form selected: ids (one each or with commas), or everything that fits `query`. Raises BadListing."""
    if not everything:
        ids = ticked(texts)
        if not ids:
            raise BadListing(_("Tick the records first that this is about."))
        return Selection(entity, user, ids, None)
    query = query.copy()
    query.poplist("after")
    return Selection(entity, user, None, None if verb.of_deleted else lists.parse(entity, user, query))


def ticked(texts: Sequence[str]) -> list[int]:
    """The ids that boxes sent, one each or with commas. Raises BadListing for what is no id."""
    words = [word.strip() for text in texts for word in text.split(",") if word.strip()]
    if any(not (word.isascii() and word.isdecimal() and len(word) < 19) for word in words):
        raise BadListing(_("These are no records of this list. Go back and choose again."))
    ids = sorted({int(word) for word in words})
    if len(ids) > MOST_TICKED:
        raise BadListing(_("At most %(most)s records can be ticked. Choose all of the list instead.", most=MOST_TICKED))
    return ids


def of_run(run: BulkRun, entity: Entity, user: User, verb: Verb) -> Selection:
    """The records that a stored run is about. Raises BadListing when its list no longer exists."""
    if run.ids is not None:
        return Selection(entity, user, list(run.ids), None, run.newest)
    found = parse(entity, user, verb, (), True, url_decode(run.query))
    found.newest = run.newest
    return found


def newest(entity: Entity) -> int:
    """The id of the newest record of an entity, 0 for none."""
    return db.session.scalar(select(func.max(entity.model.id))) or 0


def last_line() -> int:
    """The id of the newest line of history, 0 for none."""
    return db.session.scalar(select(func.max(Activity.id))) or 0
