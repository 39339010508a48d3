"""What a program sends: a JSON object of fields, its version, its Idempotency-Key."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from ..core.errors import Invalid
from ..entities import Entity, Field
from ..entities.types import Address, YesNo
from ..records import submitted


def fields() -> dict[str, Any]:
    """The JSON object of this request. Raises BadRequest, UnsupportedMediaType (415)."""
    if not request.is_json:
        raise UnsupportedMediaType(_("The header Content-Type: application/json is missing."))
    try:
        sent = request.get_json()
        # Half a character (a lone surrogate) can be written in JSON, but neither stored nor sent back.
        json.dumps(sent, ensure_ascii=False).encode()
    except (RecursionError, UnicodeEncodeError):
        raise BadRequest(_("This JSON cannot be read.")) from None
    if not isinstance(sent, dict):
        raise BadRequest(_("Send a JSON object with the fields."))
    return sent


def take_version(sent: dict[str, Any], now: int) -> int | None:
    """Take the version out of what was sent; `now` is the record's own. Raises Invalid."""
    version = sent.pop("version", None)
    if version is None:
        return None
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= now:
        raise Invalid({"version": _("“version” is the number that came with the record.")})
    return version


def raw_values(entity: Entity, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The sent fields as records.operations takes them. Raises Invalid for shapes no field has."""
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
        return isinstance(field, Address) and all(isinstance(part, (str, type(None))) for part in value.values())
    if isinstance(value, list):
        return field.multiple and all(isinstance(part, str) for part in value)
    if isinstance(value, bool):
        return isinstance(field, YesNo)
    return not isinstance(value, float) or math.isfinite(value)


def once(make: Callable[[], int]) -> tuple[int, bool]:
    """(id `make()` gave, whether it was made by this request); inside write().

    With a header Idempotency-Key a second request of the same person finds what the first one made, for 24 hours.
    Raises Invalid when it asks for something else than the first one did.
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        return make(), True
    mark = hashlib.sha256(key.encode()).hexdigest()[:38]
    content = int.from_bytes(hashlib.sha256(request.path.encode() + request.get_data()).digest()[:4]) >> 1
    if submitted.once(lambda: content, key=f"c:{mark}") != content:
        raise Invalid({"Idempotency-Key": _("This Idempotency-Key was sent before, with something else.")})
    fresh = False

    def make_now() -> int:
        nonlocal fresh
        fresh = True
        return make()

    return submitted.once(make_now, key=f"a:{mark}"), fresh
