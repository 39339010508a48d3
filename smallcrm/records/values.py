"""From what came in (texts, lists, cells) to checked Python values, field by field, all errors at once."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from .. import access
from ..core.db import db
from ..core.errors import Invalid
from ..core.once import once
from ..entities import Entity, Field, FieldError
from ..entities.types import RecordLink, Reference, UserRef
from ..users.models import User, UserStatus

Values = dict[str, Any]


def parse(entity: Entity, raw: Mapping[str, Any], by: User, record: Any | None = None) -> Values:
    """{field key: Python value or None} of the sent fields that `by` may write. Raises Invalid with every error.

    A key that is no writable field of the entity is an error of its own for programs; forms send only known ones.
    """
    writable = {field.key: field for field in access.writable_fields(entity, by)}
    values: Values = {}
    errors: dict[str, str] = {}
    for key, given in raw.items():
        field = writable.get(key)
        if field is None:
            errors[key] = _("“%(field)s” cannot be set.", field=key[:60])
            continue
        try:
            values[key] = one(field, given, by, record)
        except FieldError as error:
            errors[key] = str(error)
    if errors:
        raise Invalid(errors)
    return values


def one(field: Field, given: Any, by: User, record: Any | None = None) -> Any:
    """One checked value. Raises FieldError."""
    if isinstance(field, Reference):
        # Titles are looked up among what this person sees: the others must not even be told apart from nothing.
        value = field.parse_among(given, access.visible(field.target, by))
    else:
        value = field.parse(given)
    if value is None:
        return None
    if record is not None and field.get(record) == value:
        return value  # unchanged: an old value is not held against today's rules
    field.check(value)
    if isinstance(field, Reference):
        _check_visible(field.settings["entity"], value, by)
    elif isinstance(field, RecordLink):
        _check_visible(*field.place(value), by)
    elif isinstance(field, UserRef) and value in _disabled():
        raise FieldError(_("%(name)s no longer has an account. Choose somebody who has.", name=field.text(value)))
    return value


def _check_visible(entity: str, id: int, by: User) -> None:
    if access.visible_by_key(entity, id, by) is None:
        raise FieldError(_("Choose a record from the list; this one does not exist."))


def _disabled() -> frozenset[int]:
    query = select(User.id).where(User.status == UserStatus.disabled)
    return once("disabled people", lambda: frozenset(db.session.scalars(query)))


def stored_changes(entity: Entity, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, list[Any]]:
    """The changes in stored form, as history keeps them."""

    def stored(field: Field, value: Any) -> Any:
        return None if value is None else field.dump(value)

    return {key: [stored(entity[key], old), stored(entity[key], new)] for key, (old, new) in changes.items()}
