"""What the door for writers tells the rooms below it. Every signal is sent inside the write transaction."""

from blinker import Namespace

_signals = Namespace()

# sender: the record; keywords: entity, changes {field key: (old, new)}, by (User or None), created (bool), source
# (web, import, …), batch.
record_saved = _signals.signal("record_saved")

# sender: the record; keywords: entity, by. It went to the recycle bin.
record_deleted = _signals.signal("record_deleted")

# sender: the record; keywords: entity, by. It came back from the recycle bin.
record_restored = _signals.signal("record_restored")
