"""Conditions of a list: on its fields and those of a record it refers to, in groups; as URL, as SQL, as a sentence.

In a URL `f.level.in=A` is a condition and `f.customer.level.in=A` one on the customer that a record points to. All of
them hold together, or with `match=any` one of them is enough. `g1.level.in=A`, `g1.level.empty=1` belong to group 1 (to
9): a group counts as one condition, and inside it the other way of joining holds.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, or_, select

from .. import access
from ..entities import Entity, Field, FieldError, find
from ..entities.types import RecordLink, Reference
from ..users.models import User
from ..users.viewer import viewer

NAME = re.compile(r"(?:f|g([1-9]))\.(?:([a-z][a-z0-9_]{0,62})\.)?([a-z][a-z0-9_]{0,62})\.([a-z]{2,8})\Z")
PREFIX = re.compile(r"(f|g[0-9]*)\.")
ALL, ANY = "all", "any"
# What one list can be limited to; more is a program gone wild.
MOST, MOST_VALUES = 50, 100
# Operators that need no right-hand side.
BARE = ("empty", "filled")
CLAUSES = {
    "eq": _l("%(field)s is %(value)s"),
    "in": _l("%(field)s is %(value)s"),
    "below": _l("%(field)s is %(value)s"),
    "period": _l("%(field)s is %(value)s"),
    "within": _l("%(field)s is in %(value)s"),
    "between": _l("%(field)s is from %(value)s"),
    "all": _l("%(field)s has all of %(value)s"),
    "ne": _l("%(field)s is not %(value)s"),
    "contains": _l("%(field)s contains %(value)s"),
    "lacks": _l("%(field)s does not contain %(value)s"),
    "starts": _l("%(field)s begins with %(value)s"),
    "gte": _l("%(field)s is at least %(value)s"),
    "lte": _l("%(field)s is at most %(value)s"),
    "gt": _l("%(field)s is more than %(value)s"),
    "lt": _l("%(field)s is less than %(value)s"),
    "empty": _l("%(field)s is empty"),
    "filled": _l("%(field)s is filled in"),
}
OF_DATES = {
    "gte": _l("%(field)s is from %(value)s on"),
    "lte": _l("%(field)s is up to %(value)s"),
    "gt": _l("%(field)s is after %(value)s"),
    "lt": _l("%(field)s is before %(value)s"),
}


class BadListing(ValueError):
    """The URL asks for something this list does not have; the message is a sentence for the user."""


@dataclass(frozen=True)
class Filter:
    """One condition; `through` is the reference to the record whose `field` is meant, `group` 0 for none."""

    field: Field
    op: str
    values: tuple[str, ...]
    through: Reference | None = None
    group: int = 0

    @property
    def name(self) -> str:
        """The parameter's name in the URL."""
        first = f"g{self.group}" if self.group else "f"
        return ".".join([first, self.path, self.op])

    @property
    def path(self) -> str:
        """The field's key, after that of the reference it is reached through."""
        return f"{self.through.key}.{self.field.key}" if self.through else self.field.key

    @property
    def label(self) -> str:
        """What the field is called."""
        return label(self.field, self.through)

    def words(self) -> str:
        """The right-hand side as a person reads it."""
        return "" if self.op in BARE else operands(self.field, self.op, self.values)

    def phrase(self) -> str:
        """The condition as a clause of a sentence."""
        if whole := self.field.phrase(self.op, self.values):
            return whole
        clauses = {**CLAUSES, **OF_DATES} if self.field.widget in ("date", "datetime") else CLAUSES
        return str(clauses[self.op]) % {"field": self.label, "value": self.words()}

    def sql(self, entity: Entity, user: User) -> ColumnElement[bool]:
        """The condition on `entity`'s rows. A record that `user` may not see fulfils none. Raises BadListing."""
        try:
            if self.through is None:
                return self.field.condition(entity.model, self.op, self.values)
            target = self.through.target
            those = select(target.model.id).where(
                access.visible(target, user), self.field.condition(target.model, self.op, self.values)
            )
            return self.through.column(entity.model).in_(those)
        except FieldError as error:
            raise BadListing(f"{self.label}: {error}") from None


def label(field: Field, through: Reference | None = None) -> str:
    """What a field is called, with that of the reference it is reached through."""
    if through is None:
        return str(field.label)
    return _("%(field)s of %(reference)s", field=field.label, reference=through.label)


def operands(field: Field, op: str, values: Sequence[str]) -> str:
    """The right-hand side of a condition in words; a record has its name for those alone who may see it."""
    if not isinstance(field, Reference | RecordLink):
        return field.filter_words(op, values)
    words = []
    for raw in values:
        try:
            words.append(record_words(field, field.operand(op, raw)))
        except FieldError:
            words.append(raw)
    return _(", ").join(words)


def record_words(field: Reference | RecordLink, value: Any) -> str:
    """The name of the record that a value points to; its number for a person who may not see it.

    A value that comes from an address may be any: with the name it would tell the names of all records, one by one.
    """
    key, id = RecordLink.place(value) if isinstance(field, RecordLink) else (field.target.key, value)
    user = viewer()
    record = access.visible_by_key(key, id, user) if user is not None else None
    return find(key).name_of(record) if record is not None else f"#{id}"


def is_name(name: str) -> bool:
    """Whether a URL parameter means to be a condition."""
    return PREFIX.match(name) is not None


def parse(
    name: str, values: Sequence[str], readable: Mapping[str, Field], user: User, special: Mapping[str, Field]
) -> Filter | None:
    """The condition that a URL parameter states; None without a value. Raises BadListing for what does not exist."""
    match = NAME.match(name)
    given = tuple(value for value in values if value != "")[:MOST_VALUES]
    if match is None:
        raise BadListing(_unknown(name))
    group, reference, key, op = int(match[1] or 0), match[2], match[3], match[4]
    through: Reference | None = None
    if reference is None:
        found = readable.get(key) or special.get(key)
    else:
        pointing = readable.get(reference)
        if not isinstance(pointing, Reference) or not access.may(user, pointing.target, "view"):
            raise BadListing(_unknown(name))
        through = pointing
        found = next((f for f in access.readable_fields(pointing.target, user) if f.key == key), None)
    if found is None or op not in found.operators:
        raise BadListing(_unknown(name))
    return Filter(found, op, given, through, group) if given else None


def _unknown(name: str) -> str:
    return _("This list cannot be filtered by “%(key)s”.", key=name.partition(".")[2][:60])


def groups(filters: Iterable[Filter]) -> list[list[Filter]]:
    """The conditions as they are joined: each alone, those of a group together where the first of it stands."""
    found: list[list[Filter]] = []
    begun: dict[int, list[Filter]] = {}
    for each in filters:
        if each.group in begun:
            begun[each.group].append(each)
            continue
        found.append([each])
        if each.group:
            begun[each.group] = found[-1]
    return found


def sql(filters: Sequence[Filter], match: str, entity: Entity, user: User) -> list[ColumnElement[bool]]:
    """The conditions that hold together, none for no filters. Raises BadListing."""
    outer, inner = (and_, or_) if match == ALL else (or_, and_)
    clauses = [inner(*(each.sql(entity, user) for each in group)) for group in groups(filters)]
    if not clauses:
        return []
    return clauses if outer is and_ else [or_(*clauses)]


@dataclass(frozen=True)
class Part:
    """A piece of the sentence over a list: a condition, or the words that join two."""

    words: str
    filter: Filter | None = None


def sentence(filters: Sequence[Filter], match: str) -> list[Part]:
    """The conditions as one sentence, in pieces."""
    both, either = _("and"), _("or")
    outer, inner = (both, either) if match == ALL else (either, both)
    found = groups(filters)
    parts: list[Part] = []
    for place, group in enumerate(found):
        if place:
            parts.append(Part(outer))
        wrapped = len(group) > 1 and len(found) > 1
        if wrapped:
            parts.append(Part("("))
        for inside, each in enumerate(group):
            if inside:
                parts.append(Part(inner))
            parts.append(Part(each.phrase(), each))
        if wrapped:
            parts.append(Part(")"))
    return parts


def in_words(filters: Sequence[Filter], match: str) -> str:
    """The conditions as plain text: "级别是 A，且（负责人是我 或 负责人为空）"."""
    return " ".join(part.words for part in sentence(filters, match))


def parameters(filters: Iterable[Filter]) -> list[tuple[str, str]]:
    """The conditions as URL parameters."""
    return [(each.name, value) for each in filters for value in each.values]
