"""How fast smallcrm is, beside a floor that nothing can go below: python3 run.py bench.

Starts the real server and bench.floor on a generated data folder, each a process of its own, asks both in turn, and
prints medians with their ratios. Absolute times depend on the machine; ratios within one run can be compared.
“bench lists” says how lists grow with the number of customers, “bench soak” how memory does with time.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from smallcrm.config import Settings

from . import data, lists, programs, sample, soak
from .client import Client, Failed
from .figures import HEAD, Figure, Goal
from .generate import OWNER
from .measuring import GROUPS, Measured

# Each of these words begins a command line of its own.
OTHERS = {"lists": lists.main, "soak": soak.main}
START = Goal(2.5, of_floor=False)
SALESPERSON = "sales01@example.cn"
HEALTH = "/healthz"


class Run:
    """One run over one data folder; failures are told and counted, the rest goes on."""

    def __init__(self, given: argparse.Namespace, folder: Path, logs: Path) -> None:
        self.given, self.folder = given, folder
        self.log = logs / "server.txt"
        self.floor_log = logs / "floor.txt"
        self.port, self.floor_port = programs.free_port(), programs.free_port()
        self.floor = Client(self.floor_port)
        self.owner, self.sales = Client(self.port), Client(self.port)
        self.failed = 0

    def everything(self) -> None:
        """Measure what was asked for and print it."""
        database = self.folder / "crm.db"
        floor = ("bench.floor", "--database", database, "--threads", Settings(data=self.folder).threads)
        with programs.running(*floor, port=self.floor_port, log=self.floor_log) as process:
            programs.wait_until_answering(process, self.floor_port, "/", self.floor_log)
            with self.serving():
                password = data.password(self.folder)
                self.owner.sign_in(OWNER, password)
                self.sales.sign_in(SALESPERSON, password)
            if self.wants("start"):
                self.tell("start", self.starts())
            with self.serving() as pid:
                self.groups(pid, process.pid)

    def groups(self, pid: int, floor_pid: int) -> None:
        """Measure one running server."""
        quick = argparse.Namespace(rounds=1, repeats=1, seconds=0.3)
        often = quick if self.given.quick else self.given
        run = Measured(
            owner=self.owner,
            sales=self.sales,
            floor=self.floor,
            sample=sample.take(self.folder / "crm.db"),
            data=self.folder,
            pid=pid,
            floor_pid=floor_pid,
            rounds=often.rounds,
            repeats=often.repeats,
            seconds=often.seconds,
            each=self.given.each,
            most_views=3 if self.given.quick else None,
        )
        for name, group in GROUPS.items():
            if self.wants(name):
                self.tell(name, group(run))

    @contextlib.contextmanager
    def serving(self) -> Iterator[int]:
        """The real server while the block runs; its process id."""
        command = ("smallcrm", "serve", "--data", self.folder)
        with programs.running(*command, port=self.port, log=self.log) as process:
            programs.wait_until_answering(process, self.port, HEALTH, self.log)
            try:
                yield process.pid
            finally:
                self.owner.close()
                self.sales.close()

    def starts(self) -> Iterator[Figure]:
        """From the command to the first answer, and to the first page of a signed-in person."""
        answers, pages = [], []
        for _ in range(1 if self.given.quick else 3):
            began = time.perf_counter()
            with self.serving():
                answers.append(time.perf_counter() - began)
                self.owner.get("/customers")
                pages.append(time.perf_counter() - began)
        yield Figure("start to first answer", median(answers), "s")
        yield Figure("start to first page", median(pages), "s", START)

    def wants(self, name: str) -> bool:
        """Whether this group was asked for."""
        return not self.given.only or any(part in name for part in self.given.only.split(","))

    def tell(self, name: str, figures: Iterator[Figure]) -> None:
        """Print figures as they come; one that cannot be had is told on standard error."""
        try:
            for figure in figures:
                print(figure.line() if self.given.json else figure.row(), flush=True)
        except (Failed, OSError) as failure:
            self.failed += 1
            print(f"{name}: {failure}", file=sys.stderr)


def parser() -> argparse.ArgumentParser:
    """The arguments of python3 run.py bench."""
    made = argparse.ArgumentParser(prog="python3 run.py bench", description=__doc__)
    groups = ", ".join(["start", *GROUPS])
    made.add_argument("--json", action="store_true", help="one JSON object a line: name, value, unit, goal, ok, …")
    made.add_argument("--data", type=Path, help="the data folder; made when it does not exist")
    made.add_argument("--customers", type=int, default=100_000, help="how many, when the data is made")
    made.add_argument("--only", metavar="PART,…", help=f"only the groups with one of these in their name: {groups}")
    made.add_argument("--rounds", type=int, default=5)
    made.add_argument("--repeats", type=int, default=9, help="pairs of requests in a round")
    made.add_argument("--seconds", type=float, default=4, help="how long each load lasts")
    made.add_argument("--each", action="store_true", help="every view of every list instead of the slowest ones")
    made.add_argument("--quick", action="store_true", help="ask just enough to see that everything works")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks; 1 when something could not be measured, whatever the figures are."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] and arguments[0] in OTHERS:
        return OTHERS[arguments[0]](arguments[1:])
    given = parser().parse_args(arguments)
    programs.die_properly()
    try:
        folder = data.folder(given.data, given.customers)
        if not given.json:
            print(f"{folder}, {os.cpu_count()} processors\n{HEAD}")
        with tempfile.TemporaryDirectory(prefix="smallcrm-bench-logs-") as logs:
            run = Run(given, folder, Path(logs))
            run.everything()
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
