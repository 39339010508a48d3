"""The same records for programs: /api/v1/<entity>, generated from the entities, through the same doors."""

from flask import Flask

from ..core.web import csrf


def init_app(app: Flask) -> None:
    from . import pages, routes

    app.config.setdefault("TOKEN_BLUEPRINTS", set()).add(routes.bp.name)
    # No cookie is looked at here, so no other site can ride on one.
    csrf.exempt(routes.bp)
    app.register_blueprint(routes.bp)
    app.register_blueprint(pages.bp)
