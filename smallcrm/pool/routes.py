"""The pool's pages, and its verbs on the pages of records."""

from typing import Any

from flask import Blueprint, abort, g, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from .. import access
from ..core.db import db, write
from ..core.errors import Invalid
from ..core.web import error_response, page, redirect_to, redirect_to_url, safe_next, say
from ..entities import Entity, by_slug, every, of
from ..records import neighbours as beside
from ..records import rows
from ..records.conditions import BadListing
from ..records.listing import url_encode
from . import listing, operations, ownership

bp = Blueprint("pool", __name__)


@bp.errorhandler(BadListing)
def bad_listing(error: BadListing) -> Response:
    return error_response(400, str(error))


@bp.get("/pool")
def home() -> Response:
    """The pool of the first module that has one for this person."""
    pools = _pools()
    if not pools:
        abort(404)
    return redirect_to("pool.index", slug=pools[0].slug)


@bp.get("/pool/<slug>")
def index(slug: str) -> Response:
    entity = _entity(slug)
    wanted = listing.parse(entity, g.user, request.args)
    found = wanted.page()
    count, exact = wanted.count()
    quick = listing.quick_filters(entity, g.user)
    response = page(
        "pool/index.html",
        block="results",
        entity=entity,
        listing=wanted,
        found=found,
        is_open=listing.is_open,
        rows=rows.html(found, _claim_button(entity)) if found.rows else "",
        count=f"{count:,}{'' if exact else '+'}",
        quick=quick,
        others=[each for each in wanted.filters if each.name not in {f"f.{field.key}.in" for field in quick}],
        tabs=_tabs(entity),
        query=url_encode(wanted.parameters()),
    )
    # The form sends what was left empty too; the address says only what counts.
    response.headers["HX-Push-Url"] = f"{wanted.path}?{url_encode(wanted.parameters(after=wanted.after))}".rstrip("?")
    return response


@bp.get("/pool/<slug>/<int:id>")
def show(slug: str, id: int) -> Response:
    entity = _entity(slug)
    record = _pooled_or_404(entity, id)
    return page(
        "pool/show.html",
        entity=entity,
        record=record,
        name=entity.name_of(record),
        facts=listing.facts(record, entity, g.user),
        talks=_talks(entity, record),
        spans=ownership.spans(record),
        may_read=access.allows(g.user, record, "view"),
    )


@bp.get("/pool/<slug>/<int:id>/neighbours")
def neighbours(slug: str, id: int) -> Response:
    """The way to the record before or after in the list of the pool."""
    entity = _entity(slug)
    record = _pooled_or_404(entity, id)
    return beside.around(lambda: listing.parse(entity, g.user, request.args), record)


@bp.post("/pool/<slug>/<int:id>/claim")
def claim(slug: str, id: int) -> Response:
    entity = _entity(slug)
    try:
        with write():
            record = operations.claim(entity, id, g.user)
            name = entity.name_of(record)
    except operations.TooLate as late:
        say(str(late), kind="error")
        # To the record, for whoever may see it (it is theirs: they pressed twice), else to what is left.
        seen = access.visible_by_key(entity.key, id, g.user) is not None
        return redirect_to_url(f"/{entity.slug}/{id}" if seen else f"/pool/{entity.slug}")
    say(_("“%(name)s” is yours now.", name=name))
    return redirect_to_url(f"/{entity.slug}/{id}")


@bp.get("/<slug>/<int:id>/release")
def new_release(slug: str, id: int) -> Response:
    record = _owned(slug, id)
    operations.demand_owner(record)
    return _release_form(record, {}, {})


@bp.post("/<slug>/<int:id>/release")
def release(slug: str, id: int) -> Response:
    record = _owned(slug, id)
    entity = _pooled_entity(slug)
    name, owner_id = entity.name_of(record), record.owner_id
    try:
        with write():
            operations.release(record, request.form.get("reason", ""), request.form.get("note", ""), g.user)
    except Invalid as invalid:
        return _release_form(record, request.form, invalid.errors, status=422)
    # Claiming it would not give it back to somebody else.
    back = owner_id == g.user.id and access.may_claim(g.user, record)
    undo = url_for("pool.claim", slug=slug, id=id) if back else None
    say(_("“%(name)s” is in the pool now; whoever can use it may claim it.", name=name), undo=undo)
    return redirect_to_url(safe_next(request.form.get("next"), f"/{entity.slug}"))


@bp.post("/<slug>/<int:id>/lock")
def lock(slug: str, id: int) -> Response:
    record = access.permitted(_pooled_entity(slug), id, "lock")
    with write():
        operations.lock(record, g.user)
    say(_("Locked: it stays with its owner."), undo=url_for("pool.unlock", slug=slug, id=id))
    return redirect_to_url(f"/{slug}/{id}")


@bp.post("/<slug>/<int:id>/unlock")
def unlock(slug: str, id: int) -> Response:
    record = access.permitted(_pooled_entity(slug), id, "lock")
    with write():
        operations.unlock(record, g.user)
    say(_("Unlocked: idle time counts from today."), undo=url_for("pool.lock", slug=slug, id=id))
    return redirect_to_url(f"/{slug}/{id}")


def _pools() -> list[Entity]:
    return [entity for entity in every() if entity.pooled and access.may(g.user, entity, "claim")]


def _tabs(chosen: Entity) -> list[tuple[str, str, bool, int]]:
    """One for each module that has a pool, when there are several."""
    pools = _pools()
    if len(pools) < 2:
        return []
    counts = listing.counts(g.user, pools)
    return [(str(one.label), f"/pool/{one.slug}", one is chosen, counts[one.key]) for one in pools]


def _pooled_entity(slug: str) -> Entity:
    entity = by_slug(slug)
    if entity is None or not entity.pooled:
        abort(404)
    return entity


def _entity(slug: str) -> Entity:
    entity = _pooled_entity(slug)
    access.demand_any(g.user, entity, "claim")
    return entity


def _pooled_or_404(entity: Entity, id: int) -> Any:
    wanted = select(entity.model).where(entity.model.id == id, access.in_pool(entity, g.user))
    found = db.session.scalars(wanted).first()
    if found is None:
        abort(404)
    return found


def _owned(slug: str, id: int) -> Any:
    return access.permitted(_pooled_entity(slug), id, "release")


def _claim_button(entity: Entity) -> str:
    return render_template("pool/_row_actions.html", entity=entity, id=rows.ROW_ID)


def _talks(entity: Entity, record: Any) -> int:
    """How often somebody has followed up; what was said is the owner's to know."""
    count = 0
    for child in every():
        if child.timeline_kind == "follow_up" and child.parent is not None and child.parent.may_target(entity.key):
            belongs = child.parent.points_to(child.model, entity.key, record.id)
            said = select(func.count()).select_from(child.model).where(child.rows(), child.live(), belongs)
            count += db.session.scalar(said) or 0
    return count


def _what_releasing_does(record: Any) -> str:
    # Without an owner it stays with the department.
    if access.scope(g.user, of(record), "view") != "own":
        return _("Colleagues will be able to claim it; its history stays with it.")
    return _("Colleagues will be able to claim it. You keep no access; its history stays with it.")


def _release_form(record: Any, values: Any, errors: dict[str, str], status: int = 200) -> Response:
    entity = of(record)
    return page(
        "pool/release.html",
        block="form",
        status=status,
        entity=entity,
        record=record,
        name=entity.name_of(record),
        words=_what_releasing_does(record),
        longest=operations.LONGEST_NOTE,
        reasons=[(option.value, str(option.label)) for option in operations.reasons(entity)],
        values=values,
        errors=errors,
    )
