"""Field by field, which value stays: what people may choose, what is proposed, and what is decided without them.

Fields that a person may not read or set are not theirs to choose and are not lost either: the record that stays keeps
its value, and an empty one is filled from the others. What the system says of a record (its number, who made it and
when, its time in the pool) is never taken from another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from ... import access
from ...core.errors import Invalid
from ...entities import Entity, Field, FieldError, of
from ...entities.pooled import POOL_FIELDS
from ...entities.types import Attachments, AutoNumber, LongText, MultiChoice, Reference
from ...users.models import User

BOTH = "both"
JOINED = (MultiChoice, LongText, Attachments)


@dataclass(frozen=True)
class Cell:
    """One record's value of a field, as a choice. `source`: the record's id as text, or BOTH."""

    source: str
    html: Markup
    filled: bool
    chosen: bool


@dataclass(frozen=True)
class Row:
    """One field of the comparison; `cells` in the order of the records, `both` where values can be joined."""

    field: Field
    cells: Sequence[Cell]
    both: Cell | None
    same: bool


def rows(records: Sequence[Any], survivor: Any, user: User, sent: Mapping[str, str]) -> list[Row]:
    """The fields that `user` may choose of and that any of `records` has filled; `sent`: {field key: source}."""
    found = []
    for field in choosable(of(survivor), user):
        values = [field.get(record) for record in records]
        if all(value is None for value in values):
            continue
        same = all(value == values[0] for value in values)
        source = _source(field, records, survivor, sent)
        cells = [
            Cell(
                str(record.id),
                field.html(value) if value is not None else Markup(""),
                value is not None,
                source == str(record.id),
            )
            for record, value in zip(records, values, strict=True)
        ]
        found.append(Row(field, cells, _both(field, values, source), same))
    return found


def _both(field: Field, values: Sequence[Any], source: str) -> Cell | None:
    if not isinstance(field, JOINED) or sum(value is not None for value in values) < 2:
        return None
    return Cell(BOTH, field.html(joined(field, values)), True, source == BOTH)


def choosable(entity: Entity, user: User) -> list[Field]:
    """The fields of which `user` may say whose value stays."""
    parent = entity.parent
    inherits = parent is not None and entity.follows_owner
    # Whose it is follows from what it belongs to.
    return [f for f in access.writable_fields(entity, user) if not (inherits and f.key == "owner")]


def _source(field: Field, records: Sequence[Any], survivor: Any, sent: Mapping[str, str]) -> str:
    """Whose value stays: what was sent if it can be meant, else what is proposed."""
    joinable = isinstance(field, JOINED) and sum(field.get(record) is not None for record in records) > 1
    known = {str(record.id): record for record in records}
    asked = sent.get(field.key, "")
    if (asked == BOTH and joinable) or asked in known:
        return asked
    if joinable:
        return BOTH  # nothing is lost unless somebody says so
    first = [survivor, *(record for record in records if record.id != survivor.id)]
    return str(next((record.id for record in first if field.get(record) is not None), survivor.id))


def joined(field: Field, values: Sequence[Any]) -> Any:
    """All of the values as one: lists one after the other, texts as paragraphs, nothing twice; None of nothing."""
    filled = [value for value in values if value is not None]
    if isinstance(field, MultiChoice | Attachments):
        return list(dict.fromkeys(part for value in filled for part in value)) or None
    return "\n\n".join(dict.fromkeys(filled)) or None


def decided(records: Sequence[Any], survivor: Any, user: User, sent: Mapping[str, str]) -> dict[str, Any]:
    """{field key: Python value} of all that the survivor is to have. Raises Invalid where joined values are too much.

    A reference to a record that takes part would point to the survivor itself: it is left out.
    """
    entity, by_id = of(survivor), {str(record.id): record for record in records}
    first = [survivor, *(record for record in records if record.id != survivor.id)]
    chosen = {field.key for field in choosable(entity, user)}
    values, errors = {}, {}
    for field in entity.fields:
        if field.key in chosen:
            source = _source(field, records, survivor, sent)
            together = source == BOTH
            value = joined(field, [field.get(r) for r in first]) if together else field.get(by_id[source])
        elif is_its_own(field):
            continue
        else:
            together, value = False, next((v for r in first if (v := field.get(r)) is not None), None)
        if isinstance(field, Reference) and field.settings["entity"] == entity.key and str(value) in by_id:
            value = None
        try:
            if together and value is not None:
                field.check(value)
        except FieldError as error:
            errors[field.key] = str(error)
        values[field.key] = value
    if entity.pooled and values.get("owner") is None and survivor.owner_id is not None:
        errors["owner"] = _("To give it up, release it to the pool and say why.")
    if errors:
        raise Invalid(errors)
    return values


def is_its_own(field: Field) -> bool:
    """Whether a field that nobody chooses of says something of the one record alone."""
    return field.system or field.key in POOL_FIELDS or isinstance(field, AutoNumber)
