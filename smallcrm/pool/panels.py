"""What the pool adds to the pages of records: where a record stands, and what can be done about it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext as _n

from .. import access
from ..core import i18n
from ..entities import of
from . import rules


@dataclass(frozen=True)
class State:
    """Where a record stands. `leaves`: words on when it goes to the pool, `soon` if the owner has been warned."""

    pooled: bool = False
    locked: bool = False
    leaves: str = ""
    soon: bool = False


def state(record: Any) -> dict[str, Any]:
    """The variables of the line under the title."""
    entity = of(record)
    if not entity.pooled:
        return {"state": None}
    if record.owner_id is None:
        return {"state": State(pooled=True)}
    rule = rules.of(entity)
    day = rules.leaves_on(entity, record, rule)
    if day is None:
        return {"state": State(locked=record.locked_at is not None)}
    left = (day - i18n.today()).days
    return {"state": State(leaves=leaving_words(day), soon=left <= rule.warn_days)}


def leaving_words(day: date) -> str:
    """When a record goes to the pool, as people say it."""
    left = (day - i18n.today()).days
    if left <= 0:
        return _("Goes to the pool today")
    if left == 1:
        return _("Goes to the pool tomorrow")
    return _n("Goes to the pool in %(num)s day", "Goes to the pool in %(num)s days", left)


def actions(record: Any) -> dict[str, Any]:
    """The variables of the buttons and of the menu."""
    entity = of(record)
    if not entity.pooled:
        return {"may_claim": False, "may_release": False, "may_lock": False}
    owned = record.owner_id is not None
    return {
        "may_claim": not owned and access.may(g.user, entity, "claim"),
        "may_release": owned and access.allows(g.user, record, "release"),
        "may_lock": owned and access.allows(g.user, record, "lock"),
        "locked": record.locked_at is not None,
    }
