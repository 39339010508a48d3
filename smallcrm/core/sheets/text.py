"""CSV, TSV and their relatives: delimiter, quotes, and the line ends that Python's csv module trips over."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import chain, islice
from typing import TextIO

from smallcrm.core.sheets.cells import Cell, trimmed
from smallcrm.core.sheets.charsets import CODECS, detect_encoding, known_encoding
from smallcrm.core.sheets.guard import unguarded
from smallcrm.core.sheets.limits import MAX_FIELD, Rejected

DELIMITERS = ",\t;|"
_SAMPLE_LINES = 200
_SAMPLE_CHARACTERS = 64 * 1024
_PRINTABLE_CONTROLS = "\t\r\n\x0b\x0c\x1a\x00"
_MARKUP = ("<!doctype", "<html", "<head", "<table", "<?xml", "<svg", "<meta", "<script")
_LAST = "\x01last\x01"


class TextTable:
    """One delimited text file: `encoding` (a key of CODECS), `delimiter`, and its rows."""

    def __init__(self, path: str, encoding: str | None = None, delimiter: str | None = None) -> None:
        self.path = path
        self.encoding = known_encoding(encoding) if encoding else detect_encoding(path)
        csv.field_size_limit(MAX_FIELD)
        with self._open() as file:
            sample = file.read(_SAMPLE_CHARACTERS).lstrip("\ufeff")
        _refuse_other_content(sample, self.encoding)
        self.announced = _announced_delimiter(sample)
        self.delimiter = delimiter or self.announced or detect_delimiter(sample)
        self._has_quotes = True
        self._has_quotes = self._quotes_are_closed()

    def rows(self) -> Iterator[list[Cell]]:
        """Every row without its empty tail; a blank line is an empty list."""
        with self._open() as file:
            lines = _clean_lines(file)
            if self.announced:
                next(lines, None)
            for row in self._parsed(lines):
                yield trimmed(unguarded(cell) or None for cell in row)

    def _open(self) -> TextIO:
        return open(self.path, encoding=CODECS[self.encoding], errors="replace", newline="")

    def _parsed(self, lines: Iterable[str]) -> Iterator[list[str]]:
        if self._has_quotes:
            return csv.reader(lines, delimiter=self.delimiter)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)

    def _quotes_are_closed(self) -> bool:
        """False when a quotation mark opens a cell and nothing closes it: then the marks mean themselves.

        csv.reader gives the rest of the file as one cell without a word. So a last line of our own is added, and the
        quotes are closed if it comes out as it went in.
        """
        row: list[str] = []
        with self._open() as file:
            try:
                for parsed in self._parsed(chain(_clean_lines(file), ["\n", _LAST])):
                    row = parsed
            except csv.Error:
                return False
        return row == [_LAST]


def detect_delimiter(sample: str) -> str:
    """The delimiter that cuts most of the sample's rows into the same number of cells, two or more; else a comma."""
    scores = {delimiter: _regularity(sample, delimiter) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > 0 else ","


def _regularity(sample: str, delimiter: str) -> float:
    try:
        rows = list(islice(csv.reader(StringIO(sample, newline=""), delimiter=delimiter), _SAMPLE_LINES))
    except csv.Error:
        return 0.0
    widths = Counter(len(row) for row in rows if any(row))
    widths_cut = {width: count for width, count in widths.items() if width > 1}
    if not widths_cut:
        return 0.0
    width, count = max(widths_cut.items(), key=lambda item: item[1])
    return count / widths.total() * (1 - 1 / width)


def _announced_delimiter(sample: str) -> str | None:
    """Excel's own convention: a first line `sep=;`."""
    line = sample[:10].splitlines()[0] if sample else ""
    return line[4] if line.lower().startswith("sep=") and len(line) == 5 else None


def _clean_lines(file: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(file):
        if number == 0:
            line = line.lstrip("\ufeff")
        yield line.replace("\0", "") if "\0" in line else line


def _refuse_other_content(sample: str, encoding: str) -> None:
    if sample.lstrip()[:20].lower().startswith(_MARKUP):
        raise Rejected("web_page")
    if "\0" in sample and not sample.strip("\0\r\n\t "):
        # What a disk leaves of a file that was being written when the power went.
        raise Rejected("damaged")
    controls = sum(sample.count(chr(code)) for code in range(0x20) if chr(code) not in _PRINTABLE_CONTROLS)
    # Bytes that are no text at all are rarely valid UTF-8, but every byte is valid Latin-1.
    if encoding != "utf-8" and controls + sample.count("\ufffd") > len(sample) * 0.05:
        raise Rejected("not_a_spreadsheet")
