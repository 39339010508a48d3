"""Telling people about records that others gave them."""

from collections.abc import Mapping
from typing import Any

from ..entities import Entity
from ..users.models import User
from . import operations


def record_saved(
    record: Any, *, entity: Entity, changes: Mapping[str, Any], by: User | None, batch: str | None, **_about: Any
) -> None:
    """Notify the new owner, at once for one record and with one line for an import or bulk edit; inside write()."""
    _old, owner_id = changes.get("owner", (None, None))
    if owner_id is None or (by is not None and owner_id == by.id) or _came_along(entity, record):
        return
    name, actor = entity.name_of(record), by.name if by is not None else ""
    if batch is None:
        operations.notify(owner_id, "assigned", entity=entity, record_id=record.id, name=name, actor=actor)
    else:
        mark = f"assigned {entity.key} {batch}"
        operations.notify_of_many(owner_id, "assigned_many", mark, [name], entity=entity, actor=actor)


def _came_along(entity: Entity, record: Any) -> bool:
    """Whether the record has its owner only because the record it belongs to has: a contact, a follow-up."""
    parent = entity.parent
    return parent is not None and entity.follows_owner and parent.get(record) is not None
