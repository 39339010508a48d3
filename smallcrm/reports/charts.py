"""The charts of the page of reports. Slices say what is counted; this room counts, draws, lists and exports it."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from .. import access
from ..entities import Entity, every
from ..records.conditions import BadListing
from ..records.figures import Tally
from ..records.listing import Listing, parse
from ..users.departments import choices
from ..users.models import User
from . import breakdown, grouping
from .breakdown import Figures, Layer, Part
from .grouping import ByTime
from .measures import Measure
from .periods import Period


@dataclass(frozen=True)
class Source:
    """The records that are counted: the filters of their list, and `during`, the date that the period is about.

    Without `during` the records are counted as they are now, whatever period is chosen.
    """

    entity: str
    filters: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    during: str | None = None
    label: Any = ""
    colour: str = "blue"


@dataclass(frozen=True)
class Chart:
    """One chart, at /reports/`key`.

    Its rows are the groups of `group`; its columns the values of `split`, the `parts`, or the `sources` when there are
    several. Without `group` the rows are the `parts`. Drawn as bars, a date as columns; with `rate` the parts lie over
    one another, and the last is given as a share of the first. `everybody` gives the ids of the people who are shown
    even with nothing. `wide`: takes the whole width of the page.
    """

    key: str
    title: Any
    note: Any
    sources: tuple[Source, ...]
    group: str | None = None
    split: str | None = None
    parts: Callable[[], tuple[Part, ...]] | None = None
    rate: bool = False
    by_value: bool = True
    wide: bool = False
    position: int = 100
    everybody: Callable[[User, Listing], Sequence[Hashable]] | None = None


@dataclass(frozen=True)
class Tile:
    """One number over the charts: how many records `source` has; with `of`, as a share of that one's.

    A number that is about the period is compared with the period before. `less_is_better` turns the tone round.
    """

    key: str
    label: Any
    source: Source
    of: Source | None = None
    less_is_better: bool = False
    position: int = 100


CHARTS: dict[str, Chart] = {}
TILES: dict[str, Tile] = {}


def add(chart: Chart) -> None:
    """Put a chart onto the page of reports; `position` says where."""
    CHARTS[chart.key] = chart


def add_tile(tile: Tile) -> None:
    """Put a number over the charts."""
    TILES[tile.key] = tile


@dataclass(frozen=True)
class Scope:
    """What the page of reports is limited to: who looks, the period, a department with those below it."""

    user: User
    period: Period
    department: int | None = None
    # For a file: only what this person may export.
    exporting: bool = False

    def parameters(self, **besides: str) -> dict[str, str]:
        """The URL parameters of this scope."""
        department = {"department": str(self.department)} if self.department else {}
        return {**self.period.parameters(), **department, **besides}

    def during(self, period: Period) -> "Scope":
        """The same, about another period."""
        return replace(self, period=period)

    def listing(self, source: Source) -> Listing:
        """The list of a source. Raises BadListing when a field it needs is out of use, Forbidden without the right."""
        entity = known(source.entity)
        access.demand_any(self.user, entity, "view")
        filters: dict[str, Any] = dict(source.filters)
        if source.during:
            filters |= self.period.filters(source.during)
        if self.department:
            filters["f.department.below"] = str(self.department)
        found = parse(entity, self.user, MultiDict(filters))
        if self.exporting:
            access.demand_any(self.user, entity, "export")
            found.limit = access.within(entity, self.user, "export")
        return found

    def reaches(self, sources: Sequence[Source], action: str = "view") -> bool:
        """Whether this person may do `action` on the records of all sources, and their fields are in use."""
        try:
            listings = [self.listing(source) for source in sources]
        except (BadListing, access.Forbidden):
            return False
        return all(access.may(self.user, listing.entity, action) for listing in listings)


def known(key: str) -> Entity:
    """The entity in use with this key. Raises BadListing."""
    for entity in every():
        if entity.key == key:
            return entity
    raise BadListing(_("This module no longer exists."))


def offered(scope: Scope) -> list[Chart]:
    """The charts that this person may see."""
    found = [chart for chart in CHARTS.values() if scope.reaches(chart.sources) and _has_groups(chart, scope)]
    return sorted(found, key=lambda chart: chart.position)


def _has_groups(chart: Chart, scope: Scope) -> bool:
    keys = [key for key in (chart.group, chart.split) if key]
    readable = (access.readable_fields(known(source.entity), scope.user) for source in chart.sources)
    return all({*keys} <= {one.key for one in fields} for fields in readable)


def departments(user: User) -> list[tuple[int, str]]:
    """(id, indented name) of the departments that `user` may limit the page to; none for those who see their own."""
    sources = [source for chart in CHARTS.values() for source in chart.sources]
    scopes = {access.scope(user, entity, "view") for entity in every() if entity.key in {s.entity for s in sources}}
    if "all" in scopes:
        return choices()
    if "department_below" in scopes and user.department_id:
        below = set(user.department_subtree_ids())
        return [(id, name) for id, name in choices() if id in below]
    return []


def figures(chart: Chart, scope: Scope) -> Figures:
    """The numbers of a chart. Raises BadListing when a field it needs is out of use, Forbidden without the right."""
    listings = [scope.listing(source) for source in chart.sources]
    measure, first = Measure(), listings[0]
    if chart.group is None:
        parts = chart.parts() if chart.parts else ()
        *layers, whole = breakdown.part_layers(first, None, (*parts, Part("whole", chart.title)))
        return breakdown.rows_of_parts(layers, str(chart.title), whole.tallies.get(None, Tally()))
    group = grouping.asked(first.entity, scope.user, chart.group)
    if isinstance(group, ByTime):
        group.fit_to(first)
    if chart.parts:
        layers = breakdown.part_layers(first, group, chart.parts())
    elif chart.split:
        split = grouping.asked(first.entity, scope.user, chart.split)
        layers = breakdown.split_layers(first, group, split, measure)
    else:
        layers = _source_layers(chart, listings, group, scope)
    return grouped(
        layers,
        group,
        measure,
        adding=not chart.parts,
        by_value=chart.by_value,
        besides=chart.everybody(scope.user, first) if chart.everybody else (),
    )


def _source_layers(chart: Chart, listings: Sequence[Listing], group: grouping.Grouping, scope: Scope) -> list[Layer]:
    layers = []
    for source, listing in zip(chart.sources, listings, strict=True):
        label = str(source.label or chart.title)
        layers += breakdown.plain_layers(listing, group, Measure(), label, source.colour)
    return layers


def grouped(
    layers: Sequence[Layer],
    group: grouping.Grouping,
    measure: Measure,
    *,
    adding: bool = True,
    by_value: bool = True,
    besides: Sequence[Hashable] = (),
) -> Figures:
    """The figures of counted layers, with their whole: records with several words count once in it."""
    listing = layers[0].listing
    if group.table(listing.entity.model) is not None:
        total = breakdown.whole(listing, measure)
    else:
        counted = layers if adding else layers[:1]
        total = sum((tally for layer in counted for tally in layer.tallies.values()), Tally())
    return breakdown.rows_of_groups(
        layers, group, measure, total=total, adding=adding, by_value=by_value, besides=besides
    )
