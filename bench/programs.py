"""The programs that are measured: each a process of its own on loopback, stopped whatever happens."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from .client import Client, Failed

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60
# Longer than the server takes to let its work end.
GRACE = 15


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def running(module: str, *arguments: object, port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m module arguments` until the block ends; what it says goes to the file `log`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SMALLCRM_")}
    command = [sys.executable, "-m", module, *map(str, arguments), "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own modules, no shell
            command, env={**kept, "PYTHONPATH": str(ROOT)}, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        _stop(process)


def wait_until_answering(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    """Until the program answers `path`. Raises Failed, with what it said, when it ends or takes too long."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        client = Client(port)
        try:
            client.ask("GET", path)
            return
        except OSError:
            time.sleep(0.005)
        finally:
            client.close()
    said = log.read_text(errors="replace")[-2000:]
    raise Failed(f"the program for {path} on port {port} does not answer:\n{said}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def die_properly() -> None:
    """Let SIGTERM and SIGHUP unwind like Ctrl-C does, so that the blocks above stop what they started."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _leave)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
