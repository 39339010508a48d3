"""Work done beside the requests: Huey with JSON payloads. A job is a named function that gets ids.

Huey loses a job that is killed half-way, so whatever must not be lost is a row of ours; a job only says "look now".
"""

import json
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from huey.api import Huey
from huey.consumer import Consumer as HueyConsumer
from huey.consumer import Scheduler as HueyScheduler
from huey.exceptions import ConfigurationError
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import SqliteStorage

from .console import CannotStart
from .console import text as _
from .db import is_writing, sqlite_module

log = logging.getLogger(__name__)

# (name, id) of the job this thread is running, for the log.
current_job: ContextVar[tuple[str, str] | None] = ContextVar("current_job", default=None)


@dataclass(frozen=True)
class Job:
    """A function that runs in the background. Calling the job queues it; :meth:`run` does it here and now."""

    name: str
    function: Callable[..., Any]
    every: float | None = None
    retries: int = 0
    retry_delay: int = 0
    at_end: bool = False

    def __call__(self, *arguments: int | str) -> None:
        """Queue the job; use as ``after_commit(job, id)``. Arguments are ids: whole numbers or short strings."""
        if is_writing():
            raise RuntimeError("a job is queued with after_commit(), or it may run before what it needs is saved")
        for value in arguments:
            if not isinstance(value, (int, str)):
                raise TypeError(f"a job gets ids, not {type(value).__name__}")
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # Flask types the proxy as the app
        if app.config["JOBS_IMMEDIATE"]:
            _perform(app, self.name, arguments)
        else:
            _queue(app, self, arguments)

    def run(self, *arguments: Any) -> Any:
        """Do the work in this thread and this application context."""
        return self.function(*arguments)


JOBS: dict[str, Job] = {}


def task(name: str, *, retries: int = 0, retry_delay: int = 0) -> Callable[[Callable[..., Any]], Job]:
    """Make a function a job. `retry_delay` is in seconds. Usable at import time, without an application."""
    return lambda function: _register(Job(name, function, None, retries, retry_delay))


def periodic(every: float, name: str | None = None, *, at_end: bool = False) -> Callable[[Callable[[], Any]], Job]:
    """Make a function a job that runs at start and then again `every` seconds; never twice at the same time.

    `at_end`: and once more when the server stops.
    """
    return lambda function: _register(
        Job(name or f"{function.__module__}.{function.__name__}", function, every, at_end=at_end)
    )


def _register(job: Job) -> Job:
    known = JOBS.get(job.name)
    if known and known.function.__qualname__ != job.function.__qualname__:
        raise ValueError(f"two jobs are named {job.name}")
    JOBS[job.name] = job
    return job


class JsonSerializer(Serializer):
    """Queue entries as JSON text. Pickle, Huey's default, would run code for whoever can write the queue."""

    FIELDS = ("id", "name", "retries", "retry_delay", "priority", "args", "kwargs")

    def _serialize(self, data: Any) -> bytes:
        if not isinstance(data, Message):
            return json.dumps({"value": data}).encode()
        if data.on_complete or data.on_error or data.chord_config or data.expires:
            raise ValueError("jobs have no pipelines and no expiry")
        content = {name: getattr(data, name) for name in self.FIELDS}
        content["eta"] = data.eta.isoformat() if data.eta else None
        return json.dumps({"job": content}, ensure_ascii=False).encode()

    def _deserialize(self, data: bytes) -> Any:
        try:
            content = json.loads(bytes(data).decode())
        except ValueError:
            raise ValueError("a queue entry that is not JSON was refused")
        if "value" in content:
            return content["value"]
        job = {name: content["job"][name] for name in self.FIELDS}
        job["args"] = tuple(job["args"])
        eta = content["job"]["eta"]
        return Message(**job, eta=datetime.fromisoformat(eta) if eta else None)


class Storage(SqliteStorage):
    """huey.db through the same safe SQLite as the main database."""

    operational_error = sqlite_module().OperationalError
    integrity_error = sqlite_module().IntegrityError

    def _create_connection(self) -> Any:
        connection = sqlite_module().connect(str(self.filename), timeout=5, check_same_thread=False)
        connection.isolation_level = None
        # NORMAL: a queue entry lost at a power cut is found again in our own rows.
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "trusted_schema=OFF", "journal_size_limit=1048576"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def init_app(app: Flask) -> None:
    """Open the queue of this application: Redis when configured, else huey.db in the data folder."""
    huey = _open(app)

    def run(name: str, *arguments: Any) -> None:
        if JOBS[name].every is None:
            return _perform(app, name, arguments)
        try:
            with app.extensions["smallcrm.jobs.locks"][name]:
                _perform(app, name, arguments)
        finally:
            app.extensions["smallcrm.jobs.busy"].discard(name)

    app.extensions["smallcrm.jobs"] = huey
    app.extensions["smallcrm.jobs.run"] = huey.task(name="run")(run)
    app.extensions["smallcrm.jobs.busy"] = set()
    # An entry that a killed process left behind must not run beside the new one.
    app.extensions["smallcrm.jobs.locks"] = defaultdict(threading.Lock)
    huey.pre_execute("name")(lambda entry: current_job.set((entry.args[0], entry.id)))
    huey.post_execute("name")(lambda *_entry: current_job.set(None))


def _open(app: Flask) -> Huey:
    common: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
    if not app.config["REDIS_URL"]:
        return Huey("smallcrm", storage_class=Storage, filename=app.config["HUEY_FILE"], **common)
    from huey.api import RedisHuey

    try:
        return RedisHuey("smallcrm", url=app.config["REDIS_URL"], **common)
    except ConfigurationError:
        raise CannotStart(_("Redis is configured, but the Python package redis is not installed."))


def _queue(app: Flask, job: Job, arguments: tuple[int | str, ...]) -> None:
    entry = app.extensions["smallcrm.jobs.run"].s(
        job.name, *arguments, retries=job.retries, retry_delay=job.retry_delay
    )
    app.extensions["smallcrm.jobs"].enqueue(entry)


def _perform(app: Flask, name: str, arguments: tuple[Any, ...]) -> None:
    # A context of its own gives the job a session of its own, removed when the context ends.
    with app.app_context():
        JOBS[name].function(*arguments)


def run_pending(app: Flask) -> int:
    """Do everything that is queued, in this thread, and say how many jobs that were. For tests: exceptions come out."""
    count = 0
    while (entry := app.extensions["smallcrm.jobs"].dequeue()) is not None:
        name, *arguments = entry.args
        _perform(app, name, tuple(arguments))
        count += 1
    return count


def run_last(app: Flask) -> None:
    """Do what is left to do when the server stops, once nothing else runs any more."""
    for job in JOBS.values():
        if job.at_end:
            try:
                _perform(app, job.name, ())
            except Exception:
                # The disk may be full; the rest has to be put away all the same.
                log.exception("%s failed at the end", job.name)


class Scheduler(HueyScheduler):
    """Huey's own looks at periodic jobs once a minute and queues them again even if the last run is not over."""

    periodic_task_seconds = 1

    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(**options)
        self.app = app
        self._due: dict[str, float] = {}

    def enqueue_periodic_tasks(self, now: datetime | None) -> None:
        moment = time.monotonic()
        busy = self.app.extensions["smallcrm.jobs.busy"]
        for job in list(JOBS.values()):
            if job.every is None or job.name in busy or self._due.get(job.name, 0) > moment:
                continue
            self._due[job.name] = moment + job.every
            busy.add(job.name)
            try:
                _queue(self.app, job, ())
            except Exception:
                # The queue may be locked or the disk full for a while; the scheduler must outlive that.
                busy.discard(job.name)
                log.exception("could not queue the periodic job %s", job.name)


class Consumer(HueyConsumer):
    """Huey's consumer as threads of the server: signals belong to the server."""

    def __init__(self, app: Flask, workers: int, shutdown_timeout: float) -> None:
        self.app = app
        super().__init__(
            app.extensions["smallcrm.jobs"], workers=workers, max_delay=0.5, shutdown_timeout=shutdown_timeout
        )

    def _create_scheduler(self) -> Scheduler:
        return Scheduler(
            self.app,
            huey=self.huey,
            stop_flag=self.stop_flag,
            interval=self.scheduler_interval,
            periodic=self.periodic,
        )

    def _set_signal_handlers(self) -> None:
        """Nothing: the server decides when to stop."""
