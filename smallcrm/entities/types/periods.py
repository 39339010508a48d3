"""Spans of days and single days that are counted from today: this week, the last 30 days, 7 days ago."""

import re
from calendar import monthrange
from datetime import date, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext as _n

from ...core import settings
from ..field import FieldError

# In the order a person chooses from; "last_N_days" and "next_N_days" with any number are understood as well.
PERIODS = {
    "today": _l("today"),
    "yesterday": _l("yesterday"),
    "tomorrow": _l("tomorrow"),
    "this_week": _l("this week"),
    "last_week": _l("last week"),
    "next_week": _l("next week"),
    "this_month": _l("this month"),
    "last_month": _l("last month"),
    "next_month": _l("next month"),
    "last_7_days": _l("the last 7 days"),
    "last_30_days": _l("the last 30 days"),
    "last_90_days": _l("the last 90 days"),
    "next_7_days": _l("the next 7 days"),
    "next_30_days": _l("the next 30 days"),
    "this_quarter": _l("this quarter"),
    "last_quarter": _l("last quarter"),
    "next_quarter": _l("next quarter"),
    "this_year": _l("this year"),
    "last_year": _l("last year"),
    "next_year": _l("next year"),
    "this_fiscal_year": _l("this fiscal year"),
    "last_fiscal_year": _l("last fiscal year"),
    "past": _l("the past"),
    "future": _l("the future"),
}
DAYS = re.compile(r"(last|next)_([1-9][0-9]{0,3})_days\Z")
COUNTED = re.compile(r"([+-])([0-9]{1,4})([dwmy])\Z")
FISCAL = "fiscal_year_month"
Span = tuple[date | None, date | None]


def fiscal_month() -> int:
    """The month (1–12) in which the company's fiscal year begins."""
    return int(settings.get(FISCAL, 1))


def period(name: str, today: date) -> Span:
    """[first day, day after the last) of a named period; None where open. Raises FieldError for an unknown name."""
    if found := DAYS.match(name):
        days = timedelta(days=int(found[2]))
        tomorrow = today + timedelta(days=1)
        return (tomorrow - days, tomorrow) if found[1] == "last" else (today, today + days)
    word, _underscore, unit = name.partition("_")
    if unit in STARTS and word in NEIGHBOURS:
        start = STARTS[unit](today)
        step = NEIGHBOURS[word]
        months = MONTHS.get(unit)
        if months is None:
            return start + timedelta(weeks=step), start + timedelta(weeks=step + 1)
        return plus_months(start, step * months), plus_months(start, (step + 1) * months)
    day = timedelta(days=1)
    spans: dict[str, Span] = {
        "today": (today, today + day),
        "yesterday": (today - day, today),
        "tomorrow": (today + day, today + 2 * day),
        "past": (None, today),
        "future": (today + day, None),
    }
    if name not in spans:
        raise FieldError(_("“%(name)s” is not a period.", name=name[:40]))
    return spans[name]


def period_words(name: str) -> str:
    """A period as a person reads it; the name itself for an unknown one."""
    if name in PERIODS:
        return str(PERIODS[name])
    if found := DAYS.match(name):
        count = int(found[2])
        if found[1] == "last":
            return _n("the last %(num)s day", "the last %(num)s days", count)
        return _n("the next %(num)s day", "the next %(num)s days", count)
    return name


NEIGHBOURS = {"last": -1, "this": 0, "next": 1}
MONTHS = {"month": 1, "quarter": 3, "year": 12, "fiscal_year": 12}
STARTS = {
    "week": lambda today: today - timedelta(days=today.weekday()),
    "month": lambda today: today.replace(day=1),
    "quarter": lambda today: today.replace(month=today.month - (today.month - 1) % 3, day=1),
    "year": lambda today: today.replace(month=1, day=1),
    "fiscal_year": lambda today: plus_months(today.replace(day=1), -((today.month - fiscal_month()) % 12)),
}


def plus_months(day: date, months: int) -> date:
    """The same day `months` later, or the last of its month. Raises OverflowError beyond the calendar."""
    whole = day.year * 12 + day.month - 1 + months
    year, month = divmod(whole, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(months)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def counted_day(text: str, today: date) -> date | None:
    """The day that "today", "-7d", "+2w", "-1m" or "+1y" means; None for any other text."""
    if text == "today":
        return today
    found = COUNTED.match(text)
    if found is None:
        return None
    count = int(found[1] + found[2])
    try:
        match found[3]:
            case "d":
                return today + timedelta(days=count)
            case "w":
                return today + timedelta(weeks=count)
            case "m":
                return plus_months(today, count)
        return plus_months(today, 12 * count)
    except OverflowError:
        raise FieldError(_("The year must be between 1900 and 2200.")) from None


def counted_words(text: str) -> str | None:
    """A day that is counted from today as a person reads it; None for any other text."""
    if text == "today":
        return str(PERIODS["today"])
    found = COUNTED.match(text)
    if found is None:
        return None
    count, unit = int(found[2]), found[3]
    return _ago(count, unit) if found[1] == "-" else _ahead(count, unit)


def _ago(count: int, unit: str) -> str:
    match unit:
        case "d":
            return _n("%(num)s day ago", "%(num)s days ago", count)
        case "w":
            return _n("%(num)s week ago", "%(num)s weeks ago", count)
        case "m":
            return _n("%(num)s month ago", "%(num)s months ago", count)
    return _n("%(num)s year ago", "%(num)s years ago", count)


def _ahead(count: int, unit: str) -> str:
    match unit:
        case "d":
            return _n("in %(num)s day", "in %(num)s days", count)
        case "w":
            return _n("in %(num)s week", "in %(num)s weeks", count)
        case "m":
            return _n("in %(num)s month", "in %(num)s months", count)
    return _n("in %(num)s year", "in %(num)s years", count)
