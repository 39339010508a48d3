"""What is happening, in numbers: charts that slices declare, and the summary of any list."""

from flask import Flask

from ..records import panels


def init_app(app: Flask) -> None:
    from . import drawing, routes

    panels.add_list_action("*", "reports/_list_actions.html")
    app.jinja_env.globals["drawing"] = drawing
    app.register_blueprint(routes.bp)
