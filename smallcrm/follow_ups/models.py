"""What was said to a customer, and what is to be done."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from ..access import allows, visible_by_key, writable_fields
from ..core import clock, i18n
from ..core.db import BigId, db
from ..core.errors import Refused
from ..customers.models import Customer
from ..entities import Describe, Record, fields, find, of
from ..entities.record import Changes
from ..entities.types import RecordLink
from ..records import operations
from .recurrence import next_due

if TYPE_CHECKING:
    from ..users.models import User

KINDS = (
    ("phone", _l("Phone call"), "blue"),
    ("wechat", _l("WeChat"), "green"),
    ("visit", _l("Visit"), "purple"),
    ("email", _l("Mail"), "cyan"),
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
    __indexes__ = (
        ("happened_at", "id"),
        ("kind", "id"),
        ("next_follow_up_at", "id"),
        ("contact_id", "id"),
        ("customer_id", "happened_at", "id"),
        ("created_by_id", "happened_at", "id"),
        # Reports count from this alone, without looking at the rows.
        ("happened_at", "created_by_id", "kind", "owner_id", "department_id", "deleted_at"),
    )

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

    # What was planned stays: neither throwing a follow-up away nor bringing it back is a new talk.
    def after_delete(self, by: "User | None") -> None:
        self._tell_customer(None)

    def after_restore(self, by: "User | None") -> None:
        self._tell_customer(None)

    def _tell_customer(self, by: "User | None") -> None:
        customer = db.session.get(Customer, self.customer_id)
        if customer is None:
            return
        newest = show_newest(customer)
        if newest is self and by is not None:
            self._plan_next(customer, by)

    def _plan_next(self, customer: Customer, by: "User") -> None:
        """The newest follow-up decides when the next one is due; without a date it settles one that was due by now."""
        planned = customer.next_follow_up_at
        wanted = self.next_follow_up_at
        if wanted is None and planned is not None and planned > clock.now() + timedelta(hours=12):
            wanted = planned
        if wanted != planned:
            changes = {"next_follow_up_at": (planned, wanted)}
            operations.apply(find("customers"), customer, changes, by, action="planned")


def show_newest(customer: Customer) -> FollowUp | None:
    """Let a customer show its newest follow-up, whatever order they were written in; returns it. Inside write()."""
    newest = db.session.scalars(
        select(FollowUp)
        .where(FollowUp.customer_id == customer.id, FollowUp.deleted_at.is_(None))
        .order_by(FollowUp.happened_at.desc(), FollowUp.id.desc())
        .limit(1)
    ).first()
    customer.last_follow_up_at = newest.happened_at if newest else None
    customer.last_follow_up = newest.content[:200] if newest else None
    customer.cared_for(customer.last_follow_up_at)
    return newest


def references_moved(record: Any, **_about: Any) -> None:
    """Follow-ups went to this record, or from it, with its merge or the undoing of one; inside write()."""
    if isinstance(record, Customer):
        show_newest(record)


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
    __indexes__ = (
        ("due_at", "id"),
        ("done_at", "due_at", "id"),
        ("owner_id", "done_at", "due_at", "id"),
        ("record", "id"),
        ("priority", "id"),
    )

    title: Mapped[str] = fields.text(_l("Task"), required=True, searchable=True, quick=True, longest=200)
    due_at: Mapped[datetime | None] = fields.moment(
        _l("Due"),
        due=True,
        remind=True,
        remind_unless="done_at",
        remind_words=_l("Task due: %(name)s"),
        quick=True,
    )
    record: Mapped[str | None] = fields.record_link(_l("About"), parent=True, quick=True)
    priority: Mapped[str | None] = fields.choice(_l("Priority"), PRIORITIES, default="normal")
    repeat: Mapped[str | None] = fields.choice(_l("Repeats"), REPEATS)
    notes: Mapped[str | None] = fields.long_text(_l("Notes"))
    done_at: Mapped[datetime | None] = fields.moment(_l("Done"), readonly=True)
    # The day of the month that was meant (31), kept through months that have none.
    repeat_day: Mapped[int | None]
    # The finished task that this one is the repetition of.
    repeats_id: Mapped[int | None] = mapped_column(ForeignKey("tasks.id"), index=True)

    def before_save(self, changes: Changes, by: "User | None") -> None:
        if "due_at" in changes or "repeat" in changes:
            self.repeat_day = i18n.local(self.due_at).day if self.due_at and self.repeat else None

    def complete(self, by: "User") -> "Task | None":
        """Mark it done and make the next one of a repeating task, which is returned; inside write()."""
        if self.done_at is not None:
            raise Refused(_("This task is done already."))
        changes = {"done_at": (None, clock.now())}
        operations.apply(of(self), self, changes, by, action="completed", kind="task")
        if self.repeat and self.due_at and self._repetition() is None:
            return self._repeat(by)
        return None

    def reopen(self, by: "User") -> None:
        """Take the completion back, with the repetition it made unless somebody worked on that; inside write()."""
        if self.done_at is None:
            raise Refused(_("This task is not done yet."))
        changes = {"done_at": (self.done_at, None)}
        operations.apply(of(self), self, changes, by, action="reopened", kind="task")
        following = self._repetition()
        untouched = following is not None and following.updated_at == following.created_at
        if following is not None and untouched and allows(by, following, "delete"):
            operations.delete(following, by)

    def postpone(self, by: "User", day: date) -> None:
        """Make it due on another day, at the same hour; inside write()."""
        if self.done_at is not None:
            raise Refused(_("This task is done already."))
        if day < i18n.today():
            raise Refused(_("This day is over. Choose a later one."))
        hour = i18n.local(self.due_at).time() if self.due_at else time(0)
        due_at = datetime.combine(day, hour, tzinfo=i18n.zone()).astimezone(UTC)
        if due_at != self.due_at:
            changes = {"due_at": (self.due_at, due_at)}
            operations.apply(of(self), self, changes, by)

    def _repetition(self) -> "Task | None":
        made = select(Task).where(Task.repeats_id == self.id, Task.deleted_at.is_(None))
        return db.session.scalars(made.limit(1)).first()

    def _repeat(self, by: "User") -> "Task":
        assert self.repeat is not None and self.due_at is not None
        day = self.repeat_day or i18n.local(self.due_at).day
        due_at = next_due(self.repeat, self.due_at, clock.now(), i18n.zone(), day)
        made = operations.create(of(self), {**self._copied(by), "due_at": due_at}, by, owner=self.owner_id)
        made.repeat_day, made.repeats_id = day, self.id
        return made

    def _copied(self, by: "User") -> dict[str, Any]:
        """What the repetition takes over, as form values: not files, numbers or what has to be unique."""
        writable = {field.key for field in writable_fields(of(self), by)}
        values = {
            field.key: field.form_value(field.get(self))
            for field in of(self).form_fields
            if field.key in writable and not (field.system or field.unique or field.holds_files)
        }
        if self.record and visible_by_key(*RecordLink.place(self.record), by) is None:
            values["record"] = None  # the person who finishes it need not see what it is about
        return values


class Phrase(db.Model):
    """A sentence that is often written in follow-ups; everybody's when it has no `user_id`."""

    __tablename__ = "phrases"
    __table_args__ = (Index("ix_phrases_user_id", "user_id", "position"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(200))
    position: Mapped[int] = mapped_column(default=0)
