"""How often a token may ask: 600 times in each minute of the clock, counted in this process."""

import threading
from collections import OrderedDict

from ..core import clock

MOST = 600
WINDOW = 60
# Tokens remembered at most; one that was forgotten begins its minute anew.
REMEMBERED = 1000
_lock = threading.Lock()
_seen: OrderedDict[int, tuple[int, int]] = OrderedDict()


def seconds_to_wait(token_id: int) -> int:
    """Count one request of this token: 0 when it may go on, else the seconds until its next one may."""
    window, passed = divmod(int(clock.now().timestamp()), WINDOW)
    with _lock:
        counted_in, count = _seen.get(token_id, (window, 0))
        count = count + 1 if counted_in == window else 1
        _seen[token_id] = (window, count)
        _seen.move_to_end(token_id)
        while len(_seen) > REMEMBERED:
            _seen.popitem(last=False)
    return WINDOW - passed if count > MOST else 0


def forget() -> None:
    """Let every token begin anew."""
    with _lock:
        _seen.clear()
