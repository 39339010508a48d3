"""The page after sign-in, and the frame around every page."""

from flask import Flask

from ..records.commands import offer
from . import commands, frame, routes


def init_app(app: Flask) -> None:
    frame.init_app(app)
    offer(commands.go)
    offer(commands.look)
    app.register_blueprint(routes.bp)
