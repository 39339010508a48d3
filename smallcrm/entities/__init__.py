"""Entities and fields: the description of everything a record can be."""

from typing import Any

from flask import Flask

from .entity import Describe, Entity
from .field import Field, FieldError
from .pooled import PooledRecord
from .record import Record

# Built-in models by entity key, filled by the slices in their init_app.
shipped: dict[str, Any] = {}


def every() -> list[Entity]:
    """All entities in use, in the sidebar's order."""
    from . import schema

    return list(schema.current().entities.values())


def find(key: str) -> Entity:
    """The entity with this key. Raises KeyError."""
    from . import schema

    return schema.current().entities[key]


def by_slug(slug: str) -> Entity | None:
    """The entity with this word in its URL, or None."""
    from . import schema

    return schema.current().entities.get(slug.replace("-", "_"))


def of(record: Any) -> Entity:
    """The entity of a mapped record."""
    about = getattr(type(record), "__entity__", None)
    return find(about.key if about is not None else record.entity)


def init_app(app: Flask) -> None:
    from . import models  # noqa: F401 - the tables must be known to the metadata


__all__ = [
    "Describe",
    "Entity",
    "Field",
    "FieldError",
    "PooledRecord",
    "Record",
    "by_slug",
    "every",
    "find",
    "init_app",
    "of",
]
