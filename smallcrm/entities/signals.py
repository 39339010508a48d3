"""What a change of fields tells the rooms below, which this room may not import. Sent inside the write transaction."""

from blinker import Namespace

_signals = Namespace()

# sender: the entity; keywords: before, field (the field as it was and as it is now).
field_changed = _signals.signal("field_changed")
