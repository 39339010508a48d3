"""What the pool adds to the pages of records: where a record stands, and what can be done about it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g

from .. import access
from ..core import i18n
from ..entities import of
from . import rules, wording


@dataclass(frozen=True)
class State:
    """Where a record stands. `leaves`: the day on which it goes to the pool, `soon` if its owner has to hurry."""

    pooled: bool = False
    locked: bool = False
    leaves: date | None = None
    words: str = ""
    soon: bool = False


def state(record: Any) -> dict[str, Any]:
    """The variables of the line under the title."""
    entity = of(record)
    if not entity.pooled:
        return {"state": None}
    if record.owner_id is None:
        return {"state": State(pooled=True), "claimable": access.may_claim(g.user, record)}
    rule = rules.of(entity)
    day = rules.leaves_on(entity, record, rule)
    if day is None:
        return {"state": State(locked=record.locked_at is not None)}
    soon = (day - i18n.today()).days <= rule.warn_days
    return {"state": State(leaves=day, words=wording.leaving(day), soon=soon)}


def actions(record: Any) -> dict[str, Any]:
    """The variables of the buttons, of the menu and of the dialog; worked out once for a page."""
    known: dict[tuple[str, int], dict[str, Any]] = g.setdefault("pool_actions", {})
    entity = of(record)
    place = entity.key, record.id
    if place not in known:
        owned = entity.pooled and record.owner_id is not None
        known[place] = {
            "may_claim": not owned and access.may_claim(g.user, record),
            "may_release": owned and access.allows(g.user, record, "release"),
            "may_lock": owned and access.allows(g.user, record, "lock"),
            "locked": entity.pooled and record.locked_at is not None,
        }
    return known[place]
