"""/api/v1: every entity, for programs with a token. The same rights, validation and history as in the browser."""

from typing import Any

from flask import Blueprint, Response, abort, g, jsonify, request
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from .. import access
from ..core.db import db, write
from ..core.errors import Conflict
from ..core.web import error_response
from ..entities import by_slug, every
from ..records import operations
from ..records.conditions import BadListing
from ..users.models import User
from . import bodies, openapi, questions, representation
from .limits import MOST, seconds_to_wait

bp = Blueprint("api", __name__, url_prefix="/api/v1")
READING = ("GET", "HEAD", "OPTIONS")
# A redirect to the address with or without a slash would be a page of HTML, and lose the body of a POST.
AS_SENT: dict[str, Any] = {"strict_slashes": False, "merge_slashes": False}


@bp.before_request
def check_token() -> Response | None:
    """The gate has put the token into g; here its rate and its scopes, and the entity of the address."""
    token = g.api_token
    wait = seconds_to_wait(token.id)
    if wait:
        raise TooManyRequests(_("More than %(most)s requests in a minute.", most=MOST), retry_after=wait)
    scope = "read" if request.method in READING else "write"
    if not token.may(scope):
        return error_response(403, _("This token does not have the scope “%(scope)s”.", scope=scope))
    if request.view_args and "slug" in request.view_args:
        g.entity = by_slug(request.view_args.pop("slug"))
        if g.entity is None:
            abort(404)
    return None


@bp.errorhandler(BadListing)
def bad_listing(error: BadListing) -> Response:
    return error_response(400, str(error))


@bp.errorhandler(Conflict)
def conflict(error: Conflict) -> Response:
    """409 says which fields clash, both values of each, and the version to send next."""
    sent = request.get_json()
    fields = {key: {"yours": sent.get(key), "theirs": g.entity[key].api(value)} for key, value in error.fields.items()}
    answer = {"error": {"status": 409, "message": str(error), "fields": fields, "version": error.version}}
    return _json(answer, 409)


@bp.get("/", **AS_SENT)
def index() -> Response:
    """The entities this person may see, with their addresses."""
    found = [
        {"name": entity.slug, "label": str(entity.label), "href": f"{bp.url_prefix}/{entity.slug}"}
        for entity in every()
        if access.may(g.user, entity, "view")
    ]
    return _json({"data": found, "next_cursor": None})


@bp.get("/me", **AS_SENT)
def show_me() -> Response:
    """Whose token this is and what it may do."""
    token, user = g.api_token, g.user
    last = f"{token.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    about = {"name": token.name, "scopes": token.scopes.split(","), "expires_at": last}
    return _json({"id": user.id, "name": user.name, "email": user.email, "role": user.role.key, "token": about})


@bp.get("/users", **AS_SENT)
def index_users() -> Response:
    return _json({"data": representation.of_users(), "next_cursor": None})


@bp.get("/openapi.json", **AS_SENT)
def describe() -> Response:
    return _json(openapi.document(g.user))


@bp.get("/<slug>", **AS_SENT)
def index_records() -> Response:
    access.demand_any(g.user, g.entity, "view")
    listing, limit = questions.listing(g.entity, g.user)
    page = listing.page(limit)
    rows = representation.of_page(page, names=questions.names())
    return _json({"data": rows, "next_cursor": page.cursor or None})


@bp.post("/<slug>", **AS_SENT)
def create() -> Response:
    access.demand_any(g.user, g.entity, "create")
    raw = bodies.raw_values(g.entity, bodies.fields())
    with write():
        id, fresh = bodies.once(lambda: int(operations.create(g.entity, raw, _me(), source="api").id))
    response = _json(_made(id, fresh), 201)
    response.headers["Location"] = f"{bp.url_prefix}/{g.entity.slug}/{id}"
    return response


@bp.get("/<slug>/<int:id>", **AS_SENT)
def show(id: int) -> Response:
    record = access.visible_or_404(g.entity, id)
    return _json(representation.of_record(record, g.user, names=questions.names()))


@bp.route("/<slug>/<int:id>", methods=["PATCH", "PUT"], **AS_SENT)
def update(id: int) -> Response:
    access.permitted(g.entity, id, "edit")
    sent = bodies.fields()
    with write():
        record = access.permitted(g.entity, id, "edit")
        version = bodies.take_version(sent, record.version)
        raw = bodies.raw_values(g.entity, sent)
        operations.change(record, raw, _me(), version=version, source="api")
    return _json(representation.of_record(record, g.user))


@bp.delete("/<slug>/<int:id>", **AS_SENT)
def delete(id: int) -> Response:
    access.permitted(g.entity, id, "delete")
    with write():
        operations.delete(access.permitted(g.entity, id, "delete"), _me(), source="api")
    return Response(status=204)


def _made(id: int, fresh: bool) -> dict[str, Any]:
    """The new record; of one that an earlier request made only what may still be seen."""
    record = db.session.get_one(g.entity.model, id)
    if fresh or access.visible_by_key(g.entity.key, id, g.user) is not None:
        return representation.of_record(record, g.user)
    return {"id": id, "version": record.version}


def _me() -> User:
    return g.user


def _json(answer: Any, status: int = 200) -> Response:
    response = jsonify(answer)
    response.status_code = status
    return response
