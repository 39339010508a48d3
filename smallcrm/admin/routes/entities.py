"""The modules of the company: list, order, make, rename, retire."""

from flask import g, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ... import entities
from ...core import icons
from ...core.errors import Invalid
from ...core.web import page, redirect_to, say, wants_fragment
from ...entities import modules
from ...entities.field_rules import custom_count
from ...users.gate import needs
from . import bp, entity_or_404

# What companies keep lists of; any icon of the sprite may be stored.
ICONS = (
    "box package cube building-warehouse truck car plane device-laptop device-mobile tools tool printer"
    " file-text file-invoice clipboard-list checklist certificate gavel receipt report-money wallet coin-yuan"
    " calculator shopping-cart gift ticket tag building building-store building-factory-2 building-community"
    " building-bank home bed briefcase users user-check id-badge-2 school book stethoscope heart paw plant-2"
    " tools-kitchen-2 calendar-event phone messages headset speakerphone world map-pin route target rocket bulb puzzle"
    " chart-bar star award flag folder database"
).split()


@bp.get("/entities")
@needs("manage_fields")
def list_entities() -> Response:
    every = entities.every()
    return page(
        "admin/entities.html",
        block="rows",
        entities=every,
        own={entity.key: custom_count(entity) for entity in every},
        retired=modules.retired(),
        records=modules.record_count,
    )


@bp.get("/entities/new")
@needs("manage_fields")
def new_entity() -> Response:
    return _form(None, {"label": "", "title": _("Designation"), "icon": "box"}, {})


@bp.post("/entities")
@needs("manage_fields")
def create_entity() -> Response:
    sent = {name: request.form.get(name, "") for name in ("label", "title", "icon")}
    try:
        made = modules.add_entity(sent["label"], sent["icon"], g.user, title=sent["title"])
    except Invalid as invalid:
        return _form(None, sent, invalid.errors, status=422)
    say(_("“%(entity)s” is ready. Add the fields it needs.", entity=made.label))
    return redirect_to("settings.list_fields", slug=made.slug)


@bp.get("/entities/<slug>/edit")
@needs("manage_fields")
def edit_entity(slug: str) -> Response:
    entity = entity_or_404(slug)
    return _form(entity, {"label": str(entity.label), "icon": entity.icon}, {})


@bp.post("/entities/<slug>")
@needs("manage_fields")
def update_entity(slug: str) -> Response:
    entity = entity_or_404(slug)
    sent = {name: request.form.get(name, "") for name in ("label", "icon")}
    try:
        changed = modules.change_entity(entity.key, g.user, label=sent["label"], icon=sent["icon"])
    except Invalid as invalid:
        return _form(entity, sent, invalid.errors, status=422)
    say(_("%(name)s saved.", name=changed.label))
    return redirect_to("settings.list_entities")


@bp.post("/entities/<slug>/position")
@needs("manage_fields")
def move_entity(slug: str) -> Response:
    entity = entity_or_404(slug)
    modules.move_entity(entity.key, -1 if request.form.get("to") == "up" else 1, g.user)
    return list_entities() if wants_fragment() else redirect_to("settings.list_entities", _anchor=f"row-{entity.key}")


@bp.post("/entities/<slug>/retirement")
@needs("manage_fields")
def retire_entity(slug: str) -> Response:
    entity = entity_or_404(slug)
    modules.retire_entity(entity.key, g.user)
    say(_("“%(entity)s” is out of use. Its records are kept.", entity=entity.label))
    return redirect_to("settings.list_entities")


@bp.post("/entities/<slug>/return")
@needs("manage_fields")
def return_entity(slug: str) -> Response:
    key = slug.replace("-", "_")
    if key not in {row.key for row in modules.retired()}:
        entity_or_404(slug)  # in use again already, or unknown
    else:
        modules.bring_back_entity(key, g.user)
        say(_("“%(entity)s” is in use again.", entity=entity_or_404(slug).label))
    return redirect_to("settings.list_entities")


def _form(
    entity: entities.Entity | None, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    offered = [name for name in ICONS if name in icons.names()]
    if values["icon"] in icons.names() and values["icon"] not in offered:
        offered.insert(0, values["icon"])
    return page(
        "admin/entity.html",
        status=status,
        entity=entity,
        values=values,
        errors=errors,
        icons=offered,
        why_not=modules.why_not_retire(entity) if entity else None,
        records=modules.record_count(entity.key) if entity else 0,
    )
