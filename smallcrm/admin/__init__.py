"""Settings: the company, modules and their fields."""

from flask import Flask

from .routes import bp, company, entities, fields, options, pool  # noqa: F401 - their routes join the blueprint


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
