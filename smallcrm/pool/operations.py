"""The verbs of the pool: claim, release, lock, unlock. Each is called inside ``with write():``."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from .. import access
from ..core import clock
from ..core.db import db
from ..core.errors import Invalid, Refused
from ..entities import Entity, Field, of
from ..entities.pooled import IDLE
from ..notifications import operations as notifications
from ..records import operations
from ..users.models import User

# How long after losing a race one is told who won it; later the record is simply somebody's, and not found.
A_MOMENT = timedelta(hours=1)
LONGEST_NOTE = 200
# The plan of the owner who gives a customer back means nothing to the next one.
PLAN = "next_follow_up_at"


def claim(entity: Entity, id: int, by: User, *, source: str = "web") -> Any:
    """Make a record of the pool `by`'s own; returns it. Of several who try at once, one gets it.

    Raises NotFound when it is not in the pool for `by`, Refused when somebody was quicker, Forbidden.
    """
    access.demand_any(by, entity, "claim")
    record = db.session.scalars(select(entity.model).where(entity.model.id == id, access.in_pool(entity, by))).first()
    if record is None:
        raise _too_late(entity, id, by)
    operations.apply(entity, record, {"owner": (None, by.id)}, by, source=source, action="claimed")
    return record


def _too_late(entity: Entity, id: int, by: User) -> Exception:
    record = db.session.get(entity.model, id)
    if record is None or not entity.pooled or of(record).key != entity.key or record.deleted_at is not None:
        return NotFound()
    if record.owner_id == by.id:
        return Refused(_("“%(name)s” is yours already.", name=entity.name_of(record)))
    just_now = record.owner_since is not None and clock.now() - record.owner_since < A_MOMENT
    if record.previous_owner_id is None or not just_now:
        return NotFound()
    who = entity["owner"].text(record.owner_id)
    return Refused(_("%(who)s was quicker and claimed “%(name)s”.", who=who, name=entity.name_of(record)))


def reasons(entity: Entity) -> list[Any]:
    """The options a person may give for a release: those in use, without the program's own."""
    field: Any = entity["pool_reason"]
    return [option for option in field.options if not option.retired and option.value != IDLE]


def release(record: Any, reason: str, note: str, by: User, *, source: str = "web") -> None:
    """Put a record into the pool, for a `reason` of the list and in a few words. Raises Invalid, Refused, Forbidden."""
    entity = of(record)
    access.demand(by, record, "release")
    if record.owner_id is None:
        raise Refused(_("“%(name)s” is in the pool already.", name=entity.name_of(record)))
    errors = {}
    note = " ".join(note.split())
    if reason not in {option.value for option in reasons(entity)}:
        errors["reason"] = _("Choose why you give it up; the next one wants to know.")
    if len(note) > LONGEST_NOTE:
        errors["note"] = _("At most %(longest)s characters; this has %(length)s.", longest=200, length=len(note))
    if errors:
        raise Invalid(errors)
    owner_id, name = record.owner_id, entity.name_of(record)
    changes = {"owner": (owner_id, None), "pool_reason": (record.pool_reason, reason)}
    if note:
        changes["pool_note"] = (record.pool_note, note)
    operations.apply(entity, record, changes | _plan_dropped(entity, record), by, source=source, action="released")
    if owner_id != by.id:
        words = entity["pool_reason"].text(reason)
        notifications.notify(
            owner_id, "pool_taken", entity=entity, record_id=record.id, name=name, actor=by.name, reason=words
        )


def release_idle(record: Any, batch: str) -> None:
    """Put a record into the pool because nobody cared for it in time: the program's own doing, no rights asked."""
    entity = of(record)
    changes = {"owner": (record.owner_id, None), "pool_reason": (record.pool_reason, IDLE)}
    changes |= _plan_dropped(entity, record)
    operations.apply(entity, record, changes, None, source="pool", batch=batch, action="pooled")


def lock(record: Any, by: User) -> None:
    """Keep a record out of the pool until it is unlocked. Raises Refused, Forbidden."""
    access.demand(by, record, "lock")
    if record.owner_id is None:
        raise Refused(_("Only a record that has an owner can be locked."))
    if record.locked_at is None:
        changes = {"locked_at": (None, clock.now())}
        operations.apply(of(record), record, changes, by, action="locked", kind="owner")


def unlock(record: Any, by: User) -> None:
    """Let a record go to the pool again; its idle time counts from now. Raises Forbidden."""
    access.demand(by, record, "lock")
    if record.locked_at is not None:
        changes = {"locked_at": (record.locked_at, None)}
        operations.apply(of(record), record, changes, by, action="unlocked", kind="owner")
        record.idle_since = clock.now()
        db.session.flush()


def _plan_dropped(entity: Entity, record: Any) -> dict[str, tuple[Any, Any]]:
    plan: Field | None = entity.get(PLAN)
    planned = plan.get(record) if plan is not None else None
    return {PLAN: (planned, None)} if planned is not None else {}
