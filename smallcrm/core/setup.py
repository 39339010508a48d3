"""Put the parts of core onto the application."""

import secrets

from flask import Flask, Response, g, request, request_started
from flask_babel import gettext as _
from werkzeug.exceptions import SecurityError

from . import compression, health, i18n, jobs, logs, web
from .db import db, engine_options, prepare_engine


def init_app(app: Flask) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    # Before the gate, so that whoever it stops has a number in the log too.
    request_started.connect(_number_request, app)
    app.before_request(_known_host)
    i18n.init_app(app)
    # after_request functions run in reverse order: compression last, on the finished answer.
    compression.init_app(app)
    web.init_app(app)
    jobs.init_app(app)
    logs.init_app(app)
    health.init_app(app)


def _number_request(_app: Flask, **_: object) -> None:
    g.request_id = secrets.token_hex(6)


def _known_host() -> Response | None:
    # Without a trusted host there are no URLs, so neither a page nor a redirect can be made.
    if isinstance(request.routing_exception, SecurityError):
        return Response(_("This server does not answer to this name. Use the address it printed at start."), 400)
    return None
