"""What administrators do to entities (模块): make, rename, order, retire."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import func, select

from ..core import audit, clock, icons
from ..core.db import db
from ..core.errors import Invalid, Refused
from ..users.models import User
from . import every, find, indexing, naming, schema, shipped
from .entity import Entity
from .models import CustomRecord, EntityRow, FieldRow
from .operations import editing
from .pooled import PooledRecord

MOST_ENTITIES = 60


def add_entity(label: str, icon: str, by: User | None, *, title: str = "") -> Entity:
    """Make an entity with one field, its title, called `title`; returns it.

    Every role has the rights on it that it has on entities without a row of their own. Raises Invalid.
    """
    with editing(by):
        if len(every()) >= MOST_ENTITIES:
            raise Refused(_("There are %(most)s modules already.", most=MOST_ENTITIES))
        label, title = naming.clean(label), naming.clean(title) or _("Designation")
        _check(label, icon, besides=None)
        if problem := naming.label_problem(title, []):
            raise Invalid({"title": problem})
        key = naming.entity_key(label, set(db.session.scalars(select(EntityRow.key))) | set(shipped))
        last = max((entity.position for entity in every()), default=0)
        db.session.add(EntityRow(key=key, label=label, icon=icon, position=last + 10))
        db.session.add(
            FieldRow(
                entity=key,
                key="name",
                type="text",
                label=title,
                required=True,
                searchable=True,
                settings={},
                position=0,
            )
        )
        db.session.flush()
        audit.note("entity_added", by, entity=key, label=label)
        schema.touch()
        made = find(key)
        indexing.create(made, made.title)
        return made


def change_entity(key: str, by: User | None, *, label: str, icon: str) -> Entity:
    """Rename an entity or give it another icon; addresses and stored keys stay. Raises Invalid."""
    with editing(by):
        entity = find(key)
        label = naming.clean(label)
        _check(label, icon, besides=entity)
        row = _row_of(entity)
        before = [row.label, row.icon]
        row.label = label if label != str(entity.label) else row.label
        row.icon = icon if icon != entity.icon else row.icon
        if before != [row.label, row.icon]:
            audit.note("entity_changed", by, entity=key, label=[before[0], row.label], icon=[before[1], row.icon])
        schema.touch()
        return find(key)


def set_pooled(key: str, pooled: bool, by: User | None) -> None:
    """Give a module of the company's own a public pool, or take it away; its records keep what they have."""
    with editing(by):
        entity = find(key)
        if not issubclass(entity.model, PooledRecord):
            raise Refused(_("“%(entity)s” cannot have a public pool.", entity=entity.label))
        if entity.pooled != pooled:
            _row_of(entity).pooled = pooled
            audit.note("entity_pooled" if pooled else "entity_unpooled", by, entity=key)
            schema.touch()


def order_entities(keys: Sequence[str], by: User | None) -> None:
    """Put the entities in this order, in the sidebar and wherever they are listed."""
    with editing(by):
        known = {entity.key: entity for entity in every()}
        listed = [*dict.fromkeys(key for key in keys if key in known), *(key for key in known if key not in keys)]
        for place, key in enumerate(listed, 1):
            if known[key].position != place * 10:
                _row_of(known[key]).position = place * 10
        audit.note("entities_ordered", by, entities=listed)


def move_entity(key: str, steps: int, by: User | None) -> None:
    """Move an entity up (negative) or down in the order."""
    with editing(by):
        keys = [entity.key for entity in every()]
        place = keys.index(key)
        keys.insert(max(0, min(len(keys) - 1, place + steps)), keys.pop(place))
        order_entities(keys, by)


def retire_entity(key: str, by: User | None) -> None:
    """Take an entity of the company's own out of use; its records and fields are kept. Raises Refused."""
    with editing(by):
        entity = find(key)
        if reason := why_not_retire(entity):
            raise Refused(reason)
        _row_of(entity).retired_at = clock.now()
        for field in entity.fields:
            indexing.drop(entity, field)
        audit.note("entity_retired", by, entity=key, records=record_count(key))


def bring_back_entity(key: str, by: User | None) -> Entity:
    """Put a retired entity into use again, with its fields and records. Raises Refused."""
    with editing(by):
        row = db.session.scalars(select(EntityRow).where(EntityRow.key == key, ~EntityRow.built_in)).one()
        if row.retired_at is None:
            return find(key)
        if problem := naming.label_problem(str(row.label), [str(entity.label) for entity in every()]):
            raise Refused(problem)
        row.retired_at = None
        audit.note("entity_brought_back", by, entity=key)
        schema.touch()
        entity = find(key)
        for field in entity.fields:
            indexing.create(entity, field)
        return entity


def why_not_retire(entity: Entity) -> str | None:
    """Why an entity cannot be taken out of use, or None."""
    if not entity.custom:
        return _("“%(entity)s” is part of the program.", entity=entity.label)
    for other in every():
        for field in other.fields:
            if other.key != entity.key and field.settings.get("entity") == entity.key:
                return _(
                    "“%(field)s” of “%(entity)s” points to it. Retire that field first.",
                    field=field.label,
                    entity=other.label,
                )
    return None


def retired() -> Sequence[EntityRow]:
    """Entities that are out of use, newest first."""
    rows = select(EntityRow).where(EntityRow.retired_at.is_not(None)).order_by(EntityRow.retired_at.desc())
    return db.session.scalars(rows).all()


def record_count(key: str) -> int:
    """How many live records an entity has, in use or retired."""
    known = {entity.key: entity for entity in every()}
    model = known[key].model if key in known else CustomRecord
    asked = select(func.count()).select_from(model).where(model.deleted_at.is_(None))
    if model is CustomRecord:
        asked = asked.where(CustomRecord.entity == key)
    return db.session.scalar(asked) or 0


def _check(label: str, icon: str, besides: Entity | None) -> None:
    others = [str(entity.label) for entity in every() if besides is None or entity.key != besides.key]
    errors = {}
    if problem := naming.label_problem(label, others):
        errors["label"] = problem
    if icon not in icons.names():
        errors["icon"] = _("Choose an icon from the list.")
    if errors:
        raise Invalid(errors)


def _row_of(entity: Entity) -> EntityRow:
    """The row that holds an administrator's word on an entity; made when there is none yet (shipped ones)."""
    found = db.session.scalars(select(EntityRow).where(EntityRow.key == entity.key)).one_or_none()
    if found is None:
        found = EntityRow(key=entity.key, built_in=True)
        db.session.add(found)
        db.session.flush()
    return found
