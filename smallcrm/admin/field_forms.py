"""The form of a field: what it shows for which type, and what was typed into it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from .. import entities
from ..entities import Entity, Field, field_rules, schema
from ..entities.models import FieldRow
from ..entities.options import MOST_OPTIONS
from ..entities.types import TYPES
from ..entities.types.choices import COLOURS
from ..entities.types.dates import NOW, Date

COLOUR_LABELS = {
    "grey": _l("Grey"),
    "blue": _l("Blue"),
    "cyan": _l("Cyan"),
    "green": _l("Green"),
    "lime": _l("Lime"),
    "amber": _l("Amber"),
    "orange": _l("Orange"),
    "red": _l("Red"),
    "pink": _l("Pink"),
    "purple": _l("Purple"),
}
# What a type is for, in a few words; a type that is not here shows its name alone.
TYPE_NOTES = {
    "text": _l("One line: model, WeChat, code"),
    "long_text": _l("Several lines: notes, requirements"),
    "integer": _l("Pieces, people"),
    "decimal": _l("Weight, area, rate"),
    "percent": _l("Discount, progress"),
    "money": _l("Yuan and fen"),
    "boolean": _l("Done or not"),
    "date": _l("A day, with reminder if you like"),
    "datetime": _l("A day and an hour"),
    "choice": _l("One from a list with colours"),
    "multi_choice": _l("Several from a list"),
    "tags": _l("Free words"),
    "phone": _l("Calls with one tap, finds duplicates"),
    "email": _l("Writes with one tap"),
    "url": _l("A link to a page"),
    "user": _l("A colleague"),
    "department": _l("One of your departments"),
    "reference": _l("Points to a customer or another record"),
    "address": _l("Province, city, district and street"),
    "image": _l("Photos from the phone or computer"),
    "attachment": _l("Contracts, drawings, any file"),
    "auto_number": _l("The system counts up"),
}


@dataclass
class Row:
    """One line of an option list, as typed."""

    value: str = ""
    label: str = ""
    colour: str = "grey"
    retired: bool = False


@dataclass
class FieldForm:
    """What the page of a field shows: of a stored field, or what was sent."""

    type: str
    label: str = ""
    help: str = ""
    required: bool = False
    unique: bool = False
    default: Any = ""
    settings: dict[str, str] = field(default_factory=dict)
    options: list[Row] = field(default_factory=list)

    def given(self, wanted: Field, new: bool) -> dict[str, Any]:
        """What of this an operation is asked to set: only what the page offered."""
        found: dict[str, Any] = {"help": self.help}
        if field_rules.may_be_required(wanted):
            found["required"] = self.required
        if field_rules.may_be_unique(wanted):
            found["unique"] = self.unique
        if not (new and wanted.has_options) and (field_rules.may_have_default(wanted) or wanted.unique):
            found["default"] = "" if self.unique else self.default
        found |= {s.key: self.settings.get(s.key, "") for s in field_rules.offered(wanted, new)}
        return found


def blank(kind: str) -> FieldForm:
    """The form of a field that is about to be made."""
    form = FieldForm(kind)
    if TYPES[kind].has_options:
        form.options = [Row(colour=COLOURS[1 + i]) for i in range(4)]
    if kind == "auto_number":
        form.settings["pattern"] = "{YYYYMMDD}-{0000}"
    return form


def of(stored: Field) -> FieldForm:
    """The form of a field as it is."""
    settings = {s.key: _typed(stored.settings.get(s.key)) for s in stored.offers}
    return FieldForm(
        stored.type,
        label=str(stored.label),
        help=str(stored.help or ""),
        required=stored.required,
        unique=stored.unique,
        default=stored.default_text(),
        settings=settings,
    )


def sent(kind: str) -> FieldForm:
    """What the browser sent."""
    cls = TYPES[kind]
    default = request.form.getlist("default")
    return FieldForm(
        kind,
        label=request.form.get("label", ""),
        help=request.form.get("help", ""),
        required="required" in request.form,
        unique="unique" in request.form,
        default=[one for one in default if one] if cls.multiple else (default or [""])[-1],
        settings={s.key: request.form.get(s.key, "") for s in cls.offers},
        options=sent_options(),
    )


def sent_options() -> list[Row]:
    """The lines of an option list that were sent, in the order they stood."""
    names = ("option", "option_label", "option_colour")
    columns = zip(*(request.form.getlist(name)[: MOST_OPTIONS + 20] for name in names), strict=False)
    retired = set(request.form.getlist("option_retired"))
    return [Row(value, label, colour, str(i) in retired) for i, (value, label, colour) in enumerate(columns)]


def rearranged(rows: list[Row]) -> list[Row] | None:
    """The lines after the ▲, ▼ or ＋ that was pressed; None when something else was (save)."""
    if "add" in request.form:
        return [*rows, *(Row(colour=COLOURS[(len(rows) + i + 1) % len(COLOURS)]) for i in range(3))]
    for name, step in (("up", -1), ("down", 1)):
        place = request.form.get(name, type=int)
        if place is not None and 0 <= place < len(rows):
            moved = list(rows)
            moved.insert(max(0, place + step), moved.pop(place))
            return moved
    return None


def as_options(rows: Iterable[Row]) -> list[Mapping[str, Any]]:
    """The lines as entities.operations takes them."""
    return [
        {"value": row.value or None, "label": row.label, "colour": row.colour, "retired": row.retired} for row in rows
    ]


def probe(entity: Entity, form: FieldForm) -> Field:
    """A field of the form's type that is nowhere stored: its control is that of the default."""
    row = FieldRow(entity=entity.key, key="default", type=form.type, label=_("Default"), settings={})
    return schema.custom_field(entity, row)


def default_field(base: Field) -> Field:
    """`base` under the name "default", so that its usual control can be shown in the form of a field."""
    copy = base.configured(
        {"label": _("Default"), "help": _("What new records begin with. Old ones stay as they are.")}
    )
    copy.key, copy.required, copy.readonly, copy.custom = "default", False, False, True
    copy.settings = {key: value for key, value in copy.settings.items() if key != "due"}
    return copy


def default_choices(base: Field) -> list[tuple[str, str]] | None:
    """For dates: a short list instead of a calendar, since a fixed day is hardly ever meant."""
    if not isinstance(base, Date):
        return None
    chosen = base.default_text()
    words = {"": _("None"), NOW: _("When the record is made")}
    return list({**words, chosen: words.get(chosen) or base.text(base.default)}.items())


def targets() -> list[tuple[str, str]]:
    """The entities a reference can point to."""
    return [(entity.key, str(entity.label)) for entity in entities.every()]


def colours() -> list[tuple[str, str]]:
    """Every colour with its name."""
    return [(colour, str(COLOUR_LABELS[colour])) for colour in COLOURS]


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None else str(value)
