"""Excel and CSV in and out, over any entity."""

from flask import Flask

from ..records import listing, panels


def init_app(app: Flask) -> None:
    from . import imported, presentation, routes, tasks  # noqa: F401 - the jobs must be known to the consumer

    listing.SPECIAL[imported.KEY] = imported.field()
    panels.add_list_action("*", "transfer/_list_actions.html")
    routes.init_app(app)
    presentation.init_app(app)
