"""Which days a period has, and with which it is compared."""

from datetime import UTC, date, datetime, timedelta

import pytest

from smallcrm.core import clock
from smallcrm.records.listing import BadListing
from smallcrm.reports import periods

# A Sunday in Shanghai.
NOW = datetime(2026, 3, 29, 4, tzinfo=UTC)


@pytest.fixture
def sunday(app):
    """It is noon of 29 March 2026."""
    with clock.shifted(NOW - datetime.now(UTC) + timedelta(seconds=1)):
        yield


@pytest.mark.parametrize(
    ("name", "days", "before"),
    [
        ("today", ("2026-03-29", "2026-03-29"), ("2026-03-28", "2026-03-28")),
        ("this_week", ("2026-03-23", "2026-03-29"), ("2026-03-16", "2026-03-22")),
        # February has no 29th day this year.
        ("this_month", ("2026-03-01", "2026-03-29"), ("2026-02-01", "2026-02-28")),
        ("last_month", ("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-01-31")),
        ("this_quarter", ("2026-01-01", "2026-03-29"), ("2025-10-01", "2025-12-29")),
        ("this_year", ("2026-01-01", "2026-03-29"), ("2025-01-01", "2025-03-29")),
        ("last_30_days", ("2026-02-28", "2026-03-29"), ("2026-01-29", "2026-02-27")),
    ],
)
def test_a_running_period_ends_today_and_is_compared_with_the_same_days(sunday, name, days, before):
    period = periods.asked({"period": name})
    previous = period.previous()
    assert (period.first.isoformat(), period.last.isoformat()) == days
    assert (previous.first.isoformat(), previous.last.isoformat()) == before


def test_chosen_days_are_compared_with_as_many_before(app):
    period = periods.asked({"period": "custom", "from": "2026-03-10", "to": "2026-03-12"})
    assert period.previous() == periods.Period("custom", date(2026, 3, 7), date(2026, 3, 9))
    assert period.parameters() == {"period": "custom", "from": "2026-03-10", "to": "2026-03-12"}
    assert period.filters("created_at") == {"f.created_at.gte": "2026-03-10", "f.created_at.lte": "2026-03-12"}


def test_one_day_is_asked_for_as_one_day(app):
    period = periods.asked({"period": "custom", "from": "2026-03-10", "to": "2026-03-10"})
    assert period.filters("created_at") == {"f.created_at.eq": "2026-03-10"}


def test_a_month_is_the_usual_period(sunday):
    assert periods.asked({}).name == "this_month"
    assert periods.asked({}).parameters() == {}


@pytest.mark.parametrize(
    "arguments", [{"period": "x"}, {"period": "custom"}, {"period": "custom", "from": "2026-13-01"}]
)
def test_what_is_no_period_is_refused(app, arguments):
    with pytest.raises(BadListing):
        periods.asked(arguments)
