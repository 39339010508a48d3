"""Telling people, and their having read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from ..core import clock
from ..core.db import db
from ..core.once import once
from ..entities import Entity
from .models import Notification

NAMES_KEPT = 3


def notify(
    user_id: int,
    kind: str,
    *,
    entity: Entity | None = None,
    record_id: int | None = None,
    at: datetime | None = None,
    **params: Any,
) -> None:
    """Tell one person one thing; inside write(). `params` are the JSON values of the sentence of `kind`."""
    line = Notification(user_id=user_id, kind=kind, created_at=at or clock.now(), params=params, record_id=record_id)
    line.entity = entity.key if entity else None
    db.session.add(line)


def notify_of_many(
    user_id: int,
    kind: str,
    batch: str,
    names: Sequence[str],
    *,
    entity: Entity | None = None,
    at: datetime | None = None,
    **params: Any,
) -> None:
    """Tell one person of several things in one line; inside write(). Adds to the line of `batch` if there is one."""
    line = once(("notification", user_id, batch), lambda: _line(user_id, batch) or _new_line(user_id, batch))
    if line.id is None:
        line.kind, line.created_at = kind, at or clock.now()
        line.entity = entity.key if entity else None
    before = line.params
    line.params = {
        **params,
        "count": before.get("count", 0) + len(names),
        "names": [*before.get("names", ()), *names][:NAMES_KEPT],
    }
    line.read_at = None


def _line(user_id: int, batch: str) -> Notification | None:
    known = select(Notification).where(Notification.user_id == user_id, Notification.batch == batch)
    return db.session.scalars(known).first()


def _new_line(user_id: int, batch: str) -> Notification:
    line = Notification(user_id=user_id, batch=batch, params={})
    db.session.add(line)
    return line


def mark_read(line: Notification) -> None:
    """Its reader has seen it; inside write()."""
    line.read_at = line.read_at or clock.now()


def mark_all_read(user_id: int, until: int) -> int:
    """Mark the unread lines up to the id `until` (the newest that was shown); inside write(). Returns how many."""
    unread = update(Notification).where(
        Notification.user_id == user_id, Notification.read_at.is_(None), Notification.id <= until
    )
    done = db.session.scalars(unread.values(read_at=clock.now()).returning(Notification.id))
    return len(done.all())
