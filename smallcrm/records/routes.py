"""Pages over any entity: list, form, detail, delete. The entity comes from the first word of the path."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Flask, abort, current_app, g, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext as _n
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from .. import access, activity
from ..core.db import write
from ..core.errors import Conflict, Invalid
from ..core.web import error_response, page, redirect_to, redirect_to_url, safe_next, say, wants_fragment
from ..entities import Entity, Field, by_slug, of
from ..entities.pooled import POOL_FIELDS
from . import duplicates, models, operations, panels, rows, seen, submitted, timeline, views
from .bulk.verbs import offered
from .conditions import BadListing
from .listing import CARDS, TABLE, Listing, parse, url_encode

bp = Blueprint("records", __name__)

# While a record lies in the pool they stand in the line under its title; the note has no room there.
ABOUT_POOL = set(POOL_FIELDS) - {"pool_note"}


# kind of list → (template, what it shows), for those that are more than rows; "groups" for rows in groups.
SHAPES: dict[str, tuple[str, Callable[[Listing], dict[str, Any]]]] = {}


@bp.before_request
def _find_entity() -> None:
    # After the gate, so that nobody learns the names of modules without signing in.
    if request.view_args and "slug" in request.view_args:
        entity = by_slug(request.view_args.pop("slug"))
        if entity is None:
            abort(404)
        g.entity = entity


@bp.url_defaults
def _same_entity(endpoint: str, values: dict[str, Any]) -> None:
    if "slug" not in values and "entity" in g and current_app.url_map.is_endpoint_expecting(endpoint, "slug"):
        values["slug"] = g.entity.slug


@bp.errorhandler(BadListing)
def _bad_listing(error: BadListing) -> Response:
    return error_response(400, str(error), way=(_("Open the list without conditions"), f"{path(g.entity)}?view=all"))


def path(entity: Entity, id: int | None = None) -> str:
    """The address of an entity's list or of one record."""
    return f"/{entity.slug}/{id}" if id else f"/{entity.slug}"


def asked() -> Listing:
    """The list that this request's address asks for."""
    access.demand_any(g.user, g.entity, "view")
    arguments = request.args
    if not any(name == views.VIEW or views.states(name) for name in arguments):
        arguments = MultiDict([(views.VIEW, views.default(g.entity, g.user)), *arguments.items(multi=True)])
    return parse(g.entity, g.user, arguments, models.columns_of(g.user.id, g.entity.key))


def row_buttons(entity: Entity) -> str:
    """The HTML of one row's buttons, with rows.ROW_ID in place of the id."""
    template = panels.row_actions(entity)
    may = partial(access.may, g.user, entity)
    return render_template(template, id=rows.ROW_ID, may=may).strip() if template else ""


@bp.get("/<slug>")
def index() -> Response:
    entity = g.entity
    listing = asked()
    choices = views.of(entity, g.user)
    may = partial(access.may, g.user, entity)
    return page(
        "records/index.html",
        block="results",
        entity=entity,
        listing=listing,
        query=url_encode(listing.parameters()),
        choices=choices,
        tabs=views.tabs(entity, g.user, choices, listing.view),
        may_keep=listing.view is not None
        and listing.view.view is not None
        and views.may_change(g.user, listing.view.view),
        may_create=may("create"),
        may=may,
        actions=panels.list_actions(entity),
        **_shown(listing, may),
    )


def _shown(listing: Listing, may: Any) -> dict[str, Any]:
    """What the template of the list's kind shows."""
    if made := SHAPES.get("groups" if listing.kind in (TABLE, CARDS) and listing.by else listing.kind):
        template, values = made
        return {"shape": template, **values(listing)}
    found = listing.page()
    count, exact = listing.count_with(found, exactly="count" in request.args)
    buttons = row_buttons(listing.entity)
    picks = offered(listing.entity, listing.user)
    return {
        "shape": "",
        "found": found,
        "rows": rows.html(found, buttons, picks=bool(picks)) if found.rows else "",
        "picks": picks,
        "has_buttons": bool(buttons),
        "count": f"{count:,}{'' if exact else '+'}",
        "counted": exact,
    }


@bp.get("/<slug>/new")
def new() -> Response:
    access.demand_any(g.user, g.entity, "create")
    return _form(None, submitted.starting_values(g.entity, g.user, request.args), {})


@bp.post("/<slug>")
def create() -> Response:
    entity = g.entity
    access.demand_any(g.user, entity, "create")
    like: list[duplicates.Duplicate] = []
    try:
        raw = submitted.values(entity, g.user)
        if not request.form.get("anyway") and submitted.result_of(request.form.get("form_key", "")) is None:
            like = duplicates.like(entity, raw, g.user)
        if like:
            operations.new_values(entity, raw, g.user)
            return _form(None, submitted.again(entity), {}, like=like, status=422)
        with write():
            record = submitted.once(lambda: operations.create(entity, raw, g.user).id)
    except Invalid as invalid:
        return _form(None, submitted.again(entity), invalid.errors, like=like, status=422)
    say(_("%(entity)s saved.", entity=entity.one))
    return redirect_to_url(safe_next(request.form.get("next"), path(entity, record)))


@bp.get("/<slug>/<int:id>")
def show(id: int) -> Response:
    entity = g.entity
    record = access.visible_or_404(entity, id)
    if not wants_fragment():
        seen.note(g.user, record)
    kind = timeline.kind_of(request.args.get("kind"))
    fields = access.readable_fields(entity, g.user)
    own = [field for field in fields if not (field.system or field.key in (entity.title_key, *ABOUT_POOL))]
    return page(
        "records/show.html",
        block="timeline",
        entity=entity,
        record=record,
        name=entity.name_of(record),
        fields=fields,
        filled=[field for field in own if field.get(record) is not None],
        # What nobody can fill in by hand is no gap.
        unfilled=[field for field in own if field.get(record) is None and not field.readonly],
        about=[field for field in fields if _tells_when(field, record)],
        writable={f.key for f in access.writable_fields(entity, g.user)},
        may_edit=access.allows(g.user, record, "edit"),
        may_delete=access.allows(g.user, record, "delete"),
        panels=panels.of_record(record),
        related=panels.related(record),
        kinds=timeline.KINDS,
        kind=kind,
        events=timeline.events(record, g.user, kind, request.args.get("before", "")),
    )


def _tells_when(field: Field, record: Any) -> bool:
    """Whether a field stands under “When and by whom”."""
    if field.key in ABOUT_POOL:
        return record.owner_id is not None and field.get(record) is not None
    return field.system and field.key not in ("owner", "department")


@bp.get("/<slug>/<int:id>/edit")
def edit(id: int) -> Response:
    record = access.permitted(g.entity, id, "edit")
    return _form(record, submitted.current_values(record), {})


@bp.post("/<slug>/<int:id>")
def update(id: int) -> Response:
    record = access.permitted(g.entity, id, "edit")
    try:
        raw = submitted.values(g.entity, g.user)
        submitted.keep_theirs(raw)
        with write():
            changed = operations.change(record, raw, g.user, version=submitted.version())
            undo = reversal(record) if changed else None
    except Invalid as invalid:
        return _form(record, submitted.again(g.entity), invalid.errors, status=422)
    except Conflict as conflict:
        return _form(record, submitted.again(g.entity), {}, conflict=conflict, status=409)
    say(_("%(name)s saved.", name=g.entity.name_of(record)), undo=undo)
    return redirect_to_url(safe_next(request.form.get("next"), path(g.entity, id)))


def reversal(record: Any) -> str | None:
    """The address that takes back the change just made to a record, and no later one of somebody else. In write()."""
    done = activity.last_change(of(record).key, record.id)
    return f"{path(of(record), record.id)}/reversals/{done.version}" if done else None


@bp.post("/<slug>/<int:id>/reversal")
def undo(id: int) -> Response:
    record = access.permitted(g.entity, id, "edit")
    with write():
        operations.undo(record, g.user)
    say(_("The last change was taken back."))
    return redirect_to("records.show", id=id)


@bp.post("/<slug>/<int:id>/deletion")
def delete(id: int) -> Response:
    entity = g.entity
    record = access.permitted(entity, id, "delete")
    name = entity.name_of(record)
    with write():
        count = operations.delete(record, g.user)
    text = _("“%(name)s” is in the recycle bin.", name=name)
    if count > 1:
        text = _n(
            "“%(name)s” is in the recycle bin, with %(num)s line that belongs to it.",
            "“%(name)s” is in the recycle bin, with %(num)s lines that belong to it.",
            count - 1,
            name=name,
        )
    say(text, undo=f"{path(entity, id)}/restoration")
    return redirect_to("records.index")


@bp.get("/<slug>/<int:id>/history")
def history(id: int) -> Response:
    record = access.visible_or_404(g.entity, id)
    lines = timeline.history(record, g.user, request.args.get("before", ""))
    return page(
        "records/history.html",
        block="lines",
        entity=g.entity,
        record=record,
        name=g.entity.name_of(record),
        lines=lines,
        may_edit=access.allows(g.user, record, "edit"),
    )


@bp.get("/<slug>/duplicates")
def like() -> Response:
    access.demand_any(g.user, g.entity, "create")
    besides = request.args.get("besides", type=int)
    found = duplicates.like(g.entity, request.args, g.user, besides=besides)
    return page("records/_duplicates.html", entity=g.entity, like=found)


def _form(
    record: Any | None,
    values: dict[str, Any],
    errors: dict[str, str],
    *,
    like: list[duplicates.Duplicate] | None = None,
    conflict: Conflict | None = None,
    status: int = 200,
) -> Response:
    entity: Entity = g.entity if record is None else of(record)
    version = conflict.version if conflict else submitted.version() or (record.version if record else 0)
    return page(
        "records/form.html",
        block="form",
        status=status,
        entity=entity,
        record=record,
        name=entity.name_of(record) if record is not None else "",
        fields=access.writable_fields(entity, g.user),
        values=values,
        errors=errors,
        like=like or [],
        conflict=conflict,
        version=version,
        next=safe_next(request.values.get("next"), ""),
        key=submitted.key(),
    )


def init_app(app: Flask) -> None:
    # Their routes join the blueprint.
    from . import (  # noqa: F401
        bin,
        calendar,
        cells,
        display,
        files,
        filtering,
        finder,
        grouped,
        inline,
        kanban,
        keeping,
        pickers,
        placing,
        totals,
    )

    app.register_blueprint(bp)
