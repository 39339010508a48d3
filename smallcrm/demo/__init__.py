"""Example data: a believable company to look at before the own customers are in, removable with one button."""

from flask import Flask

from ..users import setup


def init_app(app: Flask) -> None:
    from . import loading, models, routes  # noqa: F401 - the table must be known

    if loading.load not in setup.example_loaders:
        setup.example_loaders.append(loading.load)
    app.jinja_env.globals["has_example_data"] = loading.is_loaded
    app.register_blueprint(routes.bp)
