"""Changing one field where it is read."""

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
from .routes import bp, path


@bp.get("/<slug>/<int:id>/fields/<key>")
def show_field(id: int, key: str) -> Response:
    """The control of one field; with ?read the value again (cancel). Without JavaScript: the whole form."""
    record = access.visible_or_404(g.entity, id)
    field = _field(key)
    if "read" in request.args:
        return _shown(record, field)
    access.demand(g.user, record, "edit")
    if not wants_fragment():
        return redirect_to("records.edit", id=id, _anchor=key)
    return _control(record, field, field.form_value(field.get(record)))


@bp.route("/<slug>/<int:id>/fields/<key>", methods=["POST", "PATCH"])
def change_field(id: int, key: str) -> Response:
    record = access.permitted(g.entity, id, "edit")
    field = _field(key)
    sent = submitted.values(g.entity, g.user)
    raw = {key: sent.get(key, [])}
    submitted.keep_theirs(raw)
    try:
        with write():
            changed = operations.change(record, raw, g.user, version=submitted.version())
    except Invalid as invalid:
        text = invalid.errors.get(key) or " ".join(invalid.errors.values())
        return _control(record, field, submitted.again(g.entity)[key], error=text, status=422)
    except Conflict as conflict:
        return _control(record, field, submitted.again(g.entity)[key], conflict=conflict, status=409)
    if not wants_fragment():
        return redirect_to("records.show", id=id)
    if changed:
        say(_("%(field)s saved.", field=field.label), undo=f"{path(g.entity, id)}/reversal")
    return _shown(record, field)


def _field(key: str) -> Field:
    field = g.entity.get(key)
    if field is None or field.readonly or field not in access.writable_fields(g.entity, g.user):
        abort(404)
    return field


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
