"""The clockwork: wake up and ask what is due; arm the dates that were there before their field reminded."""

from typing import Any

from ..core import clock
from ..core.db import after_commit
from ..core.jobs import periodic, task
from ..entities import Entity, Field, find
from . import delivery, reminders


@periodic(every=15, name="notifications.deliver_due")
def deliver_due() -> None:
    """Send what is due now."""
    delivery.deliver_due(clock.now())


def field_changed(entity: Entity, *, before: Field, field: Field, **_about: Any) -> None:
    """Arm what is filled in already when a field begins to remind; inside write()."""
    if reminders.reminds(field) and not reminders.reminds(before):
        after_commit(arm, entity.key, field.key, 0)


@task("notifications.arm")
def arm(entity_key: str, field_key: str, after: int) -> None:
    """Arm one chunk of records behind the id `after`, and queue the next."""
    last = reminders.arm(find(entity_key), field_key, after)
    if last is not None:
        arm(entity_key, field_key, last)
