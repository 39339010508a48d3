"""What is measured, group by group; each function yields figures and raises Failed when one cannot be had."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import quote

from smallcrm.core.db import PRAGMAS, sqlite_module

from . import memory
from .client import Client, Failed
from .figures import Figure, Goal, alternating
from .sample import Sample
from .views import offered

PAGE = Goal(1.5)
DETAIL = Goal(2)
EXCHANGE = Goal(0.7, base="whole page")
SAVE = Goal(10, base="bare commit")
THROUGHPUT = Goal(0.6, at_least=True)
IDLE, LOADED = Goal(110, of_floor=False), Goal(180, of_floor=False)
FIRST_LOAD, ONE_EXCHANGE = Goal(200, of_floor=False), Goal(15, of_floor=False)
CLIENTS = 8
LISTS = ("customers", "contacts", "follow-ups", "tasks")
LEVELS = ("A", "B", "C", "D")
STATIC = re.compile(r'(?:href|src)="(/static/[^"#]+)')


@dataclass
class Measured:
    """The two running programs, who asks, what is asked for, and how often."""

    owner: Client
    sales: Client
    floor: Client
    sample: Sample
    data: Path
    pid: int
    floor_pid: int
    rounds: int
    repeats: int
    seconds: float
    each: bool = False
    most_views: int | None = None

    def page(self, name: str, client: Client, path: str, goal: Goal, *, fragment: bool = False) -> Figure:
        """One page beside the floor's."""
        return alternating(
            name,
            lambda: client.get(path, fragment=fragment).seconds,
            lambda: self.floor.get("/").seconds,
            goal,
            self.rounds,
            self.repeats,
        )


def pages(run: Measured) -> Iterator[Figure]:
    """The customer list as it opens."""
    yield run.page("list page, owner", run.owner, "/customers", PAGE)
    yield run.page("list page, salesperson", run.sales, "/customers", PAGE)


def views(run: Measured) -> Iterator[Figure]:
    """Every sort and filter that the lists offer, as whole pages: of each list the slowest, or with `each` all."""
    few = replace(run, rounds=min(run.rounds, 3), repeats=min(run.repeats, 3))
    for who, client in (("owner", run.owner), ("salesperson", run.sales)):
        for slug in LISTS:
            found = []
            for view in offered(client, slug, run.sample)[: run.most_views]:
                found.append(few.page(f"view {slug} {view.name or 'plain'}, {who}", client, view.path, PAGE))
                if run.each:
                    yield found[-1]
            if not run.each:
                met = sum(figure.ok is True for figure in found)
                worst = max(found, key=lambda figure: figure.ratio or 0)
                yield replace(worst, name=worst.name.replace("view", f"slowest of {len(found)} ({met} ✓),", 1))


def exchanges(run: Measured) -> Iterator[Figure]:
    """What htmx asks for, beside the same as a whole page."""
    first = run.owner.get("/customers").text
    follows = re.search(r'rel="next" href="([^"]+)"', first)
    if follows is None:
        raise Failed("the customer list has no next page")
    asked = {
        "next page": follows[1].replace("&amp;", "&"),
        "filter": "/customers?f.status.in=following",
        "sort": "/customers?sort=name",
    }
    for name, path in asked.items():
        yield alternating(
            f"exchange, {name}",
            partial(_seconds, run.owner, path, fragment=True),
            partial(_seconds, run.owner, path),
            EXCHANGE,
            run.rounds,
            run.repeats,
        )


def searches(run: Measured) -> Iterator[Figure]:
    """Search as one types: a page of results, as htmx asks for it; and the search over everything."""
    words = {
        "2 rare characters": run.sample.rare,
        "2 common characters": run.sample.common,
        "part of a phone": run.sample.phone,
    }
    for name, word in words.items():
        yield run.page(f"search, {name} ({word})", run.owner, f"/customers?q={quote(word)}", PAGE, fragment=True)
    for name, word in words.items():
        yield run.page(f"search everything, {name}", run.owner, f"/search?q={quote(word)}", PAGE, fragment=True)


def detail(run: Measured) -> Iterator[Figure]:
    """The page of a customer about whom much was said."""
    name = f"detail page, {run.sample.entries} timeline entries"
    yield run.page(name, run.owner, f"/customers/{run.sample.busiest}", DETAIL)


def reports(run: Measured) -> Iterator[Figure]:
    """The manager's dashboard. Its goal in PERFORMANCE is for a million customers; here it is the same ratio."""
    if run.owner.ask("GET", "/reports").status == 404:
        yield Figure("reports page", None, "ms", note="this version has none")
        return
    yield run.page("reports page", run.owner, "/reports", Goal(3))


def processor(run: Measured) -> Iterator[Figure]:
    """The work alone, without waiting: what another busy program on the machine does not change."""
    if not memory.is_known():
        yield Figure("processor time", None, "ms", note="only Linux tells")
        return
    asked = {
        "list page": ("/customers", False),
        "exchange": ("/customers", True),
        "search, 2 common characters": (f"/customers?q={quote(run.sample.common)}", True),
        "detail page": (f"/customers/{run.sample.busiest}", False),
    }
    for name, (path, fragment) in asked.items():
        yield alternating(
            f"processor time, {name}",
            _work(run.pid, partial(run.owner.get, path, fragment=fragment)),
            _work(run.floor_pid, lambda: run.floor.get("/")),
            None,
            run.rounds,
            run.repeats,
        )


def _seconds(client: Client, path: str, *, fragment: bool = False) -> float:
    return client.get(path, fragment=fragment).seconds


def _work(pid: int, ask: Callable[[], object]) -> Callable[[], float]:
    """A function that asks and says how long the process `pid` worked for it, in seconds."""

    def worked() -> float:
        before = memory.processor_seconds(pid)
        ask()
        return memory.processor_seconds(pid) - before

    return worked


def saves(run: Measured) -> Iterator[Figure]:
    """One field saved where it is read, beside the least any database change costs: one durable row."""
    asked = 0

    def save() -> float:
        nonlocal asked
        asked += 1
        id = run.sample.customers[asked % len(run.sample.customers)]
        level = LEVELS[asked // len(run.sample.customers) % len(LEVELS)]
        return run.owner.patch(f"/customers/{id}/fields/level", {"level": level}).seconds

    with _bare_commit(run.data) as commit:
        yield alternating("save of one field", save, commit, SAVE, run.rounds, run.repeats)


@contextlib.contextmanager
def _bare_commit(folder: Path) -> Iterator[Callable[[], float]]:
    """A function that changes one row of a database on the same disk, durably, and says how long it took."""
    file = folder / "bench-commit.db"
    connection = sqlite_module().connect(str(file), isolation_level=None)
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, level TEXT, version INTEGER)")
        connection.execute("INSERT OR REPLACE INTO bare VALUES (1, 'A', 1)")

        def commit() -> float:
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE bare SET version = version + 1 WHERE id = 1")
            connection.execute("COMMIT")
            return time.perf_counter() - began

        yield commit
    finally:
        connection.close()
        for name in ("", "-wal", "-shm"):
            file.with_name(file.name + name).unlink(missing_ok=True)


def load(run: Measured) -> Iterator[Figure]:
    """The list for eight people at once."""
    values, floors = [], []
    for _ in range(min(run.rounds, 3)):
        values.append(_requests_per_second(run.owner, "/customers", run.seconds))
        floors.append(_requests_per_second(run.floor, "/", run.seconds))
    ratio = median(value / floor for value, floor in zip(values, floors, strict=True))
    yield Figure(f"list, {CLIENTS} clients", median(values), "/s", THROUGHPUT, median(floors), ratio)


def _requests_per_second(client: Client, path: str, seconds: float) -> float:
    clients = [client.again() for _ in range(CLIENTS)]
    counts, failures = [0] * CLIENTS, []
    end = time.monotonic() + seconds

    def ask(number: int) -> None:
        try:
            while time.monotonic() < end:
                clients[number].get(path)
                counts[number] += 1
        except (Failed, OSError) as failure:
            failures.append(failure)
        finally:
            clients[number].close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise Failed(f"{path} under load: {failures[0]}")
    return sum(counts) / (time.monotonic() - began)


def idle_memory(run: Measured) -> Iterator[Figure]:
    """After a start and the first pages."""
    if not memory.is_known():
        yield Figure("memory, idle", None, "MB", note="only Linux tells")
        return
    run.owner.get("/customers")
    time.sleep(min(2.0, run.seconds))
    yield Figure("memory, idle", memory.pss(run.pid), "MB", IDLE)


def loaded_memory(run: Measured) -> Iterator[Figure]:
    """The most that was seen while eight people asked."""
    if not memory.is_known():
        yield Figure("memory, under load", None, "MB", note="only Linux tells")
        return
    asking = threading.Thread(target=_requests_per_second, args=(run.owner, "/customers", run.seconds))
    asking.start()
    most = 0.0
    while asking.is_alive():
        most = max(most, memory.pss(run.pid))
        time.sleep(0.2)
    yield Figure("memory, under load", most, "MB", LOADED)


def weight(run: Measured) -> Iterator[Figure]:
    """What comes over the network, compressed: everything a first visit loads, and one exchange."""
    page = run.owner.get("/customers")
    files = dict.fromkeys(STATIC.findall(page.text))
    first = page.weight + sum(run.owner.get(path).weight for path in files)
    exchange = run.owner.get("/customers", fragment=True)
    yield Figure("weight of a first visit", first / 1000, "KB", FIRST_LOAD)
    yield Figure("weight of an exchange", exchange.weight / 1000, "KB", ONE_EXCHANGE)


# In this order: memory is idle before there was any work.
GROUPS: dict[str, Callable[[Measured], Iterator[Figure]]] = {
    "memory-idle": idle_memory,
    "list": pages,
    "exchange": exchanges,
    "search": searches,
    "detail": detail,
    "save": saves,
    "reports": reports,
    "processor": processor,
    "weight": weight,
    "load": load,
    "memory-load": loaded_memory,
    "views": views,
}
