"""Any list, counted: grouped by one of its fields or two, for every entity, also those made in the browser."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from .. import access
from ..entities import Entity, Field
from ..entities.types import Date
from ..records.conditions import BadListing
from ..records.listing import Listing, parse
from ..users.models import User
from . import breakdown, charts, grouping, measures
from .breakdown import Figures
from .grouping import ByTime, Grouping
from .measures import Measure
from .views import View

# What belongs to the list itself, not to its summary.
OWN = ("sort", "columns", "after", "kind", "by", "on", "dense")


@dataclass(frozen=True)
class Summary:
    """What the URL asks for: a list, the field that makes its groups, perhaps a second one, and what is measured."""

    entity: Entity
    user: User
    listing: Listing
    group: Grouping
    split: Grouping | None
    measure: Measure
    by_value: bool
    may_export: bool

    @classmethod
    def asked(cls, entity: Entity, user: User, arguments: MultiDict[str, str], *, exporting: bool = False) -> "Summary":
        """The summary that `arguments` ask for. Raises BadListing, Forbidden."""
        access.demand_any(user, entity, "view")
        own = [pair for pair in arguments.items(multi=True) if pair[0] not in OWN and pair != ("view", "table")]
        listing = parse(entity, user, MultiDict(own))
        if exporting:
            access.demand_any(user, entity, "export")
            listing.limit = access.within(entity, user, "export")
        key = arguments.get("group") or usual_group(entity, user)
        group = grouping.asked(entity, user, key, arguments.get("unit", ""))
        split = _split(entity, user, arguments.get("split", ""), group)
        measure = measures.asked(entity, user, arguments.get("measure", ""))
        order = arguments.get("order", "")
        if order not in ("", "value", "own"):
            raise BadListing(_("“%(name)s” is not an order.", name=order[:40]))
        by_value = order == "value" or (not order and not group.field.options)
        return cls(entity, user, listing, group, split, measure, by_value, access.may(user, entity, "export"))

    @property
    def fields(self) -> list[Field]:
        """The fields that make the groups."""
        return [one.field for one in (self.group, self.split) if one]

    def figures(self) -> Figures:
        """The numbers. Raises BadListing."""
        if isinstance(self.group, ByTime):
            self.group.fit_to(self.listing)
        if self.split:
            layers = breakdown.split_layers(self.listing, self.group, self.split, self.measure)
        else:
            label = self.measure.label
            layers = breakdown.plain_layers(self.listing, self.group, self.measure, label, "blue")
        return charts.grouped(layers, self.group, self.measure, by_value=self.by_value)

    def parameters(self) -> dict[str, Any]:
        """The URL parameters of this summary."""
        found: dict[str, Any] = {name: values for name, values in self.listing.parameters(sort=None).lists()}
        found |= {"group": self.group.field.key, "measure": self.measure.name}
        if self.split:
            found["split"] = self.split.field.key
        if isinstance(self.group, ByTime) and self.group.asked:
            found["unit"] = self.group.asked
        return found | ({"order": "value"} if self.by_value and self.group.field.options else {})

    def filters(self) -> list[tuple[str, str]]:
        """(name, value) of the list's own parameters, which the form sends along."""
        return list(self.listing.parameters(sort=None).items(multi=True))

    def list_href(self) -> str:
        """The list itself."""
        return breakdown.href(self.listing) or ""

    def groups(self) -> list[tuple[str, str]]:
        """(key, label) of the fields to group by."""
        return [(field.key, str(field.label)) for field in grouping.offered(self.entity, self.user)]

    def splits(self) -> list[tuple[str, str]]:
        """(key, label) of the fields for a second grouping."""
        fields = grouping.offered(self.entity, self.user)
        return [(one.key, str(one.label)) for one in fields if may_split(one) and one.key != self.group.field.key]

    def measures(self) -> list[tuple[str, str]]:
        """(name, label) of what can be measured."""
        return [(one.name, one.label) for one in measures.offered(self.entity, self.user)]

    def units(self) -> list[tuple[str, str]]:
        """(name, label) of the spans of time that dates are put together by."""
        return [(name, str(label)) for name, label in grouping.UNITS.items()]

    def view(self, *, as_table: bool) -> View:
        """The chart of it."""
        group, entity = str(self.group.field.label), str(self.entity.label)
        title = _("%(entity)s by %(field)s", entity=entity, field=group)
        if self.split:
            second = str(self.split.field.label)
            title = _("%(entity)s by %(field)s and %(second)s", entity=entity, field=group, second=second)
        return View(
            key="summary",
            title=title,
            note=self.measure.label,
            path=f"/reports/of/{self.entity.slug}",
            parameters=self.parameters(),
            figures=self.figures(),
            as_table=as_table,
            wide=True,
            may_export=self.may_export,
            nothing=_("Nothing fits these conditions.") if self.filters() else _("Nothing to count here."),
            otherwise=(_("Look at the list"), self.list_href()),
        )


def usual_group(entity: Entity, user: User) -> str:
    """The field that is grouped by when nothing is said: the state shown in the head of a record, else the owner."""
    keys = [field.key for field in grouping.offered(entity, user)]
    return next((key for key in (*entity.header, "owner", *keys) if key in keys), "")


def may_split(field: Field) -> bool:
    """Whether a field can make the columns: one value for each record, and not a date."""
    return field.groupable and not isinstance(field, Date)


def _split(entity: Entity, user: User, key: str, group: Grouping) -> Grouping | None:
    if not key:
        return None
    found = grouping.asked(entity, user, key)
    if not may_split(found.field):
        raise BadListing(_("This list cannot be grouped by “%(key)s”.", key=key[:60]))
    return found if key != group.field.key else None
