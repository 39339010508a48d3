"""From settings to a running program, in the order that refuses before it touches anything."""

import contextlib
import logging
from collections.abc import Callable, Iterator

from flask import Flask

from ..config import Settings
from . import instance, migrations

log = logging.getLogger(__name__)


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Flask]:
    """The application on its data folder: alone, safe, at the newest schema. Raises CannotStart.

    For commands that work on the data; refused while the server runs.
    """
    instance.check_sqlite()
    instance.prepare(settings.data)
    with instance.only_one(settings.data, "-"):
        yield application(settings)


@contextlib.contextmanager
def beside(settings: Settings) -> Iterator[Flask]:
    """The application for a short command that may run while the server does. Raises CannotStart.

    SQLite lets two processes write in turn; only an upgrade of the schema needs the folder to itself.
    """
    instance.check_sqlite()
    instance.prepare(settings.data)
    if migrations.check(settings):
        with opened(settings) as app:
            yield app
    else:
        from .. import create_app

        yield create_app(settings)


def application(settings: Settings) -> Flask:
    """The application, its database upgraded first if it is behind. The data folder's lock is already held."""
    from .. import create_app

    behind = migrations.check(settings)
    app = create_app(settings)
    if behind:
        log.info("upgrading the database to schema %s", ", ".join(sorted(migrations.heads())))
        migrations.upgrade(app)
    return app


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until stopped; `say` prints what the person needs to know. Raises CannotStart."""
    from . import logs, server, welcome

    instance.check_sqlite()
    instance.prepare(settings.data)
    address = settings.base_url or f"http://{settings.listen}:{settings.port}"
    with instance.only_one(settings.data, address):
        sock = server.listen(settings)
        with contextlib.closing(sock):
            logs.configure(settings.data / "logs", settings.log_level)
            app = application(settings)
            running = server.Server(app, settings, sock)
            running.run(lambda: say(welcome.text(app, settings, running.port)))
