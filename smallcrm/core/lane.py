"""Long work on many rows: who works on what, in which turns, and how much of it in one transaction.

Leases stand in the rows themselves, so that work survives the worker. Imports (and so the runs of bulk actions) go one
after the other, in short turns, and leave the other background workers to reminders. A lease that is not renewed runs
out; then whoever looks next goes on from the last row that was committed.
"""

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, String, and_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import UtcDateTime, db, now, write

LEASE = timedelta(seconds=30)
# Rows in one transaction, and how long other writers may have to wait for it; in seconds.
MOST, LEAST = 200, 20
HELD = 0.15
# How long others who wait for the same lane have to wait for their turn, in seconds.
TURN = 10.0
SWITCH = 0.0005

# The name of this process: the leases of earlier ones on the same data folder are void.
BOOT = secrets.token_hex(6)


class Leased:
    """A row that one worker at a time works on, in short turns."""

    # Who works on it, and until when that is believed without a sign of life.
    worker: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when it has been waiting for its turn.
    turn_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    @classmethod
    def is_held(cls, boot: str | None) -> ColumnElement[bool]:
        """The condition that somebody alive works on it. With `boot`, only the process of that name can be alive."""
        fresh = and_(cls.lease_until.is_not(None), cls.lease_until > clock.now())
        return and_(fresh, cls.worker.startswith(f"{boot}:")) if boot else fresh


def boot() -> str | None:
    """This process's name where it is the only one that can work, None where there may be others (Redis)."""
    return None if current_app.config["REDIS_URL"] else BOOT


def claim(model: Any, id: int, states: tuple[str, ...], *, alone: bool = True, lease: timedelta = LEASE) -> str | None:
    """Take the row for a new worker; returns its name, or None if somebody is at work (with `alone`: on any row)."""
    worker = f"{BOOT}:{secrets.token_hex(6)}"
    with write():
        if alone and db.session.scalar(select(model.id).where(model.state.in_(states), model.is_held(boot())).limit(1)):
            return None
        take = update(model).where(model.id == id, model.state.in_(states), ~model.is_held(boot()))
        taken = db.session.execute(
            take.values(worker=worker, lease_until=clock.now() + lease).execution_options(synchronize_session=False)
        )
        return worker if taken.rowcount else None


def renew(row: Any) -> None:
    """A sign of life; inside write()."""
    row.lease_until = clock.now() + LEASE


def leave(row: Any) -> None:
    """Let the row go; inside write()."""
    row.worker = row.lease_until = None
    row.turn_at = clock.now()


def waiting(model: Any, states: tuple[str, ...], *, besides: int = 0) -> int | None:
    """The id of the row that has waited longest for a worker, if any."""
    found = select(model.id).where(model.state.in_(states), model.id != besides, ~model.is_held(boot()))
    return db.session.scalar(found.order_by(model.turn_at, model.id).limit(1))


@contextmanager
def politely() -> Iterator[None]:
    """Hand the interpreter over sooner: this work never waits, and every page does several times.

    Measured while 6,000 rows came in: half of the pages took 2.4 times as long as before, so 1.6 times.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


class Pace:
    """How many rows the next transaction takes: as many as fit into HELD seconds, judged by the last one."""

    def __init__(self) -> None:
        self.size = MOST // 2
        self._began = time.monotonic()

    def took(self, seconds: float) -> None:
        """Learn from a transaction that took so long, and let the pages of others have the processor, too."""
        self.size = max(LEAST, min(MOST, int(self.size * HELD / max(seconds, 0.001))))
        time.sleep(seconds / 10)

    @property
    def turn_is_over(self) -> bool:
        """Whether it is time to let somebody else work who waits."""
        return time.monotonic() - self._began > TURN
