"""Writing thousands of records at once, as if each had come through the one door at its own time.

records.operations writes one record, now. History has to lie in the past and 15,000 rows have to arrive in a second, so
a Sheaf makes the same rows in memory — the record, its lines of history, its duplicate keys, its line of the search
index, its number — and writes them table by table. What the door also does is left out knowingly: rights and
validation (the makers of the values answer for them), uniqueness, and the signals, which the caller sends where a room
listens. tests/demo/test_sheaf.py holds a Sheaf against the door, column by column
(but for `version`, which the door counts up by one or two as it goes).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

from .. import search
from ..activity.models import Activity
from ..core.db import db
from ..entities import Entity, Field
from ..entities.models import Counter
from ..entities.types import AutoNumber
from ..records import duplicates


class Draft:
    """A row that is not written yet; its attributes are the columns of its table and nothing else."""

    shape: "Shape"


@dataclass(frozen=True)
class Shape:
    """What is asked of an entity for every one of its rows, found out once."""

    entity: Entity
    table: Table
    columns: dict[str, Any]
    parent: Any
    numbers: Sequence[AutoNumber]
    searchable: Sequence[Field]
    identifying: bool
    draft: type[Draft] = Draft

    @classmethod
    def of(cls, entity: Entity) -> "Shape":
        """The shape of an entity as it is now."""
        table = db.metadata.tables[entity.model.__tablename__]
        columns: dict[str, Any] = dict.fromkeys(table.columns.keys())
        columns.update(version=1, custom={}, **({"entity": entity.key} if entity.custom else {}))
        shape = cls(
            entity=entity,
            table=table,
            columns=columns,
            parent=entity.parent,
            numbers=[field for field in entity.fields if isinstance(field, AutoNumber)],
            searchable=list(entity.searchable()),
            identifying=any(field.identity for field in entity.fields),
        )
        return replace(shape, draft=type("Draft", (Draft,), {"shape": shape}))


class Sheaf:
    """Rows of many records; make one and write it inside the same write()."""

    def __init__(
        self,
        session: Session,
        local: Callable[[datetime], datetime],
        departments: Mapping[int, int | None],
        *,
        source: str = "web",
        batch: str | None = None,
    ) -> None:
        """`local`: a moment on the company's wall clock. `departments`: user id → department id."""
        self.session = session
        self.local = local
        self.departments = departments
        self.source = source
        self.batch = batch
        self.drafts: dict[str, list[Draft]] = defaultdict(list)
        self.children: dict[tuple[str, int], list[Draft]] = defaultdict(list)
        self.happened: list[dict[str, Any]] = []
        self.counters: dict[tuple[str, str, str], int] = {}
        self._shapes: dict[str, Shape] = {}
        self._ids: dict[str, int] = {}

    def create(self, entity: Entity, values: Mapping[str, Any], by: int, at: datetime, **hidden: Any) -> Draft:
        """A new record from checked `values` {field key: Python value}; `hidden` are columns outside its history."""
        shape = self._shapes.get(entity.key) or self._shapes.setdefault(entity.key, Shape.of(entity))
        draft = shape.draft()
        draft.__dict__.update(shape.columns, id=self._next_id(shape.table))
        values = {key: value for key, value in values.items() if value is not None}
        self._inherit(draft, values)
        for field in shape.numbers:
            values[field.key] = self._number(entity, field, at)
        for key, value in values.items():
            entity[key].set(draft, value)
        columns = draft.__dict__
        columns.update(
            hidden,
            department_id=self.departments.get(columns["owner_id"]),
            created_at=at,
            updated_at=at,
            created_by_id=by,
            updated_by_id=by,
        )
        self.drafts[entity.key].append(draft)
        stored = {key: [None, entity[key].dump(value)] for key, value in values.items()}
        self._happen(draft, "created", entity.timeline_kind, stored, by, at)
        return draft

    def change(
        self,
        draft: Draft,
        values: Mapping[str, Any],
        by: int,
        at: datetime,
        *,
        action: str = "changed",
        kind: str | None = None,
    ) -> None:
        """A later change of a record of this sheaf."""
        entity = draft.shape.entity
        stored = {}
        for key, value in values.items():
            field = entity[key]
            before = field.get(draft)
            if before != value:
                stored[key] = [None if each is None else field.dump(each) for each in (before, value)]
                field.set(draft, value)
        columns = draft.__dict__
        columns.update(updated_at=at, updated_by_id=by, version=columns["version"] + 1)
        if "owner" in stored:
            self._move(draft)
        self._happen(draft, action, kind or ("owner" if "owner" in stored else "change"), stored, by, at)

    def write(self) -> None:
        """Put everything into the database and start anew; ids go on counting."""
        for drafts in self.drafts.values():
            self.session.execute(insert(drafts[0].shape.table), [draft.__dict__ for draft in drafts])
        self.happened.sort(key=lambda line: line["at"])
        if self.happened:
            self.session.execute(insert(Activity.__table__), self.happened)
        self._write_keys()
        self._write_index()
        self._write_counters()
        self.drafts.clear()
        self.children.clear()
        self.happened = []

    # --- parts ----------------------------------------------------------------------------------------------------

    def _next_id(self, table: Table) -> int:
        if table.name not in self._ids:
            highest = self.session.scalar(select(func.max(table.c.id))) or 0
            # Ids are never given twice, not even those of rows that are gone.
            given = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
            self._ids[table.name] = max(highest, self.session.scalar(given, {"name": table.name}) or 0)
        self._ids[table.name] += 1
        return self._ids[table.name]

    def _inherit(self, draft: Draft, values: dict[str, Any]) -> None:
        """A record that belongs to another has that one's owner."""
        entity, parent = draft.shape.entity, draft.shape.parent
        if parent is None or not values.get(parent.key):
            return
        parent.set(draft, values[parent.key])
        host = parent.host(draft)
        self.children[host].append(draft)
        if entity.follows_owner:
            owner = self._drafted(host).__dict__["owner_id"]
            values.pop("owner", None)
            if owner is not None:
                values["owner"] = owner

    def _drafted(self, place: tuple[str, int]) -> Draft:
        drafts = self.drafts[place[0]]
        return drafts[place[1] - drafts[0].__dict__["id"]]

    def _move(self, draft: Draft) -> None:
        columns = draft.__dict__
        if columns["owner_id"] is not None:
            columns["department_id"] = self.departments.get(columns["owner_id"])
        for child in self.children[(draft.shape.entity.key, columns["id"])]:
            if child.shape.entity.follows_owner:
                child.__dict__.update(owner_id=columns["owner_id"], department_id=columns["department_id"])

    def _number(self, entity: Entity, field: AutoNumber, at: datetime) -> str:
        day = self.local(at).date()
        key = (entity.key, field.key, field.period(day))
        if key not in self.counters:
            counter = self.session.get(Counter, key)
            self.counters[key] = counter.last if counter is not None else 0
        self.counters[key] += 1
        return field.compose(day, self.counters[key])

    def _happen(self, draft: Draft, action: str, kind: str, changes: dict[str, Any], by: int, at: datetime) -> None:
        shape, id = draft.shape, draft.__dict__["id"]
        host = (shape.entity.key, id)
        if shape.entity.on_timeline and shape.parent is not None:
            host = shape.parent.host(draft) or host
        self.happened.append(
            {
                "at": at,
                "actor_id": by,
                "entity": shape.entity.key,
                "record_id": id,
                "host_entity": host[0],
                "host_id": host[1],
                "version": draft.__dict__["version"],
                "action": action,
                "kind": kind,
                "has_files": False,
                "changes": changes,
                "source": self.source,
                "batch": self.batch,
            }
        )

    def _write_keys(self) -> None:
        rows = []
        for key, drafts in self.drafts.items():
            if not drafts[0].shape.identifying:
                continue
            for draft in drafts:
                found = {(kind, same): field for kind, same, field in duplicates.identities(draft.shape.entity, draft)}
                rows += [
                    {"kind": kind, "key": same, "entity": key, "record_id": draft.__dict__["id"], "field": field}
                    for (kind, same), field in found.items()
                ]
        if rows:
            self.session.execute(insert(duplicates.DuplicateKey.__table__), rows)

    def _write_index(self) -> None:
        for drafts in self.drafts.values():
            search.put([_indexed(draft) for draft in drafts])

    def _write_counters(self) -> None:
        put = text(
            "INSERT INTO counters (entity, field, period, last) VALUES (:entity, :field, :period, :last) "
            "ON CONFLICT (entity, field, period) DO UPDATE SET last = excluded.last"
        )
        rows = [
            {"entity": entity, "field": field, "period": period, "last": last}
            for (entity, field, period), last in self.counters.items()
        ]
        if rows:
            self.session.execute(put, rows)


def _indexed(draft: Draft) -> dict[str, Any]:
    shape = draft.shape
    return search.entry(shape.entity, draft.__dict__["id"], lambda field: field.get(draft), shape.searchable)
