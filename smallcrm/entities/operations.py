"""What administrators do to fields: add, change, order, retire. The rules live here, whoever calls.

Every function is one write transaction, notes what was done in the audit trail and moves the schema's revision, so
the change is there at the next request of anybody. Wrong input is Invalid (by setting), a broken rule is Refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.exceptions import Forbidden

from ..core import audit, clock
from ..core.db import db, write
from ..core.errors import Invalid, Refused
from ..users.models import User
from . import every, find, indexing, naming, schema
from . import options as options_
from .entity import Entity
from .field import Field, FieldError
from .field_rules import (
    as_shipped,
    custom_count,
    filled_count,
    may_be_required,
    may_be_unique,
    may_have_default,
    may_set,
    must_be_required,
    why_not_retire,
)
from .field_settings import read_all
from .models import FieldRow
from .signals import field_changed
from .types import TYPES

MOST_FIELDS = 100
# What change_field knows beside the settings a type offers.
COMMON = ("label", "help", "required", "unique", "default")


@contextmanager
def editing(by: User | None, power: str = "manage_fields") -> Iterator[None]:
    """One change of the schema by somebody who may; `by` None is the system itself."""
    with write():
        if by is not None and not by.can(power):
            raise Forbidden()
        schema.touch()
        yield
        schema.touch()


def add_field(
    entity_key: str, type: str, label: str, by: User | None, *, options: Sequence[Any] = (), **given: Any
) -> Field:
    """Make a custom field; returns it. `given`: help, required, unique, default and the settings the type offers.

    `options` of choice types: labels, or dicts of label and colour. Existing records stay empty. Raises Invalid.
    """
    with editing(by):
        entity = find(entity_key)
        cls = TYPES.get(type)
        if cls is None or not cls.creatable:
            raise Refused(_("There is no such type of field."))
        if custom_count(entity) >= MOST_FIELDS:
            raise Refused(
                _("“%(entity)s” has %(most)s fields of your own already.", entity=entity.label, most=MOST_FIELDS)
            )
        label = naming.clean(label)
        key = naming.field_key(label, _taken(entity))
        row = FieldRow(entity=entity.key, key=key, type=type, label=label, settings={}, searchable=cls.can_be_searched)
        errors = _label_errors(entity, label, None)
        _settings_into(row, cls, given, errors, new=True)
        if cls.has_options:
            row.settings = {**row.settings, "options": _options_from(options, [], errors)}
        if errors:
            raise Invalid(errors)
        _check_parent(entity, row)
        _common_into(row, schema.custom_field(entity, row), entity, given)
        db.session.add(row)
        db.session.flush()
        audit.note("field_added", by, entity=entity.key, field=key, label=label, type=type)
        schema.touch()
        made = find(entity_key)[key]
        indexing.create(find(entity_key), made)
        return made


def change_field(entity_key: str, key: str, by: User | None, **given: Any) -> Field:
    """Change what is `given` of a field: label, help, required, unique, default, settings. Raises Invalid, Refused."""
    with editing(by):
        entity = find(entity_key)
        field = entity[key]
        if given.pop("type", field.type) != field.type:
            raise Refused(
                _("The type stays: the values kept would not fit another. Add a new field and retire this one.")
            )
        row = row_of(entity, field)
        before = _picture(row)
        errors: dict[str, str] = {}
        if "label" in given:
            row.label = naming.clean(given["label"])
            errors = _label_errors(entity, row.label, field)
            if not field.custom and row.label == str(as_shipped(entity, key).label):
                row.label = None
        _settings_into(row, type(field), given, errors, new=False)
        if errors:
            raise Invalid(errors)
        changed = _rebuilt(entity, row)
        _common_into(row, changed, entity, given)
        after = _picture(row)
        changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
        if changes:
            audit.note("field_changed", by, entity=entity.key, field=key, changes=changes)
        schema.touch()
        changed = find(entity_key)[key]
        field_changed.send(find(entity_key), before=field, field=changed)
        return changed


def order_fields(entity_key: str, keys: Sequence[str], by: User | None) -> None:
    """Put the fields in this order; those not named keep their places among the others."""
    with editing(by):
        entity = find(entity_key)
        fields = [entity.all_fields[key] for key in dict.fromkeys(keys) if key in entity.all_fields]
        places = sorted(field.order for field in fields)
        last = -1
        for field, place in zip(fields, places, strict=True):
            last = max(place, last + 1)
            if field.order != last:
                row_of(entity, field).position = last
        audit.note("fields_ordered", by, entity=entity.key, fields=[field.key for field in fields])


def move_field(entity_key: str, key: str, steps: int, by: User | None) -> None:
    """Move a field up (negative) or down among the fields in use."""
    with editing(by):
        keys = [field.key for field in find(entity_key).fields]
        place = keys.index(key)
        keys.insert(max(0, min(len(keys) - 1, place + steps)), keys.pop(place))
        order_fields(entity_key, keys, by)


def retire_field(entity_key: str, key: str, by: User | None) -> None:
    """Take a field out of use: forms, lists and exports no longer show it, its values are kept."""
    with editing(by):
        entity = find(entity_key)
        field = entity[key]
        if reason := why_not_retire(field):
            raise Refused(reason)
        row_of(entity, field).retired_at = clock.now()
        indexing.drop(entity, field)
        audit.note("field_retired", by, entity=entity.key, field=key, values=filled_count(entity, field))


def bring_back_field(entity_key: str, key: str, by: User | None) -> Field:
    """Put a retired field into use again, with the values it had. Raises Refused."""
    with editing(by):
        entity = find(entity_key)
        field = entity[key]
        if not field.retired:
            return field
        if field.custom and custom_count(entity) >= MOST_FIELDS:
            raise Refused(
                _("“%(entity)s” has %(most)s fields of your own already.", entity=entity.label, most=MOST_FIELDS)
            )
        if errors := _label_errors(entity, str(field.label), field):
            raise Refused(errors["label"])
        row = row_of(entity, field)
        _check_target(row)
        _check_parent(entity, row)
        if field.unique:
            _check_values_differ(entity, field)
        row.retired_at = None
        audit.note("field_brought_back", by, entity=entity.key, field=key)
        schema.touch()
        entity = find(entity_key)
        indexing.create(entity, entity[key])
        return entity[key]


def set_options(entity_key: str, key: str, options: Sequence[Mapping[str, Any]], by: User | None) -> Field:
    """Replace the option list of a choice field: dicts of value (None for a new one), label, colour, retired.

    What is stored never changes. An option that is left out is retired, not lost. Raises Invalid (key "options").
    """
    with editing(by):
        entity = find(entity_key)
        field = entity[key]
        if not field.has_options:
            raise Refused(_("This field has no options."))
        errors: dict[str, str] = {}
        listed = _options_from(options, field.options, errors)
        default = None if callable(field.default) else field.default
        in_default = {default} if isinstance(default, str) else set(default or ())
        for option in listed:
            if option["retired"] and option["value"] in in_default:
                errors["options"] = _(
                    "“%(label)s” is what new records begin with. Choose another default first.", label=option["label"]
                )
        if errors:
            raise Invalid(errors)
        row = row_of(entity, field)
        row.settings = {**(row.settings or {}), "options": [_unlessas_shipped(field, option) for option in listed]}
        audit.note("options_changed", by, entity=entity.key, field=key, options=listed)
        schema.touch()
        return find(entity_key)[key]


# --- the parts --------------------------------------------------------------------------------------------------------


def row_of(entity: Entity, field: Field) -> FieldRow:
    """The row that holds an administrator's word on a field; made when there is none yet (shipped fields)."""
    found = db.session.scalars(
        select(FieldRow).where(FieldRow.entity == entity.key, FieldRow.key == field.key)
    ).one_or_none()
    if found is None:
        found = FieldRow(entity=entity.key, key=field.key, built_in=True, settings={})
        db.session.add(found)
        db.session.flush()
    return found


def _taken(entity: Entity) -> set[str]:
    attributes = set(entity.model.__mapper__.all_orm_descriptors.keys())
    return {*entity.all_fields, *attributes, *naming.TAKEN_BY_FORMS}


def _label_errors(entity: Entity, label: str, besides: Field | None) -> dict[str, str]:
    others = [str(f.label) for f in entity.fields if besides is None or f.key != besides.key]
    problem = naming.label_problem(label, others)
    return {"label": problem} if problem else {}


def _settings_into(row: FieldRow, cls: type[Field], given: dict[str, Any], errors: dict[str, str], new: bool) -> None:
    unknown = set(given) - {*COMMON, *(s.key for s in cls.offers)}
    if unknown:
        raise TypeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
    choosable = tuple(s for s in cls.offers if may_set(s, not row.built_in, new) and (new or s.key in given))
    read, wrong = read_all(choosable, given)
    errors.update(wrong)
    kept = {**(row.settings or {}), **read}
    row.settings = {name: value for name, value in kept.items() if value is not None}


def _common_into(row: FieldRow, field: Field, entity: Entity, given: Mapping[str, Any]) -> None:
    """help, required, unique and default of `given` into the row of `field`. Raises Invalid."""
    errors: dict[str, str] = {}
    if "help" in given:
        row.help = naming.clean(given["help"] or "")
        if len(row.help) > naming.LONGEST_HELP:
            errors["help"] = _(
                "At most %(longest)s characters; this has %(length)s.",
                longest=naming.LONGEST_HELP,
                length=len(row.help),
            )
    if "required" in given:
        row.required = _required(field, bool(given["required"]), errors)
    if "unique" in given:
        row.unique = _unique(entity, field, bool(given["unique"]), errors)
        field.unique = bool(row.unique)
    if "default" in given:
        _default_into(row, field, given["default"], errors)
    if row.unique and row.default is not None and not errors:
        errors["unique"] = _("New records begin with the same value. Empty the default first.")
    if errors:
        raise Invalid(errors)


def _required(field: Field, wanted: bool, errors: dict[str, str]) -> bool | None:
    if wanted and not may_be_required(field):
        errors["required"] = _("The system fills in this field.")
    if not wanted and must_be_required(field):
        errors["required"] = _("Records of “%(entity)s” cannot do without this field.", entity=field.entity.label)
    return wanted if field.custom or wanted != must_be_required(field) else None


def _unique(entity: Entity, field: Field, wanted: bool, errors: dict[str, str]) -> bool | None:
    if not wanted:
        return False if field.custom else None
    if not may_be_unique(field):
        errors["unique"] = _("Values of this type cannot be asked to differ.")
        return None
    if not field.unique:
        try:
            _check_values_differ(entity, field)
        except Refused as refused:
            errors["unique"] = str(refused)
    return True


def _check_values_differ(entity: Entity, field: Field) -> None:
    column = field.column(entity.model)
    counted = select(column, func.count()).where(entity.rows(), entity.live(), column.is_not(None)).group_by(column)
    repeated = db.session.execute(counted.having(func.count() > 1).limit(1)).first()
    if repeated is not None:
        raise Refused(
            _(
                "“%(value)s” stands in %(count)s records. Make the values different first.",
                value=field.text(field.from_row(repeated[0])),
                count=repeated[1],
            )
        )


def _default_into(row: FieldRow, field: Field, raw: Any, errors: dict[str, str]) -> None:
    if raw in (None, "", []):
        row.default = None
        shipped_default = None if field.custom else as_shipped(field.entity, field.key).default
        kept = {k: v for k, v in (row.settings or {}).items() if k != schema.NO_DEFAULT}
        row.settings = {**kept, schema.NO_DEFAULT: True} if shipped_default is not None else kept
        return
    if not may_have_default(field):
        errors["default"] = _("New records cannot begin with a value in this field.")
        return
    try:
        row.default = field.read_default(raw)
    except FieldError as error:
        errors["default"] = str(error)


def _options_from(given: Sequence[Any], before: Sequence[Any], errors: dict[str, str]) -> list[dict[str, Any]]:
    try:
        return options_.read(given, before)
    except FieldError as error:
        errors["options"] = str(error)
        return []


def _unlessas_shipped(field: Field, option: dict[str, Any]) -> dict[str, Any]:
    """A shipped label that was not changed is not kept: it stays translated."""
    known = {o.value: o for o in as_shipped(field.entity, field.key).options} if not field.custom else {}
    same = option["value"] in known and str(known[option["value"]].label) == option["label"]
    return {**option, "label": None} if same else option


def _check_target(row: FieldRow) -> None:
    target = (row.settings or {}).get("entity")
    if target and target not in {entity.key for entity in every()}:
        raise Refused(_("The module that this field points to is not in use."))


def _check_parent(entity: Entity, row: FieldRow) -> None:
    """Belonging is a tree: one parent each, and no circle."""
    if not (row.settings or {}).get("parent"):
        return
    if not entity.custom:
        raise Invalid({"parent": _("Only records of your own modules can be made to belong to others.")})
    if entity.parent is not None:
        raise Invalid({"parent": _("Records of “%(entity)s” belong to others already.", entity=entity.label)})
    above: Any = row.settings["entity"]
    while above:
        if above == entity.key:
            raise Invalid({"parent": _("They would belong to themselves.")})
        parent = find(above).parent
        above = parent.settings.get("entity") if parent is not None else None


def _rebuilt(entity: Entity, row: FieldRow) -> Field:
    """The field as its row now says."""
    if not row.built_in:
        return schema.custom_field(entity, row)
    changed = schema.changed_field(as_shipped(entity, row.key), row)
    changed.entity = entity
    return changed


def _picture(row: FieldRow) -> dict[str, Any]:
    names = ("label", "help", "required", "unique", "default", "settings")
    return {name: getattr(row, name) for name in names}
