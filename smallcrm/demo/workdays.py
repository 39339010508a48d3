"""Working hours around today, in the company's time zone."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
# Most is written down in the middle of the morning and of the afternoon.
HOURS = (9, 9, 10, 10, 10, 11, 11, 13, 14, 14, 15, 15, 15, 16, 16, 17, 17, 18)
WEEKDAYS = "一二三四五六日"


def dice(seed: int) -> Random:
    """A source of chance that always falls the same way."""
    return Random(seed)  # noqa: S311 - nothing here is a secret


class Workdays:
    """Moments of work; days are counted from today (0), negative ones lie in the past."""

    def __init__(self, now: datetime, zone: ZoneInfo, rng: Random) -> None:
        self.now = now
        self.zone = zone
        self.rng = rng
        self.today = self.date(now)

    def day(self, offset: int) -> date:
        """The day `offset` days from today, moved off a weekend into the working week before it."""
        day = self.today + offset * DAY
        return day - max(0, day.weekday() - 4) * DAY

    def past(self, offset: int) -> datetime:
        """A moment in working hours of that day, never later than now."""
        rng = self.rng
        clock = time(rng.choice(HOURS), rng.randrange(60), rng.randrange(60))
        moment = datetime.combine(self.day(offset), clock, self.zone).astimezone(UTC)
        # No dice here: whether a moment is over depends on when one looks, and what is drawn later must not.
        return moment if moment < self.now else self.now - timedelta(minutes=5 + moment.minute)

    def due(self, offset: int) -> datetime:
        """An agreed time on exactly that day: full and half hours."""
        clock = time(self.rng.choice(HOURS[:-1]), self.rng.choice((0, 0, 0, 30)))
        return datetime.combine(self.today + offset * DAY, clock, self.zone).astimezone(UTC)

    def local(self, moment: datetime) -> datetime:
        """A moment on the company's wall clock."""
        return moment.astimezone(self.zone)

    def date(self, moment: datetime) -> date:
        """The company's calendar day of a moment."""
        return moment.astimezone(self.zone).date()

    def half(self, moment: datetime) -> str:
        """上午 or 下午."""
        return "上午" if moment.astimezone(self.zone).hour < 12 else "下午"

    def words(self, moment: datetime, since: datetime) -> str:
        """How somebody at `since` calls the day of `moment`: 明天, 周五, 下周二, 12月3号."""
        then, start = self.date(moment), self.date(since)
        distance = (then - start).days
        if distance in (0, 1, 2):
            return ("今天晚些时候", "明天", "后天")[distance]
        monday = start - start.weekday() * DAY
        if 0 < distance and then < monday + 7 * DAY:
            return f"周{WEEKDAYS[then.weekday()]}"
        if 0 < distance and then < monday + 14 * DAY:
            return f"下周{WEEKDAYS[then.weekday()]}"
        return f"{then.month}月{then.day}号"
