"""A field: one named, typed piece of a record. The type knows everything about its values, once."""

import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy import ColumnElement, func, or_
from sqlalchemy.orm import MappedColumn, mapped_column

from .json_path import json_value

if TYPE_CHECKING:
    from .entity import Entity
    from .field_settings import Setting

_order = itertools.count()

Formatter = Callable[[Any], str]


class FieldError(ValueError):
    """A value that this field does not accept; the message is a whole sentence for the user."""


class Field:
    """One field of an entity. Subclasses are the field types; `type` is the name kept in the database.

    A value has three forms: the Python *value* (str, Decimal, date, aware datetime, list …), the *stored* form
    (JSON-able; in the `custom` column, in history), and what people type or read. Built-in fields live in real columns,
    whose SQLAlchemy type converts; custom ones in the record's `custom` JSON column.
    """

    type: ClassVar[str]
    type_label: ClassVar[Any]
    icon: ClassVar[str] = "letter-case"
    widget: ClassVar[str] = "text"
    numeric: ClassVar[bool] = False
    multiple: ClassVar[bool] = False
    takes_a_row: ClassVar[bool] = False
    # Stored as a JSON list or object, not as one value.
    structured: ClassVar[bool] = False
    # Of built-in fields only those with an index of their column and the id (Record.__indexes__).
    sortable: bool = True
    groupable: ClassVar[bool] = False
    summable: ClassVar[bool] = False
    can_be_unique: ClassVar[bool] = False
    can_be_searched: ClassVar[bool] = False
    creatable: ClassVar[bool] = True
    # Whether an administrator may choose what new records begin with, and whether there is an option list.
    has_default: ClassVar[bool] = True
    has_options: ClassVar[bool] = False
    holds_files: ClassVar[bool] = False
    # Whether somebody who may only claim a record from the pool may read the value, filter and sort by it.
    public: ClassVar[bool] = False
    # Whether a filter is picked from a list or calendar instead of typed.
    chosen_from: ClassVar[bool] = False
    operators: ClassVar[tuple[str, ...]] = ("eq", "empty", "filled")
    # What an administrator may set on such a field, beside what every field has.
    offers: ClassVar[tuple["Setting", ...]] = ()

    def __init__(
        self,
        label: Any,
        *,
        required: bool = False,
        unique: bool = False,
        default: Any = None,
        help: Any = "",
        searchable: bool = False,
        readonly: bool = False,
        system: bool = False,
        quick: bool = False,
        wide: bool | None = None,
        identity: str | None = None,
        **settings: Any,
    ) -> None:
        """`readonly`: set by the system, never by a form. `system`: the base fields every record has.

        `quick`: part of the short form (＋ on the phone). `wide`: takes the whole row of a form.
        `identity`: "company", "person", "phone" or "email" when equal values suggest the same real thing (duplicates).
        """
        self.label = label
        self.required = required
        self.unique = unique
        self.default = default
        self.help = help
        self.searchable = searchable
        self.readonly = readonly
        self.system = system
        self.quick = quick
        self.wide = self.takes_a_row if wide is None else wide
        self.identity = identity
        self.settings = settings
        self.order = next(_order)
        self.key = ""
        self.attribute = ""
        self.custom = False
        self.retired = False
        self.entity: Entity = None  # type: ignore[assignment]  # set by the entity that takes the field

    # --- storage -----------------------------------------------------------------------------------------------

    def sql_type(self) -> Any:
        """The SQLAlchemy type of a built-in column of this field."""
        raise TypeError(f"{type(self).__name__} cannot be a built-in column")

    def dump(self, value: Any) -> Any:
        """Python value to stored form."""
        return value

    def load(self, stored: Any) -> Any:
        """Stored form to Python value."""
        return stored

    def load_value(self, stored: Any) -> Any:
        """As :meth:`load`, and None stays None."""
        return None if stored is None else self.load(stored)

    def get(self, record: Any) -> Any:
        """This field's Python value of a record (a mapped object)."""
        if self.custom:
            stored = (record.custom or {}).get(self.key)
            return None if stored is None else self.load(stored)
        return getattr(record, self.attribute)

    def set(self, record: Any, value: Any) -> None:
        """Put a Python value into a record."""
        if not self.custom:
            setattr(record, self.attribute, value)
            return
        custom = dict(record.custom or {})
        if value is None:
            custom.pop(self.key, None)
        else:
            custom[self.key] = self.dump(value)
        record.custom = custom

    def column(self, model: Any) -> ColumnElement[Any]:
        """The SQL expression of this field's value on a mapped class or alias."""
        if self.custom:
            return json_value(model.custom, self.key, numeric=self.numeric)
        return getattr(model, self.attribute)

    def bind(self, value: Any) -> Any:
        """A Python value as it must be compared with :meth:`column`."""
        return self.dump(value) if self.custom else value

    def from_row(self, selected: Any) -> Any:
        """What a SELECT of :meth:`column` gave, as a Python value."""
        if selected is None or not self.custom:
            return selected
        if self.structured and isinstance(selected, str):
            selected = json.loads(selected)
        return self.load(selected)

    # --- people type and read -----------------------------------------------------------------------------------

    def parse(self, raw: Any) -> Any:
        """Text of a form, JSON of the API or a cell of a sheet, as a Python value; None when empty.

        Raises FieldError with a sentence that says what is wrong and what to enter instead.
        """
        text = plain_text(raw)
        return text or None

    def check(self, value: Any) -> None:
        """Refuse a Python value that breaks this field's own limits (FieldError)."""

    def text(self, value: Any) -> str:
        """Plain text, as read by a person; "" for None."""
        return "" if value is None else str(value)

    def html(self, value: Any) -> str:
        """Safe HTML of one value (detail page)."""
        return escape(self.text(value))

    def settled_html(self, value: Any) -> str:
        """The value as it is read once nothing is due any more."""
        return escape(self.text(value))

    def html_of(self, record: Any) -> str:
        """Safe HTML of this field's value of a record, where the rest of the record may change what it means."""
        return self.html(self.get(record))

    def formatter(self, values: Sequence[Any]) -> Formatter:
        """A function value → safe HTML for one list column, made once with all `values` of the page at hand."""
        return self.html

    def texts(self, values: Sequence[Any]) -> Callable[[Any], str]:
        """A function value → plain text for many values (export, history), made once."""
        return self.text

    def cell(self, value: Any) -> Any:
        """The typed cell of a sheet: str, int, Decimal, date, datetime (company's wall clock) or None."""
        return None if value is None else self.text(value)

    def api(self, value: Any) -> Any:
        """The JSON value of the API."""
        return self.dump(value) if value is not None else None

    def masked(self, value: Any) -> str:
        """As plain text for somebody who may only claim the record; "" for what only its owner may know."""
        return self.text(value) if self.public else ""

    def form_value(self, value: Any) -> Any:
        """What a form control shows: text, or a list of texts where `multiple`."""
        return self.text(value)

    # --- filters ------------------------------------------------------------------------------------------------

    def operand(self, op: str, raw: str) -> Any:
        """One right-hand value of a filter, from text (FieldError when it cannot be understood)."""
        value = self.parse(raw)
        if value is None:
            raise FieldError(_("Enter a value to filter by."))
        return value

    def condition(self, model: Any, op: str, raws: Sequence[str]) -> ColumnElement[bool]:
        """SQL for `field op values`. Raises FieldError for an operator or value this field does not have."""
        if op not in self.operators:
            raise FieldError(_("“%(field)s” cannot be filtered this way.", field=self.label))
        column = self.column(model)
        if op == "empty":
            return self.is_empty(column)
        if op == "filled":
            return ~self.is_empty(column)
        values = [self.operand(op, raw) for raw in raws if raw != ""]
        if not values:
            raise FieldError(_("Enter a value to filter by."))
        if op == "between" and len(values) != 2:
            raise FieldError(_("Enter both ends of the range."))
        return self.compare(column, op, values)

    def is_empty(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return column.is_(None)

    def compare(self, column: ColumnElement[Any], op: str, values: Sequence[Any]) -> ColumnElement[bool]:
        """SQL for one comparison; `values` are Python values."""
        bound = [self.bind(value) for value in values]
        match op:
            case "eq" | "in":
                return column == bound[0] if len(bound) == 1 else column.in_(bound)
            case "ne":
                return or_(column.is_(None), column.not_in(bound))
            case "gte":
                return column >= bound[0]
            case "gt":
                return column > bound[0]
            case "lte":
                return column <= bound[0]
            case "lt":
                return column < bound[0]
            case "between":
                return column.between(min(bound), max(bound))
            case "lacks":
                return or_(column.is_(None), ~self.compare(column, "contains", values))
            case "contains":
                return or_(*(func.lower(column).contains(str(value).lower(), autoescape=True) for value in bound))
            case "starts":
                return column.istartswith(bound[0], autoescape=True)
        raise FieldError(_("“%(field)s” cannot be filtered this way.", field=self.label))

    def filter_words(self, op: str, raws: Sequence[str]) -> str:
        """The right-hand side of a filter as a person reads it."""
        words = []
        for raw in raws:
            try:
                words.append(self.operand_words(op, raw))
            except FieldError:
                words.append(raw)
        if op == "between" and len(words) == 2:
            return _("%(low)s to %(high)s", low=words[0], high=words[1])
        return _(", ").join(word for word in words if word)

    def operand_words(self, op: str, raw: str) -> str:
        """One right-hand value as a person reads it. Raises FieldError as :meth:`operand`."""
        return self.text(self.operand(op, raw))

    def phrase(self, op: str, raws: Sequence[str]) -> str:
        """The whole filter as a clause, where it is not told as “this field is that value”; "" elsewhere."""
        return ""

    # --- description --------------------------------------------------------------------------------------------

    @property
    def options(self) -> Sequence[Any]:
        """The options of a choice field; none elsewhere."""
        return ()

    def identities(self, value: Any) -> Iterable[str]:
        """Normalised forms under which an equal value of another record suggests the same real thing."""
        return ()

    def stated_default(self, stored: Any) -> Any:
        """The default an administrator chose, from its stored form: a Python value, or a function that gives one."""
        return self.load_value(stored)

    def read_default(self, raw: Any) -> Any:
        """The stored form of a default as an administrator typed it; None when empty. Raises FieldError."""
        value = self.parse(raw)
        if value is None:
            return None
        self.check(value)
        return self.dump(value)

    def default_text(self) -> Any:
        """What the control for the default shows."""
        return self.form_value(None if callable(self.default) else self.default)

    def configured(self, changes: Mapping[str, Any]) -> "Field":
        """A copy with an administrator's changes (label, required, help, options, …) applied."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.settings = {**self.settings, **changes.get("settings", {})}
        for name in ("label", "required", "unique", "help", "default", "order", "retired", "searchable"):
            if changes.get(name) is not None:
                setattr(copy, name, changes[name])
        return copy

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key}>"


# Nothing people type; and sheets (XML) cannot hold them.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def plain_text(raw: Any) -> str:
    """Whatever came in, as one trimmed text: a list's first element, a whole float without its .0.

    Raises FieldError for what is no text at all (a list of lists, an object of the API).
    """
    if isinstance(raw, (list, tuple)):
        raw = raw[0] if raw else None
    if isinstance(raw, (list, tuple, dict)):
        raise FieldError(_("Enter one value."))
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return _("yes") if raw else _("no")
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return UNPRINTABLE.sub("", str(raw)).strip()


def column(field: Field, *, key: str | None = None, index: bool = False, **options: Any) -> MappedColumn[Any]:
    """An ordinary mapped_column that carries its Field; `key` when the field is not named as the attribute."""
    if key is not None:
        field.key = key
    foreign = options.pop("foreign_key", None)
    # What a base class declares with a sort order comes after a model's own fields, as its columns do.
    field.order += options.get("sort_order", 0) * 10_000
    arguments = [foreign] if foreign is not None else []
    return mapped_column(field.sql_type(), *arguments, index=index, info={"field": field}, **options)
