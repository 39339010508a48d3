"""A million customers from a hundred thousand, table by table: python -m bench.multiply --source DIR --data DIR.

Telling a million stories takes a quarter of an hour; copying rows with shifted ids takes seconds. The copies are called
after their originals with a mark of their own, have no history, and what was said to them is not in the search index.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from smallcrm.config import Settings
from smallcrm.core import start
from smallcrm.core.db import db, write
from smallcrm.search import rebuilding

from .generate import MARK, drop_indexes, make_fast, make_indexes

MARKS = "二三四五六七八九十百千万"
TABLES = ("customers", "contacts", "follow_ups", "tasks", "duplicate_keys")
# What a copy has instead of a column's value; {x} stands for how far the ids of the table x are shifted.
SHIFTED = {
    "customers": {"id": "id + {customers}", "name": "name || :mark", "number": "number || '-' || :copy"},
    "contacts": {"id": "id + {contacts}", "customer_id": "customer_id + {customers}"},
    "follow_ups": {
        "id": "id + {follow_ups}",
        "customer_id": "customer_id + {customers}",
        "contact_id": "contact_id + {contacts}",
    },
    "tasks": {
        "id": "id + {tasks}",
        "record": "CASE WHEN record LIKE 'customers:%' THEN 'customers:' || (substr(record, 11) + {customers}) END",
        "repeats_id": "repeats_id + {tasks}",
    },
    "duplicate_keys": {
        "id": "id + {duplicate_keys}",
        "key": "key || :copy",
        "record_id": "record_id + CASE entity WHEN 'customers' THEN {customers} ELSE {contacts} END",
    },
}


def multiply(app: Flask, times: int) -> None:
    """Let everything in the database of `app` be there `times` times."""
    with app.app_context():
        make_fast(db.engine)
        indexes = drop_indexes()
        with write() as session:
            last = {table: session.scalar(text(f"SELECT max(id) FROM {table}")) for table in TABLES}  # noqa: S608
        for copy in range(1, times):
            _copy(copy, last)
            print(f"\r{copy + 1} times", end="", file=sys.stderr, flush=True)
        make_indexes(indexes)
        _index(["customers", "contacts"])
        with write() as session:
            session.connection().exec_driver_sql("PRAGMA analysis_limit=1000")
            session.connection().exec_driver_sql("ANALYZE")
        db.session.remove()
        db.engine.dispose()
    print(file=sys.stderr)


def _copy(copy: int, last: Mapping[str, int]) -> None:
    shift = {table: copy * (highest or 0) for table, highest in last.items()}
    values = {"copy": copy, "mark": f"{MARKS[copy % len(MARKS)]}店"}
    with write() as session:
        for table in TABLES:
            columns = [row[1] for row in session.execute(text(f"PRAGMA table_info({table})"))]
            made = ", ".join(SHIFTED[table].get(column, column).format(**shift) for column in columns)
            names = ", ".join(columns)
            statement = f"INSERT INTO {table} ({names}) SELECT {made} FROM {table} WHERE id <= :last"  # noqa: S608
            session.execute(text(statement), {**values, "last": last[table]})


def _index(entities: list[str]) -> None:
    with write():
        state = rebuilding.State.load()
        state.pending, state.after = entities, 0
        state.store()
    rebuilding.work()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.multiply", description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="a folder that bench.generate has made")
    parser.add_argument("--data", type=Path, required=True, help="a new folder")
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    began = time.monotonic()
    about = json.loads((given.source / MARK).read_text())
    with start.opened(Settings.load({"data": given.source}, environ={})) as app, app.app_context():
        with db.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    shutil.copytree(given.source, given.data, ignore=shutil.ignore_patterns(MARK, "*.lock", ".lock"))
    with start.opened(Settings.load({"data": given.data}, environ={})) as app:
        multiply(app, given.times)
    (given.data / MARK).write_text(json.dumps({**about, "times": given.times}))
    print(f"{'seconds':<16}{time.monotonic() - began:>10.1f}")


if __name__ == "__main__":
    main()
