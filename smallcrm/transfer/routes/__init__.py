"""The pages of imports and exports."""

from flask import Flask


def init_app(app: Flask) -> None:
    from . import exports, imports

    app.register_blueprint(imports.bp)
    app.register_blueprint(exports.bp)
