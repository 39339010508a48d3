"""A data folder as a company of some size would have it after two years: python -m bench.generate --data DIR.

The same arguments give the same data, seen from the day it is made. Customers have three fields that an administrator
added. An owner (owner@example.cn) and twenty salespeople (sales01@example.cn …) sign in with the password given by
--password or SMALLCRM_BENCH_PASSWORD. Interrupted, it leaves a database without indexes: delete the folder and begin
anew.
"""

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, select, text

from smallcrm.config import Settings
from smallcrm.core import clock, i18n, start
from smallcrm.core.console import CannotStart
from smallcrm.core.db import db, write
from smallcrm.core.errors import Invalid, Refused
from smallcrm.demo.chronicle import Chronicle
from smallcrm.demo.names import Names
from smallcrm.demo.plans import FUNNEL, LEVELS
from smallcrm.demo.sheaf import Sheaf
from smallcrm.demo.story import Plan, Teller, Who, weighted
from smallcrm.demo.workdays import Workdays, dice
from smallcrm.entities import Field, every
from smallcrm.entities.operations import add_field
from smallcrm.users.models import Department, Role, User
from smallcrm.users.setup import run_setup

# The folder is for measuring and listens on loopback: nothing is kept from anybody.
PASSWORD = "violet-harbour-9 teaspoon"  # noqa: S105 - of a company that does not exist
# Written last, so that a folder with it is complete.
MARK = "bench.json"
COMPANY = "鑫源包装"
OWNER = "owner@example.cn"
SALESPEOPLE = 20
TEAMS = ("销售一部", "销售二部", "销售三部", "销售四部")
CHUNK = 4000
TASKS_PER_CUSTOMER = 0.05
WITHOUT_OWNER = 0.06
CONTACTS = ((1, 84), (2, 12), (3, 4))
STATUSES = tuple((status, count) for status, (count, *_rest) in FUNNEL.items())
# How much more is said to customers of one status than of another.
TALKATIVE = {"new": 0.4, "following": 3, "interested": 5, "won": 9, "paused": 3, "lost": 3}
# Fields an administrator added: (type, label, what add_field is given, how a value is made, how many have one).
GRADES = ("纸箱", "彩盒", "标签", "胶带", "气泡膜", "托盘")
MACHINES = ("海德堡", "曼罗兰", "小森", "高宝", "国望", "博斯特")
Make = Callable[[Random, Sequence[Any]], Any]
CUSTOM: tuple[tuple[str, str, dict[str, Any], Make, float], ...] = (
    ("choice", "主要产品", {"options": GRADES}, lambda rng, options: rng.choice(options).value, 0.8),
    ("integer", "年采购额", {}, lambda rng, _options: rng.randint(1, 900) * 1000, 0.6),
    ("text", "设备型号", {}, lambda rng, _options: f"{rng.choice(MACHINES)} {rng.randint(100, 999)}", 0.4),
)
# One customer in a thousand has been with the company for years and is talked to every week.
REGULARS, REGULARLY = 0.001, 16
FAST = ("synchronous=OFF", "cache_size=-262144")


@dataclass
class Size:
    """How much is made."""

    customers: int
    follow_ups: int
    seed: int


def generate(app: Flask, size: Size, password: str) -> dict[str, int]:
    """Fill the empty database of `app`; rows by table. Raises Refused or Invalid as setting up does."""
    with app.app_context():
        make_fast(db.engine)
        owner = run_setup(COMPANY, OWNER, password, name="王建国")
        people = _salespeople(owner.id, Names(dice(size.seed)))
        added = [add_field("customers", type, label, None, **given).key for type, label, given, *_ in CUSTOM]
        indexes = drop_indexes()
        _fill(size, people, owner.id, added)
        make_indexes(indexes)
        counts = _counts()
        db.session.remove()
        db.engine.dispose()
        return counts


def make_fast(engine: Engine) -> None:
    """Nothing is lost when this is interrupted: it is simply begun anew."""
    engine.dispose()

    @event.listens_for(engine, "connect")
    def settings(connection: object, _record: object) -> None:
        for pragma in FAST:
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


def drop_indexes() -> list[str]:
    """Take the indexes off the tables that will be long: made at the end, they cost half. How to make them again."""
    found = text(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
        "('customers', 'contacts', 'follow_ups', 'tasks', 'activities', 'duplicate_keys')"
    )
    with write() as session:
        indexes = session.execute(found).all()
        for name, _sql in indexes:
            session.execute(text(f'DROP INDEX "{name}"'))
    return [sql for _name, sql in indexes]


def make_indexes(indexes: list[str]) -> None:
    """Make the indexes that :func:`drop_indexes` took away."""
    with write() as session:
        for sql in indexes:
            session.connection().exec_driver_sql(sql)


def _salespeople(owner_id: int, names: Names) -> list[int]:
    """The ids of twenty salespeople in four teams, who share the owner's password."""
    with write() as session:
        owner = session.get_one(User, owner_id)
        teams = [Department(name=name, parent_id=owner.department_id, position=i) for i, name in enumerate(TEAMS)]
        session.add_all(teams)
        session.flush()
        role = session.scalars(select(Role.id).where(Role.key == "sales")).one()
        people = [
            User(
                name=names.person("buyer").name,
                email=f"sales{number:02}@example.cn",
                phone=names.mobile(),
                role_id=role,
                department_id=teams[number % len(teams)].id,
                password_hash=owner.password_hash,
            )
            for number in range(1, SALESPEOPLE + 1)
        ]
        session.add_all(people)
        session.flush()
        return [user.id for user in people]


def _fill(size: Size, people: list[int], owner_id: int, added: Sequence[str]) -> None:
    days = Workdays(clock.now(), i18n.zone(), dice(size.seed))
    teller = Teller(days.rng, days, Names(dice(size.seed)))
    ids: dict[Who, int] = {id: id for id in [*people, owner_id]}
    every()  # a schema that is not known before write() would be built for every question inside it
    with write() as session:
        departments = {id: where for id, where in session.execute(select(User.id, User.department_id))}
        chronicle = Chronicle(Sheaf(session, days.local, departments), ids)
    plans, missing, rng = _plans(size, people), 0, dice(size.seed)
    fields = [chronicle.customers[key] for key in added]
    for first in range(0, size.customers, CHUNK):
        with write():
            for _ in range(first, min(first + CHUNK, size.customers)):
                plan = next(plans)
                plan.follow_ups += missing
                story = teller.tell(plan)
                # Not every plan finds enough working days; the next customer makes up for it.
                missing = plan.follow_ups - len(story.said)
                story.values.update(_custom_values(rng, fields))
                chronicle.write(story)
            chronicle.sheaf.write()
        print(f"\r{min(first + CHUNK, size.customers):,} customers", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def _custom_values(rng: Random, fields: Sequence[Field]) -> dict[str, Any]:
    return {
        field.key: make(rng, field.options)
        for field, (*_field, make, share) in zip(fields, CUSTOM, strict=True)
        if rng.random() < share
    }


def _plans(size: Size, people: list[int]) -> Iterator[Plan]:
    """As many plans as there are customers, which talk about as often as there are follow-ups."""
    rng = dice(size.seed)
    statuses = [weighted(rng, STATUSES) for _ in range(size.customers)]
    weights = [
        TALKATIVE[status] * rng.uniform(0.3, 1.7) * (REGULARLY if rng.random() < REGULARS else 1) for status in statuses
    ]
    share, so_far, given = size.follow_ups / sum(weights), 0.0, 0
    for status, weight in zip(statuses, weights, strict=True):
        so_far += weight * share
        count, given = round(so_far) - given, round(so_far)
        yield _plan(rng, status, count, people)


def _plan(rng: Random, status: str, follow_ups: int, people: list[int]) -> Plan:
    _count, (youngest, oldest), _said, (soonest, latest) = FUNNEL[status]
    age = rng.randint(max(1, youngest), oldest)
    last = min(age, rng.randint(soonest, latest))
    owner = None if rng.random() < WITHOUT_OWNER else rng.choice(people)
    next_ = None if status == "lost" or owner is None or rng.random() < 0.25 else rng.randint(-min(10, last - 1), 30)
    return Plan(
        status=status,
        level=weighted(rng, LEVELS[status]),
        owner=owner,
        age=age,
        last=last,
        follow_ups=follow_ups,
        contacts=weighted(rng, CONTACTS),
        next=next_,
        created_by=owner or rng.choice(people),
        tasks=1 if rng.random() < TASKS_PER_CUSTOMER else 0,
    )


def _counts() -> dict[str, int]:
    names = ("customers", "contacts", "follow_ups", "tasks", "activities", "duplicate_keys", "users")
    return {name: db.session.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in names}  # noqa: S608


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.generate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a new or empty data folder")
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--follow-ups", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--password", default=os.environ.get("SMALLCRM_BENCH_PASSWORD", PASSWORD))
    given = parser.parse_args(arguments)
    began = time.monotonic()
    gc.disable()  # millions of rows, and no cycles worth looking for
    size = Size(given.customers, given.follow_ups, given.seed)
    try:
        with start.opened(Settings.load({"data": given.data}, environ={})) as app:
            counts = generate(app, size, given.password)
        about = {"seed": given.seed, "password": given.password, "rows": counts}
        (given.data / MARK).write_text(json.dumps(about))
    except Invalid as error:
        parser.exit(1, " ".join(str(each) for each in error.errors.values()) + "\n")
    except (Refused, CannotStart) as error:
        parser.exit(1, f"{error}\n")
    finally:
        gc.enable()
    for name, count in counts.items():
        print(f"{name:<16}{count:>10,}")
    print(f"{'seconds':<16}{time.monotonic() - began:>10.1f}")


if __name__ == "__main__":
    main()
