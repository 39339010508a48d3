"""Put the parts of core onto the application."""

import secrets

from flask import Flask, g

from . import health, i18n, jobs, logs, web
from .db import db, engine_options, prepare_engine


def init_app(app: Flask) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    app.before_request(_number_request)
    i18n.init_app(app)
    web.init_app(app)
    jobs.init_app(app)
    logs.init_app(app)
    health.init_app(app)


def _number_request() -> None:
    g.request_id = secrets.token_hex(6)
