"""Who has had a record, from when to when, and why each gave it up: from its history, without what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from ..activity.models import Activity
from ..core import i18n
from ..core.db import db
from ..entities import Entity, of

# More than this nobody reads before deciding; the history of the record has them all.
MOST = 10
LOOKED_AT = 200


@dataclass(frozen=True)
class Span:
    """A former owner's time, in days of the company. `reason` is safe HTML, "" when it was handed on unexplained."""

    who: str
    since: date
    until: date
    reason: str
    note: str

    @property
    def days(self) -> int:
        """How long it lasted."""
        return (self.until - self.since).days


def spans(record: Any) -> list[Span]:
    """The former owners of a record, newest first; at most ten."""
    entity = of(record)
    found: list[Span] = []
    owner: int | None = None
    since: datetime | None = None
    for line in _lines(entity, record):
        after = line.changes["owner"][1]
        if owner is not None and since is not None:
            found.append(_span(entity, line, owner, since))
        owner, since = after, line.at
    return found[::-1][:MOST]


def _lines(entity: Entity, record: Any) -> Sequence[Activity]:
    """The lines of the history in which the owner changed, oldest first."""
    lines = select(Activity).where(
        Activity.entity == entity.key,
        Activity.record_id == record.id,
        or_(Activity.kind == "owner", Activity.action == "created"),
    )
    newest = db.session.scalars(lines.order_by(Activity.id.desc()).limit(LOOKED_AT)).all()
    return [line for line in reversed(newest) if "owner" in line.changes]


def _span(entity: Entity, line: Activity, owner: int, since: datetime) -> Span:
    reason, note = entity["pool_reason"], entity["pool_note"]
    why, left = (line.changes.get(field.key, (None, None))[1] for field in (reason, note))
    return Span(
        who=entity["owner"].text(owner),
        since=i18n.local(since).date(),
        until=i18n.local(line.at).date(),
        reason=reason.html(reason.load_value(why)) if why is not None else "",
        note=note.text(note.load_value(left)),
    )
