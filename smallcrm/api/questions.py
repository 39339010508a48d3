"""What the address of a list asks for: q, filter, sort, limit, cursor, names. Whatever is not understood is 400."""

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from .. import access
from ..entities import Entity, Field
from ..records.conditions import BadListing
from ..records.listing import Listing, parse
from ..users.models import User

LARGEST_PAGE = 200
USUAL_PAGE = 50
MOST_VALUES = 100
# The other operators compare with one value.
TAKE_SEVERAL = ("in", "below", "ne", "all", "within", "between")
TAKE_NOTHING = ("empty", "filled")
PLAIN = {"q": "q", "sort": "sort", "cursor": "after"}


def listing(entity: Entity, user: User) -> tuple[Listing, int]:
    """(the list this request asks for, rows per page). Raises BadListing.

    filter=field:operator:value is repeated for further conditions; several values are separated by commas, and
    filter=field:value uses the field's first operator.
    """
    arguments: MultiDict[str, str] = MultiDict()
    readable = {field.key: field for field in access.readable_fields(entity, user)}
    for name, values in request.args.lists():
        if name in PLAIN:
            arguments[PLAIN[name]] = _one(name, values)
        elif name == "filter":
            for value in values:
                _add_filter(readable, arguments, value)
        elif name not in ("limit", "names"):
            raise BadListing(_("There is no parameter “%(name)s” here.", name=name[:60]))
    return parse(entity, user, arguments, list(readable)), limit()


def limit() -> int:
    """Rows per page. Raises BadListing."""
    raw = _one("limit", request.args.getlist("limit") or [str(USUAL_PAGE)])
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 3 and 1 <= int(raw) <= LARGEST_PAGE):
        raise BadListing(_("“limit” is a number from 1 to %(most)s.", most=LARGEST_PAGE))
    return int(raw)


def names() -> bool:
    """Whether the names behind ids are wanted. Raises BadListing."""
    raw = _one("names", request.args.getlist("names") or ["false"])
    if raw not in ("true", "false", "1", "0"):
        raise BadListing(_("“names” is true or false."))
    return raw in ("true", "1")


def _one(name: str, values: list[str]) -> str:
    if len(values) > 1:
        raise BadListing(_("“%(name)s” may be sent once.", name=name))
    return values[0]


def _add_filter(readable: dict[str, Field], arguments: MultiDict[str, str], text: str) -> None:
    key, colon, rest = text.partition(":")
    field = readable.get(key)
    if field is None or not colon:
        raise BadListing(_("This list cannot be filtered by “%(key)s”.", key=key[:60]))
    op, value = _operator(field, rest)
    values = _values(field, op, value)
    name = f"f.{key}.{op}"
    if name in arguments and op not in TAKE_SEVERAL:
        raise BadListing(_("The filter “%(filter)s” stands here twice.", filter=f"{key}:{op}"))
    arguments.setlist(name, [*arguments.getlist(name), *values])
    if len(arguments.getlist(name)) > MOST_VALUES:
        raise BadListing(_("A filter takes %(most)s values at most.", most=MOST_VALUES))


def _operator(field: Field, rest: str) -> tuple[str, str]:
    """(operator, value) of what stands behind the field's name: "in:A,B", "empty", or a value alone."""
    op, colon, value = rest.partition(":")
    if not colon and op not in TAKE_NOTHING:
        return field.operators[0], rest
    if op not in field.operators:
        known = ", ".join(field.operators)
        raise BadListing(
            _("“%(key)s” has no filter “%(op)s”, only: %(known)s.", key=field.key, op=op[:60], known=known)
        )
    return op, value


def _values(field: Field, op: str, value: str) -> list[str]:
    if op in TAKE_NOTHING:
        return ["1"]
    values = [part.strip() for part in value.split(",")] if op in TAKE_SEVERAL else [value.strip()]
    # An empty value would leave the condition out, and the answer would be everything.
    if not all(values):
        raise BadListing(_("The filter “%(filter)s” has no value.", filter=f"{field.key}:{op}"))
    return values
