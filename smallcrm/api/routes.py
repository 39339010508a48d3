"""/api/v1: every entity, for programs with a token. The same rights, validation and history as in the browser."""

from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.exceptions import TooManyRequests

from .. import access
from ..core.db import db, write
from ..core.errors import Conflict
from ..core.web import error_response
from ..entities import by_slug, every
from ..records import operations, submitted
from ..records.listing import BadListing
from ..users.models import User
from . import openapi, representation
from .limits import allowed

bp = Blueprint("api", __name__, url_prefix="/api/v1")
READING = ("GET", "HEAD", "OPTIONS")


@bp.before_request
def check_token() -> Response | None:
    """The gate has put the token into g; here its scopes and its rate."""
    token = g.api_token
    if not token.may("read" if request.method in READING else "write"):
        return error_response(403, _("This token does not have the scope for this."))
    wait = allowed(token.id)
    if wait:
        raise TooManyRequests(_("More than 600 requests in a minute."), retry_after=wait)
    if request.view_args and "slug" in request.view_args:
        entity = by_slug(request.view_args.pop("slug"))
        if entity is None:
            abort(404)
        g.entity = entity
    return None


@bp.errorhandler(BadListing)
def bad_listing(error: BadListing) -> Response:
    return error_response(400, str(error))


@bp.errorhandler(Conflict)
def conflict(error: Conflict) -> Response:
    """409 says which fields clash, what they are now, and the version to send next."""
    theirs = {key: g.entity[key].api(value) for key, value in error.fields.items()}
    answer = {"error": {"status": 409, "message": str(error), "fields": theirs, "version": error.version}}
    return _json(answer, 409)


@bp.get("/")
def index() -> Response:
    """The entities this person may see, with their addresses."""
    found = [
        {"name": entity.slug, "label": str(entity.label), "href": f"/api/v1/{entity.slug}"}
        for entity in every()
        if access.may(g.user, entity, "view")
    ]
    return _json({"data": found})


@bp.get("/openapi.json")
def describe() -> Response:
    return _json(openapi.document(g.user))


@bp.get("/<slug>")
def index_records() -> Response:
    access.demand_any(g.user, g.entity, "view")
    listing, limit = representation.listing(g.entity, g.user)
    page = listing.page(limit)
    model = g.entity.model
    shown = select(model.id, model.version).where(model.id.in_([row.id for row in page.rows]))
    versions = {row.id: row.version for row in db.session.execute(shown)}
    return _json({"data": representation.of_page(page, versions), "next_cursor": page.cursor or None})


@bp.post("/<slug>")
def create() -> Response:
    access.demand_any(g.user, g.entity, "create")
    raw = representation.raw_values(g.entity, representation.body())
    sent = request.headers.get("Idempotency-Key", "")[:38]
    with write():
        made = submitted.once(lambda: _create(raw), key=f"a:{sent}" if sent else "")
        record = db.session.get(g.entity.model, made)
    response = _json(representation.of_record(record, g.user), 201)
    response.headers["Location"] = f"/api/v1/{g.entity.slug}/{made}"
    return response


@bp.get("/<slug>/<int:id>")
def show(id: int) -> Response:
    return _json(representation.of_record(access.visible_or_404(g.entity, id), g.user))


@bp.route("/<slug>/<int:id>", methods=["PATCH", "PUT"])
def update(id: int) -> Response:
    record = access.permitted(g.entity, id, "edit")
    sent = representation.body()
    version = sent.pop("version", None)
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        return error_response(422, _("“version” is the number that came with the record."), {"version": "integer"})
    raw = representation.raw_values(g.entity, sent)
    with write():
        operations.change(record, raw, _me(), version=version, source="api")
    return _json(representation.of_record(record, g.user))


@bp.delete("/<slug>/<int:id>")
def delete(id: int) -> Response:
    record = access.permitted(g.entity, id, "delete")
    with write():
        operations.delete(record, _me(), source="api")
    return Response(status=204)


def _create(raw: dict[str, Any]) -> int:
    return int(operations.create(g.entity, raw, _me(), source="api").id)


def _me() -> User:
    return g.user  # type: ignore[no-any-return]


def _json(answer: Any, status: int = 200) -> Response:
    response = jsonify(answer)
    response.status_code = status
    return response
