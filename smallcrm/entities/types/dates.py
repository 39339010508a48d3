"""Dates and moments, as people write them in China and as Excel keeps them."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, and_
from sqlalchemy import Date as SqlDate

from ...core import clock, i18n
from ...core.db import UtcDateTime
from ..field import Field, FieldError, Formatter, plain_text

FULL = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?(?:[T\s]*"
    r"(?P<half>上午|下午|晚上|AM|PM)?\s*(?P<H>\d{1,2})[::时点](?P<M>\d{1,2})?分?(?:[::](?P<S>\d{1,2})(?:\.\d+)?秒?)?"
    r"\s*(?P<half2>AM|PM)?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?\Z",
    re.IGNORECASE,
)
COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})\Z")
EXCEL_EPOCH = date(1899, 12, 30)


def parse_moment(raw: Any) -> tuple[date, time | None, Any] | None:
    """(day, time of day or None, UTC offset or None) of what was typed or came from a cell; None when empty.

    Raises FieldError when it is no date. Serial numbers of Excel (1900 system) between 1954 and 2119 are understood.
    """
    if isinstance(raw, datetime):
        return raw.date(), raw.time().replace(microsecond=0), raw.tzinfo
    if isinstance(raw, date):
        return raw, None, None
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and 20_000 <= raw < 80_000:
        day = EXCEL_EPOCH + timedelta(days=int(raw))
        seconds = round((raw - int(raw)) * 86_400)
        return day, (datetime.min + timedelta(seconds=seconds)).time() if seconds else None, None
    text = unicodedata.normalize("NFKC", plain_text(raw))
    if not text:
        return None
    match = FULL.match(text) or COMPACT.match(text)
    if match is None:
        raise FieldError(_("“%(text)s” is not a date. Enter one such as 2026-11-22.", text=text[:40]))
    found = match.groupdict()
    try:
        day = date(int(found["y"]), int(found["m"]), int(found["d"]))
        return day, _time_of(found), found.get("zone")
    except ValueError:
        raise FieldError(_("There is no such day: %(text)s.", text=text[:40])) from None


def _time_of(found: dict[str, Any]) -> time | None:
    if found.get("H") is None:
        return None
    hour = int(found["H"])
    half = (found.get("half") or found.get("half2") or "").upper()
    if half in ("下午", "晚上", "PM") and hour < 12:
        hour += 12
    if half == "AM" and hour == 12:
        hour = 0
    return time(hour, int(found.get("M") or 0), int(found.get("S") or 0))


PERIODS = {
    "today": _l("today"),
    "yesterday": _l("yesterday"),
    "tomorrow": _l("tomorrow"),
    "this_week": _l("this week"),
    "last_week": _l("last week"),
    "next_week": _l("next week"),
    "this_month": _l("this month"),
    "last_month": _l("last month"),
    "next_7_days": _l("the next 7 days"),
    "last_7_days": _l("the last 7 days"),
    "last_30_days": _l("the last 30 days"),
    "last_90_days": _l("the last 90 days"),
    "this_year": _l("this year"),
    "past": _l("the past"),
    "future": _l("the future"),
}


def period(name: str, today: date) -> tuple[date | None, date | None]:
    """[first day, day after the last) of a named period; None where open. Raises FieldError for an unknown name."""
    day = timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    next_month = (first + timedelta(days=32)).replace(day=1)
    spans: dict[str, tuple[date | None, date | None]] = {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "tomorrow": (today + day, today + 2 * day),
        "this_week": (monday, monday + 7 * day),
        "last_week": (monday - 7 * day, monday),
        "next_week": (monday + 7 * day, monday + 14 * day),
        "this_month": (first, next_month),
        "last_month": ((first - day).replace(day=1), first),
        "next_7_days": (today, today + 7 * day),
        "last_7_days": (today - 6 * day, today + day),
        "last_30_days": (today - 29 * day, today + day),
        "last_90_days": (today - 89 * day, today + day),
        "this_year": (today.replace(month=1, day=1), date(today.year + 1, 1, 1)),
        "past": (None, today),
        "future": (today + day, None),
    }
    if name not in spans:
        raise FieldError(_("“%(name)s” is not a period.", name=name[:40]))
    return spans[name]


class Date(Field):
    type = "date"
    type_label = _l("Date")
    icon = "calendar"
    widget = "date"
    operators = ("period", "eq", "gte", "lte", "empty", "filled")

    def sql_type(self) -> Any:
        return SqlDate()

    def dump(self, value: date) -> str:
        return value.isoformat()

    def load(self, stored: str) -> date:
        return date.fromisoformat(stored)

    def parse(self, raw: Any) -> date | None:
        found = parse_moment(raw)
        return found[0] if found else None

    def check(self, value: date) -> None:
        if not 1900 <= value.year <= 2200:
            raise FieldError(_("The year must be between 1900 and 2200."))

    def text(self, value: date | None) -> str:
        return value.isoformat() if value else ""

    def html(self, value: date | None) -> str:
        if value is None:
            return Markup("")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(value, value, i18n.day_words(value))

    def formatter(self, values: Sequence[Any]) -> Formatter:
        today = i18n.today()
        year = today.year

        def words(value: date | None) -> str:
            if value is None:
                return ""
            if abs((value - today).days) <= 2:
                return Markup('<time title="{}">{}</time>').format(value, i18n.day_words(value))
            return value.strftime("%m-%d") if value.year == year else value.isoformat()

        return words

    def cell(self, value: date | None) -> Any:
        return value

    def operand(self, op: str, raw: str) -> Any:
        if op == "period":
            return period(raw, i18n.today())
        return super().operand(op, raw)

    def compare(self, column: ColumnElement[Any], op: str, values: Sequence[Any]) -> ColumnElement[bool]:
        if op == "period":
            low, high = values[0]
            return self.within(column, low, high)
        return super().compare(column, op, values)

    def within(self, column: ColumnElement[Any], low: date | None, high: date | None) -> ColumnElement[bool]:
        bounds = []
        if low is not None:
            bounds.append(column >= self.bind(self.start(low)))
        if high is not None:
            bounds.append(column < self.bind(self.start(high)))
        return and_(column.is_not(None), *bounds)

    def start(self, day: date) -> Any:
        """The first value that belongs to `day`."""
        return day

    def filter_words(self, op: str, raws: Sequence[str]) -> str:
        if op == "period" and raws and raws[0] in PERIODS:
            return str(PERIODS[raws[0]])
        return super().filter_words(op, raws)


class Moment(Date):
    """Date and time: aware, in UTC inside; typed and shown on the company's wall clock."""

    type = "datetime"
    type_label = _l("Date and time")
    icon = "clock"
    widget = "datetime"

    def sql_type(self) -> Any:
        return UtcDateTime()

    def dump(self, value: datetime) -> str:
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

    def load(self, stored: str) -> datetime:
        return datetime.fromisoformat(stored).replace(tzinfo=UTC)

    def api(self, value: datetime | None) -> str | None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None

    def parse(self, raw: Any) -> datetime | None:
        found = parse_moment(raw)
        if found is None:
            return None
        day, at, offset = found
        if isinstance(offset, str):
            return datetime.fromisoformat(f"{day}T{at}{'+00:00' if offset.upper() == 'Z' else offset}").astimezone(UTC)
        zone = offset or i18n.zone()
        # A day without an hour means that day's first moment; lists then show the day alone.
        return datetime.combine(day, at or time(0), tzinfo=zone).astimezone(UTC)

    def text(self, value: datetime | None) -> str:
        if value is None:
            return ""
        there = i18n.local(value)
        return (
            f"{there:%Y-%m-%d}" if (there.hour, there.minute, there.second) == (0, 0, 0) else f"{there:%Y-%m-%d %H:%M}"
        )

    def html(self, value: datetime | None) -> str:
        if value is None:
            return Markup("")
        if self.settings.get("due"):
            words, tone = i18n.due_words(value)
            return Markup('<time class="s-date tone-{}" title="{}">{}</time>').format(tone, self.text(value), words)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            value.isoformat(), self.text(value), i18n.moment_words(value)
        )

    def formatter(self, values: Sequence[Any]) -> Formatter:
        if self.settings.get("due"):
            return lambda value: self.html(value) if value else ""
        zone, today = i18n.zone(), i18n.today()
        near = {today: i18n.day_words(today), today - timedelta(days=1): i18n.day_words(today - timedelta(days=1))}

        def words(value: datetime | None) -> str:
            if value is None:
                return ""
            there = value.astimezone(zone)
            day = near.get(there.date())
            if day:
                return escape(f"{day} {there:%H:%M}")
            return f"{there:%m-%d %H:%M}" if there.year == today.year else f"{there:%Y-%m-%d}"

        return words

    def cell(self, value: datetime | None) -> Any:
        return i18n.local(value).replace(tzinfo=None) if value else None

    def form_value(self, value: datetime | None) -> str:
        return f"{i18n.local(value):%Y-%m-%dT%H:%M}" if value else ""

    def operand(self, op: str, raw: str) -> Any:
        if op in ("eq", "gte", "lte") and (found := parse_moment(raw)):
            return found[0] if found[1] is None else self.parse(raw)
        return super().operand(op, raw)

    def compare(self, column: ColumnElement[Any], op: str, values: Sequence[Any]) -> ColumnElement[bool]:
        value = values[0]
        if op in ("eq", "gte", "lte") and not isinstance(value, datetime):
            next_day = value + timedelta(days=1)
            low, high = {"eq": (value, next_day), "gte": (value, None), "lte": (None, next_day)}[op]
            return self.within(column, low, high)
        return super().compare(column, op, values)

    def start(self, day: date) -> datetime:
        return clock.start_of_day(day, i18n.zone())

    def filter_words(self, op: str, raws: Sequence[str]) -> str:
        if op in ("eq", "gte", "lte"):
            return ", ".join(raws)
        return super().filter_words(op, raws)
