"""What a program really takes: memory (proportional set size, children included) and processor time. Linux only."""

from pathlib import Path

PROC = Path("/proc")


def is_known() -> bool:
    """Whether this system says it."""
    return (PROC / "self" / "smaps_rollup").exists()


def pss(pid: int) -> float:
    """Megabytes of a process and everything it started."""
    return sum(_kilobytes(each) for each in family(pid)) / 1024


def processor_seconds(pid: int) -> float:
    """How long the threads of a process have run so far, in seconds; waiting for a processor is not counted."""
    running = (task.read_text().split()[0] for task in (PROC / str(pid) / "task").glob("*/schedstat"))
    return sum(map(int, running)) / 1e9


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
