"""A list divided by a field: the columns of a kanban, the groups of a table. Each part is a list of its own.

The values that have records are found by leaping from one to the next in the field's index, so that dividing a million
records by month costs as many short queries as there are months on the page.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from babel.dates import format_skeleton
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, and_, case, select

from .. import access
from ..core import i18n
from ..core.db import db
from ..entities import Entity, Field
from ..entities.types import Choice, Date, MultiChoice, YesNo
from ..entities.types.choices import Option, dot
from ..entities.types.dates import YEARS
from ..entities.types.periods import plus_months
from ..users.models import User
from .conditions import ALL, BadListing
from .listing import Listing, url_encode

# Asks for the records without a value: no value is written like this.
EMPTY = "~"
ALONE = "g9"


class Division:
    """The parts of a list by one field. A part's key is a Python value of the field; None is the part without one."""

    def __init__(self, listing: Listing, field: Field) -> None:
        self.listing = listing
        self.field = field
        self.column = field.column(listing.entity.model)

    @cached_property
    def where(self) -> ColumnElement[bool]:
        """The conditions of the whole list."""
        return self.listing.conditions()

    # --- one part ---------------------------------------------------------------------------------------------------

    def condition(self, key: Any) -> ColumnElement[bool]:
        """What picks the records of a part."""
        return self.column.is_(None) if key is None else self.column == self.field.bind(key)

    def label(self, key: Any) -> str:
        """What a part is called."""
        return _("Empty") if key is None else self.field.text(key)

    def heading(self, key: Any) -> Markup:
        """The same as safe HTML, with the colour or the face that the value has elsewhere."""
        if key is None:
            return dot(Option("", self.label(None)))
        if isinstance(self.field, YesNo):
            return dot(Option("", self.label(key), "green" if key else "grey"))
        return Markup(self.field.html(key))  # noqa: S704 - safe by contract

    def word(self, key: Any) -> str:
        """A part in a URL."""
        return EMPTY if key is None else self.field.form_value(key)

    def key(self, word: str) -> Any:
        """The part that a URL names. Raises BadListing."""
        if word == EMPTY:
            return None
        found = self._read(word)
        if found is None:
            raise BadListing(_("This list has no part “%(word)s”.", word=word[:60]))
        return found

    def _read(self, word: str) -> Any:
        if isinstance(self.field, YesNo):
            return {"1": True, "0": False}.get(word)
        if self.field.options:
            return next((option.value for option in self.field.options if option.value == word), None)
        return int(word) if word.isascii() and word.isdecimal() and len(word) < 19 else None

    def part(self, key: Any, after: str = "") -> Listing:
        """The list of one part, from the cursor `after` on."""
        condition = self.condition(key)
        limit = condition if self.listing.limit is None else and_(self.listing.limit, condition)
        return replace(self.listing, limit=limit, after=after)

    def filters(self, key: Any) -> dict[str, tuple[str, ...]]:
        """{operator: values} of a filter on the field that picks a part."""
        if key is None:
            return {"empty": ("1",)}
        return {"in" if "in" in self.field.operators else "eq": (self.word(key),)}

    def table(self, key: Any) -> str:
        """The address of one part as a plain table; "" where the list's own conditions leave no room for another."""
        return table(self.listing, self.field, self.filters(key))

    # --- which parts there are --------------------------------------------------------------------------------------

    def keys(self, most: int, after: str = "") -> tuple[list[Any], bool]:
        """(the first `most` parts that have records, in order, whether there are more). `after` names the last seen."""
        found = list(self._filled(most + 1, after))
        return found[:most], len(found) > most

    def _filled(self, most: int, after: str) -> Sequence[Any]:
        if after == EMPTY:
            return []
        known = self.known()
        if known is None:
            found = self._leap(most, self.key(after) if after else None)
        else:
            begin = known.index(self.key(after)) + 1 if after else 0
            found = []
            for key in known[begin:]:
                if len(found) < most and self.has(key):
                    found.append(key)
        return [*found, None] if len(found) < most and self.has(None) else found

    def known(self) -> list[Any] | None:
        """Every value the field may have, in order; None where only the records tell."""
        if isinstance(self.field, YesNo):
            return [True, False]
        return [option.value for option in self.field.options] if self.field.options else None

    def has(self, key: Any) -> bool:
        """Whether a part has records."""
        wanted = select(self.listing.entity.model.id).where(self.where, self.condition(key))
        return db.session.execute(wanted.limit(1)).first() is not None

    def _leap(self, most: int, last: Any) -> list[Any]:
        found: list[Any] = []
        while len(found) < most:
            bounds = [] if last is None else [self.column > self.field.bind(last)]
            last = self._first(bounds, self.column)
            if last is None:
                break
            found.append(last)
        return found

    def _first(self, bounds: Sequence[ColumnElement[bool]], order: ColumnElement[Any]) -> Any:
        wanted = select(self.column).where(self.where, self.column.is_not(None), *bounds)
        return self.field.from_row(db.session.scalar(wanted.order_by(order).limit(1)))

    def expression(self, keys: Sequence[Any]) -> ColumnElement[Any]:
        """For a query's rows the place of their part in `keys`; -1 for others."""
        return case(*((self.condition(key), place) for place, key in enumerate(keys)), else_=-1)


class Months(Division):
    """By the month of a date, the latest first. A key is the first day of a month on the company's calendar."""

    field: Date

    def condition(self, key: date | None) -> ColumnElement[bool]:
        if key is None:
            return super().condition(None)
        return self.field.within(self.column, key, plus_months(key, 1))

    def label(self, key: date | None) -> str:
        return super().label(None) if key is None else str(format_skeleton("yMMM", key, locale=get_locale()))

    def heading(self, key: date | None) -> Markup:
        return escape(self.label(key))

    def word(self, key: date | None) -> str:
        return EMPTY if key is None else f"{key:%Y-%m}"

    def _read(self, word: str) -> date | None:
        return month(word)

    def filters(self, key: date | None) -> dict[str, tuple[str, ...]]:
        if key is None:
            return super().filters(None)
        return {"between": (key.isoformat(), (plus_months(key, 1) - timedelta(days=1)).isoformat())}

    def _leap(self, most: int, last: date | None) -> list[date]:
        found: list[date] = []
        while len(found) < most:
            bounds = [] if last is None else [self.column < self.field.bind(self.field.start(last))]
            value = self._first(bounds, self.column.desc())
            if value is None:
                break
            last = (i18n.local(value).date() if isinstance(value, datetime) else value).replace(day=1)
            found.append(last)
        return found


def month(word: str) -> date | None:
    """The first day of a month written 2026-11; None for anything else."""
    year, dash, number = word.partition("-")
    if not (dash and len(year) == 4 and len(number) == 2 and word.isascii() and (year + number).isdecimal()):
        return None
    return date(int(year), int(number), 1) if int(year) in YEARS and 1 <= int(number) <= 12 else None


def table(listing: Listing, field: Field, filters: dict[str, tuple[str, ...]]) -> str:
    """The address of the list as a plain table with further filters on one field; "" where there is no room for them.

    A condition beside one on the same field stands in a group of its own, so that both hold.
    """
    mine = {f"f.{field.key}.{op}": values for op, values in filters.items()}
    held = {each.name for each in listing.filters}
    if listing.match == ALL and held & mine.keys():
        mine = {ALONE + name.removeprefix("f"): values for name, values in mine.items()}
    joined = listing
    if listing.match != ALL and listing.filters:
        if any(each.group for each in listing.filters):
            return ""
        # What any one of was enough for becomes one group, beside which the further condition holds.
        joined = replace(listing, match=ALL, filters=[replace(each, group=1) for each in listing.filters])
    if any(name in {each.name for each in joined.filters} for name in mine):
        return ""
    return f"{listing.path}?{url_encode(joined.parameters(kind=None, by=None, on=None, **mine))}"


def offered(entity: Entity, user: User) -> list[Field]:
    """The fields a table can be grouped by, as far as `user` may read them."""
    return [f for f in access.readable_fields(entity, user) if f.groupable or isinstance(f, Date)]


def columns_offered(entity: Entity, user: User) -> list[Field]:
    """The fields whose values can be the columns of a kanban, as far as `user` may read them; choices first."""
    found = [f for f in access.readable_fields(entity, user) if has_few_values(f)]
    return sorted(found, key=lambda f: (not isinstance(f, Choice), f.readonly))


def has_few_values(field: Field) -> bool:
    """Whether a field has one of a few values: those of a list, yes or no, people, departments."""
    return field.groupable and not isinstance(field, MultiChoice) and field.widget != "reference"


def divide(listing: Listing) -> Division:
    """The list divided as its URL asks. Raises BadListing for a field that divides nothing."""
    field = listing.by
    if field is None or field not in offered(listing.entity, listing.user):
        raise BadListing(_("This list cannot be grouped by “%(key)s”.", key=field.key if field else ""))
    return Months(listing, field) if isinstance(field, Date) else Division(listing, field)
