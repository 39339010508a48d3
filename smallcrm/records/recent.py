"""What a person comes back to: the star of a record, and the page of what they starred and opened last."""

from typing import Any

from flask import g, request
from werkzeug.wrappers import Response

from .. import access
from ..core.db import write
from ..core.web import page, redirect_to_url, safe_next, wants_fragment
from . import favourites, seen
from .routes import bp, path


@bp.post("/<slug>/<int:id>/favourite")
def star(id: int) -> Response:
    """Star the record (`wanted`), or take the star away. Seeing it is enough; nothing of the record changes."""
    record = access.visible_or_404(g.entity, id)
    wanted = bool(request.form.get("wanted"))
    with write():
        favourites.put(g.user, record, wanted)
    here = path(g.entity, id)
    next = safe_next(request.form.get("next"), here)
    if wants_fragment():
        return page("records/_star.html", base=here, name=g.entity.name_of(record), starred=wanted, next=next)
    return redirect_to_url(next)


@bp.get("/recent")
def recent() -> Response:
    starred = favourites.of(g.user)
    # The modules that have any, in the order of the newest.
    entities = {one.entity.key: one.entity for one in starred}
    return page("records/recent.html", starred=starred, opened=seen.recent(g.user), entities=entities.values())


def is_favourite(record: Any) -> bool:
    """Whether the signed-in person has starred the record."""
    return favourites.has(g.user, record)
