"""What may be done to which field: asked by the operations, and by the pages that offer them."""

from flask_babel import gettext as _
from sqlalchemy import func, select

from ..core.db import db
from . import shipped
from .entity import Entity, built_in_fields
from .field import Field
from .field_settings import Setting


def custom_count(entity: Entity) -> int:
    """How many fields of an administrator's own are in use."""
    return sum(field.custom and not field.retired for field in entity.all_fields.values())


def filled_count(entity: Entity, field: Field) -> int:
    """How many live records have a value in this field."""
    filled = ~field.is_empty(field.column(entity.model))
    asked = select(func.count()).select_from(entity.model).where(entity.rows(), entity.live(), filled)
    return db.session.scalar(asked) or 0


def why_not_retire(field: Field) -> str | None:
    """Why a field cannot be taken out of use, or None."""
    entity = field.entity
    if field.system:
        return _("Every record needs this field.")
    if field.key == entity.title_key:
        return _("This field names the records.")
    if not field.custom:
        if as_shipped(entity, field.key).required or getattr(field, "is_parent", False):
            return _("Records of “%(entity)s” cannot do without this field.", entity=entity.label)
        if field.settings.get("due") or entity.sort.removeprefix("-") == field.key:
            return _("Lists and reminders are built on this field.")
    return None


def must_be_required(field: Field) -> bool:
    """Whether the program itself demands a value, so that an administrator cannot make it optional."""
    if field.custom:
        return field.key == field.entity.title_key
    return bool(as_shipped(field.entity, field.key).required)


def may_be_required(field: Field) -> bool:
    """Whether "required" makes sense: people fill the field in."""
    return not field.readonly and not field.system


def may_be_unique(field: Field) -> bool:
    """Whether an administrator may ask for different values."""
    return field.custom and field.can_be_unique


def may_have_default(field: Field) -> bool:
    """Whether new records can begin with a value."""
    return field.has_default and not field.readonly and not field.unique and not field.system


def offered(field: Field, new: bool = False) -> list[Setting]:
    """The settings that can be chosen now."""
    return [s for s in field.offers if may_set(s, field.custom, new)]


def may_set(setting: Setting, custom: bool, new: bool) -> bool:
    """Whether a setting can be chosen: some only for custom fields, some only when the field is made."""
    return (custom or not setting.custom_only) and (new or not setting.fixed)


def as_shipped(entity: Entity, key: str) -> Field:
    """A shipped field before any administrator's changes."""
    model = entity.model if entity.custom else shipped[entity.key]
    found = next(field for field in built_in_fields(model) if field.key == key)
    found.entity = entity
    return found
