"""The XML of one worksheet, written row by row."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from typing import IO, Any

from smallcrm.core.sheets.package import area
from smallcrm.core.sheets.styles import DATE, DATETIME, HEADER, TIME, Styles
from smallcrm.core.sheets.table import letter

MAX_CELL_TEXT = 32_767
_FLUSH_ROWS = 200
_MEASURED_ROWS = 100
_NARROWEST, _WIDEST = 8, 60
_EXACT_DIGITS = 15
_EXACT_BELOW = 10**_EXACT_DIGITS
_LARGEST_EXPONENT = 300
_CERTAINLY_SHORT = MAX_CELL_TEXT // 2

# Excel counts days from here. Its calendar is wrong before March 1900, so such dates are written as text.
_EPOCH = date(1899, 12, 30).toordinal()
_FIRST_DAY = 61

# Texts that look like Excel's own escape for a forbidden character.
_ESCAPE_LOOKALIKE = re.compile("_(?=x[0-9a-fA-F]{4}_)")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f]")
_IMPOSSIBLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Worksheet:
    """One worksheet; `row_count` tells how many rows went in, the header row not counted."""

    def __init__(self, columns: Sequence[Any], styles: Styles) -> None:
        self.row_count = 0
        self._columns = columns
        self._starts = [f'<c r="{letter(position)}' for position in range(len(columns))]
        self._styles = [styles.id_of(column.format) if column.format else 0 for column in columns]

    def write(self, part: IO[bytes], rows: Iterator[Sequence[Any]], capacity: int) -> None:
        """Write the whole worksheet, with at most `capacity` of the rows; the others stay in the iterator."""
        first = list(islice(rows, min(_MEASURED_ROWS, capacity)))
        part.write(self._head(first).encode())
        rest = islice(rows, capacity - len(first))
        for block in _blocks(chain(first, rest)):
            part.write("".join(map(self._row, block)).encode())
        part.write(self._foot().encode())

    def _head(self, first: list[Sequence[Any]]) -> str:
        widths = "".join(
            f'<col min="{index + 1}" max="{index + 1}" width="{self._width(index, first):g}" customWidth="1"/>'
            for index in range(len(self._columns))
        )
        header = "".join(
            f"{start}1{_text_end(column.label, HEADER)}"
            for start, column in zip(self._starts, self._columns, strict=True)
        )
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
            'state="frozen"/><selection pane="bottomLeft"/></sheetView></sheetViews>'
            f'{f"<cols>{widths}</cols>" if widths else ""}<sheetData><row r="1">{header}</row>'
        )

    def _width(self, index: int, first: list[Sequence[Any]]) -> float:
        column = self._columns[index]
        if column.width is not None:
            return column.width
        values = [row[index] for row in first if index < len(row)]
        # The label leaves room for the filter's button.
        widest = max([_display_width(column.label) + 3, *map(_display_width, values)])
        return min(max(widest + 1, _NARROWEST), _WIDEST)

    def _foot(self) -> str:
        table = area(self.row_count + 1, len(self._columns))
        return f'</sheetData><autoFilter ref="{table}"/></worksheet>'

    def _row(self, row: Sequence[Any]) -> str:
        self.row_count += 1
        number = str(self.row_count + 1)
        parts = [f'<row r="{number}">']
        for start, style, value in zip(self._starts, self._styles, row, strict=False):
            # The commonest cell is spelled out here: it decides the speed.
            if type(value) is str and _is_simple(value) and not style:
                parts.append(f'{start}{number}" t="inlineStr"><is><t>{value}</t></is></c>')
            elif value is not None and value != "":
                parts.append(f"{start}{number}{_cell_end(value, style)}")
        parts.append("</row>")
        return "".join(parts)


def _is_simple(text: str) -> bool:
    """Whether a text can stand in <t> as it is; line ends and full-width blanks are not "printable"."""
    return (
        text.isprintable()
        and not ("&" in text or "<" in text or ">" in text or "_x" in text)
        and len(text) < _CERTAINLY_SHORT
        and text.strip(" ") is text
        and text != ""
    )


def _blocks(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    iterator = iter(rows)
    while block := list(islice(iterator, _FLUSH_ROWS)):
        yield block


def _cell_end(value: Any, style: int) -> str:
    """Everything of the cell after its address."""
    for kind in type(value).__mro__:
        if kind in _ENDS:
            return _ENDS[kind](value, style)
    raise TypeError(f"a cell cannot hold {type(value).__name__}")


def _style(style: int) -> str:
    return f' s="{style}"' if style else ""


def _text_end(text: str, style: int) -> str:
    return f'"{_style(style)} t="inlineStr"><is><t xml:space="preserve">{_escaped(text)}</t></is></c>'


def _escaped(text: str) -> str:
    """Text for <t>: as long as a cell can be, line ends as \\n, without NUL, other controls as Excel's _x0001_."""
    text = _IMPOSSIBLE.sub("\ufffd", text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n"))
    text = _shortened(text)
    text = _ESCAPE_LOOKALIKE.sub("_x005F_", text)
    return _FORBIDDEN.sub(lambda match: f"_x{ord(match[0]):04X}_", text).translate(_MARKUP)


def _shortened(text: str) -> str:
    """Excel calls a file damaged that has a longer text; it counts in UTF-16 units."""
    units = text.encode("utf-16-le")
    if len(units) <= MAX_CELL_TEXT * 2:
        return text
    return units[: (MAX_CELL_TEXT - 1) * 2].decode("utf-16-le", "ignore") + "…"


def _bool_end(value: bool, style: int) -> str:
    return f'"{_style(style)} t="b"><v>{int(value)}</v></c>'


def _float_end(value: float, style: int) -> str:
    return f'"{_style(style)}><v>{value!r}</v></c>' if math.isfinite(value) else _text_end(str(value), style)


def _int_end(value: int, style: int) -> str:
    """A number, or a text where Excel would drop digits."""
    if -_EXACT_BELOW < value < _EXACT_BELOW:
        return f'"{_style(style)}><v>{value}</v></c>'
    return _text_end(str(value), style)


def _decimal_end(value: Decimal, style: int) -> str:
    if (
        not value.is_finite()
        or len(value.as_tuple().digits) > _EXACT_DIGITS
        or abs(value.adjusted()) > _LARGEST_EXPONENT
    ):
        return _text_end(str(value), style)
    return f'"{_style(style)}><v>{value}</v></c>'


def _datetime_end(value: datetime, style: int) -> str:
    if value.tzinfo is not None:
        raise ValueError("times are written in local time, without a time zone")
    days = value.toordinal() - _EPOCH
    if days < _FIRST_DAY:
        return _text_end(value.isoformat(" ", "seconds"), 0)
    return f'"{_style(style or DATETIME)}><v>{days + _day_fraction(value)}</v></c>'


def _date_end(value: date, style: int) -> str:
    days = value.toordinal() - _EPOCH
    if days < _FIRST_DAY:
        return _text_end(value.isoformat(), 0)
    return f'"{_style(style or DATE)}><v>{days}</v></c>'


def _time_end(value: time, style: int) -> str:
    return f'"{_style(style or TIME)}><v>{_day_fraction(value)!r}</v></c>'


def _day_fraction(value: time | datetime) -> float:
    return (value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1_000_000) / 86_400


_ENDS: dict[type, Callable[[Any, int], str]] = {
    str: _text_end,
    bool: _bool_end,
    int: _int_end,
    float: _float_end,
    Decimal: _decimal_end,
    datetime: _datetime_end,
    date: _date_end,
    time: _time_end,
}


def _display_width(value: Any) -> int:
    if isinstance(value, datetime):
        return 16
    text = str(value if value is not None else "")[:200]
    lines = text.splitlines() or [""]
    return max(sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line) for line in lines)
