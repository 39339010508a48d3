"""What seems to be there twice: records of one entity that share a key, a page at a time, whatever their number.

Equal keys stand beside each other in the index, so they are found by walking it, a limited stretch for each page
(measured on 100,000 customers with 900,000 keys: see WALKED). Nothing is computed in advance: what was merged, changed
or imported a second ago counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, or_, select

from ... import access
from ...core import clock
from ...core.db import db
from ...entities import Entity, of
from ...users.models import User
from ..conditions import BadListing
from ..duplicates import ALIKE, NAMESAKE, DuplicateKey, kinds
from .models import DistinctRecords
from .operations import MOST

PAGE = 20
# So many keys are walked at a time, and so many times for one page: then the person is asked to go on.
WALKED, STRETCHES = 50_000, 8
# Of shared keys, so many at a time are asked for their records, in statements of so many.
CLOSELY, TOGETHER = 2_000, 100
# How many records of a group are shown; more than these share something that says little (a switchboard's number).
SHOWN = MOST

WORDS = {
    "company": (_l("Same name"), "red"),
    NAMESAKE: (_l("Same name"), "red"),
    "phone": (_l("Same phone"), "amber"),
    "email": (_l("Same e-mail"), "amber"),
    ALIKE: (_l("Similar name"), "blue"),
}


@dataclass(frozen=True)
class Group:
    """Records that share a key. `reasons`: the kinds of keys that any two of them share; `more`: not shown."""

    records: Sequence[Any]
    reasons: Sequence[str]
    more: int


@dataclass(frozen=True)
class Found:
    """One page of groups. `after` leads to the next, "" when there is none; `unfinished`: the walk was cut short."""

    groups: Sequence[Group]
    after: str
    unfinished: bool


def kind_of(entity: Entity, raw: str | None) -> str | None:
    """A kind of keys that records of `entity` have: the one asked for, else the first; None without any."""
    known = kinds(entity)
    return raw if raw in known else known[0] if known else None


def first(entity: Entity, user: User, asked: str | None, after: str) -> tuple[str | None, Found]:
    """(kind, a page of its groups): of the kind asked for, else of the first one that has any; None without kinds."""
    known = kinds(entity)
    if asked in known:
        return asked, groups(entity, user, str(asked), after)
    for kind in known:
        found = groups(entity, user, kind)
        if found.groups:
            return kind, found
    return (known[0] if known else None), Found((), "", False)


def groups(entity: Entity, user: User, kind: str, after: str = "") -> Found:
    """The next page of groups that share a key of `kind` behind the mark `after`, among what `user` may see.

    Raises BadListing for a mark that was not given out, or whose record was changed since.
    """
    found: list[Group] = []
    after = _key_at(kind, after) if after else ""
    for _stretch in range(STRETCHES):
        end = _end(kind, after)
        shared = _shared(entity, kind, after, end)
        if len(shared) == CLOSELY:
            end = shared[-1]
        keys = _seen(entity, user, kind, shared)
        found += _groups(entity, user, kind, keys[:PAGE])
        if len(keys) > PAGE:
            after = keys[PAGE - 1]
        elif end is None:
            return Found(found, "", False)
        else:
            after = end
        if len(found) >= PAGE // 2:
            return Found(found, _mark(kind, after), False)
    return Found(found, _mark(kind, after), True)


def _mark(kind: str, key: str) -> str:
    """What stands for a key in an address: the key itself may be the phone number of a record that is not seen."""
    same = (DuplicateKey.kind == kind, DuplicateKey.key == key)
    return str(db.session.scalar(select(func.min(DuplicateKey.id)).where(*same)))


def _key_at(kind: str, mark: str) -> str:
    found = None
    if mark.isascii() and mark.isdecimal() and len(mark) < 19:
        same = (DuplicateKey.kind == kind, DuplicateKey.id == int(mark))
        found = db.session.scalar(select(DuplicateKey.key).where(*same))
    if found is None:
        raise BadListing(_("This page of the list no longer exists. Start again from the first page."))
    return found


def _end(kind: str, after: str) -> str | None:
    """The key at which this stretch of the walk ends; None for the last one."""
    ahead = select(DuplicateKey.key).where(DuplicateKey.kind == kind, DuplicateKey.key > after)
    return db.session.scalar(ahead.order_by(DuplicateKey.key).offset(WALKED).limit(1))


def _shared(entity: Entity, kind: str, after: str, end: str | None) -> Sequence[str]:
    """The keys of a stretch that more than one record has, in order, as many as are looked at more closely at most."""
    stretch = [DuplicateKey.kind == kind, DuplicateKey.entity == entity.key, DuplicateKey.key > after]
    if end is not None:
        stretch.append(DuplicateKey.key <= end)
    shared = select(DuplicateKey.key).where(*stretch).group_by(DuplicateKey.key).having(func.count() > 1)
    return db.session.scalars(shared.order_by(DuplicateKey.key).limit(CLOSELY)).all()


def _seen(entity: Entity, user: User, kind: str, keys: Sequence[str]) -> Sequence[str]:
    """Those of `keys` that more than one visible record has, in order; one more than a page at most."""
    # Not one statement with _shared: without statistics SQLite would begin with all keys of the kind.
    model, found = entity.model, []
    for i in range(0, len(keys), TOGETHER):
        seen = (
            select(DuplicateKey.key)
            .join(model, model.id == DuplicateKey.record_id)
            .where(DuplicateKey.kind == kind, DuplicateKey.entity == entity.key)
            .where(DuplicateKey.key.in_(keys[i : i + TOGETHER]), access.visible(entity, user))
            .group_by(DuplicateKey.key)
            .having(func.count() > 1)
            .order_by(DuplicateKey.key)
        )
        found += db.session.scalars(seen).all()
        if len(found) > PAGE:
            break
    return found[: PAGE + 1]


def _groups(entity: Entity, user: User, kind: str, keys: Sequence[str]) -> list[Group]:
    """The records of each key; those left out of which somebody said that no two of them are the same."""
    if not keys:
        return []
    model, place = entity.model, func.row_number().over(partition_by=DuplicateKey.key, order_by=DuplicateKey.record_id)
    each = (
        select(DuplicateKey.key, DuplicateKey.record_id, place.label("place"))
        .join(model, model.id == DuplicateKey.record_id)
        .where(DuplicateKey.kind == kind, DuplicateKey.entity == entity.key, DuplicateKey.key.in_(keys))
        .where(access.visible(entity, user))
        .subquery()
    )
    ids: dict[str, list[int]] = {key: [] for key in keys}
    for key, id in db.session.execute(select(each.c.key, each.c.record_id).where(each.c.place <= SHOWN + 1)):
        ids[key].append(id)
    everyone = {id for some in ids.values() for id in some}
    records = {r.id: r for r in db.session.scalars(select(model).where(model.id.in_(everyone)))}
    apart, reasons = _distinct(entity, everyone), _reasons(entity, everyone)
    found = {}
    for some in ids.values():
        shown = tuple(sorted(some))[:SHOWN]
        if all(pair in apart for pair in combinations(shown, 2)):
            continue
        why = {kind for pair in combinations(shown, 2) for kind in reasons.get(pair, ())}
        # A pair that shares two keys of one kind is one group.
        found[shown] = Group([records[id] for id in shown], [k for k in WORDS if k in why], max(0, len(some) - SHOWN))
    # A name with one character less is alike to each of two, one with another character only to one of them.
    return [group for ids, group in found.items() if not any(set(ids) < set(other) for other in found)]


def _reasons(entity: Entity, ids: Iterable[int]) -> Mapping[tuple[int, int], set[str]]:
    """(lower id, higher id) → the kinds of keys that both have."""
    known = kinds(entity)
    rows = select(DuplicateKey.kind, DuplicateKey.key, DuplicateKey.record_id).where(
        DuplicateKey.entity == entity.key, DuplicateKey.record_id.in_(ids), DuplicateKey.kind.in_(known)
    )
    holders: dict[tuple[str, str], set[int]] = {}
    for kind, key, id in db.session.execute(rows):
        holders.setdefault((kind, key), set()).add(id)
    found: dict[tuple[int, int], set[str]] = {}
    for (kind, _key), some in holders.items():
        for pair in combinations(sorted(some), 2):
            found.setdefault(pair, set()).add(kind)
    for kinds_ in found.values():
        if "company" in kinds_:
            kinds_.discard(ALIKE)  # the same name is similar, too
    return found


def of_record(record: Any, user: User) -> list[tuple[Any, Sequence[str]]]:
    """(record, reasons) of those that `user` may see and that share a key with `record`; the likeliest first."""
    entity = of(record)
    mine = select(DuplicateKey.kind, DuplicateKey.key).where(
        DuplicateKey.entity == entity.key, DuplicateKey.record_id == record.id, DuplicateKey.kind.in_(kinds(entity))
    )
    keys = db.session.execute(mine).all()
    if not keys:
        return []
    same = or_(*(and_(DuplicateKey.kind == kind, DuplicateKey.key == key) for kind, key in keys))
    others = select(DuplicateKey.record_id).where(same, DuplicateKey.entity == entity.key)
    wanted = select(entity.model).where(entity.model.id.in_(others), entity.model.id != record.id)
    found = db.session.scalars(wanted.where(access.visible(entity, user)).order_by(entity.model.id).limit(PAGE)).all()
    ids = [record.id, *(other.id for other in found)]
    apart, reasons = _distinct(entity, ids), _reasons(entity, ids)
    pairs = {other.id: (min(record.id, other.id), max(record.id, other.id)) for other in found}
    why = {id: [k for k in WORDS if k in reasons.get(pair, ())] for id, pair in pairs.items() if pair not in apart}
    return sorted(((o, why[o.id]) for o in found if o.id in why), key=lambda pair: (-len(pair[1]), pair[0].id))


def _distinct(entity: Entity, ids: Iterable[int]) -> set[tuple[int, int]]:
    """The pairs among `ids` of which somebody said that they are not the same."""
    some = list(ids)
    rows = select(DistinctRecords.low_id, DistinctRecords.high_id).where(
        DistinctRecords.entity == entity.key, DistinctRecords.low_id.in_(some), DistinctRecords.high_id.in_(some)
    )
    return {(low, high) for low, high in db.session.execute(rows)}


def tell_apart(records: Sequence[Any], by: User) -> None:
    """Remember that no two of these records are the same; inside write()."""
    entity = of(records[0])
    ids = sorted(record.id for record in records)
    known = _distinct(entity, ids)
    for low, high in combinations(ids, 2):
        if (low, high) not in known:
            row = DistinctRecords(entity=entity.key, low_id=low, high_id=high, by_id=by.id, at=clock.now())
            db.session.add(row)


def suspect_again(records: Sequence[Any]) -> None:
    """Forget what :func:`tell_apart` remembered; inside write()."""
    entity = of(records[0])
    for low, high in _distinct(entity, [record.id for record in records]):
        db.session.delete(db.session.get_one(DistinctRecords, (entity.key, low, high)))
