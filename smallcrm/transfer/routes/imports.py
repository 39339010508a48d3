"""Bringing a file in: upload, columns, trial run, import, result. Only the person who uploaded it sees any of it."""

from typing import Any

from flask import Blueprint, abort, g, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...config import MAX_UPLOAD
from ...core.db import db, write
from ...core.errors import Invalid, Refused
from ...core.web import page, redirect_to, say
from ...entities import Entity, by_slug
from ...users.models import User
from .. import exports, mapping, options, reports, rights, source, uploads
from ..downloads import sent_once
from ..imported import KEY
from ..models import Import, ImportState
from ..presentation import ENCODINGS, progress

bp = Blueprint("imports", __name__, url_prefix="/imports")

SHOWN = 100


@bp.url_value_preprocessor
def _allow_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Before the check of the form's token, which reads the whole form.
    if endpoint == "imports.create":
        request.max_content_length = MAX_UPLOAD


@bp.get("")
def index() -> Response:
    everybody = g.user.can("manage_settings") and request.args.get("whose") == "all"
    found = select(Import, User.name).join(User, User.id == Import.user_id).order_by(Import.id.desc()).limit(SHOWN)
    if not everybody:
        found = found.where(Import.user_id == g.user.id)
    return page(
        "transfer/imports.html",
        rows=db.session.execute(found).all(),
        everybody=everybody,
        entities=rights.importable(g.user),
    )


@bp.get("/new")
def new() -> Response:
    return _upload_page(_chosen(request.args.get("entity", "")))


@bp.post("")
def create() -> Response:
    entity = _chosen(request.form.get("entity", ""))
    file = request.files.get("file")
    if entity is None or file is None or not file.filename:
        return _upload_page(entity, _("Choose a file."), 422)
    try:
        row = uploads.receive(file.stream, file.filename, entity, g.user)
    except Refused as refused:
        if refused.status == 403:
            raise
        return _upload_page(entity, str(refused), 422)
    return redirect_to(".edit", token=row.token)


def _chosen(slug: str) -> Entity | None:
    entity = by_slug(slug) if slug else None
    if entity is not None and not rights.may_import(g.user, entity):
        abort(403)
    return entity


def _upload_page(entity: Entity | None, error: str = "", status: int = 200) -> Response:
    entities = rights.importable(g.user)
    if not entities:
        abort(403)
    return page(
        "transfer/new.html", block="form", status=status, entity=entity, entities=entities, error=error, ENDINGS=ENDINGS
    )


ENDINGS = ",".join(f".{ending}" for ending in uploads.EXTENSIONS)


@bp.get("/<token>")
def show(token: str) -> Response:
    row = _own(token)
    if row.state == ImportState.draft:
        return redirect_to(".edit", token=token)
    entity = rights.entity_of(row)
    found: dict[str, Any] = {"fields": [], "preview": [], "columns": [], "faulty": []}
    if row.state == ImportState.checked:
        found["fields"], found["preview"] = reports.preview(row, entity, g.user)
    if not row.is_at_work:
        found["columns"], found["faulty"] = reports.faulty_rows(row, entity)
    return page(
        "transfer/show.html",
        block="state",
        row=row,
        entity=entity,
        counts=(row.trial or {}) if row.state == ImportState.checked else row.counts,
        progress=progress(row) if row.is_at_work else None,
        list_href=f"/{entity.slug}?f.{KEY}.eq={row.token}",
        **found,
    )


@bp.get("/<token>/columns")
def edit(token: str) -> Response:
    row = _own(token)
    return _mapping_page(row, row.mapping, row.options, {})


@bp.post("/<token>/source")
def read_again(token: str) -> Response:
    row = _own(token)
    uploads.read_again(row, request.form, g.user)
    return redirect_to(".edit", token=token)


@bp.post("/<token>/columns")
def update(token: str) -> Response:
    row = _own(token)
    chosen = {
        name.removeprefix("column-"): key for name, key in request.form.items() if name.startswith("column-") and key
    }
    try:
        with write():
            uploads.arrange(row, chosen, request.form, g.user)
            uploads.begin_check(row)
    except Invalid as invalid:
        return _mapping_page(row, chosen, {**row.options, **request.form.to_dict()}, invalid.errors, 422)
    uploads.check_now(row)
    return redirect_to(".show", token=token)


def _mapping_page(
    row: Import, chosen: dict[str, str], asked: dict[str, Any], errors: dict[str, str], status: int = 200
) -> Response:
    entity = rights.entity_of(row)
    return page(
        "transfer/columns.html",
        block="form",
        status=status,
        row=row,
        entity=entity,
        sight=source.sight(row),
        columns=source.columns(row),
        targets=[(field.key, _target_label(field)) for field in mapping.targets(entity, g.user)],
        chosen=chosen,
        asked=asked,
        rules=options.rules(entity),
        modes=[(key, str(words)) for key, words in options.MODES.items()],
        encodings=ENCODINGS,
        errors=errors,
    )


def _target_label(field: Any) -> str:
    if field.readonly:
        return _("%(field)s (only to recognise records)", field=field.label)
    return f"{field.label} *" if field.required else str(field.label)


@bp.post("/<token>/run")
def run(token: str) -> Response:
    row = _own(token)
    rights.demand(row, g.user)
    with write():
        uploads.run(_own(token))
    return redirect_to(".show", token=token)


@bp.post("/<token>/cancellation")
def cancel(token: str) -> Response:
    with write():
        uploads.cancel(_own(token))
    say(_("The import was stopped. What is in stays in."))
    return redirect_to(".show", token=token)


@bp.post("/<token>/deletion")
def delete(token: str) -> Response:
    uploads.discard(_own(token))
    say(_("The upload was deleted."))
    return redirect_to(".index")


@bp.get("/<token>/problems.xlsx")
def problems(token: str) -> Response:
    row = _own(token)
    path = exports.temporary("xlsx")
    reports.write(row, rights.entity_of(row), path)
    stem = row.file_name.rpartition(".")[0] or row.file_name
    return sent_once(path, _("%(name)s (rows to correct).xlsx", name=stem))


def _own(token: str) -> Import:
    """The import, if this person made it: what is in the file was never anybody else's to see. 404 otherwise."""
    row = db.session.scalars(select(Import).where(Import.token == token, Import.user_id == g.user.id)).first()
    if row is None:
        abort(404)
    return row
