"""The form of conditions (筛选): a URL's conditions as lines that can be changed, and the lines as a URL again.

A line `c<n>` is sent as `.field` (path), `.group`, `.op` and what its control asks for: `.value`, or for a day `.when`,
`.day`, `.count` and `.unit`. Everything works as a plain form: "add" and "again" show it once more, "show" leads to the
list. What cannot be understood stays as it was typed, with the reason beside it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from .. import access
from ..core.web import page, redirect_to_url
from ..entities import Entity, Field, FieldError
from ..entities.types import Date, Reference
from ..entities.types.people import DEPARTMENTS, PEOPLE
from ..entities.types.periods import COUNTED, DAYS, PERIODS
from ..users.viewer import viewing
from . import conditions
from .conditions import ANY, BARE, BadListing, Filter
from .listing import SPECIAL, Listing, url_encode
from .routes import asked, bp

LINE = re.compile(r"c([a-z0-9]{1,12})\.field\Z")
GROUPS = 9
# As the form sends them.
NUMBERS = {str(number) for number in range(1, GROUPS + 1)}
OPERATORS = {
    "eq": _l("is"),
    "in": _l("is"),
    "ne": _l("is not"),
    "below": _l("is in or below"),
    "within": _l("is in"),
    "period": _l("is within"),
    "contains": _l("contains"),
    "lacks": _l("does not contain"),
    "starts": _l("begins with"),
    "all": _l("has all of"),
    "gt": _l("is more than"),
    "gte": _l("is at least"),
    "lt": _l("is less than"),
    "lte": _l("is at most"),
    "between": _l("is between"),
    "empty": _l("is empty"),
    "filled": _l("is filled in"),
}
OF_DATES = {
    "eq": _l("is on"),
    "gt": _l("is after"),
    "gte": _l("is from"),
    "lt": _l("is before"),
    "lte": _l("is up to"),
}
# How a day is said: as such, as today, or counted from today.
ON, TODAY, AGO, AHEAD = "on", "today", "ago", "ahead"
WHENS = {ON: _l("the day"), TODAY: _l("today"), AGO: _l("some time ago"), AHEAD: _l("some time ahead")}
UNITS = {"d": _l("days"), "w": _l("weeks"), "m": _l("months"), "y": _l("years")}
LAST, NEXT = "last", "next"
COMMON, OPEN = 8, 4


@dataclass
class Line:
    """One condition in the form, understood or not. `values` are the operands as in the URL."""

    n: str
    field: Field
    op: str
    values: Sequence[str] = ()
    through: Reference | None = None
    group: int = 0
    error: str = ""

    @property
    def name(self) -> str:
        """The beginning of the names of its inputs."""
        return f"c{self.n}"

    @property
    def path(self) -> str:
        """As in the URL: level, customer.level."""
        return f"{self.through.key}.{self.field.key}" if self.through else self.field.key

    @property
    def label(self) -> str:
        """What the field is called."""
        return conditions.label(self.field, self.through)

    @property
    def operators(self) -> list[tuple[str, str]]:
        """(operator, words) to choose from."""
        words = {**OPERATORS, **OF_DATES} if isinstance(self.field, Date) else OPERATORS
        return [(op, str(words[op])) for op in self.field.operators]

    @property
    def control(self) -> str:
        """Which kind of control asks for the right-hand side."""
        if self.op in BARE:
            return "none"
        if isinstance(self.field, Date):
            return "period" if self.op == "period" else "day"
        if self.field.key in SPECIAL:
            return "kept"
        if self.op in ("contains", "lacks", "starts"):
            return "text"
        return CONTROLS.get(self.field.widget, "text")

    @property
    def first(self) -> str:
        """The only value, or ""."""
        return self.values[0] if self.values else ""

    @property
    def period(self) -> tuple[str, str]:
        """(name of the period, days) with "last" or "next" for a number of days that is no named period."""
        found = DAYS.match(self.first)
        return (found[1], found[2]) if found and self.first not in PERIODS else (self.first, "")

    @property
    def days(self) -> list["Day"]:
        """The one or two days it compares with."""
        places = 2 if self.op == "between" else 1
        given = [*self.values, "", ""]
        return [Day.of(given[place]) for place in range(places)]

    def words(self) -> str:
        """The right-hand side in words, for what has no control of its own."""
        return conditions.operands(self.field, self.op, self.values)

    def parameter(self) -> str:
        """The parameter of a list's URL."""
        return Filter(self.field, self.op, tuple(self.values), self.through, self.group).name


CONTROLS = {
    "select": "several",
    "multiselect": "several",
    "user": "several",
    "department": "several",
    "address": "several",
    "switch": "switch",
    "number": "number",
    "reference": "record",
    "record_link": "kept",
    "tags": "tags",
}


@dataclass(frozen=True)
class Day:
    """One day as the form asks for it."""

    when: str = ON
    day: str = ""
    count: str = ""
    unit: str = "d"

    @classmethod
    def of(cls, raw: str) -> "Day":
        """From an operand: 2026-11-22, today, -7d."""
        if raw == TODAY:
            return cls(TODAY)
        if found := COUNTED.match(raw):
            return cls(AGO if found[1] == "-" else AHEAD, count=found[2], unit=found[3])
        return cls(day=raw[:10])

    def operand(self) -> str:
        """As in the URL; "" when nothing was chosen."""
        if self.when == TODAY:
            return TODAY
        if self.when == ON:
            return self.day
        sign = "-" if self.when == AGO else "+"
        return f"{sign}{self.count}{self.unit}" if self.count else ""


@dataclass
class Form:
    """The whole form: lines outside of groups and in them, and how they are joined."""

    listing: Listing
    lines: list[Line]
    match: str
    groups: list[int] = field(default_factory=list)

    def of_group(self, group: int) -> list[Line]:
        """The lines of one group; 0 for those in none."""
        return [line for line in self.lines if line.group == group]

    @property
    def free_group(self) -> int:
        """The number of a group that can be begun; 0 when there are enough."""
        return next((number for number in range(1, GROUPS + 1) if number not in self.groups), 0)


def fields_of(entity: Entity, user: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """[(heading, [(path, label)])]: the entity's own fields first, then those of the records it refers to."""
    own = [f for f in access.readable_fields(entity, user) if f.operators]
    found = [(str(entity.one), [(f.key, str(f.label)) for f in own])]
    for through in own:
        if isinstance(through, Reference) and access.may(user, through.target, "view"):
            theirs = [f for f in access.readable_fields(through.target, user) if f.operators]
            found.append((str(through.label), [(f"{through.key}.{f.key}", str(f.label)) for f in theirs]))
    return found


def common_fields(entity: Entity, user: Any) -> list[Field]:
    """What people filter by most: the choices and dates among the columns, then others; at most six."""
    readable = [f for f in access.readable_fields(entity, user) if f.chosen_from and not isinstance(f, Reference)]
    usual = [f for f in readable if f.key in (*entity.columns, "created_at")]
    rest = [f for f in readable if f not in usual and not f.system]
    return [*usual, *rest][:COMMON]


@bp.get("/<slug>/filter")
def choose_filter() -> Response:
    """The form; with "show" pressed, on to the list that it states."""
    form = _form(asked())
    if "show" in request.args and not any(line.error for line in form.lines):
        return redirect_to_url(f"/{g.entity.slug}?{url_encode(_stated(form))}")
    return _page(form)


@bp.get("/<slug>/filter/condition")
def one_condition() -> Response:
    """A new line for the field chosen to be added, or one whose operator was changed."""
    listing = asked()
    lines = [*_sent(listing), *_added(listing)]
    return page("records/_condition.html", lines=lines[-1:], entity=g.entity)


@bp.get("/<slug>/filter/group")
def one_group() -> Response:
    """A new group, empty but for what can be added to it."""
    form = _form(asked())
    number = form.free_group
    return page("records/_condition_group.html", entity=g.entity, form=form, group=number, **_offered())


@bp.get("/<slug>/filter/quick")
def quick() -> Response:
    """The values of one field as links to the list limited to them."""
    listing = asked()
    key = request.args.get("field", "")
    found = next((f for f in access.readable_fields(g.entity, g.user) if f.key == key), None)
    if found is None or "in" not in found.operators or CONTROLS.get(found.widget) != "several":
        raise BadListing(_("This list cannot be filtered by “%(key)s”.", key=key[:60]))
    name = f"f.{key}.in"
    chosen = next((each.values for each in listing.filters if each.name == name), ())
    links = []
    for value, label in options(found):
        values = [one for one in chosen if one != value] if value in chosen else [*chosen, value]
        links.append((label, f"/{g.entity.slug}?{url_encode(listing.parameters(**{name: values}))}", value in chosen))
    return page("records/_quick.html", links=links)


def quick_fields(listing: Listing) -> list[tuple[Field, int]]:
    """(field, how many of its values are chosen) of the quick filters above a list."""
    columns = [f for f in listing.columns if CONTROLS.get(f.widget) == "several" and "in" in f.operators]
    return [
        (found, sum(len(each.values) for each in listing.filters if each.name == f"f.{found.key}.in"))
        for found in columns[:4]
    ]


def options(found: Field) -> list[tuple[str, str]]:
    """(value, label) of what a field can be, words for the person who asks first."""
    from .pickers import options_for
    from .presentation import plain_options, provinces

    match found.widget:
        case "user":
            return [*((key, str(word)) for key, word in PEOPLE.items()), *_text_keys(options_for(found))]
        case "department":
            return [*((key, str(word)) for key, word in DEPARTMENTS.items()), *_text_keys(options_for(found))]
        case "address":
            return provinces()
    return plain_options(found)


def _text_keys(pairs: Sequence[tuple[object, str]]) -> list[tuple[str, str]]:
    return [(str(value), label) for value, label in pairs]


def _page(form: Form) -> Response:
    return page(
        "records/filter.html",
        block="form",
        status=422 if any(line.error for line in form.lines) else 200,
        entity=g.entity,
        listing=form.listing,
        form=form,
        kept=[
            (name, value)
            for name, value in form.listing.parameters(match=None).items(multi=True)
            if not conditions.is_name(name)
        ],
        **_offered(),
    )


def _offered() -> dict[str, Any]:
    return {"fields": fields_of(g.entity, g.user), "common": common_fields(g.entity, g.user)}


def _form(listing: Listing) -> Form:
    """The form as it was sent, or as the list's conditions say."""
    if not any(LINE.match(name) or name.startswith(("add.", "in_form")) for name in request.args):
        lines = [
            Line(str(place), each.field, each.op, each.values, each.through, each.group)
            for place, each in enumerate(listing.filters)
        ]
        if not lines:
            # Ready to be chosen from; what stays without a value says nothing.
            lines = [
                Line(f"o{i}", each, each.operators[0]) for i, each in enumerate(common_fields(g.entity, g.user)[:OPEN])
            ]
        form = Form(listing, lines, listing.match)
    else:
        dropped = request.args.get("remove", "")
        lines = [line for line in [*_sent(listing), *_added(listing)] if line.n != dropped]
        form = Form(listing, lines, request.args.get("match", ""))
        form.groups = [int(number) for number in request.args.getlist("group") if number in NUMBERS]
        if "add_group" in request.args and form.free_group:
            form.groups.append(form.free_group)
    form.groups = sorted({*form.groups, *(line.group for line in lines if line.group)})
    if "show" in request.args:
        for line in form.lines:
            line.error = _wrong(line, listing)
    return form


def _sent(listing: Listing) -> Iterator[Line]:
    """The lines of the form, in order. Raises BadListing for a field that is not there."""
    for name in request.args:
        if (found := LINE.match(name)) is None:
            continue
        n = found[1]
        op = request.args.get(f"c{n}.op", "")
        line = _line(listing, n, request.args[name], request.args.get(f"c{n}.group", "0"), op)
        line.values = _values(line)
        yield line


def _added(listing: Listing) -> Iterator[Line]:
    """The lines that were asked for by "add.<group>=<path>"."""
    for name, path in request.args.items():
        before, _dot, group = name.partition(".")
        if before == "add" and path:
            taken = len(request.args)
            yield _line(listing, f"{group[:1]}x{taken}x{path.rpartition('.')[2][:4].strip('_')}", path, group, "")


def _line(listing: Listing, n: str, path: str, group: str, op: str) -> Line:
    reference, _dot, key = path.rpartition(".")
    readable: Mapping[str, Field] = {f.key: f for f in access.readable_fields(listing.entity, listing.user)}
    # The operator only has to be one that the field has, to be told the field and what it is reached through.
    for tried in (op, *OPERATORS):
        name = ".".join(part for part in ("f", reference, key, tried) if part)
        try:
            known = conditions.parse(name, ["-"], readable, listing.user, SPECIAL)
        except BadListing:
            continue
        if known is not None:
            number = int(group) if group in NUMBERS else 0
            return Line(n, known.field, op if tried == op else known.field.operators[0], (), known.through, number)
    raise BadListing(_("This list cannot be filtered by “%(key)s”.", key=path[:60]))


def _values(line: Line) -> list[str]:
    """The operands that a line's inputs state, as in the URL."""
    sent = [value.strip() for value in request.args.getlist(f"{line.name}.value") if value.strip()]
    match line.control:
        case "none":
            return ["1"]
        case "period":
            count = request.args.get(f"{line.name}.count", "").strip()
            return [f"{one}_{count}_days" if one in (LAST, NEXT) and count else one for one in sent[:1]]
        case "day":
            lists = (request.args.getlist(f"{line.name}.{part}") for part in ("when", "day", "count", "unit"))
            days = [Day(*parts).operand() for parts in zip(*lists, strict=False)]
            return [one for one in days if one]
        case "tags":
            return [part.strip() for one in sent for part in re.split("[,，、]", one) if part.strip()]
    return sent


def _wrong(line: Line, listing: Listing) -> str:
    """What is wrong with a line, as a sentence; "" for nothing. One without a value is left out of the list."""
    if not line.values:
        return ""
    try:
        with viewing(listing.user):
            target = line.through.target if line.through else listing.entity
            line.field.condition(target.model, line.op, line.values)
    except FieldError as error:
        return str(error)
    return ""


def _stated(form: Form) -> MultiDict[str, str]:
    """The URL of the list that the form states."""
    listing = form.listing
    listing.filters = [
        Filter(line.field, line.op, tuple(line.values), line.through, line.group) for line in form.lines if line.values
    ]
    listing.match = ANY if form.match == ANY else conditions.ALL
    return listing.parameters()
