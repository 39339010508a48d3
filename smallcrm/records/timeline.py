"""One stream of what happened at a record: follow-ups, changes, owners, files, tasks; newest first, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_

from .. import access
from ..activity.models import Activity
from ..core.db import db
from ..entities import Entity, find, of
from ..entities.types import Reference
from ..entities.types.people import user_names
from ..users.models import User
from .merging.models import went_into

PAGE = 30
KINDS = {
    "": _l("All"),
    "follow_up": _l("Follow-ups"),
    "change": _l("Changes"),
    "owner": _l("Owners"),
    "file": _l("Files"),
    "task": _l("Tasks"),
}
ACTIONS = {
    "created": _l("created"),
    "changed": _l("changed"),
    "undone": _l("took back a change"),
    "deleted": _l("deleted"),
    "restored": _l("restored"),
    "planned": _l("planned"),
    "imported": _l("imported"),
}
ICONS = {
    "created": ("circle-plus", "green"),
    "deleted": ("trash", "red"),
    "restored": ("arrow-back-up", "green"),
    "undone": ("arrow-back-up", "grey"),
}
# Templates that show a subject of this entity on the timeline of what it belongs to: entity key → template.
templates: dict[str, str] = {}


@dataclass(frozen=True)
class Change:
    """One field's change, as read by a person."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Event:
    """One line of the stream. `subject` is set when it is about another record than the page's own.

    `origin`: what the record was called that this happened to before it was merged into the page's own.
    """

    id: int
    at: datetime
    actor: str
    action: str
    words: str
    icon: str
    colour: str
    changes: Sequence[Change]
    entity: Entity
    subject: Any | None
    template: str | None
    origin: str = ""


@dataclass(frozen=True)
class Events:
    """One page of events; `before` leads to older ones, "" when there are none."""

    items: Sequence[Event]
    before: str


def kind_of(raw: str | None) -> str:
    """A kind that exists, else all."""
    return raw if raw in KINDS else ""


def events(record: Any, viewer: User, kind: str = "", before: str = "") -> Events:
    """What happened at `record` and at what belongs to it, as far as `viewer` may see."""
    host = of(record)
    merged = went_into(host.key, record.id)
    ids = (record.id, *merged)
    wanted = select(Activity)
    if host.on_timeline and host.parent is not None and host.parent.host(record):
        # What happens to it stands on the timeline of what it belongs to; its own page shows its own history.
        wanted = wanted.where(Activity.entity == host.key, Activity.record_id.in_(ids))
    else:
        wanted = wanted.where(Activity.host_entity == host.key, Activity.host_id.in_(ids))
    if kind == "file":
        wanted = wanted.where(Activity.has_files.is_(True))
    elif kind:
        wanted = wanted.where(Activity.kind == kind)
    else:
        # A follow-up says itself when the next one is; the change of the date stands under Changes.
        wanted = wanted.where(Activity.action != "planned")
    return _page(wanted, viewer, before, host, origins=_names(host, merged))


def _names(entity: Entity, ids: Sequence[int]) -> Mapping[int, str]:
    """id → name of records, those in the recycle bin included."""
    if not ids:
        return {}
    return {
        record.id: entity.name_of(record)
        for record in db.session.scalars(select(entity.model).where(entity.model.id.in_(ids)))
    }


def history(record: Any, viewer: User, before: str = "") -> Events:
    """The record's own history, every line."""
    entity = of(record)
    wanted = select(Activity).where(Activity.entity == entity.key, Activity.record_id == record.id)
    return _page(wanted, viewer, before, entity, own=True)


def _page(
    wanted: Any,
    viewer: User,
    before: str,
    host: Entity,
    own: bool = False,
    origins: Mapping[int, str] = MappingProxyType({}),
) -> Events:
    at, dash, id = before.rpartition("_")
    if dash and id.isascii() and id.isdecimal() and len(id) < 19:
        try:
            moment = datetime.fromisoformat(at)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            wanted = wanted.where(tuple_(Activity.at, Activity.id) < tuple_(moment, int(id)))
    rows = db.session.scalars(wanted.order_by(Activity.at.desc(), Activity.id.desc()).limit(PAGE + 1)).all()
    more = f"{rows[PAGE - 1].at.isoformat()}_{rows[PAGE - 1].id}" if len(rows) > PAGE else ""
    rows = rows[:PAGE]
    subjects = {} if own else _subjects([row for row in rows if row.entity != host.key], viewer)
    names = user_names()
    shown = []
    for row in rows:
        foreign = not own and row.entity != host.key
        subject = subjects.get((row.entity, row.record_id))
        if foreign and subject is None:
            continue  # deleted since, or not this person's to see
        event = _event(row, names, viewer, subject if foreign else None, own)
        shown.append(event if foreign else replace(event, origin=origins.get(row.record_id, "")))
    return Events(shown, more)


def _subjects(rows: Sequence[Activity], viewer: User) -> Mapping[tuple[str, int], Any]:
    found: dict[tuple[str, int], Any] = {}
    for key in {row.entity for row in rows}:
        try:
            entity = find(key)
        except KeyError:
            continue  # an entity that was retired since
        ids = {row.record_id for row in rows if row.entity == key}
        seen = select(entity.model).where(entity.model.id.in_(ids), access.visible(entity, viewer))
        records = db.session.scalars(seen).all()
        for field in entity.fields:
            if isinstance(field, Reference):
                field.titles([field.get(record) for record in records])  # once for all, not line by line
        found |= {(key, record.id): record for record in records}
    return found


def _event(row: Activity, names: Mapping[int, str], viewer: User, subject: Any | None, own: bool) -> Event:
    entity = find(row.entity)
    icon, colour = ICONS.get(row.action, ("arrows-exchange", "grey"))
    if subject is not None and row.action == "created":
        icon, colour = entity.icon, "blue"
    return Event(
        id=row.id,
        at=row.at,
        actor=names.get(row.actor_id or 0, _("System")),
        action=row.action,
        words=str(ACTIONS.get(row.action, row.action)),
        icon=icon,
        colour=colour,
        # What a record was made with stands on its page; its history has it, the stream need not repeat it.
        changes=[] if row.action == "created" and not own else changes(entity, row, viewer),
        entity=entity,
        subject=subject,
        template=templates.get(row.entity) if subject is not None and row.action == "created" else None,
    )


def changes(entity: Entity, row: Activity, viewer: User) -> list[Change]:
    """The changed fields of one line that `viewer` may read; what the system fills in by itself is left out."""
    readable = {f.key: f for f in access.readable_fields(entity, viewer)}
    shown = []
    for key, (old, new) in row.changes.items():
        field = readable.get(key)
        if field is None or (row.action == "created" and field.system):
            continue
        texts = [field.text(field.load_value(value)) for value in (old, new)]
        shown.append(Change(str(field.label), *(text if len(text) <= 200 else text[:199] + "…" for text in texts)))
    return shown
