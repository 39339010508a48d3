"""The time a report is about: a span of whole days of the company, and the span it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core import i18n
from ..entities import FieldError
from ..entities.types.dates import parse_moment
from ..records.conditions import BadListing

DAY = timedelta(days=1)
USUAL = "this_month"
CUSTOM = "custom"
NAMES = {
    "today": _l("Today"),
    "this_week": _l("This week"),
    "this_month": _l("This month"),
    "last_month": _l("Last month"),
    "this_quarter": _l("This quarter"),
    "this_year": _l("This year"),
    "last_30_days": _l("Last 30 days"),
    CUSTOM: _l("Chosen days"),
}
# How far back the span lies that a running one is compared with, in months.
STEPS = {"this_month": 1, "last_month": 1, "this_quarter": 3, "this_year": 12}


@dataclass(frozen=True)
class Period:
    """Whole days, both included; a running week, month, quarter or year ends today."""

    name: str
    first: date
    last: date

    @property
    def label(self) -> str:
        """This month, or the days themselves."""
        return self.days if self.name == CUSTOM else str(NAMES[self.name])

    @property
    def days(self) -> str:
        """2026-11-01 – 2026-11-22."""
        return str(self.first) if self.first == self.last else f"{self.first} – {self.last}"

    def filters(self, key: str) -> dict[str, str]:
        """The filters of a list whose field `key` lies in the period."""
        if self.first == self.last:
            return {f"f.{key}.eq": self.first.isoformat()}
        return {f"f.{key}.gte": self.first.isoformat(), f"f.{key}.lte": self.last.isoformat()}

    def parameters(self) -> dict[str, str]:
        """The URL parameters that ask for this period."""
        if self.name == CUSTOM:
            return {"period": CUSTOM, "from": self.first.isoformat(), "to": self.last.isoformat()}
        return {} if self.name == USUAL else {"period": self.name}

    def previous(self) -> "Period":
        """The span before it: of a running month the same days of the month before, else as many days."""
        if self.name == "last_month":
            return Period(CUSTOM, back(self.first, 1), self.first - DAY)
        if months := STEPS.get(self.name):
            return Period(CUSTOM, back(self.first, months), back(self.last, months))
        length = timedelta(days=7) if self.name == "this_week" else self.last - self.first + DAY
        return Period(CUSTOM, self.first - length, self.last - length)


def back(day: date, months: int) -> date:
    """The same day `months` earlier, or the last one there is in that month."""
    month = day.year * 12 + day.month - 1 - months
    first = date(month // 12, month % 12 + 1, 1)
    return min(first + (day.day - 1) * DAY, next_month(first) - DAY)


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return (day.replace(day=1) + 32 * DAY).replace(day=1)


def named(name: str) -> Period:
    """The period called `name` as of today. Raises BadListing."""
    today = i18n.today()
    month = today.replace(day=1)
    spans = {
        "today": (today, today),
        "this_week": (today - today.weekday() * DAY, today),
        "this_month": (month, today),
        "last_month": (back(month, 1), month - DAY),
        "this_quarter": (month.replace(month=(month.month - 1) // 3 * 3 + 1), today),
        "this_year": (month.replace(month=1), today),
        "last_30_days": (today - 29 * DAY, today),
    }
    if name not in spans:
        raise BadListing(_("“%(name)s” is not a period.", name=name[:40]))
    return Period(name, *spans[name])


def asked(arguments: Mapping[str, str]) -> Period:
    """The period that the URL asks for; this month when it names none. Raises BadListing."""
    name = arguments.get("period", "") or USUAL
    if name != CUSTOM:
        return named(name)
    first, last = (_day(arguments.get(key, "")) for key in ("from", "to"))
    if first > last:
        raise BadListing(_("The first day must not be after the last one."))
    return Period(CUSTOM, first, last)


def _day(raw: str) -> date:
    try:
        found = parse_moment(raw)
    except FieldError as error:
        raise BadListing(str(error)) from None
    if found is None:
        raise BadListing(_("Enter the first and the last day."))
    return found[0]
