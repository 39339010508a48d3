"""The readable side: tokens of a person, and how to use them."""

from flask import Blueprint, abort, g, jsonify, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .. import access
from ..core.db import write
from ..core.errors import Refused
from ..core.web import page, redirect_to, say
from ..entities import Entity, by_slug, every
from ..users import api_tokens, links
from . import openapi

bp = Blueprint("api_pages", __name__)


@bp.get("/api")
def guide() -> Response:
    entities = [entity for entity in every() if access.may(g.user, entity, "view")]
    chosen = by_slug(request.args.get("entity", "")) or (entities[0] if entities else None)
    if chosen is not None and chosen not in entities:
        abort(404)
    return page(
        "api/guide.html",
        entities=entities,
        chosen=chosen,
        fields=access.readable_fields(chosen, g.user) if chosen else [],
        api_tabs=_tabs,
        base=f"{links.base()}/api/v1",
    )


def _tabs(entities: list[Entity], chosen: Entity) -> list[tuple[str, str, bool, None]]:
    return [(str(entity.label), f"/api?entity={entity.slug}", entity is chosen, None) for entity in entities]


@bp.get("/api/openapi.json")
def describe() -> Response:
    return jsonify(openapi.document(g.user))


@bp.get("/api/tokens")
def index() -> Response:
    return page("api/tokens.html", tokens=api_tokens.living(g.user), fresh="", error="", name="")


@bp.post("/api/tokens")
def create() -> Response:
    name = request.form.get("name", "")
    try:
        with write():
            fresh = api_tokens.create(g.user, name, ",".join(request.form.getlist("scope")))
    except Refused as refused:
        values = {"tokens": api_tokens.living(g.user), "fresh": "", "error": str(refused), "name": name}
        return page("api/tokens.html", status=422, **values)
    return page("api/tokens.html", tokens=api_tokens.living(g.user), fresh=fresh, error="", name="")


@bp.post("/api/tokens/<int:id>/revocation")
def revoke(id: int) -> Response:
    with write():
        if not api_tokens.revoke(g.user, id):
            abort(404)
    say(_("The token no longer works."))
    return redirect_to("api_pages.index")
