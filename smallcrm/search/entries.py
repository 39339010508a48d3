"""One row of the index: which record it is, and what is said about it."""

from collections.abc import Callable, Iterable
from typing import Any

from ..entities import Entity, Field
from .tokens import SHORT, TITLE, body

# Row ids of the index are entity number × 2^40 + record id: no second table is needed to find the record again.
SPAN = 1 << 40

# Types whose values are names and the like; nobody types a long text, a phone number or an address in pinyin.
SPELLED = ("text", "tags")


def row_id(entity: Entity, id: int) -> int:
    """The index's row id of a record."""
    return entity.number * SPAN + id


def entry(
    entity: Entity, id: int, value: Callable[[Field], Any], fields: Iterable[Field] | None = None
) -> dict[str, Any]:
    """The row of a record: {id, body}. `value` gives a field's Python value; `fields`: those searched, if known."""
    searched = entity.searchable() if fields is None else fields
    return {
        "id": row_id(entity, id),
        "body": body((field.text(value(field)), _kinds(entity, field)) for field in searched),
    }


def _kinds(entity: Entity, field: Field) -> tuple[str, str] | None:
    if field.type not in SPELLED:
        return None
    return TITLE if field.key == entity.title_key else SHORT
