"""Records as JSON: flat objects of id, version and every field the person may read."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from .. import access
from ..core.db import db
from ..entities import Entity, Field, of
from ..entities.types import DepartmentRef, RecordLink, Reference, UserRef
from ..records.listing import Page
from ..users.models import User

Record = dict[str, Any]
# Fields whose value is the id of something that has a name.
NAMED = (UserRef, DepartmentRef, Reference, RecordLink)


def of_record(record: Any, user: User, *, names: bool = False) -> Record:
    """One record; with `names` also {"names": {field: name of what it points to}}."""
    fields = access.readable_fields(of(record), user)
    values = {field.key: [field.get(record)] for field in fields}
    return _rows([record.id], {record.id: record.version}, fields, values, names)[0]


def of_page(page: Page, *, names: bool = False) -> list[Record]:
    """The rows of one page of a list, as :func:`of_record` shows each."""
    ids = [row.id for row in page.rows]
    fields = page.listing.columns
    values = {field.key: page.values(place) for place, field in enumerate(fields)}
    return _rows(ids, _versions(page.listing.entity, ids), fields, values, names)


def of_users() -> list[Record]:
    """Everybody with an account, so that the ids in fields can be read; who left is not active."""
    rows = db.session.execute(select(User.id, User.name, User.status).order_by(User.id))
    return [{"id": row.id, "name": row.name, "active": row.status == "active"} for row in rows]


def _versions(entity: Entity, ids: Sequence[int]) -> Mapping[int, int]:
    model = entity.model
    return {row.id: row.version for row in db.session.execute(select(model.id, model.version).where(model.id.in_(ids)))}


def _rows(
    ids: Sequence[int],
    versions: Mapping[int, int],
    fields: Sequence[Field],
    values: Mapping[str, Sequence[Any]],
    names: bool,
) -> list[Record]:
    columns = {field.key: [field.api(value) for value in values[field.key]] for field in fields}
    rows = [
        {"id": id, "version": versions[id], **{key: column[place] for key, column in columns.items()}}
        for place, id in enumerate(ids)
    ]
    if names:
        for row in rows:
            row["names"] = {}
        for field in fields:
            if isinstance(field, NAMED):
                words = field.texts(values[field.key])
                for row, value in zip(rows, values[field.key], strict=True):
                    row["names"][field.key] = words(value) if value is not None else None
    return rows
