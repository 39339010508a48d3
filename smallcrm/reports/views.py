"""A chart as the page shows it: its figures, what can be done with it, and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .breakdown import Figures

# So many rows stand on the page of all charts; the rest on the chart's own.
SHORT = 10


@dataclass(frozen=True)
class View:
    """What `reports/_chart.html` draws. `figures` is None while they are still to be counted.

    `path` and `parameters` are the chart's own page; `short` says that only the first rows are wanted.
    """

    key: str
    title: str
    note: str
    path: str
    parameters: Mapping[str, Any]
    figures: Figures | None = None
    as_table: bool = False
    short: bool = False
    wide: bool = False
    rate: bool = False
    may_export: bool = False
    # What to say, and words and address of what to try, when there is nothing to show.
    nothing: str = ""
    otherwise: tuple[str, str] | None = None

    def href(self, *, table: bool = False, short: bool = False, file: bool = False) -> str:
        """The address of the chart's page, as a table, as the part of the page of all charts, or of its Excel file."""
        besides = {**({"as": "table"} if table else {}), **({"short": "1"} if short else {})}
        query = urlencode({**self.parameters, **besides}, doseq=True)
        path = f"{self.path}.xlsx" if file else self.path
        return f"{path}?{query}" if query else path

    @property
    def hidden(self) -> int:
        """How many rows are only on the chart's own page."""
        rows = len(self.figures.rows) if self.figures and not self.figures.is_time else 0
        return rows - SHORT if self.short and rows > SHORT + 1 else 0

    @property
    def shown(self) -> int | None:
        """How many rows are shown; None for all."""
        return SHORT if self.hidden else None
