"""The real program as a child process on loopback, and an application of core alone for what needs no pages."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from flask import Flask

from smallcrm.config import Settings
from smallcrm.core import setup
from smallcrm.core.db import db
from smallcrm.core.settings import Setting

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of smallcrm, speaking English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SMALLCRM_")}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT), **more}


def command(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    """Run one smallcrm command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "smallcrm", *map(str, arguments)],
        env=environment(**more),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )


class Program:
    """A running `smallcrm serve` on its own port; `run` is what Python is given to run."""

    def __init__(self, data: Path, *flags: str, run: tuple[str, ...] = ("-m", "smallcrm")) -> None:
        self.data, self.port = data, free_port()
        self.output = data.parent / f"{data.name}-{self.port}.txt"
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, *run, "serve", "--data", str(data), "--port", str(self.port), *flags],
                env=environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def wait_ready(self) -> "Program":
        """Until it says that it can be stopped, which is the last line it prints before serving."""
        end = time.monotonic() + PATIENCE
        while "Stop with Ctrl-C." not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.02)
        return self

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def get(self, path: str) -> tuple[int, bytes]:
        """(status, body) of a GET."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def start():
    """start(data, *flags) → Program; everything started is stopped."""
    running = []

    def begin(data: Path, *flags: str) -> Program:
        running.append(Program(data, *flags))
        return running[-1].wait_ready()

    yield begin
    for program in running:
        if program.process.poll() is None:
            program.process.kill()
            program.process.wait()


@pytest.fixture
def core_app(data: Path) -> Flask:
    """Core without any slice, its settings table made."""
    app = Flask("smallcrm")
    app.config.from_mapping(Settings(data=data).flask_config())
    setup.init_app(app)
    with app.app_context():
        Setting.__table__.create(db.engine)
    return app
