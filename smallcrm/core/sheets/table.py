"""Where the table is inside a sheet: its header row, its columns, its end."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from smallcrm.core.sheets.cells import Cell
from smallcrm.core.sheets.limits import SAMPLE_ROWS, Rejected

_VALUE = re.compile(r"[\s\d.,:/%¥$€+()-]+|.+@.+\..+|https?://.*|\d{2,4}年.*日?", re.IGNORECASE)
_LABEL_LENGTH = 60
_SAMPLES = 5


def find_header(rows: Sequence[Sequence[Cell]]) -> int | None:
    """The index of the row with the column labels among the first rows of a sheet, or None if there is none.

    It is the first row that is about as wide as the table and made of short texts that differ. Titles and instructions
    above are narrower, or one merged cell, which repeats one text.
    """
    filled = sorted(count for count in map(_filled, rows) if count)
    if not filled:
        return None
    usual = filled[len(filled) * 3 // 4] if len(filled) > 1 else filled[0]
    for index, row in enumerate(rows):
        if _filled(row) >= usual * 0.6 and _are_labels(row):
            return index
    return None


def _filled(row: Sequence[Cell]) -> int:
    return sum(cell is not None for cell in row)


def _are_labels(row: Sequence[Cell]) -> bool:
    cells = [str(cell).strip() for cell in row if cell is not None]
    labels = [cell for cell in cells if len(cell) <= _LABEL_LENGTH and not _VALUE.fullmatch(cell)]
    return len(labels) * 2 > len(cells) and len(set(labels)) * 3 > len(labels) * 2


def letter(position: int) -> str:
    """0 -> "A", 26 -> "AA": what a spreadsheet program writes over the column."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def ended(rows: Iterable[list[Cell]], *, max_rows: int, max_columns: int) -> Iterator[list[Cell]]:
    """The rows up to the last one that holds anything; raises Rejected for a table beyond the limits."""
    blank = 0
    count = 0
    for row in rows:
        if not row:
            blank += 1
            continue
        count += blank + 1
        if count > max_rows:
            raise Rejected("too_many_rows", limit=max_rows)
        if len(row) > max_columns:
            raise Rejected("too_many_columns", limit=max_columns)
        for _ in range(blank):
            yield []
        blank = 0
        yield row


def body(rows: Iterable[list[Cell]], header_row: int | None) -> Iterator[tuple[int, list[Cell]]]:
    """(row number as the spreadsheet program shows it, cells) of every row below the header that is not blank."""
    first = 0 if header_row is None else header_row + 1
    for number, row in enumerate(islice(rows, first, None), first + 1):
        if row:
            yield number, row


class Survey:
    """What one pass over a sheet tells: the first rows, its size, and a few different values of each column."""

    def __init__(self) -> None:
        self.head: list[list[Cell]] = []
        self.header_row: int | None = None
        self.row_count = 0
        self.width = 0
        self.samples: list[list[Cell]] = []
        self._wanting: list[int] = []

    def take(self, rows: Iterable[list[Cell]]) -> "Survey":
        """Read all the rows; returns itself."""
        iterator = iter(rows)
        self.head = list(islice(iterator, SAMPLE_ROWS))
        self.header_row = find_header(self.head)
        self.row_count = len(self.head)
        self._note_width(max(map(len, self.head), default=0))
        for _number, row in body(self.head, self.header_row):
            self._note_samples(row)
        for row in iterator:
            self.row_count += 1
            if len(row) > self.width:
                self._note_width(len(row))
            if self._wanting:
                self._note_samples(row)
        return self

    def _note_width(self, width: int) -> None:
        self._wanting.extend(range(self.width, width))
        self.samples.extend([] for _ in range(self.width, width))
        self.width = width

    def _note_samples(self, row: list[Cell]) -> None:
        full = False
        for position in self._wanting:
            if position < len(row) and (cell := row[position]) is not None:
                values = self.samples[position]
                if cell not in values:
                    values.append(cell)
                    full = full or len(values) == _SAMPLES
        if full:
            self._wanting = [position for position in self._wanting if len(self.samples[position]) < _SAMPLES]
