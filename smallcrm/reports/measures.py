"""What is measured: how many records there are, or the sum or average of a number they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, literal

from .. import access
from ..core import i18n
from ..entities import Entity, Field
from ..entities.types import Money
from ..records.conditions import BadListing
from ..records.figures import Tally, added_up, can_be_summed
from ..users.models import User

COUNT = "count"


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
        return [func.count(), *added_up(self.field.column(model))]

    def value(self, tally: Tally) -> int | Decimal | None:
        """The measured number; None for an average of nothing."""
        if self.field is None:
            return tally.count
        return tally.sum(self.field) if self.kind == "sum" else tally.average(self.field)

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
            kinds = ("sum", "avg") if can_be_summed(field) else ("avg",)
            found += [Measure(kind, field) for kind in kinds]
    return found


def asked(entity: Entity, user: User, name: str) -> Measure:
    """The measure that the URL asks for. Raises BadListing."""
    for measure in offered(entity, user):
        if measure.name == (name or COUNT):
            return measure
    raise BadListing(_("“%(name)s” cannot be measured here.", name=name[:60]))
