"""The clockwork: wake up and ask what is due."""

from ..core import clock
from ..core.jobs import periodic
from . import delivery


@periodic(every=15, name="notifications.deliver_due")
def deliver_due() -> None:
    """Send what is due now."""
    delivery.deliver_due(clock.now())
