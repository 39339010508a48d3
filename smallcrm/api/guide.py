"""What the guide shows: commands that run as they are copied, and the fields of any entity."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from .. import access
from ..core import i18n
from ..core.db import db
from ..entities import Entity, Field
from ..entities.types import Attachments, Choice, DepartmentRef, RecordLink, Reference
from ..entities.types.periods import PERIODS
from ..users.models import User

AUTH = '-H "Authorization: Bearer $TOKEN"'
JSON = '-H "Content-Type: application/json"'
SAMPLES: dict[str, Any] = {
    "phone": "13800138000",
    "email": "name@example.cn",
    "url": "https://www.example.cn",
    "boolean": True,
    "integer": 3,
    "decimal": 1.5,
    "percent": 12.5,
    "money": 1000,
    "tags": ["API"],
    "user": "me",
    "address": {"region": "330108", "detail": "江南大道 1 号"},
}
MOST_SAMPLES = 6


@dataclass(frozen=True)
class Command:
    """One block of the guide: what it does, and what is typed."""

    title: str
    text: str


@dataclass(frozen=True)
class Row:
    """One field of the guide's table."""

    key: str
    label: str
    type: str
    notes: tuple[str, ...]
    values: tuple[tuple[str, str], ...]
    operators: tuple[str, ...]


def start(base: str, shown: str = "scrm_…") -> str:
    """The two lines that everything else builds on, and a first question."""
    return f'API="{base}"\nTOKEN="{shown}"\ncurl {AUTH} "$API/me"'


def commands(entity: Entity, user: User) -> list[Command]:
    """Commands for one entity, in the order in which they can be tried; they touch no record but their own."""
    url = f"$API/{entity.slug}"
    found = [
        Command(_("A list"), f'curl {AUTH} "{url}?limit=2&sort=-created_at"'),
        Command(_("Searched and filtered"), _asked(entity, url)),
    ]
    body = new_values(entity, user)
    if not access.may(user, entity, "create") or body is None:
        return found
    sent = f'curl -s -X POST {AUTH} {JSON} "{url}" -d {_quoted(body)} | tee new.json'
    taken = "ID=$(grep -o '\"id\":[0-9]*' new.json | head -n 1 | cut -d: -f2)"
    found.append(Command(_("Create; the second line keeps the id of the answer"), f"{sent}\n{taken}"))
    found.append(Command(_("Read one"), f'curl {AUTH} "{url}/$ID?names=true"'))
    if access.may(user, entity, "edit"):
        titles = (_("Change"), _("Change what meanwhile changed: 409"))
        for title, values in zip(titles, _changes(entity, user, body), strict=True):
            text = f'curl -X PATCH {AUTH} {JSON} "{url}/$ID" -d {_quoted({**values, "version": 1})}'
            found.append(Command(title, text))
    if access.may(user, entity, "delete"):
        found.append(Command(_("Delete: it goes to the recycle bin"), f'curl -i -X DELETE {AUTH} "{url}/$ID"'))
    return found


def rows(entity: Entity, user: User) -> list[Row]:
    """The fields a person may read, for the table."""
    writable = {field.key for field in access.writable_fields(entity, user)}
    return [_row(field, field.key in writable) for field in access.readable_fields(entity, user)]


def operators() -> list[tuple[str, str]]:
    """(operator, what it means) of every way to filter."""
    return [
        ("in", _("is one of these, separated by commas")),
        ("ne", _("is none of these; empty counts too")),
        ("all", _("has all of these")),
        ("eq", _("is exactly this")),
        ("contains, lacks", _("contains this text, does not contain it")),
        ("starts", _("begins with this text")),
        ("gte, lte", _("is at least this, at most this; for dates from, until")),
        ("gt, lt", _("is more than this, less than this; for dates after, before")),
        ("between", _("lies between these two, separated by a comma, both included")),
        ("period", _("lies in: %(periods)s", periods=", ".join(PERIODS))),
        ("below", _("is one of these departments or below one of them")),
        ("within", _("lies in the province, city or district with this code")),
        ("empty, filled", _("has no value, has one: filter=phone:empty")),
    ]


def new_values(entity: Entity, user: User) -> dict[str, Any] | None:
    """A believable new record: what is required and what the short form asks. None when there can be none yet."""
    fields = access.writable_fields(entity, user)
    required = [field for field in fields if field.required]
    quick = [field for field in fields if field.quick and not field.required]
    found = {field.key: _sample(field, user) for field in (*required, *quick[: max(0, MOST_SAMPLES - len(required))])}
    if any(found[field.key] is None for field in required):
        return None
    return {key: value for key, value in found.items() if value is not None}


def _changes(entity: Entity, user: User, made: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Two changes of the same field of a record that was `made` of these values."""
    for field in access.writable_fields(entity, user):
        before = made.get(field.key, field.default)
        offered = [option.value for option in field.options if not option.retired and option.value != before]
        if isinstance(field, Choice) and not field.multiple and len(offered) > 1:
            return [{field.key: value} for value in offered[:2]]
    return [{entity.title_key: word} for word in (_("Another name"), _("A third name"))]


def _asked(entity: Entity, url: str) -> str:
    choice = next((f for f in entity.fields if isinstance(f, Choice) and f.options and not f.multiple), None)
    values = ",".join(option.value for option in choice.options[:2]) if choice else ""
    condition = f"{choice.key}:in:{values}" if choice else "created_at:period:this_month"
    return f'curl -G {AUTH} "{url}" \\\n  --data-urlencode "q={_("Example")}" --data-urlencode "filter={condition}"'


def _sample(field: Field, user: User) -> Any:
    offered = [option.value for option in field.options if not option.retired]
    if field.has_options:
        return (offered[:1] if field.multiple else offered[0]) if offered else None
    if isinstance(field, (Attachments, RecordLink)):
        return None
    if isinstance(field, DepartmentRef):
        return user.department_id
    if isinstance(field, Reference):
        target = field.target
        newest = select(target.model.id).where(access.visible(target, user)).order_by(target.model.id.desc()).limit(1)
        return db.session.scalar(newest)
    if field.type in ("date", "datetime"):
        tomorrow = i18n.today() + timedelta(days=1)
        moment = datetime.combine(tomorrow, time(10), i18n.zone()).astimezone(UTC)
        return tomorrow.isoformat() if field.type == "date" else f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return SAMPLES.get(field.type, _("Example"))


def _row(field: Field, writable: bool) -> Row:
    notes: Iterable[tuple[bool, str]] = (
        (field.required and writable, _("required")),
        (not writable, _("read only")),
        (field.unique, _("no value twice")),
    )
    return Row(
        field.key,
        str(field.label),
        str(field.type_label),
        tuple(words for holds, words in notes if holds),
        tuple((option.value, str(option.label)) for option in field.options if not option.retired),
        tuple(field.operators),
    )


def _quoted(body: dict[str, Any]) -> str:
    """JSON as one word of a shell."""
    return "'" + json.dumps(body, ensure_ascii=False, indent=2).replace("'", "'\\''") + "'"
