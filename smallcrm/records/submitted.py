"""What a form sent: values of fields, uploaded files, the version it was made from, its one-time key."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import g, request
from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import MultiDict

from .. import access
from ..core import clock
from ..core.db import BigId, UtcDateTime, db, now, write
from ..core.web import whole_number
from ..entities import Entity, attachments, of
from ..entities.field import UNPRINTABLE
from ..entities.types import Attachments
from ..users.models import User

KEPT = timedelta(hours=24)


class Submission(db.Model):
    """A form that was saved: sending it again (double click, retry) finds the first result (SECURITY.md R20)."""

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("user_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(40))
    result: Mapped[int]
    at: Mapped[Any] = mapped_column(UtcDateTime, default=now, index=True)


def key() -> str:
    """The one-time key of the form being shown: the one it was sent with, or a new one."""
    return _as_kept(request.form.get("form_key", "")) or secrets.token_urlsafe(18)


def once(make: Callable[[], int], key: str | None = None) -> int:
    """`make()`'s id, unless this very form was saved before: then that one's id. Inside write().

    `key`: what tells the submissions of a person apart; by default the form's one-time key.
    """
    sent = _as_kept(request.form.get("form_key", "") if key is None else key)
    if not sent:
        return make()
    known = result_of(sent)
    if known is not None:
        return known
    result = make()
    db.session.execute(delete(Submission).where(Submission.at < clock.now() - KEPT))
    db.session.add(Submission(user_id=g.user.id, key=sent, result=result))
    return result


def result_of(sent: str) -> int | None:
    """The id that the form with this key made when it was sent before."""
    wanted = _as_kept(sent)
    mine = (Submission.user_id == g.user.id, Submission.key == wanted)
    return db.session.scalar(select(Submission.result).where(*mine)) if wanted else None


def _as_kept(key: str) -> str:
    return UNPRINTABLE.sub("", key)[:40]


def version() -> int | None:
    """The record's version the form was made from, if it said so; 400 for what is no version."""
    return whole_number(request.form.get("version", ""))


def values(entity: Entity, user: User) -> dict[str, Any]:
    """{field key: list of texts} of the fields that were sent and may be written; uploads become tokens.

    Keys that are no writable field are left out: a form never sends them, so nobody loses anything by it.
    """
    raw: dict[str, Any] = {}
    for field in access.writable_fields(entity, user):
        if field.key in request.form:
            raw[field.key] = request.form.getlist(field.key)
        if isinstance(field, Attachments):
            fresh = uploads(f"{field.key}.upload", user)
            if fresh:
                raw[field.key] = [*raw.get(field.key, ()), *fresh]
    return raw


def uploads(name: str, user: User) -> list[str]:
    """Store the files sent under `name`; returns their tokens. Not inside write()."""
    sent = [file for file in request.files.getlist(name) if file.filename]
    if not sent:
        return []
    rows = [attachments.store(file.stream, file.filename or "", user.id) for file in sent]
    with write() as session:
        session.add_all(rows)
    return [row.token for row in rows]


def keep_theirs(raw: dict[str, Any]) -> None:
    """Drop the fields for which the person chose the other's value after a conflict."""
    for name, choice in request.form.items():
        if name.startswith("keep-") and choice == "theirs":
            raw.pop(name.removeprefix("keep-"), None)


def again(entity: Entity) -> dict[str, Any]:
    """What the form controls show after a refusal: exactly what was typed."""
    shown: dict[str, Any] = {}
    for field in access.writable_fields(entity, g.user):
        sent = request.form.getlist(field.key)
        if field.widget == "address":
            parts = [*sent, "", "", "", ""][:4]
            region = next((code for code in reversed(parts[:3]) if code), "")
            shown[field.key] = {"region": region, "detail": parts[3] or (sent[0] if len(sent) == 1 else "")}
        elif field.multiple and field.widget != "tags":
            shown[field.key] = [text for text in sent if text]
        else:
            shown[field.key] = sent[-1] if sent else ""
    return shown


def current_values(record: Any) -> dict[str, Any]:
    """What the form controls show for a record."""
    return {f.key: f.form_value(f.get(record)) for f in access.writable_fields(of(record), g.user)}


def starting_values(entity: Entity, user: User, arguments: MultiDict[str, str]) -> dict[str, Any]:
    """What the form controls of a new record show: defaults, and what the URL says (?customer=7)."""
    shown: dict[str, Any] = {}
    for field in access.writable_fields(entity, user):
        if field.key in arguments and field.widget != "address":
            given = arguments.getlist(field.key)
            shown[field.key] = given if field.multiple else given[0]
            continue
        default = field.default() if callable(field.default) else field.default
        if field.key == "owner" and default is None:
            default = user.id
        shown[field.key] = field.form_value(default)
    return shown
