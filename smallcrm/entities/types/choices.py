"""One of several, some of several, free tags, yes or no."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import JSON, Boolean, ColumnElement, String, exists, not_, or_, select
from sqlalchemy import cast as sql_cast

from ..field import Field, FieldError, Formatter, plain_text
from ..json_path import json_items

# The hues of the face (static/css); the order is that of the colour chooser.
COLOURS = ("grey", "blue", "cyan", "green", "lime", "amber", "orange", "red", "pink", "purple")


@dataclass(frozen=True)
class Option:
    """One entry of an option list. `value` is what is stored and never changes; `label` may be renamed."""

    value: str
    label: Any
    colour: str = "grey"
    retired: bool = False


def as_option(given: Any) -> Option:
    """An Option from (value, label[, colour]) or from the dict an administrator's change is stored as."""
    if isinstance(given, Option):
        return given
    if isinstance(given, dict):
        return Option(given["value"], given["label"], given.get("colour", "grey"), bool(given.get("retired")))
    return Option(*given)


def merged(shipped: Sequence[Option], stated: Sequence[Mapping[str, Any]]) -> tuple[Option, ...]:
    """An administrator's option list over the shipped one: what it leaves unsaid stays as shipped.

    Options that a later version ships come last, so they are not lost to a list written before.
    """
    known = {option.value: option for option in shipped}
    found = []
    for row in stated:
        plain_one = known.pop(row["value"], Option(row["value"], row["value"]))
        label, colour = row.get("label") or plain_one.label, row.get("colour") or plain_one.colour
        found.append(Option(row["value"], label, colour, bool(row.get("retired"))))
    return (*found, *known.values())


def plain(text: str) -> str:
    """How option labels are compared: without case, width and spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


class Choice(Field):
    type = "choice"
    type_label = _l("Single choice")
    icon = "circle-dot"
    has_options = True
    widget = "select"
    groupable = True
    chosen_from = True
    public = True
    operators = ("in", "ne", "empty", "filled")

    def sql_type(self) -> Any:
        return String(64)

    @property
    def options(self) -> Sequence[Option]:
        """Every option, retired ones included (old records keep them)."""
        return tuple(as_option(given) for given in self.settings.get("options", ()))

    def option(self, value: str) -> Option:
        """The option with this stored value; an unknown one shows itself."""
        return next((o for o in self.options if o.value == value), Option(value, value))

    def one(self, raw: Any) -> str | None:
        """The stored value for a stored value or a label."""
        text = plain_text(raw)
        if not text:
            return None
        # A form sends the stored value: it must win, whatever labels others were given since.
        if any(option.value == text for option in self.options):
            return text
        wanted = plain(text)
        for option in sorted(self.options, key=lambda o: o.retired):
            if plain(str(option.label)) == wanted:
                return option.value
        known = _(", ").join(str(o.label) for o in self.options if not o.retired)
        raise FieldError(_("“%(text)s” is not an option. Options: %(known)s.", text=text[:40], known=known[:200]))

    def parse(self, raw: Any) -> Any:
        return self.one(raw)

    def check(self, value: Any) -> None:
        for one in value if self.multiple else (value,):
            if self.option(one).retired:
                raise FieldError(_("“%(label)s” is no longer offered. Choose another.", label=self.option(one).label))

    def text(self, value: str | None) -> str:
        return str(self.option(value).label) if value else ""

    def html(self, value: str | None) -> str:
        return dot(self.option(value)) if value else Markup("")

    def formatter(self, values: Sequence[Any]) -> Formatter:
        known = {option.value: option for option in self.options}
        dots = {value: dot(known.get(value) or Option(value, value)) for value in set(values) if value}
        return lambda value: dots.get(value, "")

    def form_value(self, value: str | None) -> str:
        return value or ""

    def configured(self, changes: Mapping[str, Any]) -> Field:
        copy = super().configured(changes)
        stated = changes.get("settings", {}).get("options")
        if stated is not None:
            copy.settings["options"] = merged(self.options, stated)
        return copy


def dot(option: Option) -> Markup:
    """An option as a coloured dot and its word."""
    # Not Markup.format: in lists it took six times as long.
    return Markup(  # noqa: S704 - both pieces are escaped
        f'<span class="s-status"><span class="s-dot hue-{escape(option.colour)}" aria-hidden="true"></span>'
        f"{escape(str(option.label))}</span>"
    )


class YesNo(Field):
    type = "boolean"
    type_label = _l("Yes or no")
    icon = "toggle-left"
    widget = "switch"
    groupable = True
    numeric = True
    chosen_from = True
    public = True
    operators = ("eq", "empty")

    YES = frozenset({"1", "true", "yes", "y", "on", "是", "有", "对", "真", "√", "✓", "✔"})
    NO = frozenset({"0", "false", "no", "n", "off", "否", "无", "没有", "错", "假", "×", "x", "✗"})

    def sql_type(self) -> Any:
        return Boolean()

    def dump(self, value: bool) -> int:
        return int(value)

    def load(self, stored: Any) -> bool:
        return bool(stored)

    def api(self, value: bool | None) -> bool | None:
        return value

    def parse(self, raw: Any) -> bool | None:
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, (list, tuple)):
            # A checkbox sends its hidden "0" and, when ticked, "1" as well: the last one counts.
            raw = raw[-1] if raw else None
        text = plain(plain_text(raw))
        if not text:
            return None
        if text in self.YES:
            return True
        if text in self.NO:
            return False
        raise FieldError(_("Enter yes or no."))

    def text(self, value: bool | None) -> str:
        return "" if value is None else _("Yes") if value else _("No")

    def form_value(self, value: bool | None) -> str:
        return "" if value is None else str(int(value))


class MultiChoice(Choice):
    type = "multi_choice"
    type_label = _l("Multiple choice")
    icon = "list-check"
    widget = "multiselect"
    multiple = True
    structured = True
    sortable = False
    groupable = False
    operators = ("in", "all", "ne", "empty", "filled")

    def sql_type(self) -> Any:
        return JSON(none_as_null=True)

    def parse(self, raw: Any) -> list[str] | None:
        parts = raw if isinstance(raw, (list, tuple)) else self.split(plain_text(raw))
        values: list[str] = []
        for part in parts:
            value = self.one(part)
            if value and value not in values:
                values.append(value)
        return values or None

    def split(self, text: str) -> list[str]:
        return [part for part in re.split(r"[,，;；、|\n]", text) if part.strip()]

    def operand(self, op: str, raw: str) -> Any:
        return self.one(raw) or ""

    def compare(self, column_: ColumnElement[Any], op: str, values: Sequence[Any]) -> ColumnElement[bool]:
        if op == "all":
            return sql_and(*(self.has(column_, [value]) for value in values))
        held = self.has(column_, values)
        return not_(held) if op == "ne" else held

    def has(self, column_: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
        """Whether the stored list holds any of `values`."""
        each = json_items(column_)
        return exists(select(1).select_from(each).where(each.c.value.in_(list(values))))

    def is_empty(self, column_: ColumnElement[Any]) -> ColumnElement[bool]:
        return or_(column_.is_(None), sql_cast(column_, String) == "[]")

    def text(self, value: Sequence[str] | None) -> str:
        return _(", ").join(str(self.option(v).label) for v in value or ())

    def html(self, value: Sequence[str] | None) -> str:
        return Markup(" ").join(self.chip(v) for v in value or ())

    def chip(self, value: str) -> Markup:
        option = self.option(value)
        return Markup('<span class="s-chip hue-{}">{}</span>').format(option.colour, option.label)

    def formatter(self, values: Sequence[Any]) -> Formatter:
        chips = {v: self.chip(v) for v in {v for value in values for v in value or ()}}
        return lambda value: Markup(" ").join(chips[v] for v in value) if value else ""

    def form_value(self, value: Sequence[str] | None) -> list[str]:
        return list(value or ())


class Tags(MultiChoice):
    """Free words; no list to choose from, what others used is suggested."""

    chosen_from = False
    type = "tags"
    type_label = _l("Tags")
    icon = "tags"
    has_options = False
    widget = "tags"
    can_be_searched = True
    longest = 30
    most = 50

    def one(self, raw: Any) -> str | None:
        return " ".join(plain_text(raw).split()) or None

    def parse(self, raw: Any) -> list[str] | None:
        parts: Iterable[Any] = raw if isinstance(raw, (list, tuple)) else [raw]
        words = [word for part in parts for word in self.split(plain_text(part))]
        return super().parse(words)

    def check(self, value: Sequence[str]) -> None:
        if len(value) > self.most:
            raise FieldError(_("At most %(most)s tags.", most=self.most))
        if any(len(tag) > self.longest for tag in value):
            raise FieldError(_("A tag may have %(longest)s characters at most.", longest=self.longest))

    def chip(self, value: str) -> Markup:
        # The same word has the same colour everywhere, without anybody choosing one.
        colour = COLOURS[sum(map(ord, value)) % len(COLOURS)]
        return Markup('<span class="s-chip hue-{}">{}</span>').format(colour, value)

    def form_value(self, value: Sequence[str] | None) -> Any:
        return _(", ").join(value or ())

    def text(self, value: Sequence[str] | None) -> str:
        return _(", ").join(value or ())


def sql_and(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """AND of at least one condition."""
    first, *rest = conditions
    for condition in rest:
        first = first & condition
    return first
