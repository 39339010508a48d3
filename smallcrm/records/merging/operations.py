"""One record of several, and back. Each is called inside ``with write():`` and is one transaction with all it moves."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from ... import access, activity
from ...core import clock
from ...core.db import db
from ...core.errors import Refused
from ...entities import find, of
from ...entities.attachments import Attachment
from ...entities.types import Attachments
from ...users.models import User
from .. import events, favourites, operations
from ..values import stored_changes
from . import choices, references
from .models import Merge, MergedRecord

MOST = 5
# How long a merge can be taken back.
KEPT = timedelta(days=30)
MERGED, WENT_IN = "merged", "went_in"


def merge(survivor: Any, others: Sequence[Any], by: User, sent: Mapping[str, str] | None = None) -> Merge:
    """Make one record of several; returns what was done. The others go to the recycle bin and lead to the survivor.

    `sent`: {field key: id of the record whose value stays, as text, or "both"}; what is not said is decided as the
    comparison proposes it. Raises Forbidden, Refused, Invalid.
    """
    _demand(survivor, others, by)
    records = [survivor, *others]
    values = choices.decided(records, survivor, by, sent or {})
    done = Merge(entity=of(survivor).key, survivor_id=survivor.id, by_id=by.id, at=clock.now())
    done.before = {"values": {str(record.id): _stored(record) for record in records}}
    db.session.add(done)
    db.session.flush()
    moved = _move(survivor, others, by, done)
    _tell(survivor, moved, by, done.batch)
    # What the rooms below have filled in by now counts; else the undoing would take it for somebody's change.
    mine = {field.key for field in choices.choosable(of(survivor), by)}
    values = {key: value for key, value in values.items() if key in mine or of(survivor)[key].get(survivor) is None}
    files = _take_files(survivor, others, values)
    changes = operations.take_values(survivor, values, by, batch=done.batch, action=MERGED)
    if not changes:
        activity.record(survivor, MERGED, by=by, batch=done.batch)
    operations.children_follow(survivor)
    done.before = {
        **done.before,
        "changes": stored_changes(of(survivor), changes),
        "references": moved,
        "files": files,
        "led": _lead_to(survivor, others, done),
    }
    db.session.flush()
    return done


def _demand(survivor: Any, others: Sequence[Any], by: User) -> None:
    entity = of(survivor)
    if not 1 <= len(others) < MOST:
        raise Refused(_("Choose two to %(most)s records to merge.", most=MOST))
    access.demand(by, survivor, "edit")
    for other in others:
        access.demand(by, other, "delete")
    parent = entity.parent
    host = parent.host(survivor) if parent is not None else None
    if host and host[0] == entity.key and host[1] in {other.id for other in others}:
        name = entity.name_of(survivor)
        raise Refused(_("“%(name)s” belongs to a record that would go. Let the other one stay.", name=name))


def _stored(record: Any) -> dict[str, Any]:
    """Everything that a record holds, in stored form."""
    fields = ((field, field.get(record)) for field in of(record).all_fields.values())
    return {field.key: field.dump(value) for field, value in fields if value is not None}


def _move(survivor: Any, others: Sequence[Any], by: User, done: Merge) -> list[dict[str, Any]]:
    """Let go what refers to the others, then the others themselves."""
    moved: list[dict[str, Any]] = []
    part = [survivor.id, *(other.id for other in others)]
    for other in others:
        moved += references.move_all(done.entity, other.id, survivor.id, part, by, done.batch)
    for other in others:
        favourites.follow(of(survivor), other.id, survivor.id)
        if other.deleted_at is None:
            operations.delete(other, by, batch=done.batch, action=WENT_IN)
    return moved


def _take_files(survivor: Any, others: Sequence[Any], values: Mapping[str, Any]) -> dict[str, int]:
    """Bind the files that the survivor gets to it; {token: id of the record that had it}."""
    entity = of(survivor)
    wanted = {token for key, value in values.items() if isinstance(entity[key], Attachments) for token in value or ()}
    theirs = (Attachment.entity == entity.key, Attachment.record_id.in_([other.id for other in others]))
    taken = {}
    for file in db.session.scalars(select(Attachment).where(*theirs, Attachment.token.in_(wanted))):
        taken[file.token], file.record_id = file.record_id or 0, survivor.id
    db.session.flush()
    return taken


def _lead_to(survivor: Any, others: Sequence[Any], done: Merge) -> dict[str, int]:
    """Let the old addresses lead to the survivor; {id: where it led before} of those that led to one of the others."""
    ids = [other.id for other in others]
    rows = select(MergedRecord).where(MergedRecord.entity == done.entity, MergedRecord.into_id.in_(ids))
    led = {}
    for row in db.session.scalars(rows).all():
        led[str(row.record_id)], row.into_id = row.into_id, survivor.id
    for id in ids:
        db.session.merge(MergedRecord(entity=done.entity, record_id=id, into_id=survivor.id, merge_id=done.id))
    return led


def _tell(host: Any, moved: Sequence[Mapping[str, Any]], by: User, batch: str) -> None:
    """Tell the rooms below which records belong to `host` now."""
    ids: dict[str, list[int]] = {}
    for one in moved:
        ids.setdefault(one["entity"], []).extend(one["ids"])
    db.session.refresh(host)
    events.references_moved.send(host, entity=of(host), ids=ids, by=by, batch=batch)


def last(record: Any) -> Merge | None:
    """The newest merge into this record that can still be taken back."""
    into = (Merge.entity == of(record).key, Merge.survivor_id == record.id, Merge.undone_at.is_(None))
    newest = db.session.scalars(select(Merge).where(*into).order_by(Merge.id.desc()).limit(1)).first()
    return newest if newest is not None and newest.at > clock.now() - KEPT else None


def gone(done: Merge) -> list[Any]:
    """The records that went in this merge and are still in the recycle bin because of it."""
    model = find(done.entity).model
    rows = select(model).join(MergedRecord, MergedRecord.record_id == model.id)
    mine = (MergedRecord.entity == done.entity, MergedRecord.merge_id == done.id, model.deleted_at.is_not(None))
    return list(db.session.scalars(rows.where(*mine).order_by(model.id)))


def record_restored(record: Any, *, entity: Any, **_about: Any) -> None:
    """A record that came back from the recycle bin is one of its own again; inside write()."""
    led = db.session.get(MergedRecord, (entity.key, record.id))
    if led is not None:
        db.session.delete(led)
