"""The usual days to put a task off to."""

from ..records.presentation import due_chips


def days() -> list[tuple[str, str]]:
    """(words, ISO day): tomorrow, in three days, next week, as everywhere else."""
    return [(words, moment[:10]) for words, moment in due_chips()]
