"""What an administrator may set on a field of some type, beside label, help, required, unique and default.

A type lists its settings in `Field.offers`; forms, checks and storage follow from that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from .field import FieldError, plain_text

Reader = Callable[[str], Any]


@dataclass(frozen=True)
class Setting:
    """One setting. `read` turns what was typed into a JSON value (FieldError), "" means not set.

    `kind` chooses the control: integer, decimal, text, switch, entity. `fixed`: chosen when the field is made, then
    never changed. `custom_only`: makes no sense for fields whose column is part of the program.
    """

    key: str
    label: Any
    kind: str
    read: Reader
    help: Any = ""
    fixed: bool = False
    required: bool = False
    custom_only: bool = True


def whole(low: int, high: int) -> Reader:
    """A reader of whole numbers between two bounds."""

    def read(text: str) -> int:
        if not text.isdecimal() or len(text) > 9 or not low <= int(text) <= high:
            raise FieldError(_("Enter a whole number from %(low)s to %(high)s.", low=low, high=high))
        return int(text)

    return read


def exact(text: str) -> str:
    """A decimal number, kept as text so that nothing is rounded."""
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise FieldError(_("“%(text)s” is not a number.", text=text[:40])) from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 12:
        raise FieldError(_("“%(text)s” is not a number.", text=text[:40]))
    return f"{value:f}"


def switched(text: str) -> bool:
    """On or off."""
    return text in ("1", "true", "on", "yes")


def entity_in_use(text: str) -> str:
    """The key of an entity that exists."""
    from . import every

    if text not in {entity.key for entity in every()}:
        raise FieldError(_("Choose a module."))
    return text


DECIMALS = Setting("decimals", _l("Decimals shown"), "integer", whole(0, 6), custom_only=False)
LOWEST = Setting("min", _l("At least"), "decimal", exact)
HIGHEST = Setting("max", _l("At most"), "decimal", exact)
REMIND = Setting(
    "remind",
    _l("Remind the owner"),
    "switch",
    switched,
    help=_l("The owner of the record gets a reminder when this date comes."),
)
LONGEST = Setting("longest", _l("Characters at most"), "integer", whole(1, 255))
TARGET = Setting("entity", _l("Points to"), "entity", entity_in_use, fixed=True, required=True)
PARENT = Setting(
    "parent",
    _l("Belongs to it"),
    "switch",
    switched,
    help=_l("A record that belongs to another has its owner and goes to the recycle bin with it."),
    fixed=True,
)


def read_all(offered: tuple[Setting, ...], raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """(settings to keep, errors by key) of what was typed; a setting left empty becomes None."""
    found: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for setting in offered:
        if setting.key not in raw:
            if setting.required:
                errors[setting.key] = _("%(field)s is required.", field=setting.label)
            continue
        text = plain_text(raw[setting.key]) if not isinstance(raw[setting.key], bool) else str(int(raw[setting.key]))
        if not text and setting.required:
            errors[setting.key] = _("%(field)s is required.", field=setting.label)
            continue
        try:
            found[setting.key] = setting.read(text) if text else None
        except FieldError as error:
            errors[setting.key] = str(error)
    low, high = found.get("min"), found.get("max")
    if low is not None and high is not None and Decimal(low) > Decimal(high):
        errors["max"] = _("The upper limit is below the lower one.")
    return found, errors
