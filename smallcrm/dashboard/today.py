"""What stands on the page of today (工作台): who to call, what to do, how it goes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from .. import access
from ..core import i18n
from ..core.db import db
from ..entities import Entity, find
from ..pool import rules
from ..pool import wording as pool
from ..records.listing import COUNTED, Listing, Page
from ..records.presentation import dial
from ..users.models import User
from . import lists

SHOWN = 20
# Later days are a look ahead, not work to do now.
SHOWN_AHEAD = SHOWN_FRESH = 8
FRESH_LOOKED_AT = 100


@dataclass(frozen=True)
class Line:
    """One customer to call or task to do. `due` is (words, tone, exact moment)."""

    id: int
    name: str
    href: str
    status: str
    note: str
    due: tuple[str, str, str] | None
    owner: str
    phone: str = ""
    called: str = ""
    repeats: bool = False
    may_change: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the page: its first lines, and the list behind it."""

    key: str
    title: str
    lines: Sequence[Line]
    count: int
    href: str
    tone: str = ""

    @property
    def counted(self) -> str:
        """The count as it is read: "2,318", or "10,000+" where nobody counted further."""
        return f"{self.count:,}" if self.count <= COUNTED else f"{COUNTED:,}+"


@dataclass(frozen=True)
class Tile:
    """A number with its name and the list it counts."""

    label: str
    value: str
    href: str


def follow_up_sections(user: User, scope: lists.Filters) -> list[Section]:
    """Overdue, today, soon in the pool, the next seven days; only those with somebody in them."""
    wanted = (
        ("overdue", _("Overdue"), lists.overdue(user, scope), SHOWN, "overdue"),
        ("today", _("Today"), lists.today(user, scope), SHOWN, "soon"),
        ("ahead", _("Next seven days"), lists.next_days(user, scope), SHOWN_AHEAD, ""),
    )
    found = []
    for key, title, listing, most, tone in wanted:
        if key == "ahead" and scope and (leaving := leaving_section(user)):
            found.append(leaving)
        if listing is not None and (number := lists.count(listing)):
            lines = customer_lines(user, listing.page(most))
            found.append(Section(key, title, lines, number, lists.href(listing), tone))
    return found


def leaving_section(user: User) -> Section | None:
    """This person's customers that go to the pool soon unless they are followed up."""
    listing = lists.leaving(user)
    number = lists.count(listing)
    if listing is None or not number:
        return None
    page = listing.page(SHOWN_AHEAD)
    days = _leaving_days(listing.entity, [row.id for row in page.rows])
    lines = [replace(line, due=_leaves(days[line.id])) for line in customer_lines(user, page)]
    return Section("leaving", _("Soon in the pool"), lines, number, lists.href(listing), "soon")


def _leaving_days(customers: Entity, ids: Sequence[int]) -> dict[int, date | None]:
    """customer id → the day on which it goes to the pool."""
    rule = rules.of(customers)
    found = db.session.scalars(select(customers.model).where(customers.model.id.in_(ids)))
    return {customer.id: rules.leaves_on(customers, customer, rule) for customer in found}


def _leaves(day: date | None) -> tuple[str, str, str] | None:
    return (pool.leaving(day), "soon", day.isoformat()) if day is not None else None


def fresh_section(user: User) -> Section | None:
    """Customers given to this person within a week that nobody has followed up since."""
    listing = lists.fresh(user)
    if listing is None:
        return None
    page = listing.page(FRESH_LOOKED_AT)
    since, said = (_values(page, key) for key in ("owner_since", "last_follow_up_at"))
    waiting = [last is None or last < own for own, last in zip(since, said, strict=True)]
    found = zip(customer_lines(user, page), since, waiting, strict=True)
    newest = sorted((own, line.id, line) for line, own, waits in found if waits)
    lines = [line for _own, _id, line in reversed(newest)]
    if not lines:
        return None
    return Section("fresh", _("New to me"), lines[:SHOWN_FRESH], len(lines), lists.href(listing))


def task_section(user: User, scope: lists.Filters) -> Section | None:
    """Tasks that are overdue or due today."""
    listing = lists.tasks(user, scope)
    number = lists.count(listing)
    if listing is None or not number:
        return None
    return Section("tasks", _("Tasks"), task_lines(user, listing, SHOWN), number, lists.href(listing))


def tiles(user: User, scope: lists.Filters) -> list[Tile]:
    """How it goes: this person's numbers, or everybody's they may see."""
    said = {"f.created_by.in": "me"} if scope else {}
    wanted = (
        (_("Customers"), "customers", scope),
        (_("New this month"), "customers", {**scope, "f.created_at.period": "this_month"}),
        (_("Follow-ups today"), "follow_ups", {**said, "f.happened_at.period": "today"}),
        (_("Follow-ups this week"), "follow_ups", {**said, "f.happened_at.period": "this_week"}),
        (_("Won this month"), "customers", {**scope, "f.status.in": "won", "f.won_at.period": "this_month"}),
    )
    found = []
    for label, entity, filters in wanted:
        listing = lists.listing(entity, user, filters)
        if listing is not None:
            number, exact = listing.count()
            found.append(Tile(label, f"{number:,}{'' if exact else '+'}", lists.href(listing)))
    return found


def customer_lines(user: User, page: Page) -> list[Line]:
    """The customers of a page of a list, with whom to ask for there."""
    ids = [row.id for row in page.rows]
    contacts = _contacts(user, ids)
    phones, due, said = (_values(page, key) for key in ("phone", "next_follow_up_at", "last_follow_up"))
    names, owners, statuses = _texts(page, "name"), _texts(page, "owner"), _cells(page, "status")
    found = []
    for at, id in enumerate(ids):
        contact, number = contacts.get(id, ("", ""))
        found.append(
            Line(
                id=id,
                name=names[at],
                href=f"/customers/{id}",
                status=statuses[at],
                note=" · ".join(part for part in (contact, said[at]) if part),
                due=_due(due[at]),
                owner=owners[at],
                phone=dial(number or phones[at] or ""),
                called=contact if number else names[at],
            )
        )
    return found


def task_lines(user: User, listing: Listing, most: int) -> list[Line]:
    """The tasks of a list with what they are about."""
    page = listing.page(most)
    model = listing.entity.model
    within_reach = model.id.in_([row.id for row in page.rows]), access.within(listing.entity, user, "edit")
    changeable = set(db.session.scalars(select(model.id).where(*within_reach)))
    due, repeats = _values(page, "due_at"), _values(page, "repeat")
    names, owners, about = _texts(page, "title"), _texts(page, "owner"), _cells(page, "record")
    return [
        Line(
            id=row.id,
            name=names[at],
            href=f"/tasks/{row.id}",
            status="",
            note=about[at],
            due=_due(due[at]),
            owner=owners[at],
            repeats=bool(repeats[at]),
            may_change=row.id in changeable,
        )
        for at, row in enumerate(page.rows)
    ]


def _contacts(user: User, customer_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """customer id → (name, phone) of its primary contact, as far as `user` may read them."""
    contacts = find("contacts")
    readable = {field.key for field in access.readable_fields(contacts, user)}
    if not {"name", "customer", "is_primary"} <= readable:
        return {}
    model = contacts.model
    rows = db.session.execute(
        select(model.customer_id, model.name, model.phone).where(
            access.visible(contacts, user), model.customer_id.in_(customer_ids), model.is_primary.is_(True)
        )
    )
    return {id: (name, phone or "" if "phone" in readable else "") for id, name, phone in rows}


def _due(moment: datetime | None) -> tuple[str, str, str] | None:
    return (*i18n.due_words(moment), i18n.exact(moment)) if moment is not None else None


def _column(page: Page, key: str) -> int | None:
    keys = [field.key for field in page.listing.columns]
    return keys.index(key) if key in keys else None


def _values(page: Page, key: str) -> list[Any]:
    """One column's values; Nones when the field was retired or may not be read."""
    at = _column(page, key)
    return [None] * len(page.rows) if at is None else page.values(at)


def _texts(page: Page, key: str) -> list[str]:
    at = _column(page, key)
    if at is None:
        return [""] * len(page.rows)
    values = page.values(at)
    return [*map(page.listing.columns[at].texts(values), values)]


def _cells(page: Page, key: str) -> list[str]:
    """One column as safe HTML."""
    at = _column(page, key)
    if at is None:
        return [""] * len(page.rows)
    values = page.values(at)
    return [*map(page.listing.columns[at].formatter(values), values)]
