"""How a list is shown (显示): kind, groups, order, columns with their widths."""

from collections.abc import Sequence
from typing import Any

from flask import abort, g, request
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from .. import access
from ..core.db import write
from ..core.web import page, redirect_to_url, whole_number
from ..entities import Field
from ..entities.types import Date
from . import models
from .listing import CALENDAR, CARDS, KANBAN, KINDS, TABLE, Listing, parse, url_decode, url_encode
from .routes import asked, bp

KIND_WORDS = {TABLE: _l("Table"), CARDS: _l("Cards"), KANBAN: _l("Board"), CALENDAR: _l("Calendar")}


@bp.get("/<slug>/display")
def show_display() -> Response:
    listing = asked()
    readable = access.readable_fields(g.entity, g.user)
    dates = [field for field in readable if isinstance(field, Date)]
    boards = [field for field in readable if field.groupable and not field.multiple and not isinstance(field, Date)]
    kinds = [(key, words) for key, words in KIND_WORDS.items() if key in _kinds(boards, dates)]
    return page(
        "records/display.html",
        block="form",
        entity=g.entity,
        listing=listing,
        kinds=kinds,
        divisible=_options([*boards, *dates]),
        columns_of_boards=_options(boards),
        dates=_options(dates),
        hidden=[field for field in readable if field not in listing.columns],
    )


@bp.post("/<slug>/display")
def choose_display() -> Response:
    """On to the list as it was chosen. Its columns are the person's own, unless its URL or view names them."""
    listing = _sent_listing()
    form = request.form
    columns = [] if "reset" in form else _columns(listing, form.getlist("columns"))
    chosen = listing.parameters(
        kind=form["kind"] if form.get("kind") in KINDS[1:] else None,
        by=form.get("board_by" if form.get("kind") == KANBAN else "by"),
        on=form.get("on") if form.get("kind") == CALENDAR else None,
        sort=form.get("sort"),
        dense=form.get("dense"),
        columns=",".join(columns) if listing.names_columns else None,
    )
    # Understood as a whole before any of it is kept.
    found = parse(g.entity, g.user, chosen)
    _keep(listing, columns)
    return redirect_to_url(f"{found.path}?{url_encode(found.parameters())}")


@bp.post("/<slug>/display/width")
def choose_width() -> Response:
    """Remember how wide one column was drawn; answers with the list's URL, which may name it."""
    listing = _sent_listing()
    key, width = request.form.get("column", ""), whole_number(request.form.get("width", ""))
    if width is None or key not in {field.key for field in access.readable_fields(listing.entity, listing.user)}:
        abort(400)
    words = [f"{key}:{width}" if word.partition(":")[0] == key else word for word in listing.column_words.split(",")]
    columns = _columns(listing, words)
    _keep(listing, columns)
    named = ",".join(columns) if listing.names_columns else None
    return Response(f"{listing.path}?{url_encode(listing.parameters(columns=named))}", mimetype="text/plain")


def _sent_listing() -> Listing:
    access.demand_any(g.user, g.entity, "view")
    stated = url_decode(request.form.get("query", ""))
    return parse(g.entity, g.user, stated, models.columns_of(g.user.id, g.entity.key))


def _columns(listing: Listing, words: Sequence[str]) -> list[str]:
    """The words of columns (name:240) as a list understands them: what the person may read, each once."""
    stated = parse(listing.entity, listing.user, MultiDict([("columns", ",".join(words))]))
    return stated.column_words.split(",") if stated.names_columns else []


def _keep(listing: Listing, columns: Sequence[str]) -> None:
    """Make these the person's own columns, unless the list's URL or view names them."""
    if not listing.names_columns:
        with write():
            models.prefer(listing.user.id, listing.entity.key, columns=list(columns))


def _kinds(boards: Sequence[Field], dates: Sequence[Field]) -> list[str]:
    return [TABLE, CARDS, *([KANBAN] if boards else []), *([CALENDAR] if dates else [])]


def _options(fields: Sequence[Field]) -> list[tuple[str, Any]]:
    return [(field.key, field.label) for field in fields]
