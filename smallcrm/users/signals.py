"""What this room tells the rooms below it, which it may not import. All are sent inside the write transaction."""

from blinker import Namespace

_signals = Namespace()

# sender: the owner (User). The company has just been set up.
company_ready = _signals.signal("company_ready")

# sender: User; keywords: old (department id or None), new (department id or None). Records may have to move along.
person_moved = _signals.signal("person_moved")

# sender: User; keyword: by (User or None). Somebody left: their sessions are gone, their records need a new owner.
person_disabled = _signals.signal("person_disabled")

# sender: User; keywords: what (a word such as "signed_in", "role_changed"), by (User or None). For the audit log.
account_event = _signals.signal("account_event")
