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

# sender: the record; keywords: entity, ids {entity key: ids of the records that belong or refer to it now and did not
# before}, by, batch. All went with one statement, because of a merge or its undoing. What is changed in answer goes
# through operations.apply with this batch: so the undoing of the merge takes it back.
references_moved = _signals.signal("references_moved")
