"""Releasing many records to the pool at once."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..entities import Entity
from ..records.bulk.selection import Selection
from ..records.bulk.verbs import Form, Values, Verb
from ..users.models import User
from . import operations


def _is_pooled(entity: Entity, _user: User) -> bool:
    return entity.pooled


def _shown(selection: Selection, form: Form) -> dict[str, Any]:
    reasons = [(option.value, str(option.label)) for option in operations.reasons(selection.entity)]
    return {"reasons": reasons, "longest": operations.LONGEST_NOTE, "sent": form}


def _read(entity: Entity, _user: User, form: Form) -> dict[str, Any]:
    reason = form.get("reason", "")
    return {"reason": reason, "note": operations.checked(entity, reason, form.get("note", ""))}


def _words(entity: Entity, given: Values) -> list[str]:
    lines = [_("%(field)s → %(value)s", field=_("Why"), value=entity["pool_reason"].text(given["reason"]))]
    return [*lines, given["note"]] if given["note"] else lines


def _release(record: Any, given: Values, by: User, batch: str) -> bool:
    if record.owner_id is None:
        return False
    operations.release(record, given["reason"], given["note"], by, source="bulk", batch=batch)
    return True


def _clashes(_given: Values, fields: set[str]) -> bool:
    return "owner" in fields


RELEASE = Verb(
    key="release",
    label=_l("Release to the pool"),
    icon="ripple",
    action="release",
    title=_l("Release %(num)s records (%(what)s) to the pool"),
    result=_l("Released %(num)s records (%(what)s) to the pool"),
    run=_release,
    offered=_is_pooled,
    template="pool/_bulk_release.html",
    shown=_shown,
    read=_read,
    words=_words,
    clashes=_clashes,
)
