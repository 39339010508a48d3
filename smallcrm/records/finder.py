"""One search over everything a person may see, and over what they may do: the page, and the box that opens with /."""

from typing import Any

from flask import g, request
from werkzeug.wrappers import Response

from ..core.web import page
from ..entities.field import UNPRINTABLE
from . import commands, favourites, found, seen
from .routes import bp

LONGEST = 200
BEFORE_TYPING = 5


@bp.get("/search")
def search() -> Response:
    q = UNPRINTABLE.sub("", request.args.get("q", "")).strip()[:LONGEST]
    if q:
        return _page(q, **_asked(q))
    opened = seen.recent(g.user, BEFORE_TYPING)
    places = {(one.entity.key, one.id) for one in opened}
    starred = [one for one in favourites.of(g.user, 2 * BEFORE_TYPING) if (one.entity.key, one.id) not in places]
    offered = [(command, command.label) for command in commands.usual(g.user)]
    return _page(q, opened=opened, starred=starred[:BEFORE_TYPING], commands=offered)


def _asked(q: str) -> dict[str, Any]:
    named = commands.matching(g.user, q)
    return {
        "groups": found.groups(g.user, q),
        "commands": [(command, name) for command, name, _begins in named],
        # Who types the beginning of a command's name means the command.
        "commands_first": bool(named) and named[0][2],
    }


def _page(q: str, **known: Any) -> Response:
    given = {"groups": [], "opened": [], "starred": [], "commands": [], "commands_first": False, **known}
    return page("records/search.html", block="found", q=q, nothing=found.nothing(q), **given)
