"""Excel, WPS and OpenDocument files through calamine. Only ever imported by the child: a hostile file aborts it."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from smallcrm.core.sheets.cells import Cell, plain, trimmed
from smallcrm.core.sheets.limits import Rejected

_SUFFIXES = {"xls": (".xls", ".et"), "xlsx": (".xlsx", ".xlsm"), "xlsm": (".xlsm", ".xlsx")}


class Workbook:
    """An open workbook: its worksheets in order, hidden ones last, and the rows of each."""

    def __init__(self, path: str, kind: str, scratch: str) -> None:
        self._opened: tuple[str, CalamineSheet] | None = None
        self._file = _rejecting(CalamineWorkbook.from_path, _with_suffix(path, kind, scratch))
        tables = [sheet for sheet in self._file.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        listed = [(sheet.name, sheet.visible != SheetVisibleEnum.Visible) for sheet in tables]
        self.sheets: list[tuple[str, bool]] = sorted(listed, key=lambda sheet: sheet[1])

    def first_filled(self) -> str | None:
        """The first sheet that holds anything, in the order of `sheets`; None for a workbook without worksheets."""
        for name, _hidden in self.sheets:
            if self._sheet(name).end is not None:
                return name
        return self.sheets[0][0] if self.sheets else None

    def rows(self, name: str) -> Iterator[list[Cell]]:
        """Every row from the top of the sheet, without its empty tail; merged cells repeat their value."""
        if name not in [listed for listed, _hidden in self.sheets]:
            raise Rejected("no_such_sheet", name=name)
        sheet = self._sheet(name)
        if sheet.start is None:
            return
        margin: list[Cell] = [None] * sheet.start[1]
        merges = Merges(sheet.merged_cell_ranges or [])
        for number, row in enumerate(sheet.iter_rows()):
            cells = margin + [plain(value) for value in row]
            merges.fill(number, cells)
            yield trimmed(cells)

    def _sheet(self, name: str) -> CalamineSheet:
        """Opening a sheet parses all of it, so the last one is kept."""
        if self._opened is None or self._opened[0] != name:
            self._opened = None
            self._opened = (name, _rejecting(self._file.get_sheet_by_name, name))
        return self._opened[1]


class Merges:
    """Merged areas of one sheet, filled while its rows go by from top to bottom."""

    def __init__(self, areas: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
        self._waiting = sorted(areas, reverse=True)
        self._open: list[tuple[int, int, int, Cell]] = []

    def fill(self, number: int, cells: list[Cell]) -> None:
        """Write the value of each area that covers row `number` into all its cells of that row."""
        while self._waiting and self._waiting[-1][0][0] <= number:
            (_top, left), (bottom, right) = self._waiting.pop()
            if left < len(cells):
                self._open.append((bottom, left, right, cells[left]))
        if self._open:
            self._open = [area for area in self._open if area[0] >= number]
        for _bottom, left, right, value in self._open:
            for column in range(left, min(right + 1, len(cells))):
                cells[column] = value


def _with_suffix(path: str, kind: str, scratch: str) -> str:
    """calamine chooses its reader by the file's suffix, and uploads have none: give it a name that says the kind.

    Its other entrance, by content, says "cannot detect file format" for a password and for damage alike.
    """
    if os.path.splitext(path)[1].lower() in _SUFFIXES.get(kind, (f".{kind}",)):
        return path
    named = os.path.join(scratch, f"upload.{kind}")
    try:
        os.symlink(os.path.abspath(path), named)
    except OSError:
        # Windows gives the right to link to administrators only.
        shutil.copyfile(path, named)
    return named


def _rejecting(call: Any, argument: str) -> Any:
    try:
        return call(argument)
    except PasswordError as error:
        raise Rejected("password") from error
    except (CalamineError, OSError) as error:
        raise Rejected("far_cell" if "Cell limit exceeded" in str(error) else "damaged") from error
