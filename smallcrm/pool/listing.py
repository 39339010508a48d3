"""The list of what can be claimed. What only an owner may know is masked, and cannot be searched or sorted by."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy import ColumnElement, false, func, select
from werkzeug.datastructures import MultiDict

from .. import access, search
from ..core.db import db
from ..entities import Entity, Field
from ..entities.field import Formatter
from ..entities.pooled import POOL_FIELDS
from ..records.listing import Listing, fill
from ..users.models import User

# What decides a claim comes first: what it is called and how it stands, why it went, since when it waits.
WHY = ("pool_reason", "pooled_at")
WHOSE = "previous_owner"
MOST_QUICK = 4
COUNTED = 1000


class PoolListing(Listing):
    """A list of records without an owner, for somebody who may claim them but not read them."""

    uses_index = False

    @property
    def path(self) -> str:
        return f"/pool/{self.entity.slug}"

    @property
    def usual_sort(self) -> str:
        return "-pooled_at"

    def reach(self) -> ColumnElement[bool]:
        return access.in_pool(self.entity, self.user)

    def sorts_by(self, field: Field) -> bool:
        # Among records without an owner there is an index of since when they wait.
        return field.sortable or field.key == "pooled_at"

    def editable(self) -> ColumnElement[bool]:
        return false()

    def matching(self) -> ColumnElement[bool]:
        # By name alone: a search that finds parts of masked numbers would tell them, digit by digit.
        return search.named(self.entity, self.q)

    def formatter(self, field: Field, values: Sequence[Any]) -> Formatter:
        if is_open(field):
            return field.formatter(values)
        return lambda value: escape(field.masked(value)) if value is not None else ""


def is_open(field: Field) -> bool:
    """Whether somebody who may claim a record may read this field as it is: its name, choices, dates, numbers."""
    return field.public or field.key in (field.entity.title_key, *POOL_FIELDS)


def masks(field: Field) -> bool:
    """Whether the type has something to show of a value that is not open."""
    return type(field).masked is not Field.masked


def parse(entity: Entity, user: User, arguments: MultiDict[str, str]) -> PoolListing:
    """The pool that a URL asks for. Raises BadListing."""
    readable = {field.key: field for field in access.readable_fields(entity, user)}
    listing = PoolListing(entity, user, _columns(entity, readable))
    fill(listing, arguments, {key: field for key, field in readable.items() if is_open(field)})
    return listing


def _columns(entity: Entity, readable: Mapping[str, Field]) -> list[Field]:
    """Name and state, why it went, since when; then the usual columns, and at the end whose it was."""
    usual = [
        readable[key]
        for key in entity.columns
        if key in readable and key not in (entity.title_key, "owner", *POOL_FIELDS)
    ]
    told = [field for field in usual if (is_open(field) or masks(field)) and not _is_of_the_past(field)]
    state = [field for field in told if field.has_options][:1]
    why = [_renamed(readable[key]) for key in WHY if key in readable]
    whose = [readable[WHOSE]] if WHOSE in readable else []
    return [entity.title, *state, *why, *(field for field in told if field not in state), *whose]


def _is_of_the_past(field: Field) -> bool:
    """What its owner had planned, and what the system kept count of."""
    return field.readonly or bool(field.settings.get("due"))


def _renamed(field: Field) -> Field:
    """The field as it is called where everything is in the pool anyway."""
    return field.configured({"label": _("Since")}) if field.key == "pooled_at" else field


def quick_filters(entity: Entity, user: User) -> list[Field]:
    """The choices offered above the list: why it went, those that are columns, then others."""
    choices = [f for f in access.readable_fields(entity, user) if f.has_options and not f.multiple and is_open(f)]
    choices.sort(key=lambda field: (field.key != "pool_reason", field.key not in entity.columns))
    return choices[:MOST_QUICK]


def facts(record: Any, entity: Entity, user: User) -> list[tuple[Field, str]]:
    """What a person who may claim a record may read of it: (field, safe HTML) of those that say something.

    How it came here is told beside it, by :func:`pool.ownership.spans`.
    """
    found = []
    for field in access.readable_fields(entity, user):
        value = field.get(record)
        if value is None or field.key in (entity.title_key, *POOL_FIELDS) or field.system:
            continue
        if shown := field.html(value) if is_open(field) else escape(field.masked(value)):
            found.append((field, shown))
    return found


def counts(user: User, entities: Sequence[Entity]) -> Mapping[str, int]:
    """entity key → how many records wait in its pool for `user`, counted to 1,000."""
    found = {}
    for entity in entities:
        limited = select(entity.model.id).where(access.in_pool(entity, user)).limit(COUNTED).subquery()
        found[entity.key] = db.session.scalar(select(func.count()).select_from(limited)) or 0
    return found
