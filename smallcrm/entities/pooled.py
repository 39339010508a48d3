"""What records have whose entity knows a public pool (公海): whose they were, and since when nobody cared for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from ..core import clock
from ..core.db import UtcDateTime
from .field import column
from .record import Record
from .types import Choice, Moment, Text, UserRef
from .types.people import user_key

if TYPE_CHECKING:
    from ..users.models import User

# Why a record went to the pool. The last two are the program's own words; people choose among the others.
REASONS = (
    ("no_need", _l("No need at the moment"), "grey"),
    ("unreachable", _l("Cannot be reached"), "amber"),
    ("competitor", _l("Bought elsewhere"), "red"),
    ("price", _l("Price or budget"), "amber"),
    ("not_mine", _l("Not my area or industry"), "blue"),
    ("handover", _l("I cannot look after it"), "purple"),
    ("other", _l("Other"), "grey"),
    ("idle", _l("Not followed up in time"), "red"),
)
IDLE = "idle"

# In a record's history and lists these come after its own fields.
LATE = 80


class PooledRecord(Record):
    """A record that may go to the public pool: it is there while it has no owner.

    `idle_since` is the later of getting its owner and of being cared for last; automatic release counts from it.
    `pool_warned_at`: when the owner was told that it will go, for this idle time if it is later than `idle_since`.
    """

    __abstract__ = True
    __indexes__: ClassVar[tuple[tuple[str, ...], ...]] = (("idle_since", "id"), ("owner_id", "pooled_at", "id"))
    # Whether any change by a person counts as caring for it; else :meth:`cared_for` is called by what does.
    __change_is_care__: ClassVar[bool] = True

    owner_since: Mapped[datetime | None] = column(Moment(_l("Owned since"), readonly=True), sort_order=LATE)
    idle_since: Mapped[datetime | None] = column(Moment(_l("Idle since"), readonly=True), sort_order=LATE)
    locked_at: Mapped[datetime | None] = column(Moment(_l("Locked since"), readonly=True), sort_order=LATE)
    pooled_at: Mapped[datetime | None] = column(Moment(_l("In the pool since"), readonly=True), sort_order=LATE)
    pool_reason: Mapped[str | None] = column(
        Choice(_l("Reason of release"), options=REASONS, readonly=True), sort_order=LATE
    )
    pool_note: Mapped[str | None] = column(Text(_l("Note on release"), readonly=True, longest=200), sort_order=LATE)
    previous_owner_id: Mapped[int | None] = column(
        UserRef(_l("Previous owner"), readonly=True), key="previous_owner", foreign_key=user_key(), sort_order=LATE
    )
    pool_warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime, sort_order=LATE)

    def before_save(self, changes: Mapping[str, tuple[Any, Any]], by: "User | None") -> None:
        if "owner" in changes or self.id is None:
            self._follow_owner(changes.get("owner", (None, None))[0])
        elif by is not None and self.__change_is_care__ and self.owner_id is not None:
            self.idle_since = clock.now()

    def cared_for(self, last: datetime | None) -> None:
        """Count idle time from `last`, the newest follow-up or None, or from getting the owner if that is later."""
        moments = [moment for moment in (self.owner_since, last) if moment is not None]
        self.idle_since = min(max(moments), clock.now()) if moments and self.owner_id is not None else None

    def _follow_owner(self, before: int | None) -> None:
        now = clock.now()
        if self.owner_id is not None:
            self.owner_since = self.idle_since = now
            self.pooled_at = self.pool_reason = self.pool_note = None
        else:
            self.owner_since = self.idle_since = self.locked_at = None
            self.pooled_at, self.previous_owner_id = now, before or self.previous_owner_id


POOL_FIELDS = tuple("owner_since idle_since locked_at pooled_at pool_reason pool_note previous_owner".split())
