"""The process is killed in the middle of an import; the next one goes on, and every row is in once (R02)."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from smallcrm.core.db import db
from smallcrm.customers.models import Customer
from smallcrm.records.duplicates import DuplicateKey
from smallcrm.transfer.models import ImportRow

from .conftest import Bringing, text

ROWS = 1_200
# Every tenth row is faulty.
GOOD = ROWS * 9 // 10
WORKER = Path(__file__).with_name("worker.py")
ROOT = WORKER.parents[2]


def worker(data, import_id):
    process = subprocess.Popen(
        [sys.executable, str(WORKER), str(data), str(import_id)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def wait_for(brought, rows):
    """Until so many rows are committed; reads what the other process commits."""
    while brought.row.done < rows and brought.row.state == "running":
        time.sleep(0.02)


def test_every_row_is_in_exactly_once_however_often_the_process_dies(client, cast, company, queued):
    lines = "".join(f"第{i}号机械厂,139{i:08},{'A' if i % 10 else '特级'}\n" for i in range(ROWS))
    mapping = {"0": "name", "1": "phone", "2": "level"}
    brought = Bringing(client.as_(cast.sales)).upload("customers", text(f"公司名称,电话,级别\n{lines}")).check(mapping)
    queued()
    brought.run()
    id, data = brought.row.id, company.path.parent
    deaths = sorted(random.sample(range(30, ROWS - 300), 2))
    for rows in deaths:
        process = worker(data, id)
        wait_for(brought, rows)
        process.kill()
        process.wait()
        assert brought.row.state == "running"
        reached = brought.row
        # What is counted is what is there: the two are one transaction.
        assert db.session.scalar(select(func.count()).select_from(Customer)) == reached.counts["created"]
        assert reached.last_row == reached.done + 1
    process = worker(data, id)
    assert process.stdout.readline() == "done\n"
    assert process.wait() == 0
    row = brought.row
    assert row.state == "finished" and row.counts == row.trial == {"created": GOOD, "faulty": ROWS - GOOD}, deaths
    names = Counter(db.session.scalars(select(Customer.name)))
    assert set(names.values()) == {1} and len(names) == GOOD
    faulty = select(ImportRow.number).where(ImportRow.import_id == id, ImportRow.phase == "run")
    assert sorted(db.session.scalars(faulty)) == [i + 2 for i in range(0, ROWS, 10)]
    phones = select(func.count()).select_from(DuplicateKey).where(DuplicateKey.kind == "phone")
    assert db.session.scalar(phones) == GOOD
