"""The page behind the bell, and the number on it."""

import json
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext as _n

from ..core.db import db, write
from ..core.web import page, redirect_to, redirect_to_url
from . import operations, queries, wording
from .models import Notification

bp = Blueprint("notifications", __name__, url_prefix="/notifications")

PAGE = 50


@bp.get("")
def index() -> ResponseReturnValue:
    wanted = queries.own(g.user.id)
    if "after" in request.args:
        wanted = queries.after(wanted, *_place(request.args["after"]))
    found = db.session.scalars(wanted.limit(PAGE + 1)).all()
    more = f"{'read' if found[PAGE - 1].read_at else 'unread'}-{found[PAGE - 1].id}" if len(found) > PAGE else None
    return page(
        "notifications/index.html",
        block="rows",
        lines=wording.lines(found[:PAGE], g.user),
        more=more,
        unread=queries.unread_count(g.user.id),
        newest=queries.newest_id(g.user.id),
    )


def _place(text: str) -> tuple[bool, int]:
    state, _dash, id = text.partition("-")
    if state not in ("read", "unread") or not id.isdigit() or len(id) > 15:
        abort(400)
    return state == "read", int(id)


@bp.get("/unread")
def unread() -> Response:
    """The bell's number, asked every 20 seconds, and a toast when there is something newer than the line `last`.

    Asking again and again is the plain choice here: an open event stream would hold one of waitress's few threads
    for every open tab, while this is two reads of an index.
    """
    last = request.args.get("last", 0, type=int)
    newer = db.session.scalars(queries.newer(g.user.id, last).limit(2)).all()
    count = queries.unread_count(g.user.id)
    href = url_for(".unread", last=newer[0].id if newer else last)
    response = page("notifications/unread.html", count=count, href=href)
    if newer:
        response.headers["HX-Trigger"] = json.dumps({"toast": _toast(newer, count)})
    return response


def _toast(newer: Sequence[Notification], count: int) -> dict[str, Any]:
    if len(newer) > 1:
        text = _n("%(num)s unread notification", "%(num)s unread notifications", count)
        return {"text": text, "href": url_for(".index"), "label": _("Show")}
    [line] = wording.lines(newer, g.user)
    return {"text": line.text, "href": line.href or url_for(".index"), "label": _("Open")}


@bp.post("/reading")
def read_all() -> ResponseReturnValue:
    with write():
        operations.mark_all_read(g.user.id, request.form.get("until", 0, type=int))
    return redirect_to(".index")


@bp.post("/<int:id>/reading")
def read(id: int) -> ResponseReturnValue:
    """Mark one line read, and with `open` go to what it is about."""
    with write():
        notification = db.session.get(Notification, id)
        if notification is None or notification.user_id != g.user.id:
            abort(404)
        operations.mark_read(notification)
    [line] = wording.lines([notification], g.user)
    if "open" in request.form and line.href:
        return redirect_to_url(line.href)
    return redirect_to(".index")
