"""What the company decided, kept in the database: name, time zone, counters such as the schema revision."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import g, has_request_context
from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, mapped_column

from .db import db, is_writing

DEFAULT_ZONE = "Asia/Shanghai"


class Setting(db.Model):
    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


def get(key: str, default: Any = None) -> Any:
    """The stored value, or `default`. A reading request asks for all of them once: every page needs several."""
    if has_request_context() and not is_writing():
        if "settings" not in g:
            g.settings = {key: value for key, value in db.session.execute(select(Setting.key, Setting.value))}
        return g.settings.get(key, default)
    found = db.session.execute(select(Setting.value).where(Setting.key == key)).first()
    return default if found is None else found[0]


def put(key: str, value: Any) -> None:
    """Keep a JSON value; inside write()."""
    if has_request_context():
        g.pop("settings", None)
    row = db.session.get(Setting, key)
    if row is None:
        db.session.add(Setting(key=key, value=value))
    else:
        row.value = value


def company() -> str:
    """The company's name; empty before setup."""
    return str(get("company", ""))


def zone() -> ZoneInfo:
    """The company's time zone."""
    return ZoneInfo(str(get("timezone", DEFAULT_ZONE)))
