"""How much memory a program really takes: proportional set size, its children included. Linux only."""

from pathlib import Path

PROC = Path("/proc")


def is_known() -> bool:
    """Whether this system says it."""
    return (PROC / "self" / "smaps_rollup").exists()


def pss(pid: int) -> float:
    """Megabytes of a process and everything it started."""
    return sum(_kilobytes(each) for each in family(pid)) / 1024


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for parent in found:
        for task in (PROC / str(parent) / "task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def _kilobytes(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it ended while it was looked at
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
