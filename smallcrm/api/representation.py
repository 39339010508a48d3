"""Records as JSON, and JSON as what the door for writers takes."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from .. import access
from ..core.errors import Invalid
from ..entities import Entity, Field, of
from ..records.listing import BadListing, Listing, Page, parse
from ..users.models import User

LARGEST_PAGE = 200
USUAL_PAGE = 50


def of_record(record: Any, user: User) -> dict[str, Any]:
    """One record as a flat object: id, version and every field `user` may read."""
    entity = of(record)
    values = {field.key: field.api(field.get(record)) for field in access.readable_fields(entity, user)}
    return {"id": record.id, "version": record.version, **values}


def of_page(page: Page, versions: Mapping[int, int]) -> list[dict[str, Any]]:
    """The rows of one page of a list as flat objects."""
    columns = [(field, page.values(i)) for i, field in enumerate(page.listing.columns)]
    return [
        {
            "id": row.id,
            "version": versions[row.id],
            **{field.key: field.api(values[i]) for field, values in columns},
        }
        for i, row in enumerate(page.rows)
    ]


def listing(entity: Entity, user: User) -> tuple[Listing, int]:
    """(the list this request asks for, rows per page). Raises BadListing.

    Parameters: q, sort (-created_at), cursor, limit, and filter=field:operator:value, repeated for further conditions;
    filter=field:value uses the field's first operator; values are separated by commas.
    """
    arguments: MultiDict[str, str] = MultiDict()
    known = {"q": "q", "sort": "sort", "cursor": "after"}
    for name, values in request.args.lists():
        if name in known:
            arguments[known[name]] = values[-1]
        elif name == "filter":
            for value in values:
                _add_filter(entity, arguments, value)
        elif name != "limit":
            raise BadListing(_("There is no parameter “%(name)s” here.", name=name[:60]))
    found = parse(entity, user, arguments, [field.key for field in access.readable_fields(entity, user)])
    return found, _limit()


def _limit() -> int:
    raw = request.args.get("limit", str(USUAL_PAGE))
    if not raw.isdigit() or not 1 <= int(raw[:6]) <= LARGEST_PAGE:
        raise BadListing(_("“limit” is a number from 1 to %(most)s.", most=LARGEST_PAGE))
    return int(raw)


def _add_filter(entity: Entity, arguments: MultiDict[str, str], text: str) -> None:
    key, colon, rest = text.partition(":")
    field = entity.get(key)
    if field is None or not colon:
        raise BadListing(_("This list cannot be filtered by “%(key)s”.", key=key[:60]))
    op, colon, value = rest.partition(":")
    if not colon or op not in field.operators:
        op, value = field.operators[0], rest
    values = value.split(",") if op in ("in", "all", "ne", "within") else [value]
    arguments.setlist(f"f.{key}.{op}", [*arguments.getlist(f"f.{key}.{op}"), *values])


def body() -> dict[str, Any]:
    """The JSON object of this request. Raises BadRequest, or 415 for another content type."""
    try:
        sent = request.get_json()
    except RecursionError:
        raise BadRequest(_("This JSON is nested too deeply.")) from None
    if not isinstance(sent, dict):
        raise BadRequest(_("Send a JSON object with the fields."))
    return sent


def raw_values(entity: Entity, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The sent fields as :func:`records.operations.create` takes them. Raises Invalid for shapes no field has."""
    raw: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for key, value in sent.items():
        field = entity.get(key)
        if field is not None and not _fits(field, value):
            errors[key] = _("“%(field)s” does not take a value of this shape.", field=field.label)
        raw[key] = "" if value is None else value
    if errors:
        raise Invalid(errors)
    return raw


def _fits(field: Field, value: Any) -> bool:
    if isinstance(value, dict):
        return field.widget == "address" and all(isinstance(part, (str, type(None))) for part in value.values())
    if isinstance(value, list):
        return field.multiple and all(isinstance(part, str) for part in value)
    return True
