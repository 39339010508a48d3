"""One search over everything a person may see."""

from flask import g, request
from werkzeug.wrappers import Response

from .. import access
from ..core.web import page
from ..entities import every
from .listing import Listing
from .routes import bp

EACH = 5


@bp.get("/search")
def search() -> Response:
    q = request.args.get("q", "").strip()[:200]
    groups = []
    if q:
        for entity in every():
            if access.may(g.user, entity, "view"):
                columns = [entity[key] for key in entity.columns[:4]]
                page_ = Listing(entity, g.user, columns, q=q).page(EACH)
                if page_.rows:
                    groups.append((entity, page_.cells(), bool(page_.cursor)))
    return page("records/search.html", block="found", q=q, groups=groups)
