"""Excel and CSV in and out, over any entity."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from ..records import listing, panels
from ..records.bulk import verbs


def init_app(app: Flask) -> None:
    from . import imported, presentation, rights, routes, tasks  # noqa: F401 - the jobs must be known to the consumer

    listing.SPECIAL[imported.KEY] = imported.BroughtBy.called(imported.KEY)
    panels.add_list_action("*", "transfer/_list_actions.html")
    exported = verbs.Link(
        key="export",
        label=_l("Export as Excel"),
        icon="file-spreadsheet",
        path=lambda entity: f"/exports/{entity.slug}.xlsx",
        is_offered=lambda entity, user: rights.may_export(user, entity),
    )
    verbs.add_link(exported)
    routes.init_app(app)
    presentation.init_app(app)
