"""How often a token may ask: 600 times in any minute, counted in this process."""

import threading
from collections import OrderedDict

from ..core import clock

MOST = 600
WINDOW = 60
_lock = threading.Lock()
_seen: OrderedDict[int, tuple[int, int]] = OrderedDict()


def allowed(token_id: int) -> int:
    """0 when this request may go on, else the seconds to wait."""
    moment = int(clock.now().timestamp())
    window, rest = divmod(moment, WINDOW)
    with _lock:
        kept, count = _seen.get(token_id, (window, 0))
        count = count + 1 if kept == window else 1
        _seen[token_id] = (window, count)
        _seen.move_to_end(token_id)
        while len(_seen) > 1000:
            _seen.popitem(last=False)
    return WINDOW - rest if count > MOST else 0
