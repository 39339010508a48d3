"""Views: named lists of an entity. Shipped ones follow from what its fields say; others are kept by people.

A view is the part of a URL that states a list (:data:`STATE` and conditions), under a name. It shows each person what
that person may see: a view keeps no records and gives no rights.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from werkzeug.datastructures import MultiDict

from .. import access
from ..core.db import db
from ..entities import Entity, Field
from ..users.models import User, ancestor_ids
from . import models
from .conditions import BadListing, is_name
from .models import View

VIEW, EDITED = "view", "edited"
# What states a list, beside its conditions.
STATE = ("match", "q", "sort", "kind", "by", "on", "dense", "columns", EDITED)
ALL, MINE, OURS, BELOW = "all", "mine", "ours", "below"
DUE, OVERDUE, NEGLECTED, RECENT = "due", "overdue", "neglected", "recent"
NEGLECTED_DAYS = 30
# What other rooms ship for every entity.
SHIPPED: list[Callable[[Entity, User], Iterable["Choice"]]] = []
# The tabs of somebody who has not chosen any.
USUAL_TABS = (ALL, MINE, DUE, OVERDUE)


@dataclass(frozen=True)
class Choice:
    """A view one person can open: `key` is its name in URLs, `query` what it states, `view` the row of a kept one."""

    key: str
    name: str
    icon: str
    query: str
    view: View | None = None

    def is_stated_by(self, state: dict[str, list[str]]) -> bool:
        """Whether URL parameters (name → values) say exactly what this view says."""
        pairs = [(name, value) for name, values in state.items() for value in values]
        return sorted(pairs) == sorted(parse_qsl(self.query))


def states(name: str) -> bool:
    """Whether a URL parameter is part of what a view states."""
    return name in STATE or is_name(name)


def opened(entity: Entity, user: User, arguments: MultiDict[str, str]) -> tuple[MultiDict[str, str], Choice | None]:
    """(what a URL states with the help of the view it names, that view). Raises BadListing for one `user` has not."""
    key = arguments.get(VIEW, "")
    if not key:
        return arguments, None
    chosen = find(entity, user, key)
    if chosen is None:
        raise BadListing(_("This view does not exist any more, or it is not shared with you."))
    if any(states(name) for name in arguments):
        return arguments, chosen
    stated: MultiDict[str, str] = MultiDict(parse_qsl(chosen.query))
    stated.update(arguments)
    return stated, chosen


def find(entity: Entity, user: User, key: str) -> Choice | None:
    """The view with this key, if there is one for `user`."""
    if key == ALL:
        return _everything()
    if key.isascii() and key.isdecimal() and len(key) < 16:
        row = db.session.scalar(_kept(entity, user).where(View.id == int(key)))
        return _choice(row) if row is not None else None
    return next((each for each in shipped(entity, user) if each.key == key), None)


def of(entity: Entity, user: User) -> list[Choice]:
    """Every view of an entity that `user` can open: shipped ones, their own and those shared with them."""
    rows = db.session.scalars(_kept(entity, user).order_by(View.position, View.id))
    return [*shipped(entity, user), *(_choice(row) for row in rows)]


def tabs(entity: Entity, user: User, choices: Sequence[Choice], open_: Choice | None = None) -> list[Choice]:
    """The views that stand above a list: those the person pinned, in that order, and at the end the open one."""
    keys = models.preference(user.id, entity.key).tabs
    known = {each.key: each for each in choices}
    if keys is None:
        keys = [*USUAL_TABS, *(each.key for each in choices if each.view and each.view.pinned)]
    found = [known[key] for key in keys if key in known]
    return found if open_ is None or any(each.key == open_.key for each in found) else [*found, open_]


def default(entity: Entity, user: User) -> str:
    """The key of the view that opens first: the person's, else their role's, else all records."""
    preferred = models.preference(user.id, entity.key).view or models.role_view(user.role_id, entity.key)
    return preferred if preferred and find(entity, user, preferred) else ALL


def may_change(user: User, view: View) -> bool:
    """Whether `user` may rename, share or delete a kept view: their own, or a shared one with the power of settings."""
    return view.owner_id == user.id or (view.shared != models.PRIVATE and user.can("manage_settings"))


def may_share(user: User) -> bool:
    """Whether `user` may share views with everybody and with roles; their own department anybody may share with."""
    return user.can("manage_settings")


def _kept(entity: Entity, user: User) -> Any:
    departments = ancestor_ids(user.department_id) if user.department_id else []
    shared = or_(
        View.owner_id == user.id,
        View.shared == models.EVERYBODY,
        and_(View.shared == models.ROLE, View.role_id == user.role_id),
        and_(View.shared == models.DEPARTMENT, View.department_id.in_(departments)),
    )
    return select(View).where(View.entity == entity.key, shared)


def _choice(view: View) -> Choice:
    kind = dict(parse_qsl(view.query)).get("kind", "table")
    return Choice(str(view.id), view.name, ICONS[kind], view.query, view)


ICONS = {"table": "table", "cards": "id-badge-2", "kanban": "layout-kanban", "calendar": "calendar"}


def shipped(entity: Entity, user: User) -> list[Choice]:
    """The views that every entity has, as far as its fields, and what `user` may read of them, allow."""
    readable = {field.key: field for field in access.readable_fields(entity, user)}
    return [*_whose(entity, user), *_when(readable), *(choice for ship in SHIPPED for choice in ship(entity, user))]


def _everything() -> Choice:
    return Choice(ALL, _("All"), "list", "")


def _whose(entity: Entity, user: User) -> Iterator[Choice]:
    yield _everything()
    yield Choice(MINE, _("Owned by me"), "user", "f.owner.in=me")
    if user.department_id is not None and access.scope(user, entity, "view") not in ("none", "own"):
        yield Choice(OURS, _("My department's"), "users", "f.department.in=mine_below")
        yield Choice(BELOW, _("My staff's"), "sitemap", "f.owner.in=below")


def _when(readable: dict[str, Field]) -> Iterator[Choice]:
    """What is due, what is late, what lies still; a field says by its settings that it is such a date."""
    due = _first(readable, "remind")
    if due is not None:
        settled = str(due.settings.get("remind_unless") or "")
        open_ = f"f.{settled}.empty=1&" if settled in readable else ""
        today, late = due.settings.get("due_words") or (_("Due today"), _("Overdue"))
        order = f"&sort={due.key}"
        yield Choice(DUE, str(today), "calendar-due", f"{open_}f.{due.key}.period=today{order}")
        yield Choice(OVERDUE, str(late), "alert-triangle", f"{open_}f.{due.key}.lt=today{order}")
    care = _first(readable, "neglect_words")
    if care is not None:
        words = str(care.settings["neglect_words"]) % {"days": NEGLECTED_DAYS}
        before = f"-{NEGLECTED_DAYS}d"
        asked = f"f.created_at.lt={before}&g1.{care.key}.lt={before}&g1.{care.key}.empty=1&sort={care.key}"
        yield Choice(NEGLECTED, words, "moon", asked)
    yield Choice(RECENT, _("New in the last 7 days"), "clock", "f.created_at.period=last_7_days&sort=-created_at")


def _first(readable: dict[str, Field], setting: str) -> Field | None:
    return next((field for field in readable.values() if field.settings.get(setting)), None)
