"""Bringing the index up to date as a whole, while everybody works: after an upgrade, or when somebody asks for it.

What is left to do stands in the settings and moves on with every batch, so a stop in the middle loses nothing. Rows are
read and their tokens made without the write lock; inside it only those are written that nobody has changed meanwhile
(those that were changed are up to date).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Row, select

from ..core import settings
from ..core.db import db, write
from ..core.jobs import periodic
from ..entities import Entity, every
from . import stores
from .entries import SPAN, entry, row_id

log = logging.getLogger(__name__)

# What the tokens are like: one more whenever records have to be indexed anew. 2: pinyin.
VERSION = 2
KEY = "search_index"
BATCH = 200


@dataclass
class State:
    """Which entities wait, how far the first of them has come (record id), and which fields each is indexed by."""

    version: int
    pending: list[str]
    after: int
    fields: dict[str, dict[str, bool]]

    @classmethod
    def load(cls) -> "State":
        """What is stored; of a database that has never been asked, nothing."""
        return cls(**(settings.get(KEY) or {"version": 0, "pending": [], "after": 0, "fields": {}}))

    def store(self) -> None:
        """Keep it; inside write()."""
        settings.put(KEY, dict(vars(self)))

    def want(self, key: str) -> None:
        """Index an entity from its first record on, however far it has come."""
        if self.pending[:1] == [key]:
            self.after = 0
        elif key not in self.pending:
            self.pending.append(key)


def request() -> None:
    """Have everything indexed again, from the beginning. The work is done by :func:`work` or the job."""
    with write():
        State(VERSION, [entity.key for entity in every()], 0, _fields()).store()


def _fields() -> dict[str, dict[str, bool]]:
    return {entity.key: {field.key: True for field in entity.searchable()} for entity in every()}


def is_due() -> bool:
    """Whether something in the index is missing or out of date; notes what."""
    state = State.load()
    if state.version != VERSION:
        request()
        return bool(every())
    if _notice(state):
        with write():
            state = State.load()
            _notice(state)
            state.store()
    return bool(state.pending)


def _notice(state: State) -> bool:
    """Take in which fields are searched now; whether that is news. Who lost a field or got one back has to wait.

    A field that was never there before has no values that could be missed.
    """
    before = dict(state.fields)
    for key, now in _fields().items():
        then = before.get(key, {})
        if any(now.get(field, False) != indexed for field, indexed in then.items()):
            state.want(key)
        state.fields[key] = dict.fromkeys(then, False) | now
    return state.fields != before


def work(
    pause: Callable[[float], bool] = lambda seconds: False, tell: Callable[[str, int], None] = lambda *_: None
) -> int:
    """Index what waits; returns how many records were looked at.

    `pause(seconds)` is called after every batch with the time that it took and may say that it is time to stop.
    `tell(entity key, how many of it)` hears of every batch.
    """
    count = 0
    for key, looked_at in _batches(pause):
        count += looked_at
        tell(key, looked_at)
    return count


def _batches(pause: Callable[[float], bool]) -> Iterator[tuple[str, int]]:
    while (state := State.load()).pending:
        began = time.monotonic()
        key = state.pending[0]
        entity = next((one for one in every() if one.key == key), None)
        # A module may have been retired meanwhile.
        looked_at, last = _batch(entity, state.after) if entity is not None else (0, None)
        _advance(key, state.after, last)
        yield key, looked_at
        if pause(time.monotonic() - began):
            return


def _advance(key: str, before: int, last: int | None) -> None:
    """Note how far the first entity has come (None: done), unless it was asked for anew meanwhile."""
    with write():
        state = State.load()
        if state.pending[:1] != [key] or state.after != before:
            return
        if last is None:
            state.pending.pop(0)
        state.after = last or 0
        state.store()


def _batch(entity: Entity, after: int) -> tuple[int, int | None]:
    """Index the next records of an entity: (how many, the last one's id or None when there are no more)."""
    rows = _read(entity, after)
    full = len(rows) == BATCH
    last = rows[-1].id if full else SPAN - 1
    fields = list(entity.searchable())
    places = {field.key: place for place, field in enumerate(fields, start=2)}
    made = {
        row.id: (row.version, entry(entity, row.id, lambda f, row=row: f.from_row(row[places[f.key]]), fields))
        for row in rows
    }
    with write() as session:
        model: Any = entity.model
        here = select(model.id, model.version).where(entity.rows(), entity.live(), model.id > after, model.id <= last)
        now = {id: version for id, version in session.execute(here)}
        stores.put([row for id, (version, row) in made.items() if now.get(id) == version])
        known = select(stores.INDEX.c.rowid).where(
            stores.INDEX.c.rowid.between(row_id(entity, after + 1), row_id(entity, last))
        )
        live = {row_id(entity, id) for id in now}
        stores.drop([id for id in session.scalars(known) if id not in live])
    return len(rows), last if full else None


def _read(entity: Entity, after: int) -> Sequence[Row[Any]]:
    """The next records: id, version, then the searchable fields as stored."""
    model: Any = entity.model
    shown = [field.column(model).label(f"f{place}") for place, field in enumerate(entity.searchable())]
    asked = select(model.id, model.version, *shown).where(entity.rows(), entity.live(), model.id > after)
    return db.session.execute(asked.order_by(model.id).limit(BATCH)).all()


@periodic(every=600, name="search.rebuild")
def keep_up() -> None:
    """Index what is out of date, as long as the server runs and with as much time for others as for itself."""
    if not is_due():
        return
    stopping: threading.Event | None = current_app.extensions.get("smallcrm.stopping")
    log.info("the search index is brought up to date")
    count = work(stopping.wait if stopping else lambda seconds: False)
    log.info("%d records were indexed", count)


def init_app(app: Flask) -> None:
    """The job is known by its decorator."""
