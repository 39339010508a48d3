"""Taking lists home, at once or from the background, and the page of what one took."""

from flask import Blueprint, abort, g, request, send_file
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ... import access
from ...core import clock
from ...core.db import after_commit, db, write
from ...core.web import error_response, page, redirect_to, say
from ...entities import Entity, by_slug
from ...records.bulk import selection
from ...records.conditions import BadListing
from ...records.listing import Listing, url_encode
from ...users import sessions
from ...users.models import User
from .. import exports, rights, tasks
from ..downloads import sent_once
from ..models import Export

bp = Blueprint("exports", __name__, url_prefix="/exports")

SHOWN = 100


@bp.errorhandler(BadListing)
def _bad_listing(error: BadListing) -> Response:
    return error_response(400, str(error))


@bp.get("")
def index() -> Response:
    everybody = g.user.can("manage_settings") and request.args.get("whose") == "all"
    found = select(Export, User.name).join(User, User.id == Export.user_id).order_by(Export.id.desc()).limit(SHOWN)
    if not everybody:
        found = found.where(Export.user_id == g.user.id)
    return page("transfer/exports.html", block="rows", rows=db.session.execute(found).all(), everybody=everybody)


@bp.get("/<slug>.<any(xlsx,csv):format>")
def show(slug: str, format: str) -> Response:
    found, query = _wanted(_entity(slug), request.args)
    if exports.count(found, exports.AT_ONCE) > exports.AT_ONCE:
        return _large_page(found, query, format)
    path = exports.temporary(format)
    rows = exports.write_file(path, format, found)
    exports.log(found, query, format, rows)
    return sent_once(path, exports.file_name(found.entity, format))


@bp.post("")
def create() -> Response:
    format = request.form.get("format", "")
    if format not in exports.FORMATS:
        abort(400)
    sent = request.form.items(multi=True)
    arguments = MultiDict((name, value) for name, value in sent if name in PLAIN or "." in name)
    found, query = _wanted(_entity(request.form.get("entity", "")), arguments)
    # So much leaves the company at once that the password is asked again (SECURITY.md T04).
    if error := sessions.confirmation_trouble(g.user, request.form.get("own_password", "")):
        return _large_page(found, query, format, error, 422)
    with write():
        row = exports.start(found, query, format)
        after_commit(tasks.work_on_export, row.id)
    say(_("The file is being written. It will be on this page."))
    return redirect_to(".index")


# The parameters of a list besides its filters, whose names have dots.
PLAIN = {"q", "sort", "columns", "all"}


def _entity(slug: str) -> Entity:
    entity = by_slug(slug)
    if entity is None:
        abort(404)
    return entity


def _wanted(entity: Entity, arguments: MultiDict[str, str]) -> tuple[Listing, str]:
    arguments = exports.own_words(entity, g.user, MultiDict(arguments))
    whole = arguments.pop("select", "") == selection.ALL
    ticked = [] if whole else selection.ticked(arguments.poplist("ids"))
    if ticked:
        # What the list was limited to when they were ticked has no say any more.
        arguments = MultiDict(
            (name, value) for name, value in arguments.items(multi=True) if name in ("columns", "sort")
        )
    found = exports.wanted(entity, g.user, arguments, everything=bool(arguments.pop("all", "")), ids=ticked)
    return found, url_encode(found.parameters(ids=",".join(map(str, ticked))))


def _large_page(found: Listing, query: str, format: str, error: str = "", status: int = 200) -> Response:
    parameters = [(name, value) for name, value in found.parameters().items(multi=True)]
    parameters.append(("columns", ",".join(field.key for field in found.columns)))
    return page(
        "transfer/large_export.html",
        status=status,
        entity=found.entity,
        parameters=parameters,
        format=format,
        count=exports.AT_ONCE,
        confirm=sessions.needs_confirmation(),
        error=error,
    )


@bp.get("/<token>/file")
def download(token: str) -> Response:
    row = db.session.scalars(select(Export).where(Export.token == token, Export.user_id == g.user.id)).first()
    if row is None or not row.is_ready or row.expires_at is None or row.expires_at < clock.now():
        abort(404)
    entity = rights.entity_of(row)
    # The right may have been taken away since the file was written.
    access.demand_any(g.user, entity, "export")
    if row.path is None or not row.path.exists():
        abort(404)
    return send_file(row.path, as_attachment=True, download_name=exports.file_name(entity, row.format), max_age=0)
