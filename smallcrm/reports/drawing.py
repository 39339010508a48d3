"""Geometry: numbers as shares of a picture, in percent, so that pictures stretch and words do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from .breakdown import Amount, Figures, Row

# A bar that stands for something is never invisible.
LEAST = 0.6


@dataclass(frozen=True)
class Segment:
    """A piece of a bar: where it begins and how long it is, in percent; which column it is of."""

    start: str
    size: str
    column: int
    amount: Amount


@dataclass(frozen=True)
class Bar:
    """One row as drawn: its pieces, and the whole length in percent."""

    row: Row
    segments: tuple[Segment, ...]
    size: str
    share: str


def percent(part: int | Decimal | None, whole: int | Decimal | None) -> str:
    """12.3%, 100%; "–" when there is no whole."""
    if not whole or part is None:
        return "–"
    return f"{Decimal(part) * 100 / Decimal(whole):.1f}".removesuffix(".0") + "%"


def bars(figures: Figures) -> list[Bar]:
    """Each row with its pieces one after another, the longest row as long as the picture."""
    longest = max((abs(_drawn(row)) for row in figures.rows), default=Decimal(0))
    return [_bar(row, longest, figures) for row in figures.rows]


def _drawn(row: Row) -> Decimal:
    return Decimal(row.total.value or 0)


def _bar(row: Row, longest: Decimal, figures: Figures) -> Bar:
    length = _length(_drawn(row), longest)
    whole = sum(abs(Decimal(amount.value or 0)) for amount in row.amounts)
    segments, start = [], Decimal(0)
    for place, amount in enumerate(row.amounts):
        size = length * abs(Decimal(amount.value or 0)) / whole if whole else Decimal(0)
        if size:
            segments.append(Segment(_text(start), _text(size), place, amount))
        start += size
    share = percent(row.total.value, figures.total.value) if figures.shares else ""
    return Bar(row, tuple(segments), _text(length), share)


def overlays(figures: Figures) -> list[Bar]:
    """Each row with its columns one over another, each as long as it is compared with the longest row."""
    longest = max((_drawn(row) for row in figures.rows), default=Decimal(0))
    found = []
    for row in figures.rows:
        segments = tuple(
            Segment("0", _text(_length(Decimal(amount.value or 0), longest)), place, amount)
            for place, amount in enumerate(row.amounts)
            if amount.value
        )
        share = percent(row.amounts[-1].value, row.amounts[0].value)
        found.append(Bar(row, segments, _text(_length(_drawn(row), longest)), share))
    return found


def _length(value: Decimal, longest: Decimal) -> Decimal:
    if not value or not longest:
        return Decimal(0)
    return max(abs(value) * 100 / longest, Decimal(str(LEAST)))


def _text(number: Decimal) -> str:
    return f"{number:.2f}"


def longest(figures: Figures) -> int:
    """How many characters the longest number has that stands over a column."""
    return max((len(figures.measure.short(row.total.value)) for row in figures.rows), default=0)


def tops(bars: Sequence[Bar], room: int = 84) -> list[list[tuple[Segment, str, str]]]:
    """For columns: each bar's pieces as (piece, y, height) in percent, standing on the bottom; `room` is for bars."""
    found = []
    for bar in bars:
        pieces, bottom = [], Decimal(100)
        for segment in bar.segments:
            height = Decimal(segment.size) * room / 100
            bottom -= height
            pieces.append((segment, _text(bottom), _text(height)))
        found.append(pieces)
    return found
