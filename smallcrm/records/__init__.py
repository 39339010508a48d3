"""Records of any entity: the one door for writers, and the pages."""

from flask import Flask


def init_app(app: Flask) -> None:
    from . import bulk, favourites, listing, merging, presentation, recent, routes, views
    from . import neighbours as _neighbours  # noqa: F401 - its routes join the blueprint

    listing.SPECIAL[favourites.KEY] = favourites.field()
    if favourites.view not in views.SHIPPED:
        views.SHIPPED.append(favourites.view)
    app.jinja_env.globals["is_favourite"] = recent.is_favourite
    merging.init_app(app)
    routes.init_app(app)
    presentation.init_app(app)
    bulk.init_app(app)
