"""Expression indexes of custom fields: sorted and filtered at once however many records there are.

They live in the database only. The models do not know them, so a migration that copies a table drops them;
:func:`repair` makes them again.
"""

import hashlib

from sqlalchemy import inspect, text

from ..core.db import db
from . import every
from .entity import Entity
from .field import Field

PREFIX = "cx_"


def wanted(field: Field) -> bool:
    """Whether a field has an index of its own."""
    return field.custom and not field.retired and not field.structured and (field.sortable or field.unique)


def name_of(entity: Entity, field: Field) -> str:
    """The index's name, short enough for every database."""
    digest = hashlib.sha256(f"{entity.key}.{field.key}".encode()).hexdigest()[:8]
    return f"{PREFIX}{entity.key[:20]}_{field.key[:24]}_{digest}"


def create(entity: Entity, field: Field) -> None:
    """Make the field's index if it has one; inside write()."""
    if not wanted(field):
        return
    value = field.column(entity.model).compile(
        dialect=db.session.connection().dialect, compile_kwargs={"include_table": False}
    )
    columns, part = f"{value}, id", "deleted_at IS NULL"
    if entity.custom:
        # First, so that the planner prefers it to other indexes of the shared table; and in the condition, written as
        # queries write it (Entity.rows), so that records of other entities cost nothing.
        columns, part = f"entity, {columns}", f"entity = '{entity.key}' AND {part}"
    name, table = name_of(entity, field), entity.model.__tablename__
    db.session.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({columns}) WHERE {part}"))


def drop(entity: Entity, field: Field) -> None:
    """Take the field's index away; inside write()."""
    db.session.execute(text(f"DROP INDEX IF EXISTS {name_of(entity, field)}"))


def repair() -> int:
    """Make every index that is missing and drop those nobody wants; inside write(). Returns how many changed."""
    asked = {name_of(entity, f): (entity, f) for entity in every() for f in entity.fields if wanted(f)}
    known = _present()
    for entity, field in (asked[name] for name in asked.keys() - known):
        create(entity, field)
    for name in known - asked.keys():
        db.session.execute(text(f'DROP INDEX IF EXISTS "{name}"'))
    return len(asked.keys() ^ known)


def _present() -> set[str]:
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        # SQLAlchemy's inspector leaves expression indexes out on SQLite.
        found = text("SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB 'cx_*'")
        return set(db.session.scalars(found))
    tables = {entity.model.__tablename__ for entity in every()}
    names = (str(index["name"]) for table in tables for index in inspect(connection).get_indexes(table))
    return {name for name in names if name.startswith(PREFIX)}
