"""What a person comes back to: records kept in lists of their own, as far as they may still be seen."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import select

from .. import access
from ..core.db import db
from ..entities import Entity, every
from ..users.models import User

BATCH = 100


@dataclass(frozen=True)
class Kept:
    """A record as such a list names it; `at` is when it was starred or opened."""

    entity: Entity
    id: int
    name: str
    at: datetime

    @property
    def href(self) -> str:
        """The address of its page."""
        return f"/{self.entity.slug}/{self.id}"


def visible(user: User, rows: Iterable[tuple[str, int, datetime]], n: int) -> list[Kept]:
    """The first `n` of `rows` (entity key, record id, moment) that `user` may see; the rest are left out unsaid."""
    found: list[Kept] = []
    rows = iter(rows)
    known = {entity.key: entity for entity in every()}
    while len(found) < n and (batch := list(islice(rows, BATCH))):
        ids = defaultdict(list)
        for key, id, _at in batch:
            ids[key].append(id)
        names = {key: _names(known[key], ids[key], user) for key in ids if key in known}
        found += [Kept(known[key], id, names[key][id], at) for key, id, at in batch if id in names.get(key, ())]
    return found[:n]


def _names(entity: Entity, ids: list[int], user: User) -> dict[int, str]:
    wanted = select(entity.model).where(entity.model.id.in_(ids), access.visible(entity, user))
    return {record.id: entity.name_of(record) for record in db.session.scalars(wanted)}
