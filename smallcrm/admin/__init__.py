"""Settings: the company, modules and their fields."""

from flask import Flask

from ..records.commands import offer
from .routes import bp, company, entities, fields, options, pool  # noqa: F401 - their routes join the blueprint


def init_app(app: Flask) -> None:
    offer(company.commands)
    app.register_blueprint(bp)
