"""The one place that asks what time it is, so that tests can move time inside the process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_offset = timedelta(0)


def now() -> datetime:
    """The current moment, aware, in UTC, to the millisecond (what the database keeps)."""
    moment = datetime.now(UTC) + _offset
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def today(zone: ZoneInfo) -> date:
    """The calendar day in `zone`."""
    return now().astimezone(zone).date()


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of `day` in `zone`, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Move this process's idea of now by `by`; for tests, which never set the machine's clock."""
    global _offset
    before = _offset
    _offset = before + by
    try:
        yield
    finally:
        _offset = before
