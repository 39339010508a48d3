"""What nobody cared for: warn its owner, then put it into the pool. In short transactions, safe to stop anywhere."""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select, update

from ..core import clock, i18n
from ..core.db import db, write
from ..core.once import remembering
from ..entities import Entity, every, find
from ..notifications import operations as notifications
from . import operations, rules

log = logging.getLogger(__name__)

# Rows in one transaction, at some 10 ms each: short enough that nobody waits for it.
AT_ONCE = 25


def look() -> tuple[int, int]:
    """Warn and release whatever is due now; (how many were warned about, how many released)."""
    warned = released = 0
    for key in [entity.key for entity in every() if entity.pooled and rules.of(entity).automatic]:
        while count := _release_some(key):
            released += count
        while count := _warn_some(key):
            warned += count
    if warned or released:
        log.info("pool: %s warned about, %s released", warned, released)
    return warned, released


def _warn_some(key: str) -> int:
    with write(), remembering():
        entity, rule = find(key), rules.of(find(key))
        if not rule.automatic or rule.warn_days == 0:
            return 0
        model, title = entity.model, entity.title
        due = select(model.id, model.owner_id, title.column(model)).where(rules.to_warn(entity, rule))
        rows = db.session.execute(due.order_by(model.idle_since, model.id).limit(AT_ONCE)).all()
        # No new version of the record: a form that is open on it must not conflict with this.
        marked = update(model).where(model.id.in_([id for id, _owner, _title in rows]))
        db.session.execute(marked.values(pool_warned_at=clock.now()).execution_options(synchronize_session=False))
        href = f"/{entity.slug}?" + urlencode({"f.owner.in": "me", **rules.leaving(entity, rule), "sort": "idle_since"})
        day = i18n.today() + timedelta(days=rule.warn_days)
        for id, owner_id, name in rows:
            words = title.text(title.from_row(name)) or f"#{id}"
            _tell(owner_id, "pool_warning", entity, words, href=href, day=day.isoformat())
        return len(rows)


def _release_some(key: str) -> int:
    with write(), remembering():
        entity, rule = find(key), rules.of(find(key))
        if not rule.automatic:
            return 0
        model = entity.model
        due = select(model).where(rules.to_release(entity, rule)).order_by(model.idle_since, model.id).limit(AT_ONCE)
        records = db.session.scalars(due).all()
        batch = f"pool {i18n.today():%Y-%m-%d}"
        for record in records:
            owner_id, name = record.owner_id, entity.name_of(record)
            operations.release_idle(record, batch)
            _tell(owner_id, "pool_released", entity, name, href=operations.way_to(entity, owner_id), days=rule.days)
        return len(records)


def _tell(owner_id: int, kind: str, entity: Entity, name: str, *, href: str, **params: Any) -> None:
    """One line a day for each owner and kind, however many records it is about."""
    mark = f"{kind} {entity.key} {i18n.today():%Y-%m-%d}"
    notifications.notify_of_many(owner_id, kind, mark, [name], entity=entity, href=href, **params)
