"""What the pool says: when a record goes there, and what its notifications tell."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext as _n

from ..core import i18n
from ..entities import Entity
from ..notifications.wording import names_of


def leaving(day: date) -> str:
    """When a record goes to the pool, as people say it."""
    left = (day - i18n.today()).days
    if left <= 0:
        return _("Goes to the pool today")
    if left == 1:
        return _("Goes to the pool tomorrow")
    return _n("Goes to the pool in %(num)s day", "Goes to the pool in %(num)s days", left)


def warning(params: Mapping[str, Any], entity: Entity | None) -> str:
    """Some records will go to the pool on a day, which stays the same however late this is read."""
    day = date.fromisoformat(params["day"])
    return _n(
        "%(names)s goes to the pool on %(day)s unless you follow up.",
        "%(num)s records go to the pool on %(day)s unless you follow up: %(names)s",
        params["count"],
        names=names_of(params),
        day=f"{day:%m-%d}" if day.year == i18n.today().year else day.isoformat(),
    )


def released(params: Mapping[str, Any], entity: Entity | None) -> str:
    """Some records went to the pool."""
    return _n(
        "%(names)s went to the pool after %(days)s days without follow-up.",
        "%(num)s records went to the pool after %(days)s days without follow-up: %(names)s",
        params["count"],
        names=names_of(params),
        days=params["days"],
    )


def taken(params: Mapping[str, Any], entity: Entity | None) -> str:
    """Somebody else put one's record, or several at once, into the pool."""
    known = {key: params[key] for key in ("actor", "reason")}
    if params.get("count", 1) > 1:
        many = {"num": params["count"], "names": names_of(params)}
        return _("%(actor)s put %(num)s records into the pool (%(reason)s): %(names)s", **known, **many)
    name = params["name"] if "name" in params else names_of(params)
    return _("%(actor)s put “%(name)s” into the pool: %(reason)s", name=name, **known)
