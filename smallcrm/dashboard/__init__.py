"""The page after sign-in, and the frame around every page."""

from flask import Flask

from . import frame


def init_app(app: Flask) -> None:
    frame.init_app(app)
