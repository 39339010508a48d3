"""The readable side: a person's tokens, and how programs use them."""

from flask import Blueprint, abort, g, jsonify, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from .. import access
from ..core.db import write
from ..core.errors import Invalid
from ..core.web import page, redirect_to, say
from ..entities import Entity, by_slug, every
from ..users import api_tokens, links, sessions
from . import guide, openapi
from .forms import SCOPES, NewToken
from .limits import MOST
from .questions import LARGEST_PAGE, USUAL_PAGE

bp = Blueprint("api_pages", __name__, url_prefix="/api")


@bp.get("")
def show_guide() -> Response:
    entities = [entity for entity in every() if access.may(g.user, entity, "view")]
    if not entities:
        abort(403)
    chosen = by_slug(request.args.get("module", "")) or entities[0]
    if chosen not in entities:
        abort(404)
    return page(
        "api/guide.html",
        chosen=chosen,
        tabs=_tabs(entities, chosen),
        fields=guide.rows(chosen, g.user),
        commands=guide.commands(chosen, g.user),
        start=guide.start(f"{links.base()}/api/v1"),
        operators=guide.operators(),
        refusals=openapi.refusals(),
        limits={"page": LARGEST_PAGE, "usual": USUAL_PAGE, "minute": MOST},
    )


def _tabs(entities: list[Entity], chosen: Entity) -> list[tuple[str, str, bool, None]]:
    return [(str(entity.label), f"/api?module={entity.slug}#module", entity is chosen, None) for entity in entities]


@bp.get("/openapi.json")
def describe() -> Response:
    return jsonify(openapi.document(g.user))


@bp.get("/tokens")
def index() -> Response:
    return _tokens_page(NewToken())


@bp.post("/tokens")
def create() -> Response:
    form = NewToken()
    if not form.validate_on_submit() or not _confirmed(form):
        return _tokens_page(form, status=422)
    try:
        with write():
            fresh = api_tokens.create(g.user, form.name.data or "", form.scope.data, form.days.data, by=g.user)
    except Invalid as invalid:
        form.take(invalid)
        return _tokens_page(form, status=422)
    return _tokens_page(NewToken(formdata=None), fresh=fresh)


@bp.post("/tokens/<int:id>/revocation")
def revoke(id: int) -> Response:
    with write():
        if not api_tokens.revoke(g.user, id, g.user):
            abort(404)
    say(_("The token no longer works."))
    return redirect_to(".index")


def _confirmed(form: NewToken) -> bool:
    """A token outlives the session that made it, so the password is asked again (SECURITY.md T44)."""
    trouble = sessions.confirmation_trouble(g.user, form.own_password.data or "")
    if trouble:
        form.own_password.errors = [trouble]
    return not trouble


def _tokens_page(form: NewToken, *, fresh: str = "", status: int = 200) -> Response:
    return page(
        "api/tokens.html",
        form=form,
        fresh=fresh,
        start=guide.start(f"{links.base()}/api/v1", fresh) if fresh else None,
        tokens=api_tokens.living(g.user),
        scopes=SCOPES,
        confirm=sessions.needs_confirmation(),
        status=status,
    )
