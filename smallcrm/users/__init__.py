"""Users, departments, roles, sign-in, sessions."""

from datetime import timedelta

from flask import Flask
from flask_login import current_user

from . import gate, sessions
from .routes import departments, links, profile, setup, sign_in, users

# argon2id as SECURITY.md T35 asks; tests make it cheap.
ARGON2 = {"memory_cost": 65536, "time_cost": 3, "parallelism": 1}
SESSION_IDLE = timedelta(hours=8)
SESSION_ABSOLUTE = timedelta(days=7)


def init_app(app: Flask) -> None:
    app.config.setdefault("ARGON2", ARGON2)
    app.config.setdefault("SESSION_IDLE", SESSION_IDLE)
    app.config.setdefault("SESSION_ABSOLUTE", SESSION_ABSOLUTE)
    app.config["PERMANENT_SESSION_LIFETIME"] = app.config["SESSION_ABSOLUTE"]
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    # The token lives as long as the session: a form may stay open over lunch.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    gate.init_app(app)
    for blueprint in (
        sign_in.bp,
        sign_in.out,
        setup.bp,
        links.invitations,
        links.resets,
        profile.bp,
        users.bp,
        departments.bp,
        departments.roles_bp,
    ):
        app.register_blueprint(blueprint)
    app.context_processor(lambda: {"current_user": current_user})
    app.jinja_env.filters["device"] = sessions.device_words
