"""The fields of one module: list, order, add, change, retire."""

from typing import Any

from flask import abort, g, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ... import access
from ...core.errors import Invalid
from ...core.web import page, redirect_to, say, wants_fragment
from ...entities import Entity, Field, field_rules, operations
from ...entities.types import TYPES
from ...users.gate import needs
from .. import field_forms
from ..field_forms import FieldForm
from . import bp, entity_or_404, field_or_404


@bp.get("/entities/<slug>/fields")
@needs("manage_fields")
def list_fields(slug: str) -> Response:
    entity = entity_or_404(slug)
    retired = [field for field in entity.all_fields.values() if field.retired]
    asked = access.writable_fields(entity, g.user)
    return page(
        "admin/fields.html",
        block="fields",
        entity=entity,
        fields=entity.fields,
        retired=[(field, field_rules.filled_count(entity, field)) for field in retired],
        preview=[(field, _first_value(field)) for field in asked],
        own=field_rules.custom_count(entity),
        most=operations.MOST_FIELDS,
    )


@bp.get("/entities/<slug>/fields/new")
@needs("manage_fields")
def new_field(slug: str) -> Response:
    entity = entity_or_404(slug)
    kind = request.args.get("type", "")
    if kind in TYPES and TYPES[kind].creatable:
        return _form(entity, None, field_forms.blank(kind), {})
    types = [cls for cls in TYPES.values() if cls.creatable]
    return page("admin/types.html", entity=entity, types=types, notes=field_forms.TYPE_NOTES)


@bp.post("/entities/<slug>/fields")
@needs("manage_fields")
def create_field(slug: str) -> Response:
    entity = entity_or_404(slug)
    kind = request.form.get("type", "")
    if kind not in TYPES:
        abort(400)
    form = field_forms.sent(kind)
    if (rows := field_forms.rearranged(form.options)) is not None:
        form.options = rows
        return _form(entity, None, form, {})
    try:
        given = form.given(field_forms.probe(entity, form), new=True)
        options = field_forms.as_options(form.options) if TYPES[kind].has_options else ()
        made = operations.add_field(entity.key, kind, form.label, g.user, options=options, **given)
    except Invalid as invalid:
        return _form(entity, None, form, invalid.errors, status=422)
    say(_("“%(field)s” is in every form and list of %(entity)s now.", field=made.label, entity=entity.label))
    return redirect_to("settings.list_fields", slug=slug)


@bp.get("/entities/<slug>/fields/<key>/edit")
@needs("manage_fields")
def edit_field(slug: str, key: str) -> Response:
    entity = entity_or_404(slug)
    field = field_or_404(entity, key)
    return _form(entity, field, field_forms.of(field), {})


@bp.post("/entities/<slug>/fields/<key>")
@needs("manage_fields")
def update_field(slug: str, key: str) -> Response:
    entity = entity_or_404(slug)
    field = field_or_404(entity, key)
    form = field_forms.sent(field.type)
    try:
        changed = operations.change_field(entity.key, key, g.user, label=form.label, **form.given(field, new=False))
    except Invalid as invalid:
        return _form(entity, field, form, invalid.errors, status=422)
    say(_("%(name)s saved.", name=changed.label))
    return redirect_to("settings.list_fields", slug=slug)


@bp.post("/entities/<slug>/fields/<key>/position")
@needs("manage_fields")
def move_field(slug: str, key: str) -> Response:
    entity = entity_or_404(slug)
    if field_or_404(entity, key).retired:
        abort(404)
    operations.move_field(entity.key, key, -1 if request.form.get("to") == "up" else 1, g.user)
    return (
        list_fields(slug) if wants_fragment() else redirect_to("settings.list_fields", slug=slug, _anchor=f"row-{key}")
    )


@bp.post("/entities/<slug>/fields/<key>/retirement")
@needs("manage_fields")
def retire_field(slug: str, key: str) -> Response:
    entity = entity_or_404(slug)
    field = field_or_404(entity, key)
    operations.retire_field(entity.key, key, g.user)
    say(_("“%(field)s” is out of use. Its values are kept.", field=field.label))
    return redirect_to("settings.list_fields", slug=slug)


@bp.post("/entities/<slug>/fields/<key>/return")
@needs("manage_fields")
def return_field(slug: str, key: str) -> Response:
    entity = entity_or_404(slug)
    field_or_404(entity, key)
    field = operations.bring_back_field(entity.key, key, g.user)
    say(_("“%(field)s” is in use again.", field=field.label))
    return redirect_to("settings.list_fields", slug=slug)


def _first_value(field: Field) -> Any:
    """What the control of a new record would show."""
    return field.form_value(field.default() if callable(field.default) else field.default)


def _form(entity: Entity, field: Field | None, form: FieldForm, errors: dict[str, str], status: int = 200) -> Response:
    shown = field or field_forms.probe(entity, form)
    return page(
        "admin/field.html",
        block="form",
        status=status,
        entity=entity,
        field=field,
        shown=shown,
        form=form,
        errors=errors,
        settings=field_rules.offered(shown, new=field is None),
        fixed=[s for s in shown.offers if s.fixed and field is not None and form.settings.get(s.key)],
        rules=field_rules,
        targets=field_forms.targets(),
        default_field=field_forms.default_field(shown),
        default_choices=field_forms.default_choices(shown),
        colours=field_forms.colours(),
        filled=field_rules.filled_count(entity, field) if field else 0,
        why_not=field_rules.why_not_retire(field) if field else None,
    )
