"""Spans of days counted from today, and single days."""

from datetime import date

import pytest

from smallcrm.entities import FieldError
from smallcrm.entities.types.periods import PERIODS, counted_day, counted_words, period, period_words, plus_months

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("name", "first", "end"),
    [
        ("today", date(2026, 11, 22), date(2026, 11, 23)),
        ("yesterday", date(2026, 11, 21), date(2026, 11, 22)),
        ("this_week", date(2026, 11, 16), date(2026, 11, 23)),
        ("last_week", date(2026, 11, 9), date(2026, 11, 16)),
        ("next_week", date(2026, 11, 23), date(2026, 11, 30)),
        ("this_month", date(2026, 11, 1), date(2026, 12, 1)),
        ("next_month", date(2026, 12, 1), date(2027, 1, 1)),
        ("this_quarter", date(2026, 10, 1), date(2027, 1, 1)),
        ("last_quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("this_year", date(2026, 1, 1), date(2027, 1, 1)),
        ("last_30_days", date(2026, 10, 24), date(2026, 11, 23)),
        ("next_7_days", date(2026, 11, 22), date(2026, 11, 29)),
        ("past", None, date(2026, 11, 22)),
        ("future", date(2026, 11, 23), None),
    ],
)
def test_a_period_is_from_its_first_day_to_the_day_after_its_last(app, name, first, end):
    assert period(name, TODAY) == (first, end)


def test_every_offered_period_has_a_span_and_words(app):
    for name in PERIODS:
        period(name, TODAY)
        assert period_words(name)
    with app.test_request_context():
        assert period_words("last_45_days") == "最近 45 天"


@pytest.mark.parametrize("name", ["", "week", "this_", "last_0_days", "last_99999_days", "this_century", "today_week"])
def test_what_is_no_period_is_said(app, name):
    with pytest.raises(FieldError):
        period(name, TODAY)


def test_single_days_are_counted_from_today(app):
    assert counted_day("today", TODAY) == TODAY
    assert counted_day("-7d", TODAY) == date(2026, 11, 15)
    assert counted_day("+2w", TODAY) == date(2026, 12, 6)
    assert counted_day("-1m", date(2026, 3, 31)) == date(2026, 2, 28)
    assert counted_day("+1y", date(2024, 2, 29)) == date(2025, 2, 28)
    assert counted_day("2026-11-22", TODAY) is None
    with pytest.raises(FieldError):
        counted_day("+9999y", TODAY)
    with app.test_request_context():
        assert (counted_words("-7d"), counted_words("+2w")) == ("7 天前", "2 周后")


def test_months_are_counted_to_the_last_day_there_is():
    assert plus_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert plus_months(date(2026, 1, 31), -2) == date(2025, 11, 30)
    with pytest.raises(OverflowError):
        plus_months(date(9999, 12, 1), 1)
