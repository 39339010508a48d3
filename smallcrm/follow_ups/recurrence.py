"""When a repeating task is due next."""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
SATURDAY = 5


def next_due(repeat: str, due: datetime, after: datetime, zone: ZoneInfo, day_of_month: int) -> datetime:
    """The first occurrence later than both `due` and `after`, at the same hour on the wall clock of `zone`.

    `repeat` is a value of models.REPEATS. `day_of_month` is the day that was meant: a task of the 31st comes on the
    last day of a shorter month and on the 31st again afterwards.
    """
    there = due.astimezone(zone)
    for day in _days(repeat, there.date(), day_of_month):
        found = datetime.combine(day, there.time(), tzinfo=zone).astimezone(UTC)
        if found > max(due, after):
            return found
    raise AssertionError("days never end")


def _days(repeat: str, day: date, day_of_month: int) -> Iterator[date]:
    """The days after `day`, strictly increasing, without end."""
    while True:
        match repeat:
            case "daily":
                day += ONE_DAY
            case "weekdays":
                day += ONE_DAY
                while day.weekday() >= SATURDAY:
                    day += ONE_DAY
            case "weekly":
                day += 7 * ONE_DAY
            case "monthly":
                day = _in_month(day.year + day.month // 12, day.month % 12 + 1, day_of_month)
            case "yearly":
                day = _in_month(day.year + 1, day.month, day_of_month)
            case _:
                raise ValueError(f"no such repetition: {repeat}")
        yield day


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
