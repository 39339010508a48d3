"""What was said to a customer, and what is to be done."""

from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Mapped

from ..core import clock
from ..core.db import db
from ..customers.models import Customer
from ..entities import Describe, Record, fields
from ..entities.record import Changes

if TYPE_CHECKING:
    from ..users.models import User

KINDS = (
    ("phone", _l("Phone call"), "blue"),
    ("wechat", _l("WeChat"), "green"),
    ("visit", _l("Visit"), "purple"),
    ("email", _l("E-mail"), "teal"),
    ("other", _l("Other"), "grey"),
)


class FollowUp(Record):
    """One contact with a customer. Its owner is the customer's; who said it is `created_by`."""

    __tablename__ = "follow_ups"
    __entity__ = Describe(
        key="follow_ups",
        label=_l("Follow-ups"),
        one=_l("Follow-up"),
        icon="message-2",
        number=3,
        title="content",
        columns=("content", "customer", "kind", "happened_at", "created_by", "next_follow_up_at"),
        header=("kind",),
        position=30,
        on_timeline=True,
        timeline_kind="follow_up",
        sort="-happened_at",
    )
    __indexes__ = (("happened_at", "id"), ("customer_id", "happened_at", "id"), ("created_by_id", "happened_at", "id"))

    customer_id: Mapped[int] = fields.reference(
        _l("Customer"),
        "customers",
        key="customer",
        table="customers",
        parent=True,
        required=True,
        quick=True,
    )
    kind: Mapped[str] = fields.choice(_l("Kind"), KINDS, required=True, default="phone", quick=True)
    content: Mapped[str] = fields.long_text(_l("What was said"), required=True, searchable=True, quick=True)
    happened_at: Mapped[datetime] = fields.moment(_l("Time"), default=clock.now)
    contact_id: Mapped[int | None] = fields.reference(_l("Contact"), "contacts", key="contact", table="contacts")
    next_follow_up_at: Mapped[datetime | None] = fields.moment(_l("Next follow-up"), quick=True)
    images: Mapped[list[str] | None] = fields.images(_l("Pictures"))
    files: Mapped[list[str] | None] = fields.attachments(_l("Files"))

    def after_save(self, changes: Changes, by: "User | None") -> None:
        self._tell_customer(by)

    def after_delete(self, by: "User | None") -> None:
        self._tell_customer(by)

    def after_restore(self, by: "User | None") -> None:
        self._tell_customer(by)

    def _tell_customer(self, by: "User | None") -> None:
        """The customer shows its newest follow-up, whatever order they were written in."""
        customer = db.session.get(Customer, self.customer_id)
        if customer is None:
            return
        newest = db.session.scalars(
            select(FollowUp)
            .where(FollowUp.customer_id == self.customer_id, FollowUp.deleted_at.is_(None))
            .order_by(FollowUp.happened_at.desc(), FollowUp.id.desc())
            .limit(1)
        ).first()
        customer.last_follow_up_at = newest.happened_at if newest else None
        customer.last_follow_up = newest.content[:200] if newest else None


PRIORITIES = (("high", _l("High"), "red"), ("normal", _l("Normal"), "blue"), ("low", _l("Low"), "grey"))
REPEATS = (
    ("daily", _l("Every day")),
    ("weekdays", _l("Every workday")),
    ("weekly", _l("Every week")),
    ("monthly", _l("Every month")),
    ("yearly", _l("Every year")),
)


class Task(Record):
    """Something a person has to do by a time."""

    __tablename__ = "tasks"
    __entity__ = Describe(
        key="tasks",
        label=_l("Tasks"),
        one=_l("Task"),
        icon="checkbox",
        number=4,
        title="title",
        columns=("title", "due_at", "record", "priority", "owner", "done_at"),
        header=("priority",),
        position=40,
        on_timeline=True,
        timeline_kind="task",
        follows_owner=False,
        sort="due_at",
    )
    __indexes__ = (("due_at", "id"), ("owner_id", "done_at", "due_at", "id"))

    title: Mapped[str] = fields.text(_l("Task"), required=True, searchable=True, quick=True, longest=200)
    due_at: Mapped[datetime | None] = fields.moment(_l("Due"), due=True, remind=True, quick=True)
    record: Mapped[str | None] = fields.record_link(_l("About"), parent=True, quick=True)
    priority: Mapped[str | None] = fields.choice(_l("Priority"), PRIORITIES, default="normal")
    repeat: Mapped[str | None] = fields.choice(_l("Repeats"), REPEATS)
    notes: Mapped[str | None] = fields.long_text(_l("Notes"))
    done_at: Mapped[datetime | None] = fields.moment(_l("Done"), readonly=True)
