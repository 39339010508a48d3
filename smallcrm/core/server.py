"""One process: waitress answers requests, Huey's threads do the jobs, both stop together within ten seconds."""

import contextlib
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from flask import Flask
from waitress import create_server, wasyncore

from ..config import MAX_UPLOAD, Settings
from . import jobs
from .console import CannotStart
from .console import text as _
from .db import db, write_lock

log = logging.getLogger(__name__)

# Requests and jobs get this long to finish after Ctrl-C or SIGTERM; with the rest it stays below ten seconds.
GRACE = 8.0
WORKER_CHECK = 10.0


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the configured address but not yet listening, so that a taken port is told at once."""
    family = socket.AF_INET6 if ":" in settings.listen else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    # On Windows SO_REUSEADDR would let two programs share the port.
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    sock.setsockopt(socket.SOL_SOCKET, exclusive or socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.listen, settings.port))
    except OSError as error:
        sock.close()
        raise CannotStart(_refusal(settings, error))
    return sock


def _refusal(settings: Settings, error: OSError) -> str:
    reason = error.strerror or str(error)
    if isinstance(error, PermissionError):
        return _("Port %(port)s may not be used by this user. Choose one above 1024 with --port.", port=settings.port)
    if "in use" in reason.lower() or getattr(error, "winerror", None) == 10048:
        return _("Port %(port)s is used by another program. Choose another with --port.", port=settings.port)
    return _("The address %(host)s cannot be used: %(error)s.", host=settings.listen, error=reason)


def lan_address() -> str | None:
    """This machine's address in the local network; None without one. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 9))
            address = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if address.startswith(("127.", "0.")) else address


class Server:
    """The running program: built stopped, :meth:`run` blocks until a signal or :meth:`stop`."""

    def __init__(self, app: Flask, settings: Settings, sock: socket.socket) -> None:
        self.stopping = threading.Event()
        self._hurry = False
        # Answers that stay open (streams) look at this to end by themselves.
        app.extensions["smallcrm.stopping"] = self.stopping
        self.app = app
        self.consumer = jobs.Consumer(app, settings.workers, GRACE)
        self.waitress = create_server(app, sockets=[sock], **_limits(settings))
        self.port: int = sock.getsockname()[1]

    def run(self, ready: Callable[[], None]) -> None:
        """Serve; `ready` is called once requests are accepted. Returns when everything has stopped."""
        with _signals(self._on_signal):
            self.consumer.start()
            ready()
            self._serve()
            self._finish()

    def stop(self) -> None:
        """Ask the server to stop; may be called from a signal handler or another thread."""
        self.stopping.set()
        # The trigger is gone once everything is closed.
        with contextlib.suppress(OSError):
            self.waitress.pull_trigger()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._hurry = self.stopping.is_set()
        self.stop()

    def _serve(self) -> None:
        checked = time.monotonic()
        while not self.stopping.is_set():
            self._turn(1.0)
            if time.monotonic() - checked >= WORKER_CHECK:
                checked = time.monotonic()
                self.consumer.check_worker_health()

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, use_poll=True, map=self.waitress._map, count=1)

    def _finish(self) -> None:
        deadline = time.monotonic() + GRACE
        log.info("stopping: finishing what runs")
        self.consumer.stop()
        self._drain(deadline)
        self.consumer.shutdown_timeout = 0.0 if self._hurry else max(0.1, deadline - time.monotonic())
        if not self.consumer._join_workers():
            log.warning("a job was still running and was cut off")
        self.waitress.task_dispatcher.shutdown(timeout=0.2)
        self.waitress.trigger.close()
        self._settle_database()
        log.info("stopped")

    def _drain(self, deadline: float) -> None:
        """Accept nothing new, answer what is being worked on, close connections that only wait."""
        wasyncore.dispatcher.close(self.waitress)
        while self.waitress.active_channels and not self._hurry:
            for channel in list(self.waitress.active_channels.values()):
                # Asked in this order: an answer is complete in the buffer before its request is taken off.
                if not channel.requests and not channel.total_outbufs_len:
                    channel.handle_close()
            if time.monotonic() > deadline:
                log.warning("%d requests were still running and were cut off", len(self.waitress.active_channels))
                return
            self._turn(0.1)

    def _settle_database(self) -> None:
        if not self._hurry:
            jobs.run_last(self.app)
        with self.app.app_context():
            if db.engine.dialect.name == "sqlite" and not self._hurry:
                # On the bare connection: a checkpoint cannot run inside the transaction SQLAlchemy would begin.
                with write_lock, contextlib.closing(db.engine.raw_connection()) as connection:
                    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
        self.app.extensions["smallcrm.jobs"].storage.close()


def _limits(settings: Settings) -> dict[str, Any]:
    limits: dict[str, Any] = {
        "threads": settings.threads,
        "max_request_body_size": MAX_UPLOAD + 1,
        "max_request_header_size": 16384,
        "channel_timeout": 60,
        "cleanup_interval": 10,
        "connection_limit": 500,
        "asyncore_use_poll": True,
        # Kept although nothing believes them: the first setup asks whether a proxy stands in front.
        "clear_untrusted_proxy_headers": False,
        "expose_tracebacks": False,
        "ident": None,
        "url_scheme": "https" if settings.base_url.startswith("https:") else "http",
    }
    if settings.trusted_proxy:
        limits["clear_untrusted_proxy_headers"] = True
        limits["trusted_proxy"] = settings.trusted_proxy
        limits["trusted_proxy_headers"] = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    return limits


@contextlib.contextmanager
def _signals(handler: Callable[[int, FrameType | None], None]) -> Any:
    names = [name for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before = {getattr(signal, name): signal.signal(getattr(signal, name), handler) for name in names}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
