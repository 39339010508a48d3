"""Whether the server keeps its size: an hour of mixed use, watched: python3 run.py bench soak.

Four people look at lists, search, open customers and save. What the process takes once everything has been asked for a
while is the beginning; at the end it may be 15 % more.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import median
from urllib.parse import quote

from . import data, lists, memory, programs
from .client import Client, Failed
from .figures import HEAD, Figure, Goal

PEOPLE = 4
# Of the whole time: until everything has been asked for, and how long beginning and end are looked at.
WARM_UP, LOOK = 0.2, 0.1
GOAL = Goal(1.15, base="after warm-up")


def steps(place: lists.Place, client: Client, number: int) -> Iterator[float]:
    """What one person does over and over; the seconds each thing took."""
    known = place.known
    paths = [f"/customers?{query}" for query in ("", "view=mine", "sort=name", "kind=kanban&by=level", "by=status")]
    paths += [f"/customers?q={quote(word)}" for word in (known.rare, known.common, known.phone)]
    paths += [f"/customers/{id}" for id in known.customers[number::PEOPLE]]
    paths += ["/today", "/contacts", "/follow-ups", "/tasks", "/reports", f"/search?q={quote(known.common)}"]
    for path in cycle(paths):
        yield client.get(path, fragment=path.startswith("/customers?")).seconds
        if path.startswith("/customers/"):
            yield client.patch(f"{path}/fields/level", {"level": "ABCD"[number]}).seconds


def watch(place: lists.Place, pid: int, seconds: float) -> Figure:
    """Use the server for so long; the figure of its memory. Raises Failed."""
    end, failures, samples = time.monotonic() + seconds, [], []

    def use(number: int) -> None:
        client = place.owner.again()
        try:
            for _ in steps(place, client, number):
                if time.monotonic() > end:
                    return
        except (Failed, OSError) as failure:
            failures.append(failure)
        finally:
            client.close()

    people = [threading.Thread(target=use, args=(number,)) for number in range(PEOPLE)]
    began = time.monotonic()
    for person in people:
        person.start()
    while any(person.is_alive() for person in people):
        samples.append((time.monotonic() - began, memory.pss(pid)))
        time.sleep(min(1.0, seconds / 60))
    if failures:
        raise Failed(f"the soak ended early: {failures[0]}")
    first = [size for at, size in samples if WARM_UP <= at / seconds <= WARM_UP + LOOK] or [samples[0][1]]
    last = [size for at, size in samples if at / seconds >= 1 - LOOK] or [samples[-1][1]]
    name = f"memory after {seconds / 60:g} minutes of mixed use"
    return Figure(name, median(last), "MB", GOAL, median(first), median(last) / median(first))


def parser() -> argparse.ArgumentParser:
    """The arguments of python3 run.py bench soak."""
    made = argparse.ArgumentParser(prog="python3 run.py bench soak", description=__doc__)
    made.add_argument("--minutes", type=float, default=60)
    made.add_argument("--customers", type=int, default=100_000, help="how many, when the data is made")
    made.add_argument("--data", type=Path, help="the folder that keeps the data folders of all sizes")
    made.add_argument("--json", action="store_true", help="one JSON object a line")
    return made


def main(arguments: list[str]) -> int:
    """Watch and print; 1 when memory grew too much or could not be measured."""
    given = parser().parse_args(arguments)
    programs.die_properly()
    if not memory.is_known():
        print("only Linux tells what a process takes", file=sys.stderr)
        return 1
    cache = given.data or Path(tempfile.gettempdir()) / "smallcrm-bench-lists"
    try:
        folder = data.in_cache(cache, given.customers)
        with tempfile.TemporaryDirectory(prefix="smallcrm-bench-logs-") as logs:
            with lists.serving(folder, given.customers, Path(logs) / "server.txt") as place:
                figure = watch(place, place.pid, given.minutes * 60)
    except (Failed, OSError) as failure:
        print(failure, file=sys.stderr)
        return 1
    print(figure.line() if given.json else f"{HEAD}\n{figure.row()}")
    return 0 if figure.ok else 1
