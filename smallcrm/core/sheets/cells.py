"""The plain values a cell can hold, and how they cross from the child to the server.

JSON, not pickle: a child that was taken over by a hostile file must not be able to run code in the server.
"""

import json
import math
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

Cell = str | int | float | bool | date | datetime | time | None

# Excel keeps 15 digits; a larger whole number than this is a measurement, not something a person typed.
_WHOLE = 1e21


def plain(value: Any) -> Cell:
    """A value as calamine gives it -> a Cell: whole numbers as int, durations as "H:MM:SS", nothing as None."""
    kind = type(value)
    if kind is str:
        return (value.replace("\0", "") if "\0" in value else value) or None
    if kind is float:
        return _number(value)
    if kind is timedelta:
        return _duration(value)
    return value


def _number(value: float) -> int | float | None:
    if not math.isfinite(value):
        return None
    if value.is_integer() and abs(value) < _WHOLE:
        return int(value)
    return float(f"{value:.15g}")


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def trimmed(row: Iterable[Cell]) -> list[Cell]:
    """The row without its empty tail."""
    cells = list(row)
    while cells and cells[-1] is None:
        cells.pop()
    return cells


def packed(message: Any) -> bytes:
    """One message as one line of JSON, with dates as tagged objects."""
    text = json.dumps(message, default=_tagged, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace") + b"\n"


def _tagged(value: date | datetime | time) -> dict[str, str]:
    return {f"!{type(value).__name__}": value.isoformat()}


_READERS = {"!date": date.fromisoformat, "!datetime": datetime.fromisoformat, "!time": time.fromisoformat}


def unpacked(line: bytes) -> Any:
    """The opposite of `packed`."""
    return json.loads(line, object_hook=_untagged)


def _untagged(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        ((key, content),) = value.items()
        if key in _READERS:
            return _READERS[key](content)
    return value
