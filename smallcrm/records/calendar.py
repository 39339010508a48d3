"""A list as a month: its records on the days of a date field. Only the weeks that are shown are asked for.

Usually one query over the field's index answers the whole month. Where there are more records than a page can hold,
each day is asked for as many as it shows and counts, so that a hundred thousand in a month cost no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from babel.dates import format_skeleton
from flask import request
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import and_, select, union_all

from .. import access
from ..core import i18n
from ..core.db import db
from ..entities import Entity, Field
from ..entities.types import Choice, Date, Moment
from ..entities.types.periods import plus_months
from ..users.models import User
from . import placing
from .conditions import BadListing
from .figures import counted
from .listing import CALENDAR, Listing
from .listing import Page as Rows
from .parts import month, table
from .routes import SHAPES
from .rows import ROW_ID

# How many entries a day shows, how far one with more is counted, and how many a month asks for at once.
SHOWN = 4
COUNTED = 99
AT_ONCE = 300
DAY = timedelta(days=1)


@dataclass
class Entries:
    """What lies on one day: the HTML of the first entries, how many there are, whether there are still more."""

    html: list[str] = field(default_factory=list)
    count: int = 0
    beyond: bool = False

    def add(self, html: str) -> None:
        self.html.append(html)
        self.count += 1


@dataclass(frozen=True)
class Day:
    """One day: `label` in full and `words` in short, the HTML of its first entries, how many more there are ("" for
    none), and its records as a list."""

    day: date
    label: str
    words: str
    inside: bool
    today: bool
    entries: Markup
    more: str
    href: str


@dataclass(frozen=True)
class Month:
    """A month with the days around it that fill its weeks. `movable`: whether this person may move entries."""

    field: Field
    title: str
    weekdays: list[str]
    days: list[Day]
    previous: str
    next: str
    today: str
    movable: bool


def values(listing: Listing) -> dict[str, Any]:
    """What records/_calendar.html shows: the month that `month=2026-11` asks for, else this one. Raises BadListing."""
    field = placed_by(listing)
    first = _asked(request.args.get("month", ""))
    listing = replace(listing, kind=CALENDAR, on=field)
    days = _weeks(first)
    found = _entries(listing, field, days)
    weekdays = [str(format_date(day, "ccc")) for day in days[:7]]
    shown = Month(
        field=field,
        title=str(format_skeleton("yMMM", first, locale=get_locale())),
        weekdays=weekdays,
        days=[_day(listing, field, day, first, found.get(day, Entries())) for day in days],
        previous=_address(listing, first, -1),
        next=_address(listing, first, 1),
        today=placing.address(listing),
        movable=placing.may_move(listing, field),
    )
    return {"calendar": shown}


def offered(entity: Entity, user: User) -> list[Field]:
    """The dates that a calendar can go by, as far as `user` may read them; those people set come first."""
    found = [field for field in access.readable_fields(entity, user) if isinstance(field, Date)]
    return sorted(found, key=lambda field: field.readonly)


def placed_by(listing: Listing) -> Date:
    """The date that a calendar goes by: the URL's, else the first there is. Raises BadListing."""
    dates = offered(listing.entity, listing.user)
    if not dates:
        raise BadListing(_("A calendar needs a date; %(entity)s has none.", entity=listing.entity.label))
    field = listing.on or dates[0]
    if not isinstance(field, Date):
        raise BadListing(_("“%(field)s” is not a date that a calendar can go by.", field=field.label))
    return field


def _asked(word: str) -> date:
    first = month(word) if word else i18n.today().replace(day=1)
    if first is None:
        raise BadListing(_("“%(month)s” is not a month. Write it like 2026-11.", month=word[:40]))
    return first


def _weeks(first: date) -> list[date]:
    """The days of a month with those that fill its first and last week, Monday first."""
    begin, end = first - first.weekday() * DAY, plus_months(first, 1)
    count = (end - begin).days
    return [begin + number * DAY for number in range(count + -count % 7)]


def _address(listing: Listing, first: date, step: int) -> str:
    """The address of a neighbouring month; "" beyond the years there are."""
    word = f"{plus_months(first, step):%Y-%m}"
    return placing.address(listing, month=word) if month(word) else ""


def _entries(listing: Listing, field: Date, days: Sequence[date]) -> dict[date, Entries]:
    """day → its entries, of the days that have some."""
    mover = placing.mover(listing, field)
    whole = _between(listing, field, days[0], days[-1]).page(AT_ONCE)
    found: dict[date, Entries] = {}
    if not whole.cursor:
        for day, html in _pieces(whole, field, mover):
            found.setdefault(day, Entries()).add(html)
        return found
    return _of_full_days(listing, field, days, mover)


def _of_full_days(listing: Listing, field: Date, days: Sequence[date], mover: str) -> dict[date, Entries]:
    """As :func:`_entries`, where there are too many: each day's first ones and a count, in three bounded queries."""
    model, column, whole = listing.entity.model, field.column(listing.entity.model), listing.conditions()
    each = [field.within(column, day, day + DAY) for day in days]
    counts = zip(days, counted(listing, each, COUNTED + 1), strict=True)
    found = {day: Entries(count=min(count, COUNTED), beyond=count > COUNTED) for day, count in counts}
    first = [
        select(model.id).where(whole, within).order_by(column, model.id).limit(SHOWN).subquery() for within in each
    ]
    ids = db.session.scalars(union_all(*(select(rows.c.id) for rows in first))).all()
    shown = replace(_between(listing, field, days[0], days[-1]), limit=model.id.in_(ids))
    for day, html in _pieces(shown.page(len(ids) + 1), field, mover):
        found[day].html.append(html)
    return found


def _between(listing: Listing, field: Date, first: date, last: date) -> Listing:
    """The records on some days, both included, in the order of their hours."""
    within = field.within(field.column(listing.entity.model), first, last + DAY)
    limit = within if listing.limit is None else and_(listing.limit, within)
    choice = [each for each in listing.columns if isinstance(each, Choice) and not each.multiple][:1]
    columns = [listing.entity.title, field, *choice]
    return replace(listing, columns=columns, limit=limit, sort=field, descending=False, after="")


def _pieces(found: Rows, field: Date, mover: str) -> list[tuple[date, str]]:
    """(day, HTML of the entry) of each row."""
    base = f"{found.listing.path}/"
    wall = i18n.WallClock()
    choice = found.listing.columns[2] if len(found.listing.columns) > 2 else None
    colours = found.values(2) if choice is not None else [None] * len(found.rows)
    rows = zip(found.rows, found.cells(), found.values(1), colours, strict=True)
    pieces = []
    for row, (id, cells), value, option in rows:
        settled = row._mapping.get("s1") is not None
        day, hour = _hour(field, value, wall, settled)
        fixed = "" if row.editable and mover else " data-fixed"
        pieces.append(
            (
                day,
                f'<li class="s-cal-entry{" s-settled" if settled else ""}" data-id="{id}" data-version="{row.version}"'
                f'{fixed}><a class="s-cal-link" href="{base}{id}" draggable="false">{_dot(choice, option)}{hour}'
                f'<span class="s-cal-name">{cells[0] or f"#{id}"}</span></a>'
                f"{mover.replace(ROW_ID, str(id)) if not fixed else ''}</li>",
            )
        )
    return pieces


def _dot(choice: Field | None, value: str | None) -> str:
    """The colour of the record's first choice, with its word for those who do not see it."""
    if not isinstance(choice, Choice) or not value:
        return ""
    option = choice.option(value)
    label = escape(str(option.label))
    return (
        f'<span class="s-dot hue-{escape(option.colour)}" title="{label}"></span>'
        f'<span class="visually-hidden">{label}</span>'
    )


def _hour(field: Date, value: Any, wall: i18n.WallClock, settled: bool) -> tuple[date, str]:
    """(the day of a value on the company's calendar, its time of day as HTML, "" for whole days)."""
    if not isinstance(field, Moment):
        return value, ""
    there = value.astimezone(wall.zone)
    if (there.hour, there.minute) == (0, 0):
        return there.date(), ""
    tone = f" tone-{wall.due(value)[1]}" if field.settings.get("due") and not settled else ""
    return there.date(), f'<time class="s-cal-hour{tone}">{there:%H:%M}</time>'


def _day(listing: Listing, field: Date, day: date, first: date, entries: Entries) -> Day:
    rest = entries.count - SHOWN
    return Day(
        day=day,
        label=str(format_date(day, "full")),
        words=str(format_skeleton("MMMEd", day, locale=get_locale())),
        inside=day.month == first.month,
        today=day == i18n.today(),
        entries=Markup("".join(entries.html[:SHOWN])),  # noqa: S704 - made safe by field types
        more=f"{rest}{'+' if entries.beyond else ''}" if rest > 0 else "",
        href=table(listing, field, {"eq": (day.isoformat(),)}),
    )


SHAPES[CALENDAR] = ("records/_calendar.html", values)
