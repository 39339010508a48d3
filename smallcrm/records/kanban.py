"""A list as a board: a column for each value of a field, each column a list of its own that is paged by itself."""

from dataclasses import dataclass, replace
from typing import Any

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from ..core.web import page
from ..entities import Field
from ..entities.types import Date, UserRef
from . import parts, placing
from .conditions import BadListing
from .listing import KANBAN, Listing
from .listing import Page as Rows
from .parts import Division
from .pickers import people_options
from .routes import SHAPES, asked, bp
from .rows import ROW_ID

CARDS = 20
MOST_COLUMNS = 30
# What a card says below its title.
FACTS = 4


@dataclass(frozen=True)
class Cards:
    """Some cards of a column; `more` is the address of the next ones, `table` that of the column as a plain list."""

    html: Markup
    more: str
    table: str


@dataclass(frozen=True)
class Column:
    """One column: `word` is its value in URLs and forms, `href` where its first cards come from."""

    word: str
    label: str
    heading: Markup
    cards: Cards
    href: str


@dataclass(frozen=True)
class Board:
    """A whole board. `movable`: whether this person may move cards; `cut`: there are more columns than are shown."""

    field: Field
    columns: list[Column]
    movable: bool
    cut: bool
    figures: str


def values(listing: Listing) -> dict[str, Any]:
    """What records/_kanban.html shows. Raises BadListing."""
    division = divided(listing)
    keys, cut = _keys(division)
    columns = []
    for key in keys:
        word = division.word(key)
        cards, href = _cards(division, key), placing.address(division.listing, "cards", value=word)
        columns.append(Column(word, division.label(key), division.heading(key), cards, href))
    board = Board(
        field=division.field,
        columns=columns,
        movable=placing.may_move(division.listing, division.field),
        cut=cut,
        figures=placing.address(division.listing, "figures", value=[column.word for column in columns]),
    )
    return {"board": board}


def divided(listing: Listing) -> Division:
    """The columns of a list; by its first choice where the URL names no field. Raises BadListing."""
    offered = parts.columns_offered(listing.entity, listing.user)
    if not offered:
        raise BadListing(_("A board needs a field with options; %(entity)s has none.", entity=listing.entity.label))
    field = listing.by or offered[0]
    if field not in offered:
        raise BadListing(_("“%(field)s” cannot be the columns of a board.", field=field.label))
    return Division(replace(listing, kind=KANBAN, by=field), field)


@bp.get("/<slug>/cards")
def show_cards() -> Response:
    """The next cards of one column."""
    division = divided(asked())
    key = division.key(request.args.get("value", ""))
    return page("records/_cards.html", cards=_cards(division, key, division.listing.after))


def _keys(division: Division) -> tuple[list[Any], bool]:
    """(the columns in order, whether there are more): what can be chosen, and other values that still have records."""
    field = division.field
    known = division.known()
    if known is not None:
        retired = {option.value for option in field.options if option.retired}
        found = [key for key in known if key not in retired or division.has(key)]
        return _with_empty(division, found[:MOST_COLUMNS]), len(found) > MOST_COLUMNS
    found, cut = division.keys(MOST_COLUMNS)
    people = [id for id, _name in people_options()] if isinstance(field, UserRef) else []
    if len({*found, *people}) < MOST_COLUMNS:
        found = [*people, *(key for key in found if key is not None and key not in people)]
    return _with_empty(division, [key for key in found if key is not None]), cut


def _with_empty(division: Division, keys: list[Any]) -> list[Any]:
    """The columns with that of records without a value: first while it has some, else last, as a place to move to."""
    if division.has(None):
        return [None, *keys]
    return keys if division.field.required else [*keys, None]


def _cards(division: Division, key: Any, after: str = "") -> Cards:
    part = division.part(key, after)
    title = part.entity.title
    facts = [field for field in part.columns if field not in (title, division.field)][:FACTS]
    found = replace(part, columns=[title, *facts]).page(CARDS)
    more = ""
    if found.cursor:
        more = placing.address(division.listing, "cards", value=division.word(key), after=found.cursor)
    return Cards(_html(found, division), more, division.table(key))


def _html(found: Rows, division: Division) -> Markup:
    """The cards as list items, joined as rows.html joins rows."""
    listing = found.listing
    base = f"{listing.path}/"
    opens = [_open(field) for field in listing.columns]
    mover = placing.mover(division.listing, division.field)
    pieces: list[str] = []
    for row, (id, cells) in zip(found.rows, found.cells(), strict=True):
        number = str(id)
        fixed = "" if row.editable and mover else " data-fixed"
        pieces.append(f'<li class="s-card-of" data-id="{number}" data-version="{row.version}"{fixed}>')
        pieces.append(f'<a class="s-card-title" href="{base}{number}" draggable="false">{cells[0] or "#" + number}</a>')
        facts = [f"{opened}{cell}</span>" for opened, cell in zip(opens[1:], cells[1:], strict=True) if cell]
        if facts:
            pieces += ['<div class="s-card-facts">', *facts, "</div>"]
        if not fixed:
            pieces.append(mover.replace(ROW_ID, number))
        pieces.append("</li>")
    return Markup("".join(pieces))  # noqa: S704 - cells are made safe by their field type, ids are numbers


def _open(field: Field) -> str:
    """A fact's beginning: dates and numbers say what they are, words speak for themselves."""
    label = escape(str(field.label))
    if isinstance(field, Date) or field.summable:
        return f'<span class="s-card-fact"><span class="s-muted">{label}</span> '
    return f'<span class="s-card-fact" title="{label}">'


SHAPES[KANBAN] = ("records/_kanban.html", values)
