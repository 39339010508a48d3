"""What is to become of each row: the same judgement for the trial run and for the import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from .. import access
from ..access import Forbidden
from ..core.errors import Invalid
from ..core.sheets.cells import Cell
from ..entities import Entity
from ..records import operations
from ..records.duplicates import masked
from ..users.models import User
from . import names, source
from .matching import Key, Matcher
from .options import NEVER


@dataclass
class Row:
    """A row of the file: `raw` is {field key: cell} with ids for names, `errors` what is already known to be wrong."""

    number: int
    cells: Sequence[Cell]
    raw: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    keys: list[Key] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """`kind` is new, change (of `record`), duplicate or faulty (for the reasons `errors`)."""

    kind: str
    record: Any = None
    errors: Mapping[str, str] = field(default_factory=dict)


class Judge:
    """Reads rows for one entity, person, mapping and set of options."""

    def __init__(self, entity: Entity, user: User, mapping: Mapping[str, str], options: Mapping[str, Any]) -> None:
        self.entity = entity
        self.user = user
        self.mapping = mapping
        self.mode = options["mode"]
        self.matcher = Matcher(entity, user, NEVER if self.mode == "anyway" else options["match"])
        self._writable = {f.key for f in access.writable_fields(entity, user)}

    def prepare(self, batch: Sequence[tuple[int, Sequence[Cell]]]) -> list[Row]:
        """The rows with names resolved and the records they may be about looked up, in a few queries for all."""
        rows = [Row(number, cells, source.raw(self.mapping, cells)) for number, cells in batch]
        wrong = names.resolve(self.entity, self.mapping.values(), [row.raw for row in rows], self.user)
        for row, errors in zip(rows, wrong, strict=True):
            row.errors = errors
            row.keys = self.matcher.keys(row.raw)
            # A column that only says which record is meant (its number) is not written.
            row.raw = {key: value for key, value in row.raw.items() if key in self._writable}
        self.matcher.load(key for row in rows for key in row.keys)
        return rows

    def judge(self, row: Row) -> Verdict:
        """What is to become of the row, before its values are checked."""
        found = self.matcher.find(row.keys)
        if found and self.mode == "create":
            return Verdict("duplicate", errors={"": self.words(found[0])})
        if row.errors:
            return Verdict("faulty", found[0] if len(found) == 1 else None, row.errors)
        if len(found) > 1:
            return Verdict("faulty", errors={"": _("%(count)s records fit this row.", count=len(found))})
        if not found:
            if self.mode == "update":
                return Verdict("faulty", errors={"": _("There is no record that fits this row.")})
            return Verdict("new")
        if not self.matcher.is_visible(found[0]):
            return Verdict("faulty", errors={"": self.words(found[0])})
        return Verdict("change", found[0])

    def all_errors(self, row: Row, verdict: Verdict) -> dict[str, str]:
        """The reasons of a faulty row, with what else is wrong with its values: nobody likes to correct twice."""
        found: dict[str, str] = {}
        if row.errors:
            try:
                if verdict.record is not None and self.matcher.is_visible(verdict.record):
                    operations.wanted_changes(verdict.record, row.raw, self.user)
                else:
                    operations.new_values(self.entity, row.raw, self.user)
            except Invalid as invalid:
                found = invalid.errors
            except Forbidden as forbidden:
                found = {"": str(forbidden)}
        return {**found, **verdict.errors}

    def words(self, record: Any) -> str:
        """Which record is there already and whose it is, its name masked where the person may not see it."""
        name, owner = self.entity.name_of(record), self.entity["owner"].text(record.owner_id)
        if not self.matcher.is_visible(record):
            name = masked(name)
        if owner:
            return _("“%(name)s” is there already and belongs to %(owner)s.", name=name, owner=owner)
        return _("“%(name)s” is there already.", name=name)
