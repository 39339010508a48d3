"""How lists grow: the same pages at several sizes, asked in turn: python3 run.py bench lists.

Every size is a data folder in --data, made the first time, and a server of its own. A figure is the time at one size,
its floor the time of the same at the smallest: a page of fifty rows may cost 1.5 times as much at a million customers.
"""

import argparse
import base64
import contextlib
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from pypinyin import lazy_pinyin

from . import data, programs, sample
from .client import Client, Failed
from .figures import HEAD, Figure, Goal, alternating
from .generate import OWNER

SIZES = (1_000, 100_000, 1_000_000)
SALESPERSON = "sales01@example.cn"
VIEWS = re.compile(r'[?&;]view=([a-z]{2,20})["&]')
LEVELS = ("A", "B", "C", "D")
LISTS = ("customers", "contacts", "follow-ups", "tasks")
Ask = Callable[[], float]


@dataclass
class Place:
    """One size: who asks its server, and what is really in its data."""

    customers: int
    pid: int
    owner: Client
    sales: Client
    known: sample.Sample
    saved: int = 0

    def save(self) -> float:
        """Save one field of a customer; seconds."""
        self.saved += 1
        id = self.known.customers[self.saved % len(self.known.customers)]
        level = LEVELS[self.saved // len(self.known.customers) % len(LEVELS)]
        return self.owner.patch(f"/customers/{id}/fields/level", {"level": level}).seconds

    def asks(self) -> dict[str, Ask]:
        """Figure → what is timed. The same names at every size."""
        found: dict[str, Ask] = {}
        for who, client in (("owner", self.owner), ("salesperson", self.sales)):
            for slug in LISTS:
                found[f"{slug}, {who}"] = partial(_seconds, client, f"/{slug}")
                for view in dict.fromkeys(VIEWS.findall(client.get(f"/{slug}").text)):
                    found[f"{slug}, view {view}, {who}"] = partial(_seconds, client, f"/{slug}?view={view}")
            found[f"customers, deep page, {who}"] = partial(_seconds, client, f"/customers?after={_middle(self)}")
            for query in ("sort=name", "sort=-level", "f.status.in=following", "f.industry.in=it&f.level.in=A"):
                found[f"customers, {query}, {who}"] = partial(_seconds, client, f"/customers?{query}")
        words = {
            "2 rare characters": self.known.rare,
            "2 common characters": self.known.common,
            "pinyin": "".join(lazy_pinyin(self.known.rare)),
            "part of a phone": self.known.phone,
        }
        for name, word in words.items():
            found[f"search, {name}"] = partial(_seconds, self.owner, f"/customers?q={quote(word)}", fragment=True)
            found[f"search everything, {name}"] = partial(
                _seconds, self.owner, f"/search?q={quote(word)}", fragment=True
            )
        for kind in ("kind=kanban&by=level", "kind=calendar&on=next_follow_up_at", "by=status"):
            found[f"customers, {kind}"] = partial(_seconds, self.owner, f"/customers?{kind}")
        found["save of one field"] = self.save
        return found


def _middle(place: Place) -> str:
    """The cursor of the page in the middle of the plain list."""
    packed = json.dumps([None, place.known.customers[0] // 2], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _seconds(client: Client, path: str, *, fragment: bool = False) -> float:
    return client.get(path, fragment=fragment).seconds


@contextlib.contextmanager
def serving(folder: Path, customers: int, log: Path) -> Iterator[Place]:
    """A server on a data folder, with two people signed in, while the block runs."""
    port = programs.free_port()
    with programs.running("smallcrm", "serve", "--data", folder, port=port, log=log) as process:
        programs.wait_until_answering(process, port, "/healthz", log)
        password = data.password(folder)
        owner, sales = (Client(port).sign_in(email, password) for email in (OWNER, SALESPERSON))
        yield Place(customers, process.pid, owner, sales, sample.take(folder / "crm.db"))


def figures(places: list[Place], given: argparse.Namespace) -> Iterator[Figure]:
    """Every figure at every size beside the smallest, as they come."""
    smallest, asked = places[0], [place.asks() for place in places]
    goal = Goal(1.5, base=f"{smallest.customers:,}")
    for name, ask in asked[0].items():
        if given.only and not any(part in name for part in given.only.split(",")):
            continue
        for place, here in zip(places[1:], asked[1:], strict=True):
            if name in here:
                title = f"{name}, {place.customers:,}"
                yield alternating(title, here[name], ask, goal, given.rounds, given.repeats)


def parser() -> argparse.ArgumentParser:
    """The arguments of python3 run.py bench lists."""
    made = argparse.ArgumentParser(prog="python3 run.py bench lists", description=__doc__)
    made.add_argument("--data", type=Path, help="the folder that keeps the data folders of all sizes")
    made.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of customers, the smallest first")
    made.add_argument("--only", metavar="PART,…", help="only figures with one of these in their name")
    made.add_argument("--rounds", type=int, default=3)
    made.add_argument("--repeats", type=int, default=5, help="pairs of requests in a round")
    made.add_argument("--json", action="store_true", help="one JSON object a line")
    return made


def main(arguments: list[str]) -> int:
    """Measure and print; 1 when something could not be measured, whatever the figures are."""
    given = parser().parse_args(arguments)
    programs.die_properly()
    cache = given.data or Path(tempfile.gettempdir()) / "smallcrm-bench-lists"
    try:
        folders = {int(size): data.in_cache(cache, int(size)) for size in given.sizes.split(",")}
        if not given.json:
            print(HEAD)
        with tempfile.TemporaryDirectory(prefix="smallcrm-bench-logs-") as logs, contextlib.ExitStack() as stack:
            places = [
                stack.enter_context(serving(folder, size, Path(logs) / f"{size}.txt"))
                for size, folder in folders.items()
            ]
            for figure in figures(places, given):
                print(figure.line() if given.json else figure.row(), flush=True)
    except (Failed, OSError) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0
