"""Changing one cell of a list: its control, and the record's row as the list would show it now."""

from typing import Any

from flask import abort, g, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .. import access, activity
from ..core.db import write
from ..core.errors import Conflict, Invalid, Refused
from ..core.web import page, redirect_to, say, wants_fragment, whole_number
from ..entities import Field
from . import inline, operations, rows, submitted
from .listing import Listing
from .presentation import current_options
from .routes import asked, bp

# More options than these are searched instead of shown at once.
SHOWN = 12


@bp.get("/<slug>/<int:id>/cells")
def show_cells(id: int) -> Response:
    """The record's row in the list that the rest of the address asks for; `cells` names its columns."""
    access.visible_or_404(g.entity, id)
    return _row(id, asked()) if wants_fragment() else redirect_to("records.show", id=id)


@bp.get("/<slug>/<int:id>/cells/<key>")
def show_cell(id: int, key: str) -> Response:
    """The control of one field as it was in `version`, which the list shows. Without JavaScript: the whole form."""
    record = access.permitted(g.entity, id, "edit")
    field = inline.writable_or_404(key)
    if not wants_fragment():
        return redirect_to("records.edit", id=id, _anchor=key)
    version = whole_number(request.args.get("version", "")) or abort(400)
    return _control(record, field, field.form_value(_value_in(record, field, version)), version)


@bp.post("/<slug>/<int:id>/cells/<key>")
def change_cell(id: int, key: str) -> Response:
    record = access.permitted(g.entity, id, "edit")
    field = inline.writable_or_404(key)
    version = submitted.version() or abort(400)
    # What cannot be shown afterwards is refused before anything is written.
    listing = asked() if wants_fragment() else None
    raw = inline.sent_value(field)
    try:
        undo = inline.save(record, field, raw)
    except Invalid as invalid:
        text = inline.error_of(invalid, field)
        return _control(record, field, inline.typed(field, raw), version, error=text, status=422)
    except Conflict as conflict:
        typed = inline.typed(field, raw)
        return _control(record, field, typed, conflict.version, conflict=conflict, status=409)
    if listing is None:
        return redirect_to("records.show", id=id)
    if undo:
        say(_("%(field)s saved.", field=field.label), undo=undo)
    return _row(id, listing)


@bp.post("/<slug>/<int:id>/reversals/<int:version>")
def undo_change(id: int, version: int) -> Response:
    """Take back the change that made this version of the record."""
    record = access.permitted(g.entity, id, "edit")
    if version > record.version:
        raise Refused(_("There is no change to undo."))
    listing = asked() if wants_fragment() else None
    with write():
        operations.undo(record, g.user, version)
    say(_("The last change was taken back."))
    return _row(id, listing) if listing is not None else redirect_to("records.show", id=id)


def _value_in(record: Any, field: Field, version: int) -> Any:
    """What the field held in an earlier version: what is typed over it is then held against what others made of it."""
    if version != record.version:
        before = activity.changed_since(g.entity.key, record.id, version)
        if field.key in before:
            return field.load_value(before[field.key])
    return field.get(record)


def _row(id: int, listing: Listing) -> Response:
    """The row, whether it still fits the list or not; no row when the person no longer sees the record."""
    columns = [g.entity.get(key) for key in request.args.get("cells", "").split(",")]
    readable = access.readable_fields(g.entity, g.user)
    listing.columns = [field for field in columns if field in readable]
    if g.entity.title not in listing.columns:
        listing.columns.insert(0, g.entity.title)
    listing.limit, listing.after = g.entity.model.id == id, ""
    found = listing.page(1)
    fits = bool(found.rows)
    if not fits:
        found = Listing(g.entity, g.user, listing.columns, limit=listing.limit).page(1)
    return page("records/_cells.html", rows=rows.html(found), fits=fits)


def options(field: Field, value: Any) -> list[tuple[str, str, str]] | None:
    """(value, label, colour) of all that can be chosen, when it is few enough to be shown at once."""
    if field.widget == "switch":
        found = [("1", _("Yes"), ""), ("0", _("No"), "")]
    elif field.widget in ("select", "multiselect"):
        found = current_options(field, value)
    else:
        return None
    if field.widget != "multiselect" and not field.required:
        found.append(("", _("Not chosen"), ""))
    return found if len(found) <= SHOWN or field.multiple else None


def _control(
    record: Any,
    field: Field,
    value: Any,
    version: int,
    *,
    error: str = "",
    conflict: Conflict | None = None,
    status: int = 200,
) -> Response:
    return page(
        "records/_cell.html",
        status=status,
        entity=g.entity,
        record=record,
        field=field,
        value=value,
        options=options(field, value),
        error=error,
        conflict=conflict,
        version=version,
    )
