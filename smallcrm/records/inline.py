"""Changing one field where it is read: on the record's page, or in a row of a list."""

from typing import Any

from flask import abort, g, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .. import access
from ..core.db import write
from ..core.errors import Conflict, Invalid
from ..core.web import page, redirect_to, say, wants_fragment
from ..entities import Field
from . import operations, submitted
from .routes import bp, reversal


@bp.get("/<slug>/<int:id>/fields/<key>")
def show_field(id: int, key: str) -> Response:
    """The control of one field; with ?read the value again (cancel). Without JavaScript: the whole form."""
    record = access.visible_or_404(g.entity, id)
    field = writable_or_404(key)
    if "read" in request.args:
        return _shown(record, field)
    access.demand(g.user, record, "edit")
    if not wants_fragment():
        return redirect_to("records.edit", id=id, _anchor=key)
    return _control(record, field, field.form_value(field.get(record)))


@bp.route("/<slug>/<int:id>/fields/<key>", methods=["POST", "PATCH"])
def change_field(id: int, key: str) -> Response:
    record = access.permitted(g.entity, id, "edit")
    field = writable_or_404(key)
    raw = sent_value(field)
    try:
        undo = save(record, field, raw)
    except Invalid as invalid:
        return _control(record, field, typed(field, raw), error=error_of(invalid, field), status=422)
    except Conflict as conflict:
        return _control(record, field, typed(field, raw), conflict=conflict, status=409)
    if not wants_fragment():
        return redirect_to("records.show", id=id)
    if undo:
        say(_("%(field)s saved.", field=field.label), undo=undo)
    return _shown(record, field)


def writable_or_404(key: str) -> Field:
    """The field of this request's entity, if the signed-in person may set it."""
    field = g.entity.get(key)
    if field is None or field.readonly or field not in access.writable_fields(g.entity, g.user):
        abort(404)
    return field


def sent_value(field: Field) -> dict[str, Any]:
    """{field key: what was sent for it}; uploads are stored and become tokens. Not inside write()."""
    return {field.key: submitted.values(g.entity, g.user).get(field.key, [])}


def save(record: Any, field: Field, raw: dict[str, Any]) -> str | None:
    """Write what was sent for one field; the address that takes it back, None when nothing had to be changed.

    What was sent twice from the same version changes nothing the second time. Raises Invalid, Conflict.
    """
    wanted = dict(raw)
    submitted.keep_theirs(wanted)
    with write():
        changed = operations.change(record, wanted, g.user, version=submitted.version())
        return reversal(record) if changed else None


def typed(field: Field, raw: dict[str, Any]) -> Any:
    """What the control shows after a refusal; files that were sent along are stored by then."""
    return raw[field.key] if field.holds_files else submitted.again(g.entity)[field.key]


def error_of(invalid: Invalid, field: Field) -> str:
    """What is wrong with the value, in one text."""
    return invalid.errors.get(field.key) or " ".join(invalid.errors.values())


def _shown(record: Any, field: Field) -> Response:
    can_edit = access.allows(g.user, record, "edit")
    return page("records/_value.html", entity=g.entity, record=record, field=field, editable=can_edit)


def _control(
    record: Any, field: Field, value: Any, *, error: str = "", conflict: Conflict | None = None, status: int = 200
) -> Response:
    return page(
        "records/_control.html",
        status=status,
        entity=g.entity,
        record=record,
        field=field,
        value=value,
        error=error,
        conflict=conflict,
        version=conflict.version if conflict else record.version,
    )
