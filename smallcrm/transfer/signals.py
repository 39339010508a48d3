"""What this room tells the rooms below it. Sent inside the write transaction."""

from blinker import Namespace

_signals = Namespace()

# sender: the Import (its user_id, entity, counts, file_name, token, state). It has come to its end.
import_finished = _signals.signal("import_finished")

# sender: the Export (its user_id, entity, rows, token, state). One that was made in the background is ready.
export_finished = _signals.signal("export_finished")
