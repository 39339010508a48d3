"""When a repeating task comes again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallcrm.follow_ups.models import REPEATS
from smallcrm.follow_ups.recurrence import next_due

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# China had summer time in 1986–1991; the others have gaps and overlaps every year.
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def following(repeat, text, times, day=None):
    due, found = at(text), []
    for _ in range(times):
        due = next_due(repeat, due, LONG_AGO, SHANGHAI, day or at(text).day)
        found.append(f"{due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    "repeat, first, then",
    [
        ("daily", "2026-11-22 09:00", ["2026-11-23 09:00", "2026-11-24 09:00"]),
        ("weekdays", "2026-11-19 09:00", ["2026-11-20 09:00", "2026-11-23 09:00"]),
        ("weekdays", "2026-11-21 09:00", ["2026-11-23 09:00"]),
        ("weekly", "2026-12-28 18:30", ["2027-01-04 18:30"]),
        ("monthly", "2026-01-31 10:00", ["2026-02-28 10:00", "2026-03-31 10:00", "2026-04-30 10:00"]),
        ("monthly", "2026-12-05 10:00", ["2027-01-05 10:00"]),
        (
            "yearly",
            "2024-02-29 10:00",
            ["2025-02-28 10:00", "2026-02-28 10:00", "2027-02-28 10:00", "2028-02-29 10:00"],
        ),
    ],
)
def test_the_next_times(repeat, first, then):
    assert following(repeat, first, len(then)) == then


def test_what_was_missed_is_not_made_up_for():
    now = at("2026-11-22 10:00")
    assert next_due("daily", at("2026-11-01 18:00"), now, SHANGHAI, 1) == at("2026-11-22 18:00")
    assert next_due("daily", at("2026-11-01 09:00"), now, SHANGHAI, 1) == at("2026-11-23 09:00")


@given(
    repeat=st.sampled_from([value for value, _label in REPEATS]),
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(1985, 1, 1), datetime(2035, 1, 1)),
)
def test_times_only_go_forward_and_keep_to_one_a_day(repeat, zone, start):
    due = start.replace(second=0, microsecond=0, tzinfo=zone).astimezone(UTC)
    day = due.astimezone(zone).day
    seen = []
    for _ in range(40):
        later = next_due(repeat, due, LONG_AGO, zone, day)
        assert later > due
        due = later
        seen.append(due.astimezone(zone).date())
    # A wall clock that skips an hour may show 03:30 for 02:30; the day stays.
    assert len(set(seen)) == len(seen)
    if repeat == "daily":
        assert all(b - a == timedelta(days=1) for a, b in zip(seen, seen[1:]))
