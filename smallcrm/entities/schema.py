"""All entities as they are now: shipped models plus what administrators made, rebuilt when its revision moves."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, has_request_context
from sqlalchemy import select

from ..core import settings
from ..core.db import db, is_writing
from ..core.once import once
from .entity import Entity, built_in_fields, describe
from .field import Field
from .models import CustomRecord, EntityRow, FieldRow
from .pooled import POOL_FIELDS
from .types import TYPES

CUSTOM_NUMBER = 1000
# In the settings of a changed shipped field: it has no default any more (NULL means the shipped one).
NO_DEFAULT = "no_default"


@dataclass(frozen=True)
class Schema:
    """One immutable picture of all entities."""

    revision: int
    entities: dict[str, Entity]


def current() -> Schema:
    """The schema of this moment; asked once per request, rebuilt only when an administrator changed something."""
    if has_request_context() and "schema" in g:
        return g.schema
    revision = once("schema revision", lambda: int(settings.get("schema_revision", 0)))
    kept: Schema | None = current_app.extensions.get("smallcrm.schema")
    if kept is None or kept.revision != revision:
        kept = _build(revision)
        if is_writing():
            return kept  # made of rows that may yet be rolled back: nobody else may find it
        current_app.extensions["smallcrm.schema"] = kept
    if has_request_context():
        g.schema = kept
    return kept


def touch() -> None:
    """Say that entities or fields are being changed; inside write(), first and last.

    From here to the commit every question builds the schema anew; after it every process does so once.
    """
    settings.put("schema_revision", int(settings.get("schema_revision", 0)) + 1)
    if has_request_context():
        g.pop("schema", None)


def register(model: Any) -> None:
    """Make a built-in model known; in a slice's init_app."""
    from . import shipped

    shipped[model.__entity__.key] = model


def _build(revision: int) -> Schema:
    from . import shipped

    changes: dict[str, list[FieldRow]] = {}
    for row in db.session.scalars(select(FieldRow).order_by(FieldRow.position, FieldRow.id)):
        changes.setdefault(row.entity, []).append(row)
    rows = list(db.session.scalars(select(EntityRow).where(EntityRow.retired_at.is_(None)).order_by(EntityRow.id)))
    stated = {row.key: row for row in rows if row.built_in}
    found = [_changed(describe(model), stated.get(key)) for key, model in shipped.items()]
    found += [_custom_entity(row) for row in rows if not row.built_in]
    for entity in found:
        if not entity.pooled:
            entity.all_fields = {key: one for key, one in entity.all_fields.items() if key not in POOL_FIELDS}
        for change in changes.get(entity.key, ()):
            _apply(entity, change)
        entity.all_fields = dict(sorted(entity.all_fields.items(), key=lambda item: item[1].order))
        entity.header = tuple(key for key in entity.header if entity.get(key))
        entity.columns = tuple(key for key in entity.columns if entity.get(key))
    found.sort(key=lambda entity: (entity.position, entity.number))
    return Schema(revision, {entity.key: entity for entity in found})


def _changed(entity: Entity, row: EntityRow | None) -> Entity:
    """A shipped entity with an administrator's changes."""
    if row is not None:
        entity.label, entity.one = row.label or entity.label, row.label or entity.one
        entity.icon = row.icon or entity.icon
        entity.position = entity.position if row.position is None else row.position
        entity.pooled = entity.pooled if row.pooled is None else row.pooled
    return entity


def _custom_entity(row: EntityRow) -> Entity:
    entity = Entity(
        key=row.key,
        label=row.label,
        one=row.label,
        icon=row.icon or "box",
        number=CUSTOM_NUMBER + row.id,
        model=CustomRecord,
        title_key="name",
        columns=("name",),
        position=500 if row.position is None else row.position,
        custom=True,
        pooled=bool(row.pooled),
    )
    for found in built_in_fields(CustomRecord):
        found.entity = entity
        entity.all_fields[found.key] = found
    return entity


def _apply(entity: Entity, row: FieldRow) -> None:
    if row.built_in:
        shipped_field = entity.all_fields.get(row.key)
        if shipped_field is not None:
            entity.all_fields[row.key] = changed_field(shipped_field, row)
        return
    entity.all_fields[row.key] = custom_field(entity, row)
    if entity.custom and row.key != "name" and len(entity.columns) < 6 and row.retired_at is None:
        entity.columns = (*entity.columns, row.key)


def _stated(row: FieldRow) -> dict[str, Any]:
    return {
        "label": row.label,
        "required": row.required,
        "unique": row.unique,
        "help": row.help,
        "searchable": row.searchable,
        "order": row.position,
        "settings": row.settings or {},
        "retired": row.retired_at is not None,
    }


def changed_field(shipped_field: Field, row: FieldRow) -> Field:
    """A shipped field with an administrator's changes."""
    changed = shipped_field.configured(_stated(row))
    if row.default is not None:
        changed.default = changed.stated_default(row.default)
    elif changed.settings.get(NO_DEFAULT):
        changed.default = None
    return changed


def custom_field(entity: Entity, row: FieldRow) -> Field:
    """The Field of a row of `fields`."""
    made = TYPES[str(row.type)](row.label, **(row.settings or {})).configured(_stated(row))
    made.key, made.attribute, made.custom, made.entity = row.key, "", True, entity
    made.default = made.stated_default(row.default)
    made.order = row.position if row.position is not None else 50_000 + (row.id or 0)
    return made
