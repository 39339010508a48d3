"""Dates and moments, as people write them in China and as Excel keeps them."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, and_
from sqlalchemy import Date as SqlDate

from ...core import clock, i18n
from ...core.db import UtcDateTime
from ..field import Field, FieldError, Formatter, plain_text
from ..field_settings import REMIND
from .periods import counted_day, counted_words, period, period_words

DAY = r"(?P<y>[0-9]{4})[-/.年]\s*(?P<m>[0-9]{1,2})[-/.月]\s*(?P<d>[0-9]{1,2})[日号]?"
# Without a year no dot: 12.5 is a number that got into the wrong column.
THIS_YEAR = r"(?P<m>[0-9]{1,2})[-/月]\s*(?P<d>[0-9]{1,2})[日号]?"
WEEKDAY = r"(?:\s*\(?(?:星期|周|礼拜)[一二三四五六日天]\)?)?"
HALVES = "凌晨|早上|上午|中午|下午|傍晚|晚上|AM|PM"
CLOCK = (
    rf"(?:[T\s]*(?P<half>{HALVES})?\s*(?P<H>[0-9]{{1,2}})[:时点](?P<M>[0-9]{{1,2}}|半)?分?"
    rf"(?::?(?P<S>[0-9]{{1,2}})(?:\.[0-9]+)?秒?)?\s*(?P<half2>AM|PM)?(?P<zone>Z|[+-][0-9]{{2}}:?[0-9]{{2}})?)?\Z"
)
FULL = re.compile(DAY + WEEKDAY + CLOCK, re.IGNORECASE)
SHORT = re.compile(THIS_YEAR + WEEKDAY + CLOCK, re.IGNORECASE)
NEAR = re.compile(r"(?P<word>今天|今日|明天|明日|后天|昨天|昨日|today|tomorrow|yesterday)" + CLOCK, re.IGNORECASE)
COMPACT = re.compile(r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})\Z")
WORDS = {"今": 0, "明": 1, "后": 2, "昨": -1, "today": 0, "tomorrow": 1, "yesterday": -1}
EXCEL_EPOCH = date(1899, 12, 30)
YEARS = range(1900, 2201)


def parse_moment(raw: Any) -> tuple[date, time | None, Any] | None:
    """(day, time of day or None, UTC offset or None) of what was typed or came from a cell; None when empty.

    Raises FieldError when it is no date. Serial numbers of Excel (1900 system) between 1954 and 2119 are understood.
    """
    if isinstance(raw, datetime):
        return _possible(raw.date()), raw.time().replace(microsecond=0), raw.tzinfo
    if isinstance(raw, date):
        return _possible(raw), None, None
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and 20_000 <= raw < 80_000:
        return _serial(raw)
    text = unicodedata.normalize("NFKC", plain_text(raw))
    if not text:
        return None
    match = next(filter(None, (form.match(text) for form in (FULL, SHORT, COMPACT, NEAR))), None)
    if match is None:
        raise FieldError(_("“%(text)s” is not a date. Enter one such as 2026-11-22.", text=text[:40]))
    found = match.groupdict()
    try:
        return _day_of(found), _time_of(found), _offset_of(found.get("zone"))
    except ValueError:
        raise FieldError(_("There is no such day: %(text)s.", text=text[:40])) from None


def _serial(number: float) -> tuple[date, time | None, None]:
    seconds = round(number * 86_400)
    moment = datetime.combine(EXCEL_EPOCH, time(0)) + timedelta(seconds=seconds)
    return moment.date(), moment.time() if seconds % 86_400 else None, None


def _day_of(found: dict[str, Any]) -> date:
    if word := (found.get("word") or "").casefold():
        return i18n.today() + timedelta(days=WORDS.get(word, WORDS.get(word[0], 0)))
    # A day without a year is one of this year.
    return _possible(date(int(found.get("y") or i18n.today().year), int(found["m"]), int(found["d"])))


def _possible(day: date) -> date:
    if day.year not in YEARS:
        raise FieldError(_("The year must be between 1900 and 2200."))
    return day


def _time_of(found: dict[str, Any]) -> time | None:
    if found.get("H") is None:
        return None
    hour = int(found["H"])
    half = (found.get("half") or found.get("half2") or "").upper()
    if half in ("下午", "傍晚", "晚上", "PM") and hour < 12:
        hour += 12
    if half == "中午" and hour < 3:
        hour += 12
    if half in ("凌晨", "AM") and hour == 12:
        hour = 0
    minute = 30 if found.get("M") == "半" else int(found.get("M") or 0)
    return time(hour, minute, int(found.get("S") or 0))


def _offset_of(zone: str | None) -> timezone | None:
    if not zone:
        return None
    if zone.upper() == "Z":
        return UTC
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return timezone(-offset if zone[0] == "-" else offset)


# The stored form of a default that is the day or moment of creation.
NOW = "now"


class Date(Field):
    type = "date"
    type_label = _l("Date")
    icon = "calendar"
    widget = "date"
    chosen_from = True
    public = True
    operators = ("period", "eq", "lt", "gt", "gte", "lte", "between", "empty", "filled")
    offers = (REMIND,)

    def sql_type(self) -> Any:
        return SqlDate()

    def stated_default(self, stored: Any) -> Any:
        return self.this_moment if stored == NOW else super().stated_default(stored)

    def read_default(self, raw: Any) -> Any:
        return NOW if plain_text(raw) == NOW else super().read_default(raw)

    def default_text(self) -> Any:
        return NOW if callable(self.default) else super().default_text()

    def this_moment(self) -> Any:
        """The value of "now" for a default."""
        return i18n.today()

    def dump(self, value: date) -> str:
        return value.isoformat()

    def load(self, stored: str) -> date:
        return date.fromisoformat(stored)

    def parse(self, raw: Any) -> date | None:
        found = parse_moment(raw)
        return found[0] if found else None

    def check(self, value: date) -> None:
        _possible(value)

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
        """Also days counted from today: today, -7d, +2w, -1m."""
        if op == "period":
            return period(raw, i18n.today())
        counted = counted_day(raw, i18n.today())
        return self.day(raw) if counted is None else _possible(counted)

    def day(self, raw: str) -> Any:
        """One day or moment to compare with, as typed."""
        return super().operand("eq", raw)

    def compare(self, column: ColumnElement[Any], op: str, values: Sequence[Any]) -> ColumnElement[bool]:
        """Days are compared as whole days: "later than the 3rd" begins with the 4th, of a moment too."""
        if op == "period":
            return self.within(column, *values[0])
        if any(isinstance(value, datetime) for value in values):
            return super().compare(column, op, values)
        first, last = values[0], values[-1]
        after = timedelta(days=1)
        low, high = {
            "eq": (first, first + after),
            "lt": (None, first),
            "lte": (None, first + after),
            "gt": (first + after, None),
            "gte": (first, None),
            "between": (min(first, last), max(first, last) + after),
        }[op]
        return self.within(column, low, high)

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
        if op == "period":
            return _(", ").join(period_words(raw) for raw in raws)
        return super().filter_words(op, raws)

    def operand_words(self, op: str, raw: str) -> str:
        return counted_words(raw) or super().operand_words(op, raw)


class Moment(Date):
    """Date and time: aware, in UTC inside; typed and shown on the company's wall clock."""

    type = "datetime"
    type_label = _l("Date and time")
    icon = "clock"
    widget = "datetime"

    def sql_type(self) -> Any:
        return UtcDateTime()

    def this_moment(self) -> datetime:
        return clock.now()

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
        return self._due(value, i18n.WallClock()) if self.settings.get("due") else self.settled_html(value)

    def settled_html(self, value: datetime | None) -> str:
        """The moment as it is read once nothing is due any more."""
        if value is None:
            return Markup("")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            value.isoformat(), self.text(value), i18n.moment_words(value)
        )

    def _due(self, value: datetime, wall: i18n.WallClock) -> Markup:
        words, tone = wall.due(value)
        return Markup(  # noqa: S704 - a word of ours, digits, and a sentence that is escaped
            f'<time class="s-date tone-{tone}" title="{self.text(value)}">{escape(words)}</time>'
        )

    def html_of(self, record: Any) -> str:
        settled = self.entity.get(self.settings.get("remind_unless", ""))
        value = self.get(record)
        if settled is not None and settled.get(record) is not None:
            return self.settled_html(value)
        return self.html(value)

    def formatter(self, values: Sequence[Any]) -> Formatter:
        wall = i18n.WallClock()
        if self.settings.get("due"):
            return lambda value: self._due(value, wall) if value else ""
        zone, today = wall.zone, wall.today
        near = {day: wall.day(day) for day in (today, today - timedelta(days=1))}

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

    def day(self, raw: str) -> Any:
        found = parse_moment(raw)
        # A day without an hour stays a day: all of its hours are meant.
        return found[0] if found and found[1] is None else super().day(raw)

    def start(self, day: date) -> datetime:
        return clock.start_of_day(day, i18n.zone())

    def operand_words(self, op: str, raw: str) -> str:
        return counted_words(raw) or raw.replace("T", " ")
