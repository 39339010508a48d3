"""Reading an uploaded table: look at it first with `inspect`, then take its rows with `rows`.

Both accept .xlsx, .xlsm, .xlsb, .xls, .et, .ods and delimited text, told apart by their content and not by their name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike, stat
from os.path import abspath
from typing import Any

from smallcrm.core.sheets.cells import Cell
from smallcrm.core.sheets.runner import ask
from smallcrm.core.sheets.table import letter


@dataclass(frozen=True)
class Sheet:
    """One worksheet of a workbook."""

    name: str
    hidden: bool


@dataclass(frozen=True)
class Column:
    """One column: `position` from 0, `letter` as the spreadsheet shows it, `label` from the header row or "".

    `samples` are up to five different values found below the header, anywhere in the sheet.
    """

    position: int
    letter: str
    label: str
    samples: tuple[Cell, ...]


@dataclass(frozen=True)
class Inspection:
    """What is in a file.

    `kind`: xlsx, xlsm, xlsb, xls, ods, csv or tsv. `sheets`: hidden ones last, none for text. `sheet`: the inspected
    one. `encoding` (a key of `charsets.CODECS`) and `delimiter`: for text, else None. `header_row_guess`: index of the
    row with labels, None if no row looks like one. `head`: the first rows as they are, at most `limits.SAMPLE_ROWS`.
    `row_count`: all rows up to the last filled one, header and blank rows included.
    """

    kind: str
    sheets: tuple[Sheet, ...]
    sheet: str | None
    encoding: str | None
    delimiter: str | None
    header_row_guess: int | None
    columns: tuple[Column, ...]
    head: tuple[list[Cell], ...]
    row_count: int


def inspect(
    path: str | PathLike[str], *, sheet: str | None = None, encoding: str | None = None, delimiter: str | None = None
) -> Inspection:
    """Kind, sheets, columns and first rows of the file; raises SheetError.

    Without `sheet` it looks at the first one that holds anything, visible ones before hidden ones.
    """
    job = _job("inspect", path, sheet, encoding, delimiter)
    (message,) = ask(job)
    return _inspection(message["inspection"])


def rows(
    path: str | PathLike[str],
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    limit_rows: int | None = None,
) -> Iterator[list[Cell]]:
    """Every row from the top of the sheet to its last filled one; raises SheetError, at the first row or between rows.

    A row is as long as its last filled cell, a blank row is []: the n-th row is row n of the file. Text files give str
    or None; workbooks also int, float, bool, date, datetime and time. `table.body` numbers the rows below the header.
    """
    for batch in ask(_job("rows", path, sheet, encoding, delimiter, limit_rows)):
        yield from batch


def _job(task: str, path: str | PathLike[str], *choices: Any) -> dict[str, Any]:
    names = ("sheet", "encoding", "delimiter", "limit")
    chosen = dict(zip(names, (*choices, None), strict=False))
    return {"task": task, "path": abspath(path), "size": stat(path).st_size, **chosen}


def _inspection(found: dict[str, Any]) -> Inspection:
    return Inspection(
        kind=found["kind"],
        sheets=tuple(Sheet(name, hidden) for name, hidden in found["sheets"]),
        sheet=found["sheet"],
        encoding=found["encoding"],
        delimiter=found["delimiter"],
        header_row_guess=found["header_row"],
        columns=columns(found["head"], found["header_row"], found["samples"]),
        head=tuple(found["head"]),
        row_count=found["row_count"],
    )


def columns(head: list[list[Cell]], header_row: int | None, samples: list[list[Cell]]) -> tuple[Column, ...]:
    """The columns when row `header_row` of `head` holds the labels."""
    labels = [] if header_row is None else head[header_row]
    return tuple(
        Column(position, letter(position), _label(labels, position), tuple(values))
        for position, values in enumerate(samples)
    )


def _label(labels: list[Cell], position: int) -> str:
    label = labels[position] if position < len(labels) else None
    return "" if label is None else " ".join(str(label).split())
