"""All entities as they are now: shipped models plus what administrators made, rebuilt when its revision moves."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, has_request_context
from sqlalchemy import select

from ..core import settings
from ..core.db import db
from ..core.once import once
from .entity import Entity, built_in_fields, describe
from .field import Field
from .models import CustomRecord, EntityRow, FieldRow
from .types import TYPES

CUSTOM_NUMBER = 1000


@dataclass(frozen=True)
class Schema:
    """One immutable picture of all entities."""

    revision: int
    entities: dict[str, Entity]


def current() -> Schema:
    """The schema of this moment; asked once per request, rebuilt only when an administrator changed something."""
    if has_request_context() and "schema" in g:
        return g.schema  # type: ignore[no-any-return]
    revision = once("schema revision", lambda: int(settings.get("schema_revision", 0)))
    kept: Schema | None = current_app.extensions.get("smallcrm.schema")
    if kept is None or kept.revision != revision:
        kept = _build(revision)
        current_app.extensions["smallcrm.schema"] = kept
    if has_request_context():
        g.schema = kept
    return kept


def touch() -> None:
    """Say that entities or fields changed; inside write(). Every process rebuilds at its next request."""
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
    found = [describe(model) for model in shipped.values()]
    for row in db.session.scalars(select(EntityRow).where(EntityRow.retired_at.is_(None)).order_by(EntityRow.id)):
        found.append(_custom_entity(row))
    for entity in found:
        for change in changes.get(entity.key, ()):
            _apply(entity, change)
        entity.all_fields = dict(sorted(entity.all_fields.items(), key=lambda item: item[1].order))
    found.sort(key=lambda entity: (entity.position, entity.number))
    return Schema(revision, {entity.key: entity for entity in found})


def _custom_entity(row: EntityRow) -> Entity:
    entity = Entity(
        key=row.key,
        label=row.label,
        one=row.label,
        icon=row.icon,
        number=CUSTOM_NUMBER + row.id,
        model=CustomRecord,
        title_key="name",
        columns=("name",),
        position=row.position,
        custom=True,
    )
    for found in built_in_fields(CustomRecord):
        found.entity = entity
        entity.all_fields[found.key] = found
    return entity


def _apply(entity: Entity, row: FieldRow) -> None:
    stated = {
        "label": row.label,
        "required": row.required,
        "unique": row.unique,
        "help": row.help,
        "searchable": row.searchable,
        "order": row.position,
        "settings": row.settings or {},
        "retired": row.retired_at is not None,
    }
    if row.built_in:
        shipped_field = entity.all_fields.get(row.key)
        if shipped_field is not None:
            changed = shipped_field.configured({**stated, "default": row.default})
            changed.entity = entity
            entity.all_fields[row.key] = changed
        return
    entity.all_fields[row.key] = custom_field(entity, row, stated)
    if entity.custom and row.key != "name" and len(entity.columns) < 6 and row.retired_at is None:
        entity.columns = (*entity.columns, row.key)


def custom_field(entity: Entity, row: FieldRow, stated: dict[str, Any]) -> Field:
    """The Field of a row of `fields`."""
    settings_ = dict(stated["settings"])
    made = TYPES[str(row.type)](row.label, **settings_)
    made = made.configured({**stated, "settings": settings_})
    made.key, made.attribute, made.custom, made.entity = row.key, "", True, entity
    # Defaults are kept in stored form.
    made.default = made.load(row.default) if row.default is not None else None
    made.order = row.position if row.position is not None else 50_000 + row.id
    return made
