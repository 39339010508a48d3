"""One measured number with its floor and goal, as a row of the table or a line of JSON."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from unicodedata import east_asian_width


@dataclass(frozen=True)
class Goal:
    """What a figure should be: its ratio to the floor or, where there is no floor, its value."""

    limit: float
    of_floor: bool = True
    at_least: bool = False
    # What the ratio is taken of, in words.
    base: str = "floor"

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{sign} {self.limit:g} × {self.base}" if self.of_floor else f"{sign} {self.limit:g}"

    def is_met(self, value: float, ratio: float | None) -> bool:
        reached = ratio if self.of_floor else value
        if reached is None:
            return False
        return reached >= self.limit if self.at_least else reached <= self.limit


@dataclass(frozen=True)
class Figure:
    """A result. `floor` is in the same unit; `note` says why there is no value."""

    name: str
    value: float | None
    unit: str
    goal: Goal | None = None
    floor: float | None = None
    ratio: float | None = None
    note: str = ""

    @property
    def ok(self) -> bool | None:
        """Whether the goal is met; None without goal or value."""
        if self.goal is None or self.value is None:
            return None
        return self.goal.is_met(self.value, self.ratio)

    def line(self) -> str:
        """As one JSON object."""
        shown = asdict(self) | {"goal": str(self.goal) if self.goal else None, "ok": self.ok}
        shown |= {key: _rounded(shown[key]) for key in ("value", "floor", "ratio")}
        return json.dumps({key: value for key, value in shown.items() if key != "note" or value}, ensure_ascii=False)

    def row(self) -> str:
        """As a row of the table."""
        mark = {True: "✓", False: "✗", None: " "}[self.ok]
        if self.value is None:
            return f"{mark} {_padded(self.name, 72)} – {self.note}"
        ratio = f"{self.ratio:.2f} ×" if self.ratio is not None else ""
        floor = f"{_rounded(self.floor):g}" if self.floor is not None else ""
        value = f"{_rounded(self.value):g} {self.unit}"
        return f"{mark} {_padded(self.name, 72)}{value:>13}{floor:>10}{ratio:>9}  {self.goal or ''}".rstrip()


HEAD = f"  {'figure':<72}{'value':>13}{'floor':>10}{'ratio':>9}  goal"


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 2 if abs(number) < 100 else 1)


def _padded(text: str, width: int) -> str:
    """Chinese characters take two places."""
    return text + " " * max(0, width - len(text) - sum(east_asian_width(c) in "WF" for c in text))


def alternating(
    name: str, ours: Callable[[], float], floor: Callable[[], float], goal: Goal | None, rounds: int, repeats: int
) -> Figure:
    """Seconds of `ours` and of `floor` as milliseconds: one after the other, medians of rounds of `repeats` pairs."""
    ours(), floor()  # what is made once is not what is measured
    values, floors = [], []
    for _ in range(rounds):
        pairs = [(ours(), floor()) for _ in range(repeats)]
        values.append(median(pair[0] for pair in pairs) * 1000)
        floors.append(median(pair[1] for pair in pairs) * 1000)
    ratio = median(value / base for value, base in zip(values, floors, strict=True))
    return Figure(name, median(values), "ms", goal, median(floors), ratio)
