"""The two things a run does to its records: the action, and taking it back. Each settles one record after the other."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from ... import access
from ...access import Forbidden
from ...activity.models import Activity
from ...core.db import db
from ...core.errors import Invalid, Refused
from ...entities import Entity
from ...users.models import User
from .. import operations as records
from . import selection as selections
from .models import CONFLICT, DONE, FORBIDDEN, GONE, INVALID, REFUSED, RUN, SAME, UNDO, BulkRun, RunState
from .operations import demand, parts
from .verbs import Verb

# (outcome, sentences by field key).
Outcome = tuple[str, dict[str, str]]
Result = tuple[int, Outcome]


class Halfway(Exception):
    """A rule said no after something of the record was written: the chunk has to be done again, with care."""


class Doing:
    """The action itself, by ascending id of the records."""

    name = RUN
    state = RunState.running
    end = RunState.finished

    def following(self, run: BulkRun, most: int) -> list[int]:
        """The ids of the next records to be done; reads only."""
        if run.ids is not None:
            return [id for id in run.ids if id > run.place][:most]
        entity, verb = parts(run)
        user = db.session.get_one(User, run.user_id)
        model = entity.model
        fitting = selections.of_run(run, entity, user, verb).permitted(verb)
        found = select(model.id).where(fitting, model.id > run.place).order_by(model.id).limit(most)
        return list(db.session.scalars(found))

    def settle(self, run: BulkRun, ids: Sequence[int], careful: bool) -> Iterator[Result]:
        """Do it to each; inside write(). With `careful` each in a savepoint of its own. Raises Halfway, Refused."""
        entity, verb = parts(run)
        user = db.session.get_one(User, run.user_id)
        demand(user, entity, verb)
        wanted = selections.of_run(run, entity, user, verb)
        if wanted.ids is not None:
            wanted.ids = list(ids)
        model = entity.model
        there = db.session.scalars(select(model).where(model.id.in_(ids), wanted.condition(verb)))
        found = {record.id: record for record in there}
        touched = _touched_by_others(run, entity, list(found))
        for id in ids:
            if id not in found:
                yield id, (GONE, {})
            elif verb.clashes(run.values, touched.get(id, set())) if id in touched else False:
                yield id, (CONFLICT, {})
            else:
                yield id, _tried(lambda record=found[id]: self._done(run, verb, record, user), careful)

    @staticmethod
    def _done(run: BulkRun, verb: Verb, record: Any, user: User) -> Outcome:
        return (DONE if verb.run(record, run.values, user, run.batch) else SAME), {}


def _touched_by_others(run: BulkRun, entity: Entity, ids: Sequence[int]) -> dict[int, set[str]]:
    """record id → the fields that others changed after the person had seen and confirmed what they asked for."""
    lines = select(Activity.record_id, Activity.changes).where(
        Activity.entity == entity.key,
        Activity.record_id.in_(ids),
        Activity.id > run.seen,
        or_(Activity.actor_id.is_(None), Activity.actor_id != run.user_id),
    )
    touched: dict[int, set[str]] = {}
    for record_id, changes in db.session.execute(lines):
        touched.setdefault(record_id, set()).update(changes)
    return touched


def _tried(do: Any, careful: bool) -> Outcome:
    """What `do` says, or why it could not be done."""
    try:
        with db.session.begin_nested() if careful else nullcontext():
            outcome: Outcome = do()
            return outcome
    except Invalid as invalid:
        return INVALID, invalid.errors
    except Forbidden as forbidden:
        # Said before anything is written.
        return FORBIDDEN, {"": str(forbidden)}
    except Refused as refused:
        if not careful:
            raise Halfway from refused
        return REFUSED, {"": str(refused)}


class Undoing:
    """Taking it back, line by line of history. What somebody changed again since stays as they left it."""

    name = UNDO
    state = RunState.undoing
    end = RunState.undone

    def following(self, run: BulkRun, most: int) -> list[int]:
        """The ids of the next lines of history; reads only."""
        lines = select(Activity.id).where(
            Activity.batch == run.batch, Activity.entity == run.entity, Activity.id > run.place
        )
        return list(db.session.scalars(lines.order_by(Activity.id).limit(most)))

    def settle(self, run: BulkRun, ids: Sequence[int], careful: bool) -> Iterator[Result]:
        """Take each line back; inside write(). Raises Halfway, Refused."""
        entity, verb = parts(run)
        by = db.session.get_one(User, run.undone_by_id)
        demand(by, entity, verb)
        lines = db.session.scalars(select(Activity).where(Activity.id.in_(ids)).order_by(Activity.id)).all()
        model = entity.model
        wanted = select(model).where(entity.rows(), model.id.in_([line.record_id for line in lines]))
        found = {record.id: record for record in db.session.scalars(wanted)}
        for line in lines:
            record = found.get(line.record_id)
            if record is None:
                yield line.record_id, (GONE, {})
                continue
            yield record.id, _tried(lambda line=line, record=record: _taken_back(run, line, record, by), careful)


def _taken_back(run: BulkRun, line: Activity, record: Any, by: User) -> Outcome:
    if line.action == "deleted":
        return _brought_back(run, line, record, by)
    if line.action == "restored":
        return _put_back(run, line, record, by)
    if record.deleted_at is not None:
        return GONE, {}
    changes, overtaken = records.reversal(record, line.changes)
    errors = {field.key: _("Changed again since; it stays as it is now.") for field in overtaken}
    if changes:
        # Who gave a record away must be able to take it back, though it is no longer theirs to change.
        if "owner" not in changes:
            access.demand(by, record, "edit")
        records.take_back(record, changes, by, source="bulk", batch=run.undo_batch)
    return (CONFLICT, errors) if errors else (DONE, {})


def _brought_back(run: BulkRun, line: Activity, record: Any, by: User) -> Outcome:
    if record.deleted_at is None:
        return SAME, {}
    lately = select(Activity.id).where(
        Activity.entity == line.entity, Activity.record_id == record.id, Activity.action == "deleted"
    )
    if db.session.scalar(lately.order_by(Activity.id.desc()).limit(1)) != line.id:
        return CONFLICT, {"": _("It was brought back and deleted again since.")}
    records.restore(record, by, source="bulk", batch=run.undo_batch)
    return DONE, {}


def _put_back(run: BulkRun, line: Activity, record: Any, by: User) -> Outcome:
    if record.deleted_at is not None:
        return SAME, {}
    if record.version != line.version:
        return CONFLICT, {"": _("It was changed since it came back.")}
    records.delete(record, by, source="bulk", batch=run.undo_batch)
    return DONE, {}


def of(run: BulkRun) -> Doing | Undoing:
    """What there is to do for a run that is at work."""
    return Undoing() if run.state == RunState.undoing else Doing()
