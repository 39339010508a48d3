"""The page after sign-in, and the frame around every page."""

from flask import Flask

from . import frame, routes


def init_app(app: Flask) -> None:
    frame.init_app(app)
    app.register_blueprint(routes.bp)
