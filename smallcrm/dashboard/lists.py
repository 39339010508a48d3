"""The lists behind the numbers: each is the same list that its link opens, so the two cannot disagree."""

from datetime import timedelta

from flask import g
from werkzeug.datastructures import MultiDict

from .. import access
from ..core import i18n
from ..entities import find
from ..pool import rules as pool
from ..records.conditions import BadListing
from ..records.listing import Listing, parse
from ..records.presentation import url_encode
from ..users.models import User

Filters = dict[str, str]
MINE = {"f.owner.in": "me"}
OPEN = {"f.done_at.empty": "1"}


def listing(
    entity: str, user: User, filters: Filters, *, sort: str = "", columns: tuple[str, ...] = ()
) -> Listing | None:
    """A filtered list as its URL would ask for it; None when a field it needs was retired or may not be read."""
    described = find(entity)
    if not access.may(user, described, "view"):
        return None
    try:
        return parse(described, user, MultiDict({**filters, "sort": sort}), columns)
    except BadListing:
        return None


def href(wanted: Listing) -> str:
    """The address of the list's own page."""
    return f"/{wanted.entity.slug}?{url_encode(wanted.parameters())}"


def count(wanted: Listing | None) -> int:
    """How many it holds, counted to COUNTED and one more if there are more; once per request for each address."""
    if wanted is None:
        return 0
    known: dict[str, int] = g.setdefault("list_counts", {})
    address = href(wanted)
    if address not in known:
        number, exact = wanted.count()
        known[address] = number if exact else number + 1
    return known[address]


CUSTOMER_COLUMNS = ("name", "status", "phone", "next_follow_up_at", "last_follow_up", "owner")
TASK_COLUMNS = ("title", "due_at", "record", "priority", "owner", "repeat")


def overdue(user: User, scope: Filters) -> Listing | None:
    """Customers whose next follow-up was before today."""
    return _customers(user, {**scope, "f.next_follow_up_at.period": "past"})


def today(user: User, scope: Filters) -> Listing | None:
    """Customers to follow up today."""
    return _customers(user, {**scope, "f.next_follow_up_at.period": "today"})


def next_days(user: User, scope: Filters) -> Listing | None:
    """Customers to follow up on the seven days after today."""
    first, last = (i18n.today() + timedelta(days=days) for days in (1, 7))
    bounds = {"f.next_follow_up_at.gte": first.isoformat(), "f.next_follow_up_at.lte": last.isoformat()}
    return _customers(user, {**scope, **bounds})


def _customers(user: User, filters: Filters) -> Listing | None:
    return listing("customers", user, filters, sort="next_follow_up_at", columns=CUSTOMER_COLUMNS)


def fresh(user: User) -> Listing | None:
    """Customers that became this person's within the last seven days and that somebody else had entered."""
    filters = {**MINE, "f.owner_since.period": "last_7_days", "f.created_by.ne": "me"}
    columns = (*CUSTOMER_COLUMNS, "last_follow_up_at", "owner_since")
    return listing("customers", user, filters, columns=columns)


def leaving(user: User) -> Listing | None:
    """This person's customers that go to the pool soon unless they are followed up; None without a rule."""
    customers = find("customers")
    rule = pool.of(customers)
    if not customers.pooled or not rule.automatic:
        return None
    filters = {**MINE, **pool.leaving(customers, rule)}
    return listing("customers", user, filters, sort="idle_since", columns=CUSTOMER_COLUMNS)


def tasks(user: User, scope: Filters) -> Listing | None:
    """Open tasks that are overdue or due today."""
    until = {"f.due_at.lte": i18n.today().isoformat()}
    return listing("tasks", user, {**scope, **until, **OPEN}, sort="due_at", columns=TASK_COLUMNS)


def waiting_count(user: User) -> int:
    """What calls for this person today: customers to follow up and tasks, overdue ones included."""
    until = {**MINE, "f.next_follow_up_at.lte": i18n.today().isoformat()}
    return count(_customers(user, until)) + count(tasks(user, MINE))
