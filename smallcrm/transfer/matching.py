"""Which record a row of a file is about, if it exists: looked up for a whole chunk of rows at once."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select

from .. import access
from ..core.db import db
from ..entities import Entity, Field, FieldError
from ..records.duplicates import DuplicateKey
from ..users.models import User
from .options import NEVER, SIMILAR, alike

Key = tuple[Hashable, ...]


class Matcher:
    """The records of one entity by the keys of a rule (see `options.rules`).

    A key is (kind, normal form) for identities, where any field of that kind counts, and (field key, value) else.
    People are the same only at the same company: their key carries the record they belong to.
    """

    def __init__(self, entity: Entity, user: User, rule: str) -> None:
        self.entity = entity
        self.user = user
        if rule == SIMILAR:
            self.fields = alike(entity)
        else:
            self.fields = [entity[rule]] if rule != NEVER else []
        self._ids: dict[Key, set[int]] = {}
        self._records: dict[int, Any] = {}
        self._visible: set[int] = set()

    def keys(self, raw: Mapping[str, Any]) -> list[Key]:
        """The keys of a row {field key: cell}; values that cannot be understood give none."""
        found: list[Key] = []
        for field in self.fields:
            value = _parsed(field, raw.get(field.key))
            if value is None:
                continue
            if field.identity == "person":
                host = self._host(raw)
                found += [("person", key[:120], host) for key in field.identities(value) if host]
            elif field.identity:
                found += [(field.identity, key[:120]) for key in field.identities(value)]
            else:
                found.append((field.key, field.dump(value)))
        return list(dict.fromkeys(found))

    def _host(self, raw: Mapping[str, Any]) -> Any:
        parent = self.entity.parent
        return _parsed(parent, raw.get(parent.key)) if parent is not None else None

    def load(self, keys: Iterable[Key]) -> None:
        """Look the keys up; what was known before is forgotten."""
        wanted = set(keys)
        self._ids = {}
        by_kind: dict[Hashable, set[Any]] = {}
        for kind, value, *_host in wanted:
            by_kind.setdefault(kind, set()).add(value)
        kinds = {field.identity for field in self.fields if field.identity}
        self._load_identities({kind: values for kind, values in by_kind.items() if kind in kinds})
        for field in self.fields:
            if not field.identity and field.key in by_kind:
                self._load_values(field, by_kind[field.key])
        self._load_records({id for ids in self._ids.values() for id in ids})

    def _load_identities(self, wanted: Mapping[Hashable, set[Any]]) -> None:
        if not wanted:
            return
        same = or_(*((DuplicateKey.kind == kind) & DuplicateKey.key.in_(keys) for kind, keys in wanted.items()))
        rows = select(DuplicateKey.kind, DuplicateKey.key, DuplicateKey.record_id).where(
            DuplicateKey.entity == self.entity.key, same
        )
        found = [(kind, key, id) for kind, key, id in db.session.execute(rows)]
        hosts = self._hosts({id for kind, _key, id in found if kind == "person"})
        for kind, key, id in found:
            self._ids.setdefault((kind, key, hosts.get(id)) if kind == "person" else (kind, key), set()).add(id)

    def _hosts(self, ids: set[int]) -> dict[int, Any]:
        parent = self.entity.parent
        if not ids or parent is None:
            return {}
        model = self.entity.model
        rows = db.session.execute(select(model.id, parent.column(model)).where(model.id.in_(ids)))
        return {id: parent.from_row(value) for id, value in rows}

    def _load_values(self, field: Field, stored: set[Any]) -> None:
        model = self.entity.model
        column = field.column(model)
        values = [field.bind(field.load(value)) for value in stored]
        rows = select(model.id, column).where(self.entity.rows(), self.entity.live(), column.in_(values))
        for id, value in db.session.execute(rows):
            self._ids.setdefault((field.key, field.dump(field.from_row(value))), set()).add(id)

    def _load_records(self, ids: set[int]) -> None:
        model = self.entity.model
        live = select(model).where(self.entity.rows(), self.entity.live(), model.id.in_(ids))
        self._records = {record.id: record for record in db.session.scalars(live)} if ids else {}
        reach = select(model.id).where(access.visible(self.entity, self.user), model.id.in_(ids))
        self._visible = set(db.session.scalars(reach)) if ids else set()

    def find(self, keys: Iterable[Key]) -> list[Any]:
        """The live records that have any of the keys, whoever may see them."""
        ids = {id for key in keys for id in self._ids.get(key, ())}
        return [self._records[id] for id in sorted(ids) if id in self._records]

    def add(self, keys: Iterable[Key], record: Any) -> None:
        """Know a record that was made just now."""
        self._records[record.id] = record
        self._visible.add(record.id)
        for key in keys:
            self._ids.setdefault(key, set()).add(record.id)

    def is_visible(self, record: Any) -> bool:
        """Whether the person may see a found record."""
        return record.id in self._visible


def _parsed(field: Field, raw: Any) -> Any:
    try:
        return field.parse(raw) if raw is not None else None
    except FieldError:
        return None
