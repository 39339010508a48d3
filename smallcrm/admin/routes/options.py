"""The option list of a choice field."""

from flask import abort, g
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ...core.errors import Invalid
from ...core.web import page, redirect_to, say
from ...entities import Entity, Field, operations
from ...users.gate import needs
from .. import field_forms
from ..field_forms import Row
from . import bp, entity_or_404, field_or_404


@bp.get("/entities/<slug>/fields/<key>/options")
@needs("manage_fields")
def edit_options(slug: str, key: str) -> Response:
    entity, field = _found(slug, key)
    rows = [Row(o.value, str(o.label), o.colour, o.retired) for o in field.options]
    return _form(entity, field, [*rows, Row()], {})


@bp.post("/entities/<slug>/fields/<key>/options")
@needs("manage_fields")
def update_options(slug: str, key: str) -> Response:
    entity, field = _found(slug, key)
    rows = field_forms.sent_options()
    if (moved := field_forms.rearranged(rows)) is not None:
        return _form(entity, field, moved, {})
    try:
        operations.set_options(entity.key, key, field_forms.as_options(rows), g.user)
    except Invalid as invalid:
        return _form(entity, field, rows, invalid.errors, status=422)
    say(_("The options of “%(field)s” are saved.", field=field.label))
    return redirect_to("settings.edit_field", slug=slug, key=key)


def _found(slug: str, key: str) -> tuple[Entity, Field]:
    entity = entity_or_404(slug)
    field = field_or_404(entity, key)
    if not field.has_options:
        abort(404)
    return entity, field


def _form(entity: Entity, field: Field, rows: list[Row], errors: dict[str, str], status: int = 200) -> Response:
    return page(
        "admin/options.html",
        block="form",
        status=status,
        entity=entity,
        field=field,
        rows=rows,
        errors=errors,
        colours=field_forms.colours(),
    )
