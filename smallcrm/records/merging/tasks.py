"""Keys by which duplicates are found, for the records that were there before a version that makes further ones."""

from typing import Any

from sqlalchemy import delete, select

from ...core import settings
from ...core.db import db, write
from ...core.jobs import periodic
from ...core.once import remembering
from ...entities import every
from ..duplicates import DuplicateKey, index_new, kinds

# Raised whenever records get other keys than before.
VERSION = 1
STATE = "duplicate_keys"
# So many records in one transaction, or others would have to wait for it.
CHUNK = 500


@periodic(every=3600, name="records.renew_keys")
def renew() -> None:
    """Make the keys of all records again if they are of an older version; goes on where it was interrupted."""
    while settings.get(STATE, {}) != {"version": VERSION}:
        every()  # before the transaction, in which what fields there are would be asked with each record
        with remembering(), write():
            settings.put(STATE, _step(settings.get(STATE, {})))


def _step(state: dict[str, Any]) -> dict[str, Any]:
    """Do the next records; returns what to do after them: {"version", "entity", "after"}, or the version alone."""
    if state.get("version") != VERSION:
        state = {"version": VERSION, "entity": "", "after": 0}
    telling = sorted((entity for entity in every() if kinds(entity)), key=lambda entity: entity.key)
    entity = next((entity for entity in telling if entity.key >= state["entity"]), None)
    if entity is None:
        return {"version": VERSION}
    after = state["after"] if entity.key == state["entity"] else 0
    some = entity.select().where(entity.model.id > after).order_by(entity.model.id).limit(CHUNK)
    records = db.session.scalars(some).all()
    if not records:
        # No key begins with a later character.
        return {"version": VERSION, "entity": entity.key + "~", "after": 0}
    theirs = select(DuplicateKey.id).where(
        DuplicateKey.entity == entity.key, DuplicateKey.record_id.in_([record.id for record in records])
    )
    db.session.execute(delete(DuplicateKey).where(DuplicateKey.id.in_(theirs)))
    index_new(records)
    return {"version": VERSION, "entity": entity.key, "after": records[-1].id}
