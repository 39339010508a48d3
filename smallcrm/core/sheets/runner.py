"""Starting the child, listening to it, and saying in words how it ended."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from smallcrm.core.sheets.cells import unpacked
from smallcrm.core.sheets.child import OUT_OF_MEMORY
from smallcrm.core.sheets.errors import SheetError
from smallcrm.core.sheets.limits import MAX_MEMORY, WALL_SECONDS

logger = logging.getLogger(__name__)

_PACKAGE_ROOT = Path(__file__).resolve().parents[3]

# Each child may take MAX_MEMORY, so a crowd of them may not run at once.
_places = threading.BoundedSemaphore(3)


def child_command() -> list[str]:
    """The command that runs `child.main`. The single-file program will need its own hidden subcommand here."""
    return [sys.executable, "-m", "smallcrm.core.sheets.child"]


def ask(job: dict[str, Any], *, wall_seconds: float = WALL_SECONDS) -> Iterator[Any]:
    """The child's messages for a job (see `child.main`), without the closing one; raises SheetError.

    `wall_seconds` counts only the time spent waiting for the child, so a caller may work on the rows as long as it
    likes. The child is gone when the iterator is closed.
    """
    if not _places.acquire(timeout=wall_seconds):
        raise SheetError("busy")
    try:
        with tempfile.TemporaryDirectory(prefix="smallcrm-sheet-") as scratch:
            with open(os.path.join(scratch, "errors.log"), "w+b") as log:
                yield from _conversation(job | {"scratch": scratch}, log, wall_seconds)
    finally:
        _places.release()


def _conversation(job: dict[str, Any], log: IO[bytes], wall_seconds: float) -> Iterator[Any]:
    environment = os.environ | {"PYTHONPATH": _search_path(), "PYTHONUTF8": "1"}
    with subprocess.Popen(  # noqa: S603 - the command is fixed; the file's path travels inside the job
        child_command(),
        cwd=job["scratch"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
    ) as process:
        try:
            listener = _Listener(process, wall_seconds)
            listener.send(job)
            yield from listener.messages()
            if not listener.is_finished:
                raise _reason(process.wait(), listener.is_late, log)
        finally:
            process.kill()


def _search_path() -> str:
    inherited = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(_PACKAGE_ROOT), inherited] if inherited else [str(_PACKAGE_ROOT)])


class _Listener:
    """Reads one child's messages: `is_finished` after its last word, `is_late` when the clock stopped it."""

    def __init__(self, process: subprocess.Popen[bytes], wall_seconds: float) -> None:
        self._process = process
        self._left = wall_seconds
        self.is_finished = False
        self.is_late = False

    def send(self, job: dict[str, Any]) -> None:
        """The job, as the child's whole input."""
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.close()
        except BrokenPipeError:
            logger.warning("The sheet reader ended before it got its job.")

    def messages(self) -> Iterator[Any]:
        """Everything until the last word or the end of the stream; raises SheetError if the last word is a refusal."""
        while line := self._line():
            message = unpacked(line)
            if isinstance(message, dict) and "rejected" in message:
                raise SheetError(message["rejected"], **message["values"])
            if message == {"end": True}:
                self.is_finished = True
                return
            yield message

    def _line(self) -> bytes:
        """The next whole line, or nothing when the child is gone or was too slow."""
        assert self._process.stdout
        watchdog = threading.Timer(max(self._left, 0), self._stop)
        started = time.monotonic()
        watchdog.start()
        try:
            line = self._process.stdout.readline(MAX_MEMORY)
        finally:
            watchdog.cancel()
        self._left -= time.monotonic() - started
        return line if line.endswith(b"\n") else b""

    def _stop(self) -> None:
        self.is_late = True
        self._process.kill()


def _reason(status: int, is_late: bool, log: IO[bytes]) -> SheetError:
    """Why a child without a last word ended, as far as its exit status tells."""
    log.seek(0)
    logger.warning("The sheet reader ended with %s: %s", status, log.read(2_000).decode("utf-8", "replace"))
    if is_late or status == -_signal("SIGXCPU"):
        return SheetError("too_slow")
    if status in (OUT_OF_MEMORY, -_signal("SIGABRT"), -_signal("SIGKILL")):
        return SheetError("too_large")
    return SheetError("damaged")


def _signal(name: str) -> int:
    """Its number, or one that no process ends with where the system does not have it."""
    return getattr(signal, name, 1_000)
