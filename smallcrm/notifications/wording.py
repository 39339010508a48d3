"""What a notification says, in the reader's language, and where it leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext as _n
from sqlalchemy import select

from .. import access
from ..core.db import db
from ..entities import Entity, every
from ..users.models import User
from . import bulk_runs, transfers
from .models import Notification

Sentence = Callable[[Mapping[str, Any], Entity | None], str]


@dataclass(frozen=True)
class Line:
    """A notification as it is shown. `href` is None when what it is about is gone or no longer theirs to see."""

    notification: Notification
    text: str
    icon: str
    href: str | None


def lines(notifications: Sequence[Notification], reader: User) -> list[Line]:
    """The notifications in words, with links only to what `reader` may see now; one query per entity."""
    entities = {entity.key: entity for entity in every()}
    seen = _visible(notifications, entities, reader)
    return [_line(one, entities.get(one.entity or ""), seen) for one in notifications]


def _visible(
    notifications: Sequence[Notification], entities: Mapping[str, Entity], reader: User
) -> set[tuple[str | None, int | None]]:
    found: set[tuple[str | None, int | None]] = set()
    for key in {one.entity for one in notifications if one.record_id} & entities.keys():
        entity = entities[str(key)]
        ids = [one.record_id for one in notifications if one.entity == key and one.record_id]
        reachable = select(entity.model.id).where(access.visible(entity, reader), entity.model.id.in_(ids))
        found.update((key, id) for id in db.session.scalars(reachable))
    return found


def _line(one: Notification, entity: Entity | None, seen: set[tuple[str | None, int | None]]) -> Line:
    sentence, icon = KINDS[one.kind]
    # What is about no record says itself where it leads: an import, an export.
    href: str | None = one.params.get("href") or "/"
    if entity is not None and one.record_id is None:
        href = one.params.get("href") or f"/{entity.slug}?f.owner.in=me"
    elif one.record_id is not None:
        href = f"/{entity.slug}/{one.record_id}" if entity and (one.entity, one.record_id) in seen else None
    return Line(one, sentence(one.params, entity), icon, href)


def _due(params: Mapping[str, Any], entity: Entity | None) -> str:
    field = entity.get(params["field"]) if entity else None
    if field is None:
        return _("“%(name)s” is due.", name=params["name"])
    if words := field.settings.get("remind_words"):
        return str(words) % {"name": params["name"]}
    return _("%(field)s of “%(name)s” is due.", field=field.label, name=params["name"])


def _due_many(params: Mapping[str, Any], entity: Entity | None) -> str:
    names = names_of(params)
    return _n("%(num)s reminder: %(names)s", "%(num)s reminders: %(names)s", params["count"], names=names)


def _assigned(params: Mapping[str, Any], entity: Entity | None) -> str:
    what = entity.one if entity else _("Record")
    if params["actor"]:
        return _("%(actor)s gave you: %(what)s “%(name)s”.", actor=params["actor"], what=what, name=params["name"])
    return _("This is yours now: %(what)s “%(name)s”.", what=what, name=params["name"])


def _assigned_many(params: Mapping[str, Any], entity: Entity | None) -> str:
    about = {
        "actor": params["actor"] or _("System"),
        "num": params["count"],
        "what": entity.label if entity else _("Records"),
        "names": names_of(params),
    }
    return _("%(actor)s gave you %(num)s records (%(what)s): %(names)s", **about)


def names_of(params: Mapping[str, Any]) -> str:
    """The first few names; that there are more."""
    names = _(", ").join(params["names"])
    return _("%(names)s and more", names=names) if params["count"] > len(params["names"]) else names


# kind → what it says, its icon. Rooms further out add theirs in init_app.
KINDS: dict[str, tuple[Sentence, str]] = {
    "due": (_due, "clock"),
    "due_many": (_due_many, "calendar-due"),
    "assigned": (_assigned, "user-check"),
    "assigned_many": (_assigned_many, "users"),
    "import_finished": (transfers.import_words, "database-import"),
    "bulk_finished": (bulk_runs.bulk_words, "checklist"),
    "export_finished": (transfers.export_words, "database-export"),
}
