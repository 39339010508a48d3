"""The clockwork: every few minutes, ask what is due."""

from ..core.jobs import periodic
from . import idle


@periodic(every=300, name="pool.look")
def look() -> None:
    """Warn and release what nobody cared for."""
    idle.look()
