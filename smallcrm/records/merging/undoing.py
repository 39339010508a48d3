"""A merge taken back: everything that nobody has changed since is as it was, and what is not is said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update

from ... import access, activity
from ...activity.models import Activity
from ...core import clock
from ...core.db import db
from ...core.errors import Invalid, Refused
from ...entities import Field, find, of
from ...entities.attachments import Attachment
from ...entities.types import Attachments
from ...users.models import User
from .. import events, operations
from . import references
from .models import Merge, MergedRecord
from .operations import gone, last

UNMERGED = "unmerged"


@dataclass
class Undone:
    """What came back, and what could not: `fields` changed since, and how many `rows` refer to something else now."""

    names: list[str]
    fields: list[Field] = field(default_factory=list)
    rows: int = 0


def undo(survivor: Any, by: User) -> Undone:
    """Take the newest merge into `survivor` back; inside write(). Raises Forbidden, Refused."""
    access.demand(by, survivor, "edit")
    done = last(survivor)
    if done is None:
        raise Refused(_("There is no merge of the last 30 days to take back."))
    entity = of(survivor)
    changes, overtaken = operations.reversal(survivor, done.before["changes"])
    gone_then = gone(done)
    try:
        if changes:
            operations.take_back(survivor, changes, by, batch=done.batch)
        _stop_leading(done)
        for record in gone_then:
            operations.restore(record, by, batch=done.batch)
    except Invalid as invalid:
        raise Refused(_("This cannot be taken back: %(why)s", why=" ".join(invalid.errors.values()))) from invalid
    # Those that somebody restored by hand are records of their own already, without what had moved.
    back = _others(survivor, done)
    result = Undone([entity.name_of(record) for record in back], overtaken)
    _give_files_back(survivor, done, [record.id for record in back])
    moved = _move_back(done, {record.id for record in back}, by, result)
    _take_back_what_followed(survivor, done, by)
    done.undone_at, done.undone_by_id = clock.now(), by.id
    activity.record(survivor, UNMERGED, by=by, batch=done.batch)
    for record in (survivor, *back):
        operations.children_follow(record)
        db.session.refresh(record)
        events.references_moved.send(record, entity=entity, ids=moved.get(record.id, {}), by=by, batch=done.batch)
    db.session.flush()
    return result


def _others(survivor: Any, done: Merge) -> Sequence[Any]:
    """The records that took part beside the survivor, as far as they are out of the recycle bin."""
    ids = [int(id) for id in done.before["values"] if int(id) != survivor.id]
    entity = of(survivor)
    return db.session.scalars(entity.select().where(entity.model.id.in_(ids)).order_by(entity.model.id)).all()


def _stop_leading(done: Merge) -> None:
    """Let the old addresses be records again, and what led to those lead there."""
    for id, before in done.before["led"].items():
        led = db.session.get(MergedRecord, (done.entity, int(id)))
        if led is not None:
            led.into_id = before
    mine = select(MergedRecord).where(MergedRecord.entity == done.entity, MergedRecord.merge_id == done.id)
    for row in db.session.scalars(mine).all():
        db.session.delete(row)
    db.session.flush()


def _give_files_back(survivor: Any, done: Merge, back: Sequence[int]) -> None:
    fields = (f for f in of(survivor).all_fields.values() if isinstance(f, Attachments))
    kept = {token for f in fields for token in f.get(survivor) or ()}
    for token, id in done.before["files"].items():
        if token not in kept and id in back:
            row = update(Attachment).where(Attachment.token == token, Attachment.record_id == survivor.id)
            db.session.execute(row.values(record_id=id))


def _move_back(done: Merge, back: set[int], by: User, result: Undone) -> dict[int, dict[str, list[int]]]:
    """Let what still refers to the survivor refer to the others again; {id: {entity key: ids}}."""
    moved: dict[int, dict[str, list[int]]] = {}
    for one in done.before["references"]:
        try:
            entity = find(one["entity"])
        except KeyError:
            result.rows += len(one["ids"])
            continue  # a module that was retired since
        by_field = entity.all_fields.get(one["field"])
        ids = one["ids"] if by_field is not None and one["from"] in back else []
        ids = references.still_there(entity, by_field, ids, done.entity, done.survivor_id)
        if ids:
            to = (done.entity, one["from"])
            references.move(entity, by_field, ids, (done.entity, done.survivor_id), to, by, done.batch)
            moved.setdefault(one["from"], {}).setdefault(one["entity"], []).extend(ids)
        result.rows += len(one["ids"]) - len(ids)
    return moved


def _take_back_what_followed(survivor: Any, done: Merge, by: User) -> None:
    """Undo what other rooms changed because of the merge (a second primary contact), where nobody has since."""
    lines = select(Activity).where(Activity.batch == done.batch, Activity.action == "changed").order_by(Activity.id)
    for line in db.session.scalars(lines).all():
        record = db.session.get(find(line.entity).model, line.record_id)
        if (
            record is None
            or record.deleted_at is not None
            or (line.entity, line.record_id) == (done.entity, survivor.id)
        ):
            continue
        changes, _overtaken = operations.reversal(record, line.changes)
        if changes:
            operations.take_back(record, changes, by, batch=done.batch)
