"""Doing one thing to many records: selecting them, the run, its result, taking it back. Written once over entities."""

from flask import Flask

from .. import listing, panels


def init_app(app: Flask) -> None:
    from . import affected, presentation, routes, shipped, tasks  # noqa: F401 - the jobs must be known to the consumer

    shipped.declare()
    listing.SPECIAL[affected.KEY] = affected.AffectedBy.called(affected.KEY)
    panels.add_list_action("*", "records/bulk/_list_actions.html")
    presentation.init_app(app)
    app.register_blueprint(routes.bp)
