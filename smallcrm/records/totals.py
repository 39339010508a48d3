"""What stands at the foot of a list: sums and averages of its numbers, over everything that the list holds."""

from dataclasses import dataclass
from decimal import Decimal

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core.web import page, whole_number
from ..entities import Field
from ..entities.types.numbers import Number
from . import parts, placing
from .conditions import BadListing
from .figures import Figures, can_be_summed, numbers, of_list, of_parts
from .grouped import Frame
from .kanban import MOST_COLUMNS, divided
from .listing import KANBAN, Listing
from .routes import asked, bp


@dataclass(frozen=True)
class Total:
    """The figures of one number as words; `sum` and `average` are "" where there is none."""

    field: Field
    sum: str
    average: str
    filled: str


@dataclass(frozen=True)
class Part:
    """The figures of one column of a board or group of a table: "12", "¥3,000.00" and what that is the sum of."""

    count: str
    sums: list[tuple[str, str]]


def totals(listing: Listing, figures: Figures) -> dict[str, Total]:
    """field key → total, of every number among the columns; empty where nothing was added up."""
    return {field.key: _total(field, figures) for field in numbers(listing) if field.key in figures.tallies}


def _total(field: Field, figures: Figures) -> Total:
    tally = figures.tallies[field.key]
    return Total(
        field=field,
        sum=field.text(tally.sum(field)) if can_be_summed(field) and tally.filled else "",
        average=_average(field, tally.average(field)),
        filled=f"{tally.filled:,}",
    )


def _average(field: Field, value: Decimal | None) -> str:
    # An average of whole numbers is seldom one.
    if value is None or not isinstance(field, Number) or field.decimals:
        return field.text(value)
    return f"{value:,.2f}".rstrip("0").rstrip(".")


@bp.get("/<slug>/totals")
def show_totals() -> Response:
    """The foot of a table; with `exactly` whatever it takes."""
    listing = asked()
    figures, around = of_list(listing, exactly="exactly" in request.args), Frame.of(listing)
    return page(
        "records/totals.html",
        block="totals",
        entity=listing.entity,
        listing=listing,
        picks=around.picks,
        has_buttons=bool(around.buttons),
        figures=figures,
        totals=totals(listing, figures),
        exactly=placing.address(listing, "totals", exactly="1"),
        back=placing.address(listing),
    )


@bp.get("/<slug>/figures")
def show_figures() -> Response:
    """How many records, and how much of each number, are in the parts that `value` names, in that order."""
    listing = asked()
    words = request.args.getlist("value")
    if not words or len(words) > MOST_COLUMNS + 1:
        raise BadListing(_("Say of which parts the figures are wanted."))
    division = divided(listing) if listing.kind == KANBAN else parts.divide(listing)
    exactly, begin = "exactly" in request.args, whole_number(request.args.get("begin", "")) or 0
    figures = of_parts(division, [division.key(word) for word in words], exactly=exactly)
    return page(
        "records/_figures.html",
        begin=begin,
        parts=[(word, _part(listing, one)) for word, one in zip(words, figures, strict=True)],
        complete=all(one.complete for one in figures),
        exactly=placing.address(listing, "figures", value=words, begin=begin, exactly="1"),
    )


def _part(listing: Listing, figures: Figures) -> Part:
    sums = []
    for field in numbers(listing):
        tally = figures.tallies.get(field.key)
        if tally is not None and tally.filled and can_be_summed(field):
            sums.append((str(field.label), field.text(tally.sum(field))))
    return Part(figures.words, sums)
