"""What the page of reports says about customers."""

from collections.abc import Hashable, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from .. import access
from ..core import i18n
from ..core.db import db
from ..entities import find
from ..records.listing import Listing
from ..reports.breakdown import Part
from ..reports.charts import Chart, Source, Tile, add, add_tile
from ..users.models import User, UserStatus
from .models import Customer

NEW = Source("customers", during="created_at")
WON = Source("customers", {"f.status.in": "won"}, during="won_at")
COHORT_WON = Source("customers", {"f.status.in": "won"}, during="created_at")
LATE = Source("customers", {"f.next_follow_up_at.period": "past"}, label=_l("Customers"), colour="red")
EVERYBODY = Source("customers")
# What is won or lost waits for no follow-up.
CARED_FOR = Source("customers", {"f.owner.filled": "1", "f.status.ne": ("won", "lost")})


def steps() -> tuple[Part, ...]:
    """What becomes of the customers that were entered."""
    return (
        Part("made", _l("Entered"), {}, "grey"),
        Part("followed", _l("Contacted"), {"f.last_follow_up_at.filled": "1"}, "blue"),
        Part("won", _l("Won"), {"f.status.in": "won"}, "green"),
    )


def ages() -> tuple[Part, ...]:
    """How long ago the last follow-up was."""
    field, today = "f.last_follow_up_at", i18n.today()

    def ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    return (
        Part("week", _l("Within 7 days"), {f"{field}.gte": ago(7)}, "green"),
        Part("month", _l("8–30 days ago"), {f"{field}.lte": ago(8), f"{field}.gte": ago(30)}, "blue"),
        Part("quarter", _l("31–90 days ago"), {f"{field}.lte": ago(31), f"{field}.gte": ago(90)}, "amber"),
        Part("long", _l("Over 90 days ago"), {f"{field}.lte": ago(91)}, "red"),
        Part("never", _l("Never followed up"), {f"{field}.empty": "1"}, "grey"),
    )


def owners(user: User, listing: Listing) -> Sequence[Hashable]:
    """The people who have customers that `user` may see, in the department the list is limited to."""
    placed = [each for each in listing.filters if each.field.key == "department"]
    owned = select(Customer.owner_id).distinct()
    owned = owned.where(
        access.visible(find("customers"), user),
        Customer.owner_id.is_not(None),
        *(each.field.condition(Customer, each.op, each.values) for each in placed),
    )
    here = select(User.id).where(User.status != UserStatus.disabled)
    return sorted({*db.session.scalars(owned)} & {*db.session.scalars(here)})


def declare() -> None:
    """Tell the reports what to count."""
    add_tile(Tile("new", _l("New customers"), NEW, position=10))
    add_tile(Tile("won", _l("Customers won"), WON, position=30))
    add_tile(Tile("rate", _l("Win rate of new customers"), COHORT_WON, of=NEW, position=40))
    add_tile(Tile("late", _l("Customers overdue"), LATE, less_is_better=True, position=50))
    entered, now = _l("Customers entered in this period"), _l("All customers, as of now")
    cared_for = _l("Customers with an owner that are neither won nor lost, as of now")
    new = (NEW,)
    rate: dict[str, Any] = {"parts": steps, "rate": True}
    for chart in (
        Chart("new-customers", _l("New customers"), entered, new, "created_at", wide=True, position=10),
        Chart("new-by-person", _l("New customers by owner"), entered, new, "owner", everybody=owners, position=20),
        Chart("conversion", _l("From new to won"), entered, new, parts=steps, wide=True, position=40),
        Chart("conversion-by-person", _l("Win rate by owner"), entered, new, "owner", position=50, **rate),
        Chart("sources", _l("Where new customers come from"), entered, new, "source", position=70),
        Chart("conversion-by-source", _l("Win rate by source"), entered, new, "source", position=80, **rate),
        Chart("stages", _l("Customers by status"), now, (EVERYBODY,), "status", by_value=False, position=90),
        Chart("ageing", _l("Time since the last follow-up"), cared_for, (CARED_FOR,), parts=ages, position=100),
    ):
        add(chart)
