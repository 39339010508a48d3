"""Doing something to many records: the form that says what will happen, the progress, the result, the way back."""

import io
from typing import Any

from flask import Blueprint, abort, g, request, send_file
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ... import access
from ...core.db import after_commit, db, write
from ...core.errors import Invalid
from ...core.sheets import writing
from ...core.web import error_response, page, redirect_to, redirect_to_url, safe_next, say, wants_fragment
from ...entities import Entity, by_slug
from ...users.models import User
from .. import submitted
from ..conditions import BadListing
from ..listing import LARGEST, url_decode, url_encode
from . import operations, presentation, selection, tasks
from .affected import KEY
from .models import DONE, BulkRun
from .running import MOST_KEPT
from .selection import ALL, Selection
from .verbs import VERBS, Verb

bp = Blueprint("bulk", __name__)

SHOWN = 100
# The parameters of the form itself, beside those of the list.
OWN = ("ids", "select")


@bp.errorhandler(BadListing)
def _bad_listing(error: BadListing) -> Response:
    return error_response(400, str(error))


@bp.get("/<slug>/bulk/<word>")
def new(slug: str, word: str) -> Response:
    entity, verb = _wanted(slug, word)
    query = MultiDict((name, value) for name, value in request.args.items(multi=True) if name not in OWN)
    everything = request.args.get("select") == ALL
    chosen = selection.parse(entity, g.user, verb, request.args.getlist("ids"), everything, query)
    chosen.newest = selection.newest(entity)
    back = f"/recycle-bin?entity={entity.slug}" if verb.of_deleted else f"/{entity.slug}?{url_encode(query)}"
    return _form(chosen, verb, back, selection.last_line(), {})


@bp.post("/<slug>/bulk/<word>")
def create(slug: str, word: str) -> Response:
    entity, verb = _wanted(slug, word)
    form = request.form
    everything = form.get("select") == ALL
    chosen = selection.parse(entity, g.user, verb, form.getlist("ids"), everything, url_decode(form.get("query", "")))
    chosen.newest = min(max(form.get("newest", LARGEST, type=int), 0), LARGEST)
    seen = min(max(form.get("seen", LARGEST, type=int), 0), LARGEST)
    back = safe_next(form.get("next"), f"/{entity.slug}")
    try:
        values = verb.read(entity, g.user, form)
    except Invalid as invalid:
        return _form(chosen, verb, back, seen, invalid.errors, 422)
    with write():
        id = submitted.once(lambda: operations.begin(chosen, verb, values, seen=seen).id)
    return _started(id, back)


def _wanted(slug: str, word: str) -> tuple[Entity, Verb]:
    entity, verb = by_slug(slug), VERBS.get(word)
    if entity is None or verb is None:
        abort(404)
    access.demand_any(g.user, entity, "view")
    operations.demand(g.user, entity, verb)
    return entity, verb


def _form(chosen: Selection, verb: Verb, back: str, seen: int, errors: dict[str, str], status: int = 200) -> Response:
    there, allowed = chosen.count(verb)
    return page(
        "records/bulk/form.html",
        block="form",
        status=status,
        entity=chosen.entity,
        verb=verb,
        chosen=chosen,
        there=there,
        allowed=allowed,
        title=str(verb.title) % {"num": f"{allowed:,}", "what": chosen.entity.label},
        shown=verb.shown(chosen, request.form),
        errors=errors,
        back=back,
        seen=seen,
        key=submitted.key(),
        fragment=wants_fragment(),
    )


def _started(id: int, back: str) -> Response:
    """Do what is small at once, the rest in the background; and lead where the person sees what became of it."""
    run = db.session.get_one(BulkRun, id)
    if run.is_at_work and not run.is_large:
        tasks.work_on_run.run(id)
        run = db.session.get_one(BulkRun, id)
    elif run.is_at_work:
        with write():
            after_commit(tasks.work_on_run, id)
    if run.is_at_work or run.failure or run.skipped:
        return redirect_to(".show", id=id)
    say(presentation.result(run), undo=f"/bulk/{id}/reversal" if run.is_undoable else None)
    return redirect_to_url(back)


@bp.get("/bulk")
def index() -> Response:
    everybody = g.user.can("manage_settings") and request.args.get("whose") == "all"
    found = select(BulkRun, User.name).join(User, User.id == BulkRun.user_id).order_by(BulkRun.id.desc()).limit(SHOWN)
    if not everybody:
        found = found.where(BulkRun.user_id == g.user.id)
    rows = db.session.execute(found).all()
    return page("records/bulk/index.html", rows=rows, everybody=everybody, may_see_all=g.user.can("manage_settings"))


@bp.get("/bulk/<int:id>")
def show(id: int) -> Response:
    run = _own(id)
    entity = presentation.entity_of(run)
    done = run.counts.get(DONE, 0)
    return page(
        "records/bulk/show.html",
        block="state",
        run=run,
        entity=entity,
        by=db.session.get_one(User, run.user_id).name,
        progress=presentation.progress(run) if run.is_at_work else None,
        tiles=presentation.tiles(run),
        reasons=presentation.reasons(run),
        skipped=[] if run.is_at_work else presentation.skipped(run, g.user),
        list_href=f"/{entity.slug}?f.{KEY}.eq={run.id}" if entity is not None and done else None,
    )


@bp.post("/bulk/<int:id>/reversal")
def undo(id: int) -> Response:
    run = _own(id)
    with write():
        operations.undo(run, g.user)
    return _started(id, safe_next(request.form.get("next"), _list_of(run)))


@bp.post("/bulk/<int:id>/cancellation")
def cancel(id: int) -> Response:
    with write():
        operations.cancel(_own(id), g.user)
    say(_("Stopped. What is done stays done, and can be taken back."))
    return redirect_to(".show", id=id)


@bp.post("/bulk/<int:id>/continuation")
def go_on(id: int) -> Response:
    with write():
        operations.go_on(_own(id), g.user)
    return _started(id, f"/bulk/{id}")


@bp.get("/bulk/<int:id>/skipped.xlsx")
def skipped(id: int) -> Response:
    run = _own(id)
    lines = presentation.skipped(run, g.user, MOST_KEPT)
    entity = presentation.entity_of(run)
    title = str(entity.title.label) if entity is not None else _("Name")
    labels = [writing.Column(_("Number")), writing.Column(title), writing.Column(_("Reason"))]
    sheet = writing.SheetOut(_("Skipped"), labels, ((line.id, line.name, line.why) for line in lines))
    file = io.BytesIO()
    writing.write_xlsx(file, [sheet])
    file.seek(0)
    name = _("%(name)s (skipped).xlsx", name=presentation.title(run))
    return send_file(file, as_attachment=True, download_name=name, max_age=0)


def _list_of(run: BulkRun) -> str:
    entity = presentation.entity_of(run)
    if entity is None:
        return f"/bulk/{run.id}"
    return f"/recycle-bin?entity={entity.slug}" if VERBS[run.verb].of_deleted else f"/{entity.slug}"


def _own(id: int) -> BulkRun:
    """The run, for the person whose it is and for those who look after the program. 404 otherwise."""
    run: Any = db.session.get(BulkRun, id)
    if run is None or not operations.may_control(run, g.user):
        abort(404)
    return run
