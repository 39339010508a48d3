"""Records that a file names in words: which one is meant, among those the person may see."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from .. import access
from ..core.db import db
from ..entities import Entity, Field
from ..entities.field import plain_text
from ..entities.types import Reference
from ..records.duplicates import DuplicateKey
from ..users.models import User


def resolve(entity: Entity, keys: Iterable[str], rows: Sequence[dict[str, Any]], user: User) -> list[dict[str, str]]:
    """Put ids in place of the names in `rows` ({field key: cell}); returns for each row {field key: what is wrong}.

    A file never means an id: a name made of digits is a name. Titles are compared exactly, then in the normal form in
    which duplicates are looked up (without 有限公司, brackets, spaces).
    """
    errors: list[dict[str, str]] = [{} for _row in rows]
    for field in (entity[key] for key in keys):
        if not isinstance(field, Reference):
            continue
        names = {plain_text(row[field.key]) for row in rows if field.key in row}
        ids = _ids(field.target, names, user)
        for row, wrong in zip(rows, errors, strict=True):
            if field.key in row:
                _put(field, row, wrong, ids)
    return errors


def _put(field: Reference, row: dict[str, Any], wrong: dict[str, str], ids: Mapping[str, set[int]]) -> None:
    name = plain_text(row[field.key])
    found = ids.get(name, set())
    if len(found) == 1:
        row[field.key] = str(next(iter(found)))
        return
    del row[field.key]
    if found:
        sentence = _("Several records are called “%(name)s”. Choose one in the form.", name=name[:60])
    else:
        sentence = _("There is no %(entity)s called “%(name)s”.", entity=field.target.one, name=name[:60])
    wrong[field.key] = sentence


def _ids(target: Entity, names: set[str], user: User) -> dict[str, set[int]]:
    """name → ids of the visible records that are called so."""
    title = target.title
    found: dict[str, set[int]] = {}
    visible = access.visible(target, user)
    column = title.column(target.model)
    for id, value in db.session.execute(select(target.model.id, column).where(visible, column.in_(names))):
        found.setdefault(title.text(title.from_row(value)), set()).add(id)
    left = names - found.keys()
    if left and title.identity:
        for name, ids in _alike(target, title, left, visible).items():
            found[name] = ids
    return found


def _alike(target: Entity, title: Field, names: set[str], visible: Any) -> dict[str, set[int]]:
    keys = {name: [key[:120] for key in title.identities(name)] for name in names}
    wanted = {key for each in keys.values() for key in each}
    same = select(DuplicateKey.key, DuplicateKey.record_id).where(
        DuplicateKey.kind == title.identity,
        DuplicateKey.entity == target.key,
        DuplicateKey.field == title.key,
        DuplicateKey.key.in_(wanted),
        DuplicateKey.record_id.in_(select(target.model.id).where(visible)),
    )
    ids: dict[str, set[int]] = {}
    for key, id in db.session.execute(same):
        ids.setdefault(key, set()).add(id)
    return {name: set().union(*(ids.get(key, set()) for key in each)) for name, each in keys.items()}
