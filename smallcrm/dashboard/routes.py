"""The page after sign-in."""

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from .. import access
from ..core.web import page
from ..entities import find
from ..follow_ups import task_page
from . import lists, today

bp = Blueprint("dashboard", __name__)


@bp.get("/")
def home() -> Response:
    return redirect(url_for(".today"))


@bp.get("/today", endpoint="today")
def show() -> Response:
    customers = find("customers")
    wide = access.scope(g.user, customers, "view") not in ("none", "own")
    team = wide and request.args.get("scope", _usual_scope()) == "team"
    scope = {} if team else lists.MINE
    sections = today.follow_up_sections(g.user, scope)
    tasks = today.task_section(g.user, scope)
    fresh = None if team else today.fresh_section(g.user)
    return page(
        "dashboard/today.html",
        block="today",
        sections=sections,
        tasks=tasks,
        fresh=fresh,
        jumps=[part for part in (*sections, tasks, fresh) if part is not None],
        tiles=today.tiles(g.user, scope),
        team=team,
        wide=wide,
        everybody=access.scope(g.user, customers, "view") == "all",
        newcomer=not lists.count(lists.listing("customers", g.user, {})),
        may_log=access.may(g.user, find("follow_ups"), "create"),
        may_create=access.may(g.user, customers, "create"),
        may_import=access.may(g.user, customers, "import"),
        days=task_page.days(),
    )


def _usual_scope() -> str:
    """One's own work for people who own customers, everybody's for those who only look on."""
    return "mine" if lists.count(lists.listing("customers", g.user, lists.MINE)) else "team"
