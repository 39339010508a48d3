"""Who else is this? Equal company names, people and phone numbers, over every entity, found by index.

Each identity of each live record is a row (kind, key) written in the transaction of the change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, String, delete, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from .. import access
from ..core.db import BigId, db
from ..entities import Entity, Field, FieldError, find, of
from ..users.models import User

MOST = 10


class DuplicateKey(db.Model):
    """One normalised identity of one record: its company name, a person's name, one of its phone numbers."""

    __tablename__ = "duplicate_keys"
    __table_args__ = (
        Index("ix_duplicate_keys_key", "kind", "key"),
        Index("ix_duplicate_keys_record", "entity", "record_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(120))
    entity: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    field: Mapped[str] = mapped_column(String(63))


@dataclass(frozen=True)
class Duplicate:
    """A record that seems to be the same real thing.

    `href`: where this person may read it, or claim it where it is `pooled`; "" when only its masked name and its owner
    are theirs to know.
    """

    entity: Entity
    id: int
    name: str
    owner: str
    field: Field
    pooled: bool
    href: str

    @property
    def visible(self) -> bool:
        """Whether this person may know more of it than that it exists."""
        return bool(self.href)


def identities(entity: Entity, record: Any) -> Iterable[tuple[str, str, str]]:
    """(kind, key, field key) of every identity of a record."""
    for field in entity.fields:
        if field.identity and (value := field.get(record)) is not None:
            for key in field.identities(value):
                yield field.identity, key[:120], field.key


def index(record: Any, *, is_new: bool = False) -> None:
    """Bring the identity rows of a record up to date, of which a new one has none; inside write()."""
    entity = of(record)
    if not is_new:
        forget(record)
    rows = {(kind, key): field for kind, key, field in identities(entity, record)}
    db.session.add_all(
        DuplicateKey(kind=kind, key=key, entity=entity.key, record_id=record.id, field=field)
        for (kind, key), field in rows.items()
    )


def forget(record: Any) -> None:
    """Take a record's identities away; inside write()."""
    entity = of(record)
    db.session.execute(
        delete(DuplicateKey).where(DuplicateKey.entity == entity.key, DuplicateKey.record_id == record.id)
    )


def like(entity: Entity, raw: Mapping[str, Any], user: User, *, besides: int | None = None) -> list[Duplicate]:
    """Live records of any entity that share an identity with the typed values `raw`; at most ten.

    A person's name alone says little: people are only compared within the same entity.
    """
    wanted: list[Any] = []
    for field in entity.fields:
        if field.identity and raw.get(field.key):
            try:
                value = field.parse(raw[field.key])
            except FieldError:
                continue  # half-typed: the form says so itself when it is saved
            keys = [key[:120] for key in field.identities(value)] if value else []
            if keys:
                same = (DuplicateKey.kind == field.identity) & DuplicateKey.key.in_(keys)
                wanted.append(same & (DuplicateKey.entity == entity.key) if field.identity == "person" else same)
    if not wanted:
        return []
    rows = db.session.scalars(select(DuplicateKey).where(or_(*wanted)).limit(MOST * 3)).all()
    found: dict[tuple[str, int], Duplicate] = {}
    for row in rows:
        place = (row.entity, row.record_id)
        if place not in found and place != (entity.key, besides):
            duplicate = _describe(row, user)
            if duplicate is not None:
                found[place] = duplicate
    return list(found.values())[:MOST]


def _describe(row: DuplicateKey, user: User) -> Duplicate | None:
    try:
        entity = find(row.entity)
    except KeyError:
        return None  # an entity that was retired since
    record = db.session.get(entity.model, row.record_id)
    field = entity.get(row.field)
    if record is None or record.deleted_at is not None or field is None:
        return None
    name, href = entity.name_of(record), _way_to(entity, record, user)
    return Duplicate(
        entity=entity,
        id=record.id,
        name=name if href else masked(name),
        owner=entity["owner"].text(record.owner_id),
        field=field,
        pooled=entity.pooled and record.owner_id is None,
        href=href,
    )


def _way_to(entity: Entity, record: Any, user: User) -> str:
    if access.visible_by_key(entity.key, record.id, user) is not None:
        return f"/{entity.slug}/{record.id}"
    return f"/pool/{entity.slug}/{record.id}" if access.may_claim(user, record) else ""


def masked(name: str) -> str:
    """杭州****公司: enough to recognise what one typed oneself, no more."""
    if len(name) <= 2:
        return name[:1] + "*"
    edge = min(2, len(name) // 3) or 1
    return name[:edge] + "*" * min(4, len(name) - 2 * edge) + name[-edge:]
