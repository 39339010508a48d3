"""kill -9 while four people save: what was acknowledged is there once, whatever the moment (SECURITY.md R01, R20)."""

import json
import random
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest

from smallcrm.core.db import sqlite_module

from .conftest import PATIENCE, ROOT, environment

PEOPLE = 4
KILLS = 5


class Clerk(threading.Thread):
    """Saves one customer after the other; one whose answer did not come is sent again, as a browser's retry."""

    def __init__(self, number: int, port: int, cookie: str) -> None:
        super().__init__(name=f"clerk-{number}", daemon=True)
        self.number, self.port, self.cookie = number, port, cookie
        self.acknowledged: list[str] = []
        self.surprises: list[str] = []
        self.token = ""
        self.count = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self._sign_on()
                while not self.stopped.is_set():
                    self._save()
            except (OSError, HTTPException):
                time.sleep(0.05)  # the server is gone and comes back

    def _sign_on(self) -> None:
        status, headers, body = self._send("GET", "/profile")
        if status != 200:
            raise HTTPException(f"status {status}")
        fresh = headers.get("Set-Cookie")
        if fresh:
            self.cookie = re.search(r"sid=([^;]+)", fresh)[1]
        self.token = re.search(r'name="csrf_token" value="([^"]+)"', body)[1]

    def _save(self) -> None:
        name = f"掉电{self.number}-{self.count}有限公司"
        form = {"name": name, "phone": f"139{self.number}{self.count:07d}", "anyway": "1", "form_key": f"key-{name}"}
        status, _headers, body = self._send("POST", "/customers", urlencode({**form, "csrf_token": self.token}))
        if status == 303:
            self.acknowledged.append(name)
            self.count += 1
        elif status < 500:
            self.surprises.append(f"{status} {body[:300]}")
            self.stopped.set()

    def _send(self, method: str, path: str, body: str | None = None):
        headers = {"Cookie": f"sid={self.cookie}", "Content-Type": "application/x-www-form-urlencoded"}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()


@pytest.fixture
def cookie(data: Path) -> str:
    """The session of the owner of a company in `data`."""
    prepare = [sys.executable, str(ROOT / "tests/browser/prepare.py"), str(data)]
    done = subprocess.run(prepare, env=environment(), capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])["cookies"]["owner"]


def wait_for_more(clerks: list[Clerk]) -> None:
    """Until saves have gone through again, however slow this machine is, or a clerk met what nobody should."""
    wanted = acknowledged_by(clerks) + PEOPLE
    end = time.monotonic() + PATIENCE
    while acknowledged_by(clerks) < wanted and not any(clerk.stopped.is_set() for clerk in clerks):
        assert time.monotonic() < end, "no save went through"
        time.sleep(0.02)


def acknowledged_by(clerks: list[Clerk]) -> int:
    return sum(len(clerk.acknowledged) for clerk in clerks)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_what_was_acknowledged_survives_kill_9_exactly_once(start, data, cookie):
    program = start(data)
    clerks = [Clerk(number, program.port, cookie) for number in range(PEOPLE)]
    for clerk in clerks:
        clerk.start()
    dice = random.Random()
    for _kill in range(KILLS):
        wait_for_more(clerks)
        time.sleep(dice.uniform(0, 0.3))
        program.end(signal.SIGKILL)
        program = start(data)
        for clerk in clerks:
            clerk.port = program.port
    wait_for_more(clerks)
    for clerk in clerks:
        clerk.stopped.set()
    for clerk in clerks:
        clerk.join(PATIENCE)
    assert not [clerk.surprises for clerk in clerks if clerk.surprises]
    assert program.end() == 0
    kept = customers(data)
    acknowledged = [name for clerk in clerks for name in clerk.acknowledged]
    assert len(acknowledged) >= PEOPLE * KILLS
    assert [name for name in acknowledged if kept.get(name) != 1] == []
    assert [name for name, times in kept.items() if times != 1] == []


def customers(data: Path) -> dict[str, int]:
    """Name → how often it is there, of a database that was found whole."""
    with closing(sqlite_module().connect(str(data / "crm.db"))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        found = dict(connection.execute("SELECT name, count(*) FROM customers GROUP BY name").fetchall())
        # Everything a save writes is there or nothing: history, search and duplicates with each customer.
        for table in ("activities", "duplicate_keys"):
            query = f"SELECT count(DISTINCT record_id) FROM {table} WHERE entity = 'customers'"
            assert connection.execute(query).fetchone()[0] == len(found), table
        return found
