"""What is measured: how many records there are, or the sum or average of a number they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import BigInteger, ColumnElement, func, literal

from .. import access
from ..core import i18n
from ..entities import Entity, Field
from ..entities.types import Money, Percent
from ..records.conditions import BadListing
from ..users.models import User

COUNT = "count"


@dataclass(frozen=True)
class Tally:
    """Records counted together: how many, in how many the number is filled in, and its sum in the smallest unit."""

    count: int = 0
    filled: int = 0
    total: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.count + other.count, self.filled + other.filled, self.total + other.total)


@dataclass(frozen=True)
class Measure:
    """`kind` is count, sum or avg; `field` the number that is added up."""

    kind: str = COUNT
    field: Field | None = None

    @property
    def name(self) -> str:
        """As in the URL: count, sum.amount."""
        return f"{self.kind}.{self.field.key}" if self.field else self.kind

    @property
    def label(self) -> str:
        if self.field is None:
            return _("Number of records")
        field = str(self.field.label)
        return _("Sum of %(field)s", field=field) if self.kind == "sum" else _("Average of %(field)s", field=field)

    def columns(self, model: Any) -> list[ColumnElement[Any]]:
        """The aggregates of a query whose rows :meth:`tally` reads."""
        if self.field is None:
            return [func.count(), literal(0), literal(0)]
        column = self.field.column(model)
        return [func.count(), func.count(column), func.coalesce(func.sum(column, type_=BigInteger), 0)]

    def value(self, tally: Tally) -> int | Decimal | None:
        """The measured number; None for an average of nothing."""
        if self.field is None:
            return tally.count
        total: Decimal = self.field.load(tally.total)
        if self.kind == "sum":
            return total
        return round(total / tally.filled, 6) if tally.filled else None

    def exact(self, value: int | Decimal | None) -> str:
        """The number as a table shows it."""
        if value is None:
            return "–"
        return self.field.text(Decimal(value)) if self.field else f"{value:,}"

    def short(self, value: int | Decimal | None) -> str:
        """The number as it stands beside a bar."""
        if isinstance(self.field, Money) and value is not None:
            return i18n.short_amount(value)
        return self.exact(value)

    @property
    def adds_up(self) -> bool:
        """Whether the whole is the sum of its parts, so that shares mean something."""
        return self.kind != "avg"


def offered(entity: Entity, user: User) -> Sequence[Measure]:
    """The measures of an entity, as far as `user` may read its numbers."""
    found = [Measure()]
    for field in access.readable_fields(entity, user):
        if field.summable:
            kinds = ("avg",) if isinstance(field, Percent) else ("sum", "avg")
            found += [Measure(kind, field) for kind in kinds]
    return found


def asked(entity: Entity, user: User, name: str) -> Measure:
    """The measure that the URL asks for. Raises BadListing."""
    for measure in offered(entity, user):
        if measure.name == (name or COUNT):
            return measure
    raise BadListing(_("“%(name)s” cannot be measured here.", name=name[:60]))
