"""Who else is this? Equal company names, people, phone numbers and e-mail addresses, over every entity, by index.

Each identity of each live record is a row (kind, key) written in the transaction of the change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, String, delete, func, insert, literal, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from .. import access
from ..core.db import BigId, db
from ..entities import Entity, Field, FieldError, find, of
from ..entities.identity import alike_keys, person_key
from ..search.pinyin import readings
from ..users.models import User

MOST = 10
LONGEST = 120
# Kinds beside those of fields: titles that are nearly the same, and people of one name where they belong together.
ALIKE, NAMESAKE = "alike", "namesake"
# So many ids go into one statement.
CHUNK = 5000


class DuplicateKey(db.Model):
    """One normalised identity of one record: its company name, a person's name, one of its phone numbers."""

    __tablename__ = "duplicate_keys"
    __table_args__ = (
        # With all that looking for equal keys needs, so that it reads nothing but the index.
        Index("ix_duplicate_keys_same", "kind", "key", "entity", "record_id"),
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


def kinds(entity: Entity) -> list[str]:
    """The kinds of keys by which records of `entity` can be found to be the same, the surest first."""
    found = list(
        dict.fromkeys(field.identity for field in entity.fields if field.identity and field.identity != "person")
    )
    title = entity.title.identity
    if title == "person":
        return [NAMESAKE, *found]
    return [*found, ALIKE] if title == "company" else [ALIKE, *found] if entity.custom else found


def matters(entity: Entity, keys: Iterable[str]) -> bool:
    """Whether a change of the fields `keys` may change the identities of a record."""
    parent = entity.parent
    own = {entity.title_key, parent.key if parent is not None else ""}
    return any(key in own or entity[key].identity for key in keys)


def identities(entity: Entity, record: Any) -> Iterable[tuple[str, str, str]]:
    """(kind, key, field key) of every identity of a record."""
    for field in entity.fields:
        if field.identity and (value := field.get(record)) is not None:
            for key in field.identities(value):
                yield field.identity, key[:LONGEST], field.key
    for kind, key in _of_title(entity, record):
        yield kind, key[:LONGEST], entity.title_key


def _of_title(entity: Entity, record: Any) -> Iterable[tuple[str, str]]:
    """(kind, key) under which a record's title alone makes it suspicious beside others of its entity."""
    title = entity.title
    name = title.text(title.get(record))
    if title.identity == "company":
        for key in alike_keys(name, sound):
            yield ALIKE, key
    elif title.identity == "person":
        host = entity.parent.host(record) if entity.parent is not None else None
        if key := person_key(name):
            yield NAMESAKE, _beside(host) + key
    elif entity.custom and (key := person_key(name)):
        yield ALIKE, key


def sound(text: str) -> str:
    """How a Chinese text is read, without tones: input methods offer 新源 to who means 鑫源."""
    return "".join(known[0] if known else c for c, known in zip(text, readings(text), strict=True))


def _beside(host: tuple[str, int] | None) -> str:
    """The beginning of the keys of those who belong to `host`."""
    return f"{host[0]}:{host[1]} " if host else " "


def index(record: Any, *, is_new: bool = False) -> None:
    """Bring the identity rows of a record up to date, of which a new one has none; inside write()."""
    if not is_new:
        forget(record)
    index_new([record])


def index_new(records: Iterable[Any]) -> None:
    """Write the identity rows of records that have none yet, with one statement; inside write()."""
    rows = []
    for record in records:
        entity = of(record)
        place = {"entity": entity.key, "record_id": record.id}
        found = {(kind, key): field for kind, key, field in identities(entity, record)}
        rows += [{"kind": kind, "key": key, "field": field, **place} for (kind, key), field in found.items()]
    if rows:
        db.session.execute(insert(DuplicateKey), rows)


def portions(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    """`ids` in pieces that a statement can take."""
    return (ids[i : i + CHUNK] for i in range(0, len(ids), CHUNK))


def belong_elsewhere(entity: Entity, ids: Sequence[int], old: tuple[str, int], new: tuple[str, int]) -> None:
    """Bring the identity rows up to date of records that all went from one host to another; inside write()."""
    if entity.title.identity != "person":
        return
    before, after = _beside(old), _beside(new)
    moved = literal(after).concat(func.substr(DuplicateKey.key, len(before) + 1))
    for some in portions(ids):
        theirs = (DuplicateKey.entity == entity.key, DuplicateKey.record_id.in_(some), DuplicateKey.kind == NAMESAKE)
        db.session.execute(
            update(DuplicateKey)
            .where(*theirs, DuplicateKey.key.startswith(before, autoescape=True))
            .values(key=func.substr(moved, 1, LONGEST))
            .execution_options(synchronize_session=False)
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
            keys = [key[:LONGEST] for key in field.identities(value)] if value else []
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
