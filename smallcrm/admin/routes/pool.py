"""When records go to the public pool by themselves, for each module."""

from dataclasses import asdict
from typing import Any

from flask import abort, g, request
from flask_babel import gettext as _
from flask_babel import ngettext as _n
from werkzeug.wrappers import Response

from ...core.db import write
from ...core.errors import Invalid
from ...core.web import page, redirect_to, say
from ...entities import Entity, every, find, modules
from ...pool import rules
from ...users.gate import needs
from . import bp, entity_or_404


@bp.get("/pool")
@needs("manage_settings")
def edit_pool() -> Response:
    return _pool()


@bp.post("/pool/<slug>")
@needs("manage_settings")
def update_pool(slug: str) -> Response:
    entity = _can_have_pool(slug)
    try:
        rule = _rule()
    except Invalid as invalid:
        return _pool(entity, invalid.errors, status=422)
    with write():
        modules.set_pooled(entity.key, "pooled" in request.form, g.user)
        rules.keep(entity, rule, g.user)
        waiting = rules.foretold(entity, rule) if rule.automatic and find(entity.key).pooled else 0
    say(_saved_words(entity, rule, waiting))
    return redirect_to("settings.edit_pool")


@bp.get("/pool/<slug>/forecast")
@needs("manage_settings")
def forecast_pool(slug: str) -> Response:
    """What would happen at once if this rule were kept."""
    entity = _can_have_pool(slug)
    try:
        rule = _rule()
    except Invalid:
        return page("admin/_pool_forecast.html", words="")
    return page("admin/_pool_forecast.html", words=_forecast_words("pooled" in request.args, entity, rule))


def _can_have_pool(slug: str) -> Entity:
    entity = entity_or_404(slug)
    if not entity.may_be_pooled:
        abort(404)
    return entity


def _rule() -> rules.Rule:
    sent = request.values
    return rules.parse("automatic" in sent, sent.get("days", "").strip(), sent.get("warn_days", "").strip())


def _saved_words(entity: Entity, rule: rules.Rule, waiting: int) -> str:
    if not waiting:
        return _("%(name)s saved.", name=_("Public pool"))
    return _n(
        "Saved. %(num)s record has been idle that long: its owner is told now.",
        "Saved. %(num)s records have been idle that long: their owners are told now.",
        waiting,
    )


def _forecast_words(pooled: bool, entity: Entity, rule: rules.Rule) -> str:
    if not pooled:
        return ""
    if not rule.automatic:
        return _("Nothing goes to the pool by itself; people release and claim by hand.")
    waiting = rules.foretold(entity, rule)
    if not waiting:
        return _("As of now nobody would have to be warned.")
    if rule.warn_days == 0:
        return _n(
            "As of now %(num)s record would go to the pool at once.",
            "As of now %(num)s records would go to the pool at once.",
            waiting,
        )
    return _n(
        "As of now the owner of %(num)s record would be warned today; without follow-up it goes in %(days)s days.",
        "As of now the owners of %(num)s records would be warned today; without follow-up they go in %(days)s days.",
        waiting,
        days=rule.warn_days,
    )


def _pool(wrong: Entity | None = None, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    parts = []
    for entity in every():
        if not entity.may_be_pooled:
            continue
        is_wrong = wrong is not None and wrong.key == entity.key
        if is_wrong:
            parts.append((entity, _sent(), errors or {}, ""))
        else:
            rule = rules.of(entity)
            parts.append(
                (entity, {"pooled": entity.pooled, **asdict(rule)}, {}, _forecast_words(entity.pooled, entity, rule))
            )
    return page("admin/pool.html", parts=parts, status=status)


def _sent() -> dict[str, Any]:
    """What the form shows again, as it was typed."""
    typed = request.form
    switches = {name: name in typed for name in ("pooled", "automatic")}
    return {**switches, "days": typed.get("days", ""), "warn_days": typed.get("warn_days", "")}
