"""Counting a list in groups. Every number is a query from the list's own conditions, hence from the rights of the
person, and has the address of the list that holds exactly the records it counts."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, case, func, select, true
from werkzeug.datastructures import MultiDict

from .. import access
from ..core import i18n
from ..core.db import db
from ..entities.types import Date
from ..records.figures import Tally
from ..records.listing import Listing, parse, url_encode
from .grouping import ByTime, Filters, Grouping, hidden
from .measures import Measure

# Colours that are told apart beside each other; grey is for what has no value.
SERIES = ("blue", "green", "amber", "purple", "cyan", "red", "lime", "pink", "orange")
# More columns than this are drawn as one "others".
MOST_SERIES = 9


@dataclass(frozen=True)
class Part:
    """Some of a list's records, told apart by filters."""

    key: str
    label: Any
    filters: Mapping[str, str] = field(default_factory=dict)
    colour: str = "blue"


@dataclass(frozen=True)
class Amount:
    """One number: the value measured, how many records it is about, and where they are listed."""

    value: int | Decimal | None
    count: int
    href: str | None = None


@dataclass(frozen=True)
class Column:
    """One series: all amounts of one kind, source or step; `total` is None where records count in several rows."""

    label: str
    colour: str
    href: str | None
    total: Amount | None = None


@dataclass(frozen=True)
class Row:
    """One group. `tick` are the short words under a column of time."""

    label: str
    title: str
    colour: str
    amounts: tuple[Amount, ...]
    total: Amount
    tick: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Figures:
    """A counted list: rows by group, an amount for each column, and the whole."""

    measure: Measure
    heading: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Amount
    is_time: bool = False
    # Whether the rows exclude each other and so are shares of the whole.
    shares: bool = True


@dataclass(frozen=True)
class Layer:
    """What becomes a column: a list, narrowed by further filters, and its tally of each group."""

    listing: Listing
    label: str
    colour: str
    filters: Filters | None
    tallies: Mapping[Hashable, Tally]


def href(listing: Listing, *narrowing: Filters | None) -> str | None:
    """The address of the list narrowed to some groups; None when one of them has no filter."""
    parameters = listing.parameters(sort=None)
    for filters in narrowing:
        if filters is None:
            return None
        for name, values in filters.items():
            parameters.setlist(name, list(_narrowed(listing, name, parameters.getlist(name), values)))
    query = url_encode(parameters)
    return f"/{listing.entity.slug}?{query}" if query else f"/{listing.entity.slug}"


def _narrowed(listing: Listing, name: str, held: Sequence[str], wanted: Sequence[str]) -> Sequence[str]:
    """The values of one filter that leave what both the list and the group leave."""
    if not held:
        return wanted
    _f, key, op = name.split(".")
    found = listing.entity[key]
    if op == "all":
        return [*held, *wanted]
    if op == "eq":
        return held
    if op in ("gte", "lte") and isinstance(found, Date):
        # The group is whole days inside or across the list's bounds: of two the narrower one counts.
        mine, theirs = found.operand(op, held[0]), found.operand(op, wanted[0])
        mine, theirs = (i18n.local(one).date() if isinstance(one, datetime) else one for one in (mine, theirs))
        return held if (mine >= theirs if op == "gte" else mine <= theirs) else wanted
    # A group of a list of several values is one of them.
    return wanted


def narrowed(listing: Listing, filters: Mapping[str, str]) -> ColumnElement[bool]:
    """The condition of further filters of a list. Raises BadListing for fields that are not there."""
    extra = parse(listing.entity, listing.user, MultiDict(filters))
    model = listing.entity.model
    return and_(true(), *(each.field.condition(model, each.op, each.values) for each in extra.filters))


def _leaves_few(listing: Listing) -> bool:
    """Whether rights or the beginning of a period leave a part of all records, best found by those."""
    if access.scope(listing.user, listing.entity, "view") != "all":
        return True
    dated = [each for each in listing.filters if isinstance(each.field, Date)]
    return any(each.op in ("eq", "gte") or (each.op == "period" and each.values != ("past",)) for each in dated)


def _run(listing: Listing, groupings: Sequence[Grouping], aggregates: Sequence[ColumnElement[Any]]) -> Sequence[Any]:
    """[(raw value of each grouping …, aggregate …)] of a list."""
    model = listing.entity.model
    tables = [grouping.table(model) for grouping in groupings]
    few = _leaves_few(listing)
    by = [each.expression(model, table) for each, table in zip(groupings, tables, strict=True)]
    by = [hidden(one).label(f"g{i}") if few else one.label(f"g{i}") for i, one in enumerate(by)]
    query: Select[Any] = select(*by, *(one.label(f"a{i}") for i, one in enumerate(aggregates)))
    query = query.select_from(model, *(table for table in tables if table is not None)).where(listing.conditions())
    rows = list(db.session.execute(query.group_by(*by) if by else query).all())
    return rows + _wordless(listing, groupings, aggregates)


def _wordless(listing: Listing, groupings: Sequence[Grouping], aggregates: Sequence[ColumnElement[Any]]) -> list[Any]:
    """The records without any word, which a join with their words leaves out."""
    model = listing.entity.model
    if not groupings or groupings[0].table(model) is None:
        return []
    rest = groupings[1:]
    by = [each.expression(model, None) for each in rest]
    empty = groupings[0].field.is_empty(groupings[0].field.column(model))
    query = select(*by, *aggregates).where(listing.conditions(), empty)
    found = db.session.execute(query.group_by(*by) if by else query).all()
    return [(None, *row) for row in found if row[len(by)]]


def tallies(listing: Listing, groupings: Sequence[Grouping], measure: Measure) -> dict[tuple[Hashable, ...], Tally]:
    """The tally of every combination of groups. Raises BadListing."""
    rows = _run(listing, groupings, measure.columns(listing.entity.model))
    depth = len(groupings)
    keys = [each.keys([row[place] for row in rows]) for place, each in enumerate(groupings)]
    found: dict[tuple[Hashable, ...], Tally] = {}
    for number, row in enumerate(rows):
        key = tuple(column[number] for column in keys)
        found[key] = found.get(key, Tally()) + Tally(*(int(part) for part in row[depth : depth + 3]))
    return found


def plain_layers(listing: Listing, group: Grouping, measure: Measure, label: str, colour: str) -> list[Layer]:
    """One column: the list in groups."""
    found = tallies(listing, [group], measure)
    return [Layer(listing, label, colour, {}, {key: tally for (key,), tally in found.items()})]


def split_layers(listing: Listing, group: Grouping, split: Grouping, measure: Measure) -> list[Layer]:
    """A column for each value of a second field; the rarest become one column of others."""
    found = tallies(listing, [group, split], measure)
    if not found:
        return [Layer(listing, measure.label, "blue", {}, {})]
    sizes: Counter[Hashable] = Counter()
    for (_key, second), tally in found.items():
        sizes[second] += tally.count
    kept = [key for key, _size in sizes.most_common(MOST_SERIES)]
    order = split.ordered(kept, listing)
    colours = series_colours([split.colour(key) if key is not None else None for key in order])
    layers = [
        Layer(listing, split.label(key), colour, split.filters(key), {k: t for (k, s), t in found.items() if s == key})
        for key, colour in zip(order, colours, strict=True)
    ]
    rest: dict[Hashable, Tally] = {}
    for (key, second), tally in found.items():
        if second not in kept:
            rest[key] = rest.get(key, Tally()) + tally
    return [*layers, Layer(listing, _("Others"), "grey", None, rest)] if rest else layers


def part_layers(listing: Listing, group: Grouping | None, parts: Sequence[Part]) -> list[Layer]:
    """A column for each part, all counted in one pass."""
    wanted = [func.count(case((narrowed(listing, part.filters), 1))) for part in parts]
    groupings = [group] if group else []
    rows = _run(listing, groupings, wanted)
    keys: Sequence[Hashable] = group.keys([row[0] for row in rows]) if group else [None] * len(rows)
    columns: list[dict[Hashable, Tally]] = [{} for _part in parts]
    for key, row in zip(keys, rows, strict=True):
        for column, count in zip(columns, row[len(groupings) :], strict=True):
            column[key] = column.get(key, Tally()) + Tally(count)
    return [
        Layer(listing, str(part.label), part.colour, {name: (v,) for name, v in part.filters.items()}, column)
        for part, column in zip(parts, columns, strict=True)
    ]


def series_colours(own: Sequence[str | None]) -> list[str]:
    """A colour for each of several series: their own where those mostly differ, else one after another."""
    if len({colour for colour in own if colour}) > max(1, len(own) // 2):
        return [colour or "grey" for colour in own]
    return [SERIES[place % len(SERIES)] for place in range(len(own))]


def whole(listing: Listing, measure: Measure) -> Tally:
    """The tally of the list as a whole."""
    return tallies(listing, [], measure).get((), Tally())


def rows_of_parts(layers: Sequence[Layer], heading: str, total: Tally) -> Figures:
    """A row for each part of one list."""
    measure = Measure()
    listing = layers[0].listing
    rows = []
    for layer in layers:
        count = layer.tallies.get(None, Tally()).count
        amount = Amount(count, count, href(listing, layer.filters))
        rows.append(Row(layer.label, layer.label, layer.colour, (amount,), amount))
    all_of_it = Amount(total.count, total.count, href(listing))
    column = Column(str(listing.entity.label), "blue", href(listing))
    return Figures(measure, heading, (column,), tuple(rows), all_of_it)


def rows_of_groups(
    layers: Sequence[Layer],
    group: Grouping,
    measure: Measure,
    *,
    total: Tally,
    adding: bool,
    by_value: bool,
    besides: Sequence[Hashable] = (),
) -> Figures:
    """A row for each group, an amount for each layer.

    `adding`: a row's total is the sum of its layers, else the first of them. `by_value`: the largest first, where time
    does not give the order. `besides`: groups that are shown even without records.
    """
    lists = {id(layer.listing): layer.listing for layer in layers}
    listing = layers[0].listing
    one_list = len(lists) == 1
    keys = {key for layer in layers for key in layer.tallies} | set(besides)
    sums = {key: _sum(layers if adding else layers[:1], key) for key in keys}
    order = group.ordered(keys, listing)
    if by_value and not group.is_time:
        order.sort(key=lambda key: (key is None, -(measure.value(sums.get(key, Tally())) or 0)))
    own = [group.colour(key) for key in order]
    coloured = len({colour for colour in own if colour not in (None, "grey")}) > 1
    rows: list[Row] = []
    for place, key in enumerate(order):
        amounts = tuple(_amount(layer, group, key, measure) for layer in layers)
        tally = sums.get(key, Tally())
        address = href(listing, group.filters(key)) if one_list and (adding or not layers[0].filters) else None
        rows.append(
            Row(
                label=group.label(key),
                title=group.title(key),
                colour=(own[place] or "blue") if coloured else ("grey" if key is None else "blue"),
                amounts=amounts,
                total=Amount(measure.value(tally), tally.count, address if tally.count else None),
                tick=group.tick(key, order[place - 1] if place else None) if isinstance(group, ByTime) else ("", ""),
            )
        )
    has_words = group.table(listing.entity.model) is not None
    columns = tuple(_column(layer, measure, has_words) for layer in layers)
    all_of_it = Amount(measure.value(total), total.count, href(listing) if one_list else None)
    heading = str(group.field.label)
    return Figures(
        measure, heading, columns, tuple(rows), all_of_it, group.is_time, measure.adds_up and one_list and not has_words
    )


def _sum(layers: Sequence[Layer], key: Hashable) -> Tally:
    return sum((layer.tallies[key] for layer in layers if key in layer.tallies), Tally())


def _column(layer: Layer, measure: Measure, has_words: bool) -> Column:
    address = href(layer.listing, layer.filters)
    tally = sum(layer.tallies.values(), Tally())
    total = None if has_words else Amount(measure.value(tally), tally.count, address if tally.count else None)
    return Column(layer.label, layer.colour, address, total)


def _amount(layer: Layer, group: Grouping, key: Hashable, measure: Measure) -> Amount:
    tally = layer.tallies.get(key, Tally())
    address = href(layer.listing, group.filters(key), layer.filters) if tally.count else None
    return Amount(measure.value(tally), tally.count, address)
