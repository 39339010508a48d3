"""Figures as an Excel file, written down among the exports."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from ..core.sheets import writing
from ..entities import Field
from ..records.listing import Listing, url_encode
from ..transfer import exports
from .breakdown import Amount, Figures


def write(title: str, figures: Figures) -> Path:
    """The path of a new .xlsx with a row for each group and one for the whole."""
    path = exports.temporary("xlsx")
    number = exports.number_format(figures.measure.field) if figures.measure.field else "#,##0"
    names = [column.label for column in figures.columns]
    heads = [writing.Column(figures.heading, "@")] + [writing.Column(name, number) for name in names]
    if len(names) > 1:
        heads.append(writing.Column(_("Total"), number))
    if figures.shares:
        heads.append(writing.Column(_("Share"), "0.0%"))
    writing.write_xlsx(path, [writing.SheetOut(title, heads, _rows(figures, len(names) > 1))])
    return path


def _rows(figures: Figures, several: bool) -> Iterator[list[Any]]:
    for row in figures.rows:
        yield [row.title, *_cells(figures, row.amounts, row.total, several)]
    blanks = (Amount(None, 0),) * len(figures.columns)
    yield [_("Total"), *_cells(figures, blanks if several else (figures.total,), figures.total, several)]


def _cells(figures: Figures, amounts: tuple[Amount, ...], total: Amount, several: bool) -> list[Any]:
    cells: list[Any] = [amount.value for amount in amounts]
    if several:
        cells.append(total.value)
    if figures.shares:
        whole = figures.total.value
        cells.append(Decimal(total.value or 0) / Decimal(whole) if whole else None)
    return cells


def log(key: str, listing: Listing, fields: list[Field], figures: Figures) -> None:
    """Write down who took these figures and which list they are of; outside write()."""
    parameters = listing.parameters()
    parameters["report"] = key
    listing.columns = fields
    exports.log(listing, url_encode(parameters), "xlsx", len(figures.rows))
