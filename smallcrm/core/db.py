"""The database: one declarative base, short write transactions, safe SQLite settings.

Reads run in deferred (snapshot) transactions. Every write runs inside ``with write():``, which takes a fair lock and
``BEGIN IMMEDIATE``: SQLite cannot upgrade a read transaction once another writer has committed, and its own busy
handler lets writers wait for seconds (SECURITY.md findings 3 and 4).
"""

import importlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from types import ModuleType
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, DateTime, Engine, Integer, MetaData, event
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from . import clock

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "trusted_schema=OFF",
    "secure_delete=ON",
    "temp_store=MEMORY",
    "cache_size=-16000",
    "mmap_size=0",
    "journal_size_limit=67108864",
    "cell_size_check=ON",
)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

# SQLite only auto-increments INTEGER primary keys; PostgreSQL should count in 64 bits.
BigId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, stored as naive UTC so that text comparison on SQLite is time comparison."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("moments must be aware datetimes")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None else None


class Scaled(TypeDecorator[Decimal]):
    """An exact decimal kept as a whole number of 10^-places: SQLite has no decimal type and floats lose cents."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        return None if value is None else int((Decimal(value) * 10**self.places).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.places)


def sqlite_module() -> ModuleType:
    """The DB-API module for SQLite: the bundled safe one where a wheel exists, else the standard library's."""
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return sqlite3


def sqlite_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite has the WAL-reset fix (SECURITY.md finding 1): 3.51.3+, back-ports 3.50.7 and 3.44.6."""
    if version >= (3, 51, 3):
        return version[:2] != (3, 52)
    return (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


class FairLock:
    """A re-entrant mutex that serves its waiters in the order they came."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._owner == me:
                self._depth += 1
                return
            if self._owner is None:
                self._owner, self._depth = me, 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()
        with self._guard:
            self._owner, self._depth = me, 1

    def release(self) -> None:
        with self._guard:
            self._depth -= 1
            if self._depth:
                return
            if self._waiting:
                # Keep the lock taken (owner -1) so that a newcomer cannot overtake the one that is woken.
                self._owner = -1
                self._waiting.popleft().release()
            else:
                self._owner = None

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


write_lock = FairLock()
_writing: ContextVar[list[tuple[Callable[..., Any], tuple[Any, ...]]] | None] = ContextVar("writing", default=None)


@contextmanager
def write() -> Iterator[Session]:
    """One short write transaction: lock, BEGIN IMMEDIATE, commit; roll back on any exception.

    Whatever was read before is forgotten and read again inside, so checks see what is really there. Nested calls
    join the outer transaction. Callables given to :func:`after_commit` run once the commit is durable.
    """
    if _writing.get() is not None:
        yield db.session()
        return
    db.session.rollback()
    with write_lock:
        queued: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        token = _writing.set(queued)
        try:
            yield db.session()
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            _writing.reset(token)
    for function, arguments in queued:
        function(*arguments)


def after_commit(function: Callable[..., Any], *arguments: Any) -> None:
    """Call `function(*arguments)` once the current write transaction has been committed; not at all if it is not."""
    queued = _writing.get()
    if queued is None:
        raise RuntimeError("after_commit is for code inside write()")
    queued.append((function, arguments))


def is_writing() -> bool:
    """Whether the caller is inside :func:`write`."""
    return _writing.get() is not None


@event.listens_for(Session, "before_flush")
def _only_inside_write(session: Session, *_: object) -> None:
    if _writing.get() is None and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a change of the database outside write()")


# Any number that no other program on the same PostgreSQL database takes for its advisory locks.
WRITER = 0x736D616C6C63726D


def prepare_engine(engine: Engine) -> None:
    """One writer at a time on either database, and on SQLite the safe settings for every connection."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "begin", lambda connection: only_writer(connection) if is_writing() else None)
        return

    @event.listens_for(engine, "connect")
    def settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing() else "BEGIN")


def only_writer(connection: Connection) -> None:
    """Wait until this PostgreSQL transaction is the only one that writes, in whatever process, until it ends.

    What BEGIN IMMEDIATE is on SQLite: a rule that looks before it writes (duplicates, unique values, a retried request)
    sees everything that was committed before. Transactions must read what is committed, not a snapshot from before.
    """
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")


def engine_options(url: str) -> dict[str, Any]:
    """Arguments for create_engine, by database."""
    if url.startswith("sqlite"):
        return {"module": sqlite_module(), "connect_args": {"check_same_thread": False}}
    return {"pool_pre_ping": True}


def now() -> datetime:
    """Column default: the clock of this process."""
    return clock.now()
