"""Moving a record to another column of a board or another day of a calendar: one field changed, with one gesture.

Scripts drag and send; the same address has a page with the places to choose from, for keyboards, thumbs and browsers
without scripts.
"""

from datetime import date
from typing import Any

from flask import abort, g, jsonify, request
from flask_babel import gettext as _
from markupsafe import escape
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from .. import access
from ..core import i18n
from ..core.errors import Conflict, Invalid
from ..core.web import page, redirect_to_url, safe_next, say, svg, wants_json
from ..entities import Field
from ..entities.types import Date, Moment
from . import inline, parts
from .listing import Listing, url_encode
from .parts import EMPTY, Division
from .pickers import options_for
from .routes import bp, path
from .rows import ROW_ID


def address(listing: Listing, name: str = "", **more: Any) -> str:
    """The address of a part of a list's page, with further parameters."""
    query = url_encode(listing.parameters(**more))
    return f"{listing.path}{'/' + name if name else ''}{'?' + query if query else ''}"


def may_move(listing: Listing, field: Field) -> bool:
    """Whether the person may change `field` of some records at all."""
    writable = access.writable_fields(listing.entity, listing.user)
    return field in writable and access.may(listing.user, listing.entity, "edit")


def mover(listing: Listing, field: Field) -> str:
    """The link to the choice of another place: safe HTML with ROW_ID for a record's id; "" without the right."""
    if not may_move(listing, field):
        return ""
    query = url_encode(MultiDict([("field", field.key), ("next", address(listing))]))
    href, label = escape(f"{listing.path}/{ROW_ID}/place?{query}"), escape(_("Move to…"))
    return (
        f'<a class="s-card-move" href="{href}" data-open="place" hx-get="{href}" hx-target="#place-form"'
        f' draggable="false" aria-label="{label}" title="{label}">{svg("arrows-exchange")}</a>'
    )


@bp.get("/<slug>/<int:id>/place")
def choose_place(id: int) -> Response:
    """The places that a record can be moved to."""
    return _form(access.permitted(g.entity, id, "edit"), _field(request.args.get("field", "")))


@bp.post("/<slug>/<int:id>/place")
def move(id: int) -> Response:
    """Move a record: `field` gets the value that the word `value` stands for; a day keeps the hour it had."""
    record = access.permitted(g.entity, id, "edit")
    field = _field(request.form.get("field", ""))
    try:
        undo = inline.save(record, field, {field.key: [_wanted(record, field, request.form.get("value", ""))]})
    except (Invalid, Conflict) as refusal:
        if wants_json():
            raise
        return _form(record, field, refusal)
    text = _("“%(name)s” is under “%(place)s” now.", name=g.entity.name_of(record), place=_name_of(record, field))
    if wants_json():
        return jsonify(text=text, undo=undo, version=record.version)
    say(text, undo=undo)
    return redirect_to_url(safe_next(request.form.get("next"), path(g.entity)))


def _field(key: str) -> Field:
    field = inline.writable_or_404(key)
    if not isinstance(field, Date) and field not in parts.columns_offered(g.entity, g.user):
        abort(404)
    return field


def _wanted(record: Any, field: Field, word: str) -> str:
    """What a form would have sent for the field."""
    if word == EMPTY:
        return ""
    before = field.get(record)
    if not isinstance(field, Moment) or before is None:
        return word
    try:
        day = date.fromisoformat(word)
    except ValueError:
        return word
    return f"{day}T{i18n.local(before):%H:%M:%S}"


def _name_of(record: Any, field: Field) -> str:
    return field.text(field.get(record)) or _("Empty")


def _form(record: Any, field: Field, refusal: Invalid | Conflict | None = None) -> Response:
    division = Division(Listing(g.entity, g.user, [g.entity.title]), field)
    places = [] if isinstance(field, Date) else _places(division, field.get(record))
    return page(
        "records/place.html",
        block="form",
        status=200 if refusal is None else 409 if isinstance(refusal, Conflict) else 422,
        entity=g.entity,
        record=record,
        name=g.entity.name_of(record),
        field=field,
        places=places,
        day=_day(field.get(record)) if isinstance(field, Date) else "",
        error=_sentence(refusal, field),
        # The record may need another field first: the form has them all.
        form=isinstance(refusal, Invalid) and field.key not in refusal.errors,
        next=safe_next(request.values.get("next"), path(g.entity)),
    )


def _sentence(refusal: Invalid | Conflict | None, field: Field) -> str:
    if refusal is None:
        return ""
    return inline.error_of(refusal, field) if isinstance(refusal, Invalid) else str(refusal)


def _places(division: Division, here: Any) -> list[tuple[str, Any, bool]]:
    """(word, heading, whether the record is there) of every value that can be chosen."""
    field = division.field
    known = division.known()
    if known is None:
        known = [id for id, _name in options_for(field)]
    retired = {option.value for option in field.options if option.retired}
    keys = [key for key in known if key not in retired or key == here]
    if not field.required:
        keys.insert(0, None)
    return [(division.word(key), division.heading(key), key == here) for key in keys]


def _day(value: Any) -> str:
    """The day of a date or moment as a date control takes it."""
    if value is None:
        return ""
    return (i18n.local(value).date() if hasattr(value, "hour") else value).isoformat()
