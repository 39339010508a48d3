"""A table in groups: a heading for each value of a field, below it the first rows of that group's own list."""

from dataclasses import dataclass
from typing import Any

from flask import request
from markupsafe import Markup
from werkzeug.wrappers import Response

from ..core.web import page, whole_number
from ..entities import Field
from . import placing, rows
from .bulk.verbs import offered
from .listing import PAGE, Listing
from .parts import Division, divide
from .routes import SHAPES, asked, bp, row_buttons

GROUPS = 20
ROWS = 20


@dataclass(frozen=True)
class Frame:
    """What stands around the cells of every row: its buttons, and what can be done to ticked rows."""

    buttons: str
    picks: Any
    width: int

    @classmethod
    def of(cls, listing: Listing) -> "Frame":
        buttons, picks = row_buttons(listing.entity), offered(listing.entity, listing.user)
        return cls(buttons, picks, len(listing.columns) + bool(buttons) + bool(picks))


@dataclass(frozen=True)
class GroupRows:
    """Some rows of a group; `more` is the address of the next ones, `table` that of the group as a plain list."""

    html: Markup
    count: int
    more: str
    table: str


@dataclass(frozen=True)
class Group:
    """One group: `rows` is None where they come when they are looked at; `table` is the group as a plain list."""

    word: str
    heading: Markup
    label: str
    rows: GroupRows | None
    href: str
    table: str


@dataclass(frozen=True)
class Groups:
    """Some groups of a table, of which `begin` came before. `more` is the address of the next ones in place, `page`
    that of a page of them; `width` is how many columns the table has."""

    field: Field
    groups: list[Group]
    begin: int
    more: str
    page: str
    figures: str
    width: int


def values(listing: Listing) -> dict[str, Any]:
    """What records/_groups.html shows: groups after the one that the parameter `beyond` names. Raises BadListing."""
    division = divide(listing)
    begin = whole_number(request.args.get("begin", "")) or 0
    keys, more = division.keys(GROUPS, request.args.get("beyond", ""))
    frame = Frame.of(listing)
    groups: list[Group] = []
    shown = 0
    for key in keys:
        # A page has about as many rows as any list's; what is below comes when it is looked at.
        first = _rows(division, key, frame) if shown < PAGE else None
        shown += first.count if first else 0
        groups.append(_group(division, key, first))
    words = [group.word for group in groups]
    beyond: dict[str, Any] = {"beyond": words[-1], "begin": begin + len(words)} if more else {}
    found = Groups(
        field=division.field,
        groups=groups,
        begin=begin,
        more=placing.address(listing, "groups", **beyond) if more else "",
        page=placing.address(listing, **beyond) if more else "",
        figures=placing.address(listing, "figures", value=words, begin=begin) if words else "",
        width=frame.width,
    )
    return {"grouped": found, "picks": frame.picks, "has_buttons": bool(frame.buttons)}


@bp.get("/<slug>/groups")
def show_groups() -> Response:
    """The next groups of a table."""
    return page("records/_group_bodies.html", **values(asked()))


@bp.get("/<slug>/group")
def show_group() -> Response:
    """The next rows of one group."""
    division = divide(asked())
    key = division.key(request.args.get("value", ""))
    frame = Frame.of(division.listing)
    found = _rows(division, key, frame, division.listing.after)
    return page("records/_group_rows.html", rows=found, width=frame.width)


def _group(division: Division, key: Any, first: GroupRows | None) -> Group:
    word = division.word(key)
    return Group(
        word=word,
        heading=division.heading(key),
        label=division.label(key),
        rows=first,
        href=placing.address(division.listing, "group", value=word),
        table=division.table(key),
    )


def _rows(division: Division, key: Any, frame: Frame, after: str = "") -> GroupRows:
    found = division.part(key, after).page(ROWS)
    more = ""
    if found.cursor:
        more = placing.address(division.listing, "group", value=division.word(key), after=found.cursor)
    html = rows.html(found, frame.buttons, picks=bool(frame.picks))
    return GroupRows(html, len(found.rows), more, division.table(key))


SHAPES["groups"] = ("records/_groups.html", values)
