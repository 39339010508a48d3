"""Users, departments, roles, sign-in, sessions."""

from datetime import timedelta

from flask import Flask
from flask_login import current_user

from . import gate, passwords, sessions
from .routes import BLUEPRINTS

# argon2id memory in KiB, passes, lanes, as SECURITY.md T35 asks; tests make it cheap.
PASSWORD_COST = (65536, 3, 1)
SESSION_IDLE = timedelta(hours=8)
SESSION_ABSOLUTE = timedelta(days=7)


def init_app(app: Flask) -> None:
    app.config.setdefault("PASSWORD_COST", PASSWORD_COST)
    app.config.setdefault("SESSION_IDLE", SESSION_IDLE)
    app.config.setdefault("SESSION_ABSOLUTE", SESSION_ABSOLUTE)
    app.config["PERMANENT_SESSION_LIFETIME"] = app.config["SESSION_ABSOLUTE"]
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    # The token lives as long as the session: a form may stay open over lunch.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    gate.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(lambda: {"current_user": current_user})
    app.jinja_env.globals["min_password"] = passwords.min_length
    app.jinja_env.filters["device"] = sessions.device_words
