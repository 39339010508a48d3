"""Customers and contacts: what a company keeps about whom it sells to."""

from collections.abc import Mapping
from datetime import date as Date
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Mapped

from ..core import clock
from ..core.db import db
from ..entities import Describe, PooledRecord, Record, fields, of
from ..entities.record import Changes
from ..records import operations

if TYPE_CHECKING:
    from ..users.models import User

STATUSES = (
    ("new", _l("New customer"), "blue"),
    ("following", _l("In progress"), "amber"),
    ("interested", _l("Strong interest"), "purple"),
    ("won", _l("Won"), "green"),
    ("paused", _l("On hold"), "grey"),
    ("lost", _l("Lost"), "red"),
)
LEVELS = (
    ("A", _l("A"), "red"),
    ("B", _l("B"), "amber"),
    ("C", _l("C"), "blue"),
    ("D", _l("D"), "grey"),
)
TYPES = (
    ("end_customer", _l("End customer")),
    ("dealer", _l("Dealer")),
    ("partner", _l("Partner")),
    ("individual", _l("Private person")),
    ("other", _l("Other")),
)
SOURCES = (
    ("referral", _l("Referral")),
    ("exhibition", _l("Trade fair")),
    ("search", _l("Search engine")),
    ("advertising", _l("Advertising")),
    ("website", _l("Our website")),
    ("wechat", _l("WeChat")),
    ("short_video", _l("Douyin and short video")),
    ("marketplace", _l("1688 and marketplaces")),
    ("phone_enquiry", _l("Phone enquiry")),
    ("email_enquiry", _l("E-mail enquiry")),
    ("cold_visit", _l("Cold visit")),
    ("other", _l("Other")),
)
INDUSTRIES = (
    ("manufacturing", _l("Manufacturing")),
    ("it", _l("IT and internet")),
    ("trade", _l("Wholesale and retail")),
    ("construction", _l("Construction and building materials")),
    ("real_estate", _l("Real estate")),
    ("finance", _l("Finance")),
    ("logistics", _l("Transport and logistics")),
    ("food", _l("Food and catering")),
    ("health", _l("Health and medicine")),
    ("education", _l("Education and training")),
    ("media", _l("Culture and media")),
    ("services", _l("Business services")),
    ("energy", _l("Energy and environment")),
    ("agriculture", _l("Agriculture")),
    ("government", _l("Government and public bodies")),
    ("other", _l("Other")),
)
# A status "won" that is taken back this soon was a slip of the finger, not a sale.
SLIP = timedelta(days=1)
SCALES = (
    ("1-20", _l("Up to 20 people")),
    ("21-50", _l("21–50 people")),
    ("51-200", _l("51–200 people")),
    ("201-500", _l("201–500 people")),
    ("501-2000", _l("501–2000 people")),
    ("2001+", _l("Over 2000 people")),
)


class Customer(PooledRecord):
    """A company (or a private person) that buys or may buy."""

    __tablename__ = "customers"
    __entity__ = Describe(
        key="customers",
        label=_l("Customers"),
        one=_l("Customer"),
        icon="building",
        number=1,
        title="name",
        columns=("name", "status", "level", "phone", "next_follow_up_at", "last_follow_up_at", "owner", "source"),
        header=("status", "level"),
        position=10,
        pooled=True,
        dealt="won_at",
    )
    __change_is_care__ = False
    __indexes__ = (
        *PooledRecord.__indexes__,
        ("name", "id"),
        ("number", "id"),
        ("phone", "id"),
        ("status", "id"),
        ("level", "id"),
        ("type", "id"),
        ("source", "id"),
        ("industry", "id"),
        ("scale", "id"),
        ("next_follow_up_at", "id"),
        ("last_follow_up_at", "id"),
        ("won_at", "id"),
        ("owner_id", "next_follow_up_at", "id"),
        # Reports count from these alone, without looking at the rows: five to eight times as fast at 100,000.
        # deleted_at is in them because SQLite takes an index for enough only if it has every column that is named.
        ("created_at", "owner_id", "source", "status", "last_follow_up_at", "department_id", "deleted_at"),
        ("owner_id", "last_follow_up_at", "status", "department_id", "deleted_at"),
        ("won_at", "status", "owner_id", "department_id", "deleted_at"),
    )

    name: Mapped[str] = fields.text(
        _l("Customer name"), required=True, searchable=True, identity="company", quick=True, longest=120
    )
    short_name: Mapped[str | None] = fields.text(_l("Short name"), searchable=True, identity="company", longest=60)
    phone: Mapped[str | None] = fields.phone(_l("Phone"), quick=True)
    number: Mapped[str | None] = fields.auto_number(_l("Customer number"), "KH{YYYYMMDD}{0000}")
    status: Mapped[str | None] = fields.choice(_l("Status"), STATUSES, default="new", quick=True)
    level: Mapped[str | None] = fields.choice(_l("Level"), LEVELS, quick=True)
    type: Mapped[str | None] = fields.choice(_l("Type"), TYPES)
    source: Mapped[str | None] = fields.choice(_l("Source"), SOURCES, quick=True)
    industry: Mapped[str | None] = fields.choice(_l("Industry"), INDUSTRIES)
    scale: Mapped[str | None] = fields.choice(_l("Size"), SCALES)
    other_phone: Mapped[str | None] = fields.phone(_l("Other phone"))
    wechat: Mapped[str | None] = fields.text(_l("WeChat"), searchable=True, longest=60, copy=True)
    email: Mapped[str | None] = fields.email(_l("E-mail"))
    website: Mapped[str | None] = fields.url(_l("Website"))
    address: Mapped[dict[str, str] | None] = fields.address(_l("Postal address"))
    tax_number: Mapped[str | None] = fields.text(_l("Tax number"), searchable=True, longest=40)
    tags: Mapped[list[str] | None] = fields.tags(_l("Tags"), searchable=True)
    next_follow_up_at: Mapped[datetime | None] = fields.moment(
        _l("Next follow-up"),
        due=True,
        remind=True,
        remind_words=_l("Time to follow up with %(name)s"),
        due_words=(_l("To follow up today"), _l("Follow-up overdue")),
        quick=True,
    )
    last_follow_up_at: Mapped[datetime | None] = fields.moment(
        _l("Last follow-up"), readonly=True, neglect_words=_l("Not followed up for %(days)s days")
    )
    last_follow_up: Mapped[str | None] = fields.text(_l("Last said"), readonly=True, longest=200)
    won_at: Mapped[datetime | None] = fields.moment(_l("Won on"), readonly=True)
    images: Mapped[list[str] | None] = fields.images(_l("Pictures"))
    notes: Mapped[str | None] = fields.long_text(_l("Notes"))

    def before_save(self, changes: Changes, by: "User | None") -> None:
        super().before_save(changes, by)
        if "status" not in changes:
            return
        if self.status == "won" and self.won_at is None:
            self.won_at = clock.now()
        elif self.won_at is not None and self.status != "won" and clock.now() - self.won_at < SLIP:
            self.won_at = None


DECISION_ROLES = (
    ("decider", _l("Decides"), "red"),
    ("influencer", _l("Has influence"), "amber"),
    ("buyer", _l("Purchasing"), "blue"),
    ("user", _l("Uses it"), "cyan"),
    ("finance", _l("Finance"), "purple"),
    ("gatekeeper", _l("Front desk"), "grey"),
)
GENDERS = (("male", _l("Male")), ("female", _l("Female")))


class Contact(Record):
    """A person at a customer. Always has the customer's owner."""

    __tablename__ = "contacts"
    __entity__ = Describe(
        key="contacts",
        label=_l("Contacts"),
        one=_l("Contact"),
        icon="address-book",
        number=2,
        title="name",
        columns=("name", "customer", "job_title", "phone", "wechat", "decision_role", "is_primary", "owner"),
        header=("decision_role",),
        position=20,
        on_timeline=True,
    )
    __indexes__ = (
        ("name", "id"),
        ("customer_id", "id"),
        ("job_title", "id"),
        ("phone", "id"),
        ("decision_role", "id"),
        ("birthday", "id"),
    )

    name: Mapped[str] = fields.text(
        _l("Name"), required=True, searchable=True, identity="person", quick=True, longest=60
    )
    customer_id: Mapped[int | None] = fields.reference(
        _l("Customer"), "customers", key="customer", table="customers", parent=True, required=True, quick=True
    )
    job_title: Mapped[str | None] = fields.text(_l("Job title"), longest=60, quick=True)
    unit: Mapped[str | None] = fields.text(_l("Works in"), longest=60)
    phone: Mapped[str | None] = fields.phone(_l("Mobile"), quick=True)
    other_phone: Mapped[str | None] = fields.phone(_l("Landline"))
    wechat: Mapped[str | None] = fields.text(_l("WeChat"), searchable=True, longest=60, quick=True, copy=True)
    email: Mapped[str | None] = fields.email(_l("E-mail"))
    decision_role: Mapped[str | None] = fields.choice(_l("Decision role"), DECISION_ROLES)
    is_primary: Mapped[bool | None] = fields.yes_no(_l("Primary contact"))
    gender: Mapped[str | None] = fields.choice(_l("Gender"), GENDERS)
    birthday: Mapped[Date | None] = fields.date(_l("Birthday"))
    notes: Mapped[str | None] = fields.long_text(_l("Notes"))

    def before_save(self, changes: Changes, by: "User | None") -> None:
        if self.customer_id and self.is_primary is None and self.id is None:
            self.is_primary = not db.session.scalar(self._others().limit(1))

    def after_save(self, changes: Changes, by: "User | None") -> None:
        # A customer has one primary contact: the one that was named last.
        if self.is_primary and self.customer_id and ("is_primary" in changes or "customer" in changes):
            others = update(Contact).where(
                Contact.customer_id == self.customer_id, Contact.id != self.id, Contact.is_primary.is_(True)
            )
            db.session.execute(others.values(is_primary=False).execution_options(synchronize_session="fetch"))

    def _others(self) -> Any:
        return select(Contact.id).where(Contact.customer_id == self.customer_id, Contact.deleted_at.is_(None))


def references_moved(record: Any, *, ids: Mapping[str, list[int]], by: "User", batch: str, **_about: Any) -> None:
    """Of contacts that came to a customer by a merge none stays primary where the customer had one; inside write()."""
    came = ids.get("contacts")
    if not isinstance(record, Customer) or not came:
        return
    primary = select(Contact).where(Contact.customer_id == record.id, Contact.is_primary.is_(True))
    found = db.session.scalars(primary.order_by(Contact.id)).all()
    stays = next((one for one in found if one.id not in came), found[0] if found else None)
    for one in found:
        if one is not stays:
            operations.apply(of(one), one, {"is_primary": (True, False)}, by, batch=batch)
