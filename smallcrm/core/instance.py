"""The data folder: made private, checked, and used by one program at a time."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .console import CannotStart
from .console import text as _
from .db import sqlite_is_safe, sqlite_module

log = logging.getLogger(__name__)

LOCK = ".lock"
# On Windows a locked byte cannot be read by others, so the lock lies far behind the text.
WINDOWS_LOCK_BYTE = 1 << 30
NETWORK_TYPES = {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "9p", "glusterfs"}
NETWORK_FUSE = ("fuse.sshfs", "fuse.rclone", "fuse.davfs", "fuse.s3fs", "fuse.glusterfs")
SYNCED = ("onedrive", "dropbox", "nutstore", "坚果云", "google drive", "icloud", "mobile documents", "baidunetdisk")


def check_sqlite() -> None:
    """Refuse a SQLite that can lose commits (SECURITY.md finding 1)."""
    module = sqlite_module()
    if not sqlite_is_safe(module.sqlite_version_info):
        raise CannotStart(
            _(
                "SQLite %(version)s on this machine can damage data; smallcrm needs 3.51.3 or newer. "
                "Use a newer Python, or set SMALLCRM_DATABASE_URL to a PostgreSQL database.",
                version=module.sqlite_version,
            )
        )


def prepare(data: Path) -> None:
    """Make the data folder if needed, readable by the owner alone; refuse one that cannot be written."""
    os.umask(0o077)
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix" and data.stat().st_mode & 0o077:
            data.chmod(0o700)
        probe = data / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            _("The data folder %(path)s cannot be written: %(error)s.", path=data, error=error.strerror or error)
        )


def warnings(data: Path) -> list[str]:
    """Sentences about a data folder that lies where a database must not lie."""
    found = []
    if is_network(data):
        found.append(
            _("The data folder is on a network drive, where a database can be damaged. Move it to a local disk.")
        )
    if any(name in part.lower() for part in data.parts for name in SYNCED):
        found.append(
            _("The data folder is synchronised by a cloud drive, which can damage a database. Move it elsewhere.")
        )
    return found


def is_network(path: Path) -> bool:
    """Whether `path` lies on another machine's disk."""
    if sys.platform == "win32":
        import ctypes

        drive = path.anchor
        return drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(drive) == 4
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    kind = filesystem_of(path, mounts)
    return kind in NETWORK_TYPES or kind.startswith(NETWORK_FUSE)


def filesystem_of(path: Path, mounts: str) -> str:
    """The file system type of `path` by the text of /proc/self/mountinfo; empty if none fits."""
    best, kind = Path(), ""
    for line in mounts.splitlines():
        left, _dash, right = line.partition(" - ")
        if not right:
            continue
        # The kernel writes a space as \040 and leaves other characters as they are.
        point = Path(left.split()[4].replace("\\040", " "))
        if path.is_relative_to(point) and len(point.parts) >= len(best.parts):
            best, kind = point, right.split()[0]
    return kind


@contextmanager
def only_one(data: Path, address: str) -> Iterator[None]:
    """Hold the lock of the data folder; refuse if another program holds it, naming its process and address.

    The operating system frees the lock when the process ends, however it ends.
    """
    path = data / LOCK
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        if not _lock(file):
            pid, _space, where = file.read(200).decode("utf-8", "replace").strip().partition(" ")
            raise CannotStart(
                _(
                    "smallcrm is already using %(path)s (process %(pid)s, %(address)s).",
                    path=data,
                    pid=pid,
                    address=where or "-",
                )
            )
        file.truncate(0)
        file.write(f"{os.getpid()} {address}\n".encode())
        file.flush()
        yield


def _lock(file: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(WINDOWS_LOCK_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            file.seek(0)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        return False
    return True
