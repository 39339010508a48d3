"""What this room tells the rooms below it. Sent inside the write transaction."""

from blinker import Namespace

_signals = Namespace()

# sender: the BulkRun (its user_id or undone_by_id, entity, verb, counts, state). Its action, or taking it back, has
# come to its end.
bulk_finished = _signals.signal("bulk_finished")
