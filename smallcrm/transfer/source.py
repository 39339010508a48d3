"""The uploaded file as a table: what was seen in it, its columns, its rows as values for fields."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from ..core.sheets import reading, table
from ..core.sheets.cells import Cell, packed, unpacked
from .models import Import

# Longer cells are cut in what is kept for the pages; the import itself reads the file.
SHOWN = 500
SAMPLES = 5


@dataclass(frozen=True)
class Sight:
    """What was seen in a file, with the first rows kept so that pages need not open it again."""

    kind: str
    sheets: Sequence[tuple[str, bool]]
    guess: int | None
    head: Sequence[Sequence[Cell]]
    samples: Sequence[Sequence[Cell]]

    @property
    def is_text(self) -> bool:
        """Whether it has an encoding and no sheets."""
        return self.kind in ("csv", "tsv")


def look(path: Path, sheet: str | None = None, encoding: str | None = None) -> dict[str, Any]:
    """Look into a file; what is there, as attributes of an Import. Raises SheetError.

    Not inside write(): it may take seconds.
    """
    found = reading.inspect(path, sheet=sheet, encoding=encoding)
    seen = {
        "kind": found.kind,
        "sheets": [(each.name, each.hidden) for each in found.sheets],
        "guess": found.header_row_guess,
        "head": [[_cut(cell) for cell in cells] for cells in found.head],
        "samples": [[_cut(cell) for cell in column.samples] for column in found.columns],
    }
    return {
        "sheet": found.sheet,
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "header_row": found.header_row_guess,
        "row_count": found.row_count,
        "seen": packed(seen).decode(),
    }


def _cut(cell: Cell) -> Cell:
    return f"{cell[:SHOWN]}…" if isinstance(cell, str) and len(cell) > SHOWN else cell


def sight(row: Import) -> Sight:
    """What was seen in the file of `row`."""
    return Sight(**unpacked(row.seen.encode()))


def columns(row: Import) -> Sequence[reading.Column]:
    """The columns of the table, labelled by the chosen header row."""
    seen = sight(row)
    head = [list(cells) for cells in seen.head]
    samples = [list(values) for values in seen.samples]
    if row.header_row != seen.guess:
        # They were taken below another row: labels and remarks are among them.
        samples = [_samples(head[row.first_row :], place) or values for place, values in enumerate(samples)]
    return reading.columns(head, row.header_row, samples)


def _samples(rows: Sequence[Sequence[Cell]], place: int) -> list[Cell]:
    cells = (row[place] for row in rows if place < len(row) and row[place] is not None)
    return list(islice(dict.fromkeys(cells), SAMPLES))


def first_rows(row: Import, most: int) -> list[tuple[int, list[Cell]]]:
    """The first filled rows below the header, with their numbers, from what was seen."""
    head = [list(cells) for cells in sight(row).head]
    return list(table.body(head, row.header_row))[:most]


def rows(row: Import) -> Iterator[tuple[int, list[Cell]]]:
    """(row number, cells) of every filled row below the header. Raises SheetError, also half-way."""
    found = reading.rows(row.path, sheet=row.sheet, encoding=row.encoding, delimiter=row.delimiter)
    return table.body(found, row.header_row)


def raw(mapping: Mapping[str, str], cells: Sequence[Cell]) -> dict[str, Any]:
    """{field key: cell} of one row; empty cells are left out, so they neither clear nor override anything."""
    values: dict[str, Any] = {}
    for position, key in mapping.items():
        place = int(position)
        cell = cells[place] if place < len(cells) else None
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        # Spreadsheets have no plain dates: one at midnight was typed as a day.
        midnight = isinstance(cell, datetime) and cell.time() == time(0)
        values[key] = cell.date() if midnight else cell  # type: ignore[union-attr]  # midnight says it is a datetime
    return values
