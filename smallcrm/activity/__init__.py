"""What happened: every change of every record, written in the transaction of the change."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy import select

from ..core import clock
from ..core.db import db
from ..entities import of
from ..users.models import User
from .models import Activity

KINDS = ("change", "owner", "follow_up", "file", "task")


def record(
    subject: Any,
    action: str,
    *,
    by: User | None,
    changes: Mapping[str, Any] | None = None,
    kind: str = "change",
    source: str = "web",
    batch: str | None = None,
    at: Any = None,
    off_host: bool = False,
) -> Activity:
    """Write down what happened to `subject` (a mapped record with an id); inside write().

    `changes`: {field key: [old, new]} in stored form. The row also appears on the timeline of the record that the
    subject belongs to, where its entity says so and unless `off_host`.
    """
    entity = of(subject)
    host_entity, host_id = entity.key, subject.id
    parent = entity.parent
    if parent is not None and entity.on_timeline and not off_host and (host := parent.host(subject)):
        host_entity, host_id = host
    happened = Activity(
        at=at or clock.now(),
        actor_id=by.id if by else None,
        entity=entity.key,
        record_id=subject.id,
        host_entity=host_entity,
        host_id=host_id,
        version=subject.version,
        action=action,
        kind=kind,
        changes=dict(changes or {}),
        has_files=any(entity[key].holds_files and pair[1] for key, pair in (changes or {}).items()),
        source=source,
        batch=batch,
    )
    db.session.add(happened)
    return happened


def last_change(entity: str, record_id: int, version: int | None = None) -> Activity | None:
    """The newest line of a record's history, if it is a change of fields that can be undone.

    With `version` the newest of the lines that made that version of the record.
    """
    lines = select(Activity).where(Activity.entity == entity, Activity.record_id == record_id)
    if version is not None:
        lines = lines.where(Activity.version == version)
    last = db.session.scalars(lines.order_by(Activity.id.desc()).limit(1)).first()
    return last if last is not None and last.action in ("changed", "undone") and last.changes else None


def changed_since(entity: str, record_id: int, version: int) -> dict[str, Any]:
    """{field key: stored value as it was at `version`} of every field changed after that version."""
    rows = db.session.scalars(
        select(Activity)
        .where(Activity.entity == entity, Activity.record_id == record_id, Activity.version > version)
        .order_by(Activity.id)
    )
    before: dict[str, Any] = {}
    for row in rows:
        for key, (old, _new) in row.changes.items():
            before.setdefault(key, old)
    return before


def init_app(app: Flask) -> None:
    """The tables are known once this package is imported."""
