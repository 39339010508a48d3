"""What the page of a task offers: done, open again, another day."""

from typing import Any

from flask import g

from .. import access
from ..records.presentation import due_chips
from .models import Task


def days() -> list[tuple[str, str]]:
    """(words, ISO day) of the usual days to put a task off to, the same as everywhere else."""
    return [(words, moment[:10]) for words, moment in due_chips()]


def actions(task: Task) -> dict[str, Any]:
    """The variables of the buttons on a task's page."""
    return {
        "id": task.id,
        "done": task.done_at is not None,
        "may_edit": access.allows(g.user, task, "edit"),
        "days": days(),
    }
