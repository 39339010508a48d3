"""Figures as an Excel file, written down among the exports."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

from ..core.sheets import writing
from ..entities import Field
from ..records.listing import Listing, url_encode
from ..transfer import exports
from .breakdown import Figures


def write(title: str, figures: Figures, *, rate: bool = False) -> Path:
    """The path of a new .xlsx with a row for each group and one for the whole.

    Several columns are followed by their total or, with `rate`, by the last as a share of the first; rows that are
    shares of the whole say so.
    """
    path = exports.temporary("xlsx")
    number = exports.number_format(figures.measure.field) if figures.measure.field else "#,##0"
    heads = [writing.Column(figures.heading, "@")]
    heads += [writing.Column(column.label, number) for column in figures.columns]
    if rate:
        heads.append(writing.Column(_("Rate"), "0.0%"))
    elif len(figures.columns) > 1:
        heads.append(writing.Column(_("Total"), number))
    if figures.shares and not rate:
        heads.append(writing.Column(_("Share"), "0.0%"))
    writing.write_xlsx(path, [writing.SheetOut(title, heads, _rows(figures, rate))])
    return path


def _rows(figures: Figures, rate: bool) -> Iterator[list[Any]]:
    for row in figures.rows:
        values = [amount.value for amount in row.amounts]
        yield [row.title, *_cells(values, row.total.value, figures, rate)]
    if len(figures.columns) > 1:
        sums = [column.total.value if column.total else None for column in figures.columns]
    else:
        sums = [figures.total.value]
    yield [_("Total"), *_cells(sums, figures.total.value, figures, rate)]


def _cells(values: Sequence[Any], total: Any, figures: Figures, rate: bool) -> list[Any]:
    if rate:
        return [*values, _share(values[-1], values[0])]
    cells = [*values, total] if len(values) > 1 else [*values]
    return [*cells, _share(total, figures.total.value)] if figures.shares else cells


def _share(part: Any, whole: Any) -> Decimal | None:
    # Cells hold fifteen digits; a longer number would become a text.
    return round(Decimal(part or 0) / Decimal(whole), 6) if whole else None


def log(key: str, listing: Listing, fields: list[Field], figures: Figures) -> None:
    """Write down who took these figures and which list they are of; outside write()."""
    parameters = listing.parameters()
    parameters["report"] = key
    listing.columns = fields
    exports.log(listing, url_encode(parameters), "xlsx", len(figures.rows))
