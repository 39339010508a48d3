"""Whether the database can be read and written, and what to say when it cannot."""

import logging
import time

from flask import Blueprint, Flask, Response, jsonify, make_response
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from . import clock, jobs, settings, web
from .db import db, write

log = logging.getLogger(__name__)
bp = Blueprint("health", __name__)

WRITE_EVERY = 5.0
RETRY_AFTER = "5"


@bp.get("/healthz")
def show() -> Response:
    """200 when the database can be read and written (a row is written at most every five seconds), else 503."""
    try:
        settings.get("heartbeat")
        _beat()
    except SQLAlchemyError:
        db.session.rollback()
        log.exception("the health check failed")
        return make_response(jsonify(status="error"), 503)
    return make_response(jsonify(status="ok"))


def _beat() -> None:
    if time.monotonic() - _last.moment < WRITE_EVERY:
        return
    with write():
        settings.put("heartbeat", clock.now().isoformat())
    _last.moment = time.monotonic()


class _Last:
    moment = float("-inf")


_last = _Last()


@jobs.periodic(every=24 * 3600, name="core.optimize")
def optimize() -> None:
    """Let SQLite renew the statistics its query planner chooses indexes by."""
    if db.engine.dialect.name == "sqlite":
        with write() as session:
            session.connection().exec_driver_sql("PRAGMA optimize")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.register_error_handler(OperationalError, _operational)
    app.register_error_handler(DBAPIError, _operational)


def _operational(error: DBAPIError) -> Response:
    """The disk is full or another program holds the database: nothing was saved, and the person is told why."""
    db.session.rollback()
    log.error("database error: %s", error.orig, exc_info=error)
    reason = str(error.orig).lower()
    if "locked" in reason or "busy" in reason:
        response = web.error_response(
            503, _("Another program is using the database, so nothing was saved. Try again in a moment.")
        )
        response.headers["Retry-After"] = RETRY_AFTER
        return response
    if "full" in reason or "disk i/o" in reason or "readonly" in reason or "read-only" in reason:
        return web.error_response(507, _("The disk is full or cannot be written, so nothing was saved."))
    return web._bug(error)
