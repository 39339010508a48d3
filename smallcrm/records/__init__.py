"""Records of any entity: the one door for writers, and the pages."""

from flask import Flask


def init_app(app: Flask) -> None:
    from . import presentation, routes

    routes.init_app(app)
    presentation.init_app(app)
