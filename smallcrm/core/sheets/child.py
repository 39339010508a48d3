"""The process that opens uploaded files: one job on its input, lines of JSON on its output, then it is gone.

A file that makes the library allocate half a terabyte or loop for ever ends this process and nothing else. It imports
only what reading needs, because it starts on every upload.
"""

import json
import os
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from smallcrm.core.sheets import limits
from smallcrm.core.sheets.cells import Cell, packed
from smallcrm.core.sheets.limits import Rejected
from smallcrm.core.sheets.prescan import kind_of
from smallcrm.core.sheets.table import Survey, ended

OUT_OF_MEMORY = 77
_BATCH_CELLS = 5_000


def main() -> None:
    """Read one job as JSON and answer it.

    A job is {"task": "inspect" | "rows", "path", "size", "scratch", "sheet", "encoding", "delimiter", "limit"}.
    Answers are objects {"inspection": …}, lists of rows, and at the end {"end": true} or {"rejected": code, …}.
    """
    job = json.loads(sys.stdin.buffer.readline())
    try:
        limit_resources(job["size"])
        for message in answer(job):
            sys.stdout.buffer.write(packed(message))
        sys.stdout.buffer.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def limit_resources(size: int) -> None:
    """Memory, processor time and no core file, where the system can; elsewhere the server's clock is the only limit."""
    try:
        import resource
    except ImportError:
        return
    seconds = limits.CPU_SECONDS + limits.CPU_SECONDS_PER_MEGABYTE * (size >> 20)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (limits.MAX_MEMORY, limits.MAX_MEMORY))


def answer(job: dict[str, Any]) -> Iterator[Any]:
    """The messages for one job."""
    try:
        source = _open(job)
        if job["task"] == "inspect":
            yield {"inspection": _inspected(source)}
        else:
            yield from _batches(islice(source["rows"], job["limit"]))
        yield {"end": True}
    except Rejected as rejected:
        yield {"rejected": rejected.code, "values": rejected.values}


def _open(job: dict[str, Any]) -> dict[str, Any]:
    kind = kind_of(job["path"])
    if kind == "text":
        return _open_text(job)
    from smallcrm.core.sheets.workbook import Workbook

    workbook = Workbook(job["path"], kind, job["scratch"])
    sheet = job["sheet"] or workbook.first_filled()
    rows = workbook.rows(sheet) if sheet else iter(())
    return {
        "kind": kind,
        "sheets": workbook.sheets,
        "sheet": sheet,
        "encoding": None,
        "delimiter": None,
        "rows": ended(rows, max_rows=limits.MAX_ROWS, max_columns=limits.MAX_COLUMNS),
    }


def _open_text(job: dict[str, Any]) -> dict[str, Any]:
    from smallcrm.core.sheets.text import TextTable

    table = TextTable(job["path"], job["encoding"], job["delimiter"])
    return {
        "kind": "tsv" if table.delimiter == "\t" else "csv",
        "sheets": [],
        "sheet": None,
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "rows": ended(table.rows(), max_rows=limits.MAX_TEXT_ROWS, max_columns=limits.MAX_COLUMNS),
    }


def _inspected(source: dict[str, Any]) -> dict[str, Any]:
    survey = Survey().take(source.pop("rows"))
    return source | {
        "header_row": survey.header_row,
        "head": survey.head,
        "samples": survey.samples,
        "row_count": survey.row_count,
        "width": survey.width,
    }


def _batches(rows: Iterator[list[Cell]]) -> Iterator[list[list[Cell]]]:
    """Rows in lists of some thousand cells: one line of JSON each is faster than a line per row."""
    batch: list[list[Cell]] = []
    cells = 0
    for row in rows:
        batch.append(row)
        cells += len(row) + 1
        if cells > _BATCH_CELLS:
            yield batch
            batch, cells = [], 0
    yield batch


if __name__ == "__main__":
    main()
