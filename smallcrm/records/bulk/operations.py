"""Beginning, stopping, going on with and taking back bulk actions. Each is called inside ``with write():``."""

from typing import Any

from flask_babel import gettext as _

from ...access import Forbidden
from ...core import clock, lane
from ...core.db import db
from ...core.errors import Refused
from ...entities import Entity, every
from ...users.models import User
from . import selection as selections
from .models import FORBIDDEN, BulkRun, RunState
from .selection import Selection
from .verbs import VERBS, Verb


def begin(selection: Selection, verb: Verb, values: dict[str, Any], *, seen: int) -> BulkRun:
    """Write down what is to be done, by the person of the selection. `seen`: the last line of history they knew.

    Raises Refused when there is nothing to do it to.
    """
    entity, user = selection.entity, selection.user
    there, allowed = selection.count(verb)
    if not there:
        raise Refused(_("None of these records is there any more."))
    run = BulkRun(
        user_id=user.id,
        entity=entity.key,
        verb=verb.key,
        values=values,
        ids=selection.ids,
        query=selection.query,
        newest=min(selection.newest, selections.newest(entity)),
        seen=min(seen, selections.last_line()),
        total=there if selection.ids is None else len(selection.ids),
        # A walk over a list meets only those on which the action is allowed.
        counts={FORBIDDEN: there - allowed} if selection.ids is None and there > allowed else {},
    )
    db.session.add(run)
    db.session.flush()
    return run


def undo(run: BulkRun, by: User) -> None:
    """Begin to take everything back; nothing happens if that has begun. Raises Refused, Forbidden."""
    _demand_control(run, by)
    if run.undone_by_id is not None:
        return
    if not run.is_undoable:
        raise Refused(_("This can no longer be taken back: there is nothing to take back, or a day has passed."))
    run.state, run.undone_by_id, run.place, run.failure = RunState.undoing, by.id, 0, None
    run.seconds, run.turn_at = 0.0, clock.now()


def cancel(run: BulkRun, by: User) -> None:
    """Stop an action; what is done stays done. Nothing happens to one that has ended. Raises Forbidden."""
    _demand_control(run, by)
    if run.state == RunState.running:
        run.state, run.finished_at = RunState.cancelled, clock.now()
        lane.leave(run)


def go_on(run: BulkRun, by: User) -> None:
    """Let one that was stopped, or failed, do the rest. Raises Forbidden."""
    _demand_control(run, by)
    if run.may_go_on:
        run.state = RunState.running if run.undone_by_id is None else RunState.undoing
        run.failure, run.turn_at = None, clock.now()


def may_control(run: BulkRun, user: User) -> bool:
    """Whose action it is, and who looks after the program."""
    return run.user_id == user.id or user.can("manage_settings")


def _demand_control(run: BulkRun, by: User) -> None:
    if not may_control(run, by):
        raise Forbidden(_("You do not have the right to do this. Ask your administrator if you need it."))


def parts(run: BulkRun) -> tuple[Entity, Verb]:
    """What a run is about, and its verb. Raises Refused when either no longer exists."""
    entity = next((each for each in every() if each.key == run.entity), None)
    verb = VERBS.get(run.verb)
    if entity is None or verb is None:
        raise Refused(_("This module no longer exists."))
    return entity, verb


def demand(user: User, entity: Entity, verb: Verb) -> None:
    """Raise Forbidden unless `user` may still do such a thing at all: rights can be taken away while it goes on."""
    if not user.is_active:
        raise Forbidden(_("This account is disabled."))
    if not verb.is_offered(entity, user):
        raise Forbidden(_("You do not have the right to do this. Ask your administrator if you need it."))
