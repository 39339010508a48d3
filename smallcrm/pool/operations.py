"""The verbs of the pool: claim, release, lock, unlock. Each is called inside ``with write():``."""

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from .. import access
from ..activity.models import Activity
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


class TooLate(Refused):
    """Somebody else, or the same person a click earlier, has claimed it."""


def claim(entity: Entity, id: int, by: User, *, source: str = "web") -> Any:
    """Make a record of the pool `by`'s own; returns it. Of several who try at once, one gets it.

    Raises NotFound when it is not in the pool for `by`, TooLate when somebody was quicker, Forbidden.
    """
    access.demand_any(by, entity, "claim")
    record = db.session.scalars(select(entity.model).where(entity.model.id == id, access.in_pool(entity, by))).first()
    if record is None:
        raise _too_late(entity, id, by)
    changes = {"owner": (None, by.id)} | _plan_again(entity, record, by)
    operations.apply(entity, record, changes, by, source=source, action="claimed")
    return record


def _too_late(entity: Entity, id: int, by: User) -> Exception:
    record = db.session.get(entity.model, id)
    if record is None or not entity.pooled or of(record).key != entity.key or record.deleted_at is not None:
        return NotFound()
    if record.owner_id == by.id:
        return TooLate(_("“%(name)s” is yours already.", name=entity.name_of(record)))
    if not _was_claimed_just_now(entity, record, by):
        return NotFound()
    who = entity["owner"].text(record.owner_id)
    return TooLate(_("%(who)s was quicker and claimed “%(name)s”.", who=who, name=entity.name_of(record)))


def _was_claimed_just_now(entity: Entity, record: Any, by: User) -> bool:
    """Whether the record stood in the pool before the eyes of `by` a moment ago: only then it is no secret."""
    # Where somebody may claim only what was their department's, nobody knows any more which one that was.
    if access.scope(by, entity, "claim") != "all":
        return False
    last = _last_line(entity, record)
    return last is not None and last.action == "claimed" and clock.now() - last.at < A_MOMENT


def _last_line(entity: Entity, record: Any) -> Activity | None:
    """The newest change of owner in a record's history."""
    lines = select(Activity).where(
        Activity.entity == entity.key, Activity.record_id == record.id, Activity.kind == "owner"
    )
    return db.session.scalars(lines.order_by(Activity.id.desc()).limit(1)).first()


def reasons(entity: Entity) -> list[Any]:
    """The options a person may give for a release: those in use, without the program's own."""
    field: Any = entity["pool_reason"]
    return [option for option in field.options if not option.retired and option.value != IDLE]


def release(record: Any, reason: str, note: str, by: User, *, source: str = "web", batch: str | None = None) -> None:
    """Put a record into the pool, for a `reason` of the list and in a few words. Raises Invalid, Refused, Forbidden.

    With `batch` it is one of many: whoever loses some is told of all of them in one line.
    """
    entity = of(record)
    access.demand(by, record, "release")
    demand_owner(record)
    note = checked(entity, reason, note)
    owner_id, name = record.owner_id, entity.name_of(record)
    changes = {"owner": (owner_id, None), "pool_reason": (record.pool_reason, reason)}
    if note:
        changes["pool_note"] = (record.pool_note, note)
    changes |= _plan_dropped(entity, record)
    operations.apply(entity, record, changes, by, source=source, batch=batch, action="released")
    if owner_id == by.id:
        return
    words = entity["pool_reason"].text(reason)
    about: dict[str, Any] = {"actor": by.name, "reason": words, "href": way_to(entity, owner_id)}
    if batch is None:
        notifications.notify(owner_id, "pool_taken", entity=entity, name=name, **about)
    else:
        mark = f"pool_taken {entity.key} {batch}"
        notifications.notify_of_many(owner_id, "pool_taken", mark, [name], entity=entity, **about)


def checked(entity: Entity, reason: str, note: str) -> str:
    """The note as it is kept. Raises Invalid, which says what is wrong with either."""
    errors = {}
    note = " ".join(note.split())
    if reason not in {option.value for option in reasons(entity)}:
        errors["reason"] = _("Choose why you give it up; the next one wants to know.")
    if len(note) > LONGEST_NOTE:
        errors["note"] = _(
            "At most %(longest)s characters; this has %(length)s.", longest=LONGEST_NOTE, length=len(note)
        )
    if errors:
        raise Invalid(errors)
    return note


def way_to(entity: Entity, user_id: int) -> str:
    """Where somebody looks for what has left them: in the pool, if they may claim from it."""
    may_claim = access.may(db.session.get_one(User, user_id), entity, "claim")
    return f"/pool/{entity.slug}" if may_claim else f"/{entity.slug}"


def demand_owner(record: Any) -> None:
    """Raise Refused for a record that nobody has to give up."""
    if record.owner_id is None:
        raise Refused(_("“%(name)s” is in the pool already.", name=of(record).name_of(record)))


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


def _plan_again(entity: Entity, record: Any, by: User) -> dict[str, tuple[Any, Any]]:
    """The plan that `by` had until giving the record up a moment ago: a slip costs nothing."""
    plan: Field | None = entity.get(PLAN)
    last = _last_line(entity, record)
    if plan is None or last is None or last.action != "released" or last.actor_id != by.id:
        return {}
    if clock.now() - last.at >= A_MOMENT or PLAN not in last.changes:
        return {}
    owner_before, planned = last.changes["owner"][0], plan.load_value(last.changes[PLAN][0])
    return {PLAN: (plan.get(record), planned)} if owner_before == by.id and plan.get(record) is None else {}


def _plan_dropped(entity: Entity, record: Any) -> dict[str, tuple[Any, Any]]:
    plan: Field | None = entity.get(PLAN)
    planned = plan.get(record) if plan is not None else None
    return {PLAN: (planned, None)} if planned is not None else {}
