"""Taking the example data away again, and nothing else.

The marks (demo_rows) say what came with it. What people added to example records, such as a follow-up of their own
at an example customer, belongs to these records and goes with them. What other records merely point to stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    delete,
    func,
    insert,
    literal,
    not_,
    select,
    tuple_,
)

from .. import search
from ..core.db import db, write
from ..core.errors import Refused
from ..entities import Entity, Field, every
from ..entities.models import Counter
from ..entities.types import AutoNumber, RecordLink, Reference
from ..users.models import User
from . import people
from .loading import is_loaded
from .models import DemoRow


@dataclass
class Removed:
    """What went: records by entity key, colleagues, departments; and the names of those that something needs."""

    records: dict[str, int] = field(default_factory=dict)
    users: int = 0
    departments: int = 0
    kept: list[str] = field(default_factory=list)


def remove(by: User) -> Removed:
    """Delete the example data for good, in one write transaction. Raises Refused when there is none."""
    with write():
        if not is_loaded():
            raise Refused(_("There is no example data here."))
        while _mark_what_belongs():
            pass
        removed = Removed(kept=[])
        while spared := list(_spare_what_is_needed()):
            removed.kept += spared
        people_marked = people.marked()
        since = people.first_line()
        _forget_numbers()
        _delete_about()
        _delete_records(removed)
        people.delete_unneeded(people_marked, since, removed)
        db.session.execute(delete(DemoRow))
        return removed


def marked(entity: str) -> Select[tuple[int]]:
    """The ids of an entity's records that are marked."""
    return select(DemoRow.record_id).where(DemoRow.entity == entity)


def _pointing(field_: Field, model: object, target: Entity) -> ColumnElement[bool] | None:
    """The condition that a field's value is a marked record of `target`; None when it cannot be."""
    if isinstance(field_, RecordLink):
        ids = marked(target.key).subquery()
        places = select(literal(f"{target.key}:").concat(cast(ids.c.record_id, String)))
        return field_.column(model).in_(places)
    if isinstance(field_, Reference) and field_.may_target(target.key):
        return field_.column(model).in_(marked(target.key))
    return None


def _mark_what_belongs() -> int:
    """Mark what belongs to marked records and what was made from them; how many that were."""
    count = 0
    for entity in every():
        model, own = entity.model, marked(entity.key)
        belonging = [
            condition
            for target in every()
            if entity.parent is not None and (condition := _pointing(entity.parent, model, target)) is not None
        ]
        table = db.metadata.tables[model.__tablename__]
        # A task that repeats an example task.
        belonging += [
            column.in_(own) for column in table.c if any(key.references(table) for key in column.foreign_keys)
        ]
        for condition in belonging:
            found = select(literal(entity.key), model.id).where(entity.rows(), condition, model.id.not_in(own))
            put = insert(DemoRow).from_select(["entity", "record_id"], found)
            count += db.session.execute(put).rowcount  # type: ignore[attr-defined]  # an INSERT gives a CursorResult
    return count


def _spare_what_is_needed() -> Iterator[str]:
    """Take the mark off records that staying records point to, and off what those belong to; their names."""
    for entity in every():
        stays = and_(entity.rows(), entity.model.id.not_in(marked(entity.key)))
        for field_ in entity.fields:
            for target in every():
                condition = _pointing(field_, entity.model, target)
                if condition is not None:
                    column = field_.column(entity.model)
                    for value in db.session.scalars(select(column).where(stays, condition).distinct()).all():
                        id = RecordLink.place(value)[1] if isinstance(field_, RecordLink) else int(value)
                        yield _spare(target, id)


def _spare(entity: Entity, id: int) -> str:
    db.session.execute(delete(DemoRow).where(DemoRow.entity == entity.key, DemoRow.record_id == id))
    return entity.name_of(db.session.get(entity.model, id))


def _forget_numbers() -> None:
    """Start the automatic numbers of those days anew, where nobody else took one since."""
    for entity in every():
        for field_ in entity.fields:
            if isinstance(field_, AutoNumber):
                _forget_counters(entity, field_)


def _forget_counters(entity: Entity, field_: AutoNumber) -> None:
    ours = entity.model.id.in_(marked(entity.key))
    if db.session.scalar(select(entity.model.id).where(entity.rows(), ours).limit(1)) is None:
        return
    value = field_.column(entity.model)
    others = db.session.scalars(select(value).where(entity.rows(), not_(ours), value.is_not(None))).all()
    mine = db.session.scalars(select(value).where(entity.rows(), ours, value.is_not(None))).all()
    of_field = select(Counter).where(Counter.entity == entity.key, Counter.field == field_.key)
    for counter in db.session.scalars(of_field).all():
        # The period is the number with # for the count.
        before, _hash, after = counter.period.partition("#")
        if any(_within(number, before, after) for number in mine) and not any(
            _within(number, before, after) for number in others
        ):
            db.session.delete(counter)
    db.session.flush()


def _within(number: str, before: str, after: str) -> bool:
    return number.startswith(before) and number.endswith(after)


def _delete_about() -> None:
    """Delete what other tables keep about marked records: history, duplicate keys, files, reminders, notifications.

    Every table that is about records of any entity names them in the columns `entity` and `record_id`.
    """
    places = select(DemoRow.entity, DemoRow.record_id)
    for table in db.metadata.sorted_tables:
        if {"entity", "record_id"} <= set(table.c.keys()) and table.name != DemoRow.__tablename__:
            db.session.execute(delete(table).where(tuple_(table.c.entity, table.c.record_id).in_(places)))
    for entity in every():
        # Not one statement: a contentless index deletes by row id alone.
        search.forget_all(entity, db.session.scalars(marked(entity.key)))


def _delete_records(removed: Removed) -> None:
    entities = {entity.model.__tablename__: [] for entity in every()}
    for entity in every():
        entities[entity.model.__tablename__].append(entity)
    for table in reversed(db.metadata.sorted_tables):
        for entity in entities.get(table.name, ()):
            gone = db.session.scalar(select(func.count()).select_from(marked(entity.key).subquery()))
            if gone:
                where = and_(entity.rows(), table.c.id.in_(marked(entity.key)))
                db.session.execute(delete(table).where(where))
                removed.records[entity.key] = gone
    db.session.expire_all()
