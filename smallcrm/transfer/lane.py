"""Who works on what: leases in the rows themselves, so that work survives the worker.

Imports go one after the other, in short turns, and leave the other background workers to reminders. A lease that is
not renewed runs out; then whoever looks next goes on from the last row that was committed.
"""

import secrets
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from ..core import clock
from ..core.db import db, write

LEASE = timedelta(seconds=30)

# The name of this process: the leases of earlier ones on the same data folder are void.
BOOT = secrets.token_hex(6)


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
