"""Everything that refers to a record, of every entity: counted before a merge, moved by it, moved back by its undoing.

Set-based: one statement for each field that refers and each record that goes, however many rows there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, literal, select, update

from ... import access
from ...activity.models import Activity
from ...core import clock
from ...core.db import db
from ...entities import Entity, Field, every, of
from ...entities.json_change import with_json_value
from ...users.models import User
from .. import duplicates

MOVED = "moved"


@dataclass(frozen=True)
class Count:
    """How many records of an entity refer to one, by `field`."""

    entity: Entity
    field: Field
    number: int


def referring(key: str) -> Iterable[tuple[Entity, Any]]:
    """(entity, field) of all that may refer to records of the entity called `key`, fields out of use included."""
    for entity in every():
        for field in entity.all_fields.values():
            if hasattr(field, "points_to") and field.may_target(key):
                yield entity, field


def counts(record: Any, user: User) -> list[Count]:
    """What refers to `record`, as far as `user` may see it; only what there is."""
    key = of(record).key
    found = []
    for entity, field in referring(key):
        if field.retired or not access.may(user, entity, "view"):
            continue
        wanted = (access.visible(entity, user), field.points_to(entity.model, key, record.id))
        number = db.session.scalar(select(func.count()).select_from(entity.model).where(*wanted)) or 0
        if number:
            found.append(Count(entity, field, number))
    return found


def move_all(key: str, gone: int, stays: int, taking_part: Sequence[int], by: User, batch: str) -> list[dict[str, Any]]:
    """Let everything that refers to the record `gone` refer to `stays`; inside write().

    Those `taking_part` in the merge are left as they are. Returns what was moved, as `Merge.before` keeps it.
    """
    moved = []
    for entity, field in referring(key):
        model = entity.model
        asked = select(model.id).where(entity.rows(), field.points_to(model, key, gone))
        if entity.key == key:
            asked = asked.where(model.id.not_in(taking_part))
        ids = list(db.session.scalars(asked.order_by(model.id)))
        if ids:
            move(entity, field, ids, (key, gone), (key, stays), by, batch)
            moved.append({"entity": entity.key, "field": field.key, "from": gone, "ids": ids})
    return moved


def still_there(entity: Entity, field: Any, ids: Sequence[int], key: str, id: int) -> list[int]:
    """Those of `ids` that refer to that record today."""
    model = entity.model
    found: list[int] = []
    for some in duplicates.portions(ids):
        asked = select(model.id).where(entity.rows(), model.id.in_(some), field.points_to(model, key, id))
        found += db.session.scalars(asked.order_by(model.id))
    return found


def move(
    entity: Entity,
    field: Any,
    ids: Sequence[int],
    old: tuple[str, int],
    new: tuple[str, int],
    by: User,
    batch: str,
) -> None:
    """Let the records `ids` refer by `field` to `new` instead of `old`, both (entity key, id); inside write()."""
    model = entity.model
    before, after = (field.reference_to(*place) for place in (old, new))
    if field.custom:
        values: Mapping[Any, Any] = {model.custom: with_json_value(model.custom, field.key, after)}
    else:
        values = {getattr(model, field.attribute): after}
    for some in duplicates.portions(ids):
        changed = update(model).where(model.id.in_(some)).values({**values, model.version: model.version + 1})
        db.session.execute(changed.execution_options(synchronize_session=False))
        _write_history(entity, some, {field.key: [before, after]}, by, batch)
    if field.is_parent:
        duplicates.belong_elsewhere(entity, ids, old, new)
    db.session.expire_all()


def _write_history(entity: Entity, ids: Sequence[int], changes: Mapping[str, Any], by: User, batch: str) -> None:
    """One line in the history of each record, none on the timeline of what it belongs to."""
    model = entity.model
    line = {
        "at": clock.now(),
        "actor_id": by.id,
        "entity": entity.key,
        "host_entity": entity.key,
        "action": MOVED,
        "kind": "change",
        "has_files": False,
        "changes": dict(changes),
        "source": "web",
        "batch": batch,
    }
    columns = Activity.__table__.c
    same = [literal(value, columns[name].type) for name, value in line.items()]
    lines = select(model.id, model.id, model.version, *same).where(model.id.in_(ids))
    db.session.execute(insert(Activity).from_select(["record_id", "host_id", "version", *line], lines))
