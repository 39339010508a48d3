"""Recently seen: which records a person opened last, without a write for every page that is looked at.

What was opened is kept in memory and written once a minute, and when the server stops: a GET stays a read. A crash
forgets a minute of it.
"""

import threading
from datetime import datetime
from operator import itemgetter
from typing import Any

from flask import current_app
from sqlalchemy import ForeignKey, Index, String, bindparam, delete, select, text
from sqlalchemy.orm import Mapped, mapped_column

from ..core import clock
from ..core.db import BigId, UtcDateTime, db, write
from ..core.jobs import periodic
from ..entities import of
from ..users.models import User
from . import kept

# As many as anybody looks through, for each person.
MOST = 50
SHOWN = 30

Place = tuple[str, int]


class Seen(db.Model):
    """When a person last opened one record."""

    __tablename__ = "seen_records"
    __table_args__ = (
        Index("ix_seen_records_newest", "user_id", "at"),
        Index("ix_seen_records_record", "entity", "record_id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), primary_key=True)
    record_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


PUT = text(
    "INSERT INTO seen_records (user_id, entity, record_id, at) VALUES (:user_id, :entity, :record_id, :at)"
    " ON CONFLICT (user_id, entity, record_id) DO UPDATE SET at = excluded.at"
).bindparams(bindparam("at", type_=UtcDateTime))


class Buffer:
    """What was opened and is not written yet; every thread of the server puts it here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._people: dict[int, dict[Place, datetime]] = {}

    def put(self, user_id: int, place: Place, at: datetime) -> None:
        """Note that a person opened a record; of each the newest are kept."""
        with self._lock:
            opened = self._people.setdefault(user_id, {})
            opened.pop(place, None)
            opened[place] = at
            if len(opened) > MOST:
                del opened[next(iter(opened))]

    def of(self, user_id: int) -> dict[Place, datetime]:
        """What one person opened."""
        with self._lock:
            return dict(self._people.get(user_id, {}))

    def everything(self) -> dict[int, dict[Place, datetime]]:
        """What everybody opened, by user id."""
        with self._lock:
            return {user_id: dict(opened) for user_id, opened in self._people.items()}

    def drop(self, written: dict[int, dict[Place, datetime]]) -> None:
        """Forget what has been written, except what was opened once more meanwhile."""
        with self._lock:
            for user_id, opened in written.items():
                left = self._people[user_id]
                for place, at in opened.items():
                    if left.get(place) == at:
                        del left[place]
                if not left:
                    del self._people[user_id]


def _buffer() -> Buffer:
    found: Buffer = current_app.extensions.setdefault("smallcrm.seen", Buffer())
    return found


def note(user: User, record: Any) -> None:
    """Remember that `user` opened the record's page; writes nothing yet."""
    _buffer().put(user.id, (of(record).key, record.id), clock.now())


def recent(user: User, n: int = SHOWN) -> list[kept.Kept]:
    """The records that `user` opened last and may still see, the newest first."""
    rows = db.session.execute(select(Seen.entity, Seen.record_id, Seen.at).where(Seen.user_id == user.id))
    opened = {(entity, id): at for entity, id, at in rows} | _buffer().of(user.id)
    newest = sorted(((key, id, at) for (key, id), at in opened.items()), key=itemgetter(2), reverse=True)
    return kept.visible(user, newest, n)


@periodic(every=60, name="records.keep_seen", at_end=True)
def flush() -> None:
    """Write what was opened since the last time, in one short transaction, and forget what is older than the newest."""
    buffer = _buffer()
    opened = buffer.everything()
    if not opened:
        return
    with write() as session:
        # Somebody may have been deleted with the example data meanwhile.
        people = set(session.scalars(select(User.id).where(User.id.in_(opened))))
        rows = [
            {"user_id": user_id, "entity": key, "record_id": id, "at": at}
            for user_id in people
            for (key, id), at in opened[user_id].items()
        ]
        if rows:
            session.execute(PUT, rows)
        for user_id in people:
            _forget_oldest(user_id)
    buffer.drop(opened)


def _forget_oldest(user_id: int) -> None:
    mine = select(Seen.at).where(Seen.user_id == user_id).order_by(Seen.at.desc())
    oldest = db.session.scalar(mine.offset(MOST - 1).limit(1))
    if oldest is not None:
        db.session.execute(delete(Seen).where(Seen.user_id == user_id, Seen.at < oldest))
