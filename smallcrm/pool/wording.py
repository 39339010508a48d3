"""What the pool's notifications say."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext as _n

from ..entities import Entity
from ..notifications.wording import names_of


def warning(params: Mapping[str, Any], entity: Entity | None) -> str:
    """Some records will go to the pool."""
    return _n(
        "%(names)s goes to the pool in %(days)s days unless you follow up.",
        "%(num)s records go to the pool in %(days)s days unless you follow up: %(names)s",
        params["count"],
        names=names_of(params),
        days=params["days"],
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
    """Somebody else put one's record into the pool."""
    known = {key: params[key] for key in ("actor", "name", "reason")}
    return _("%(actor)s put “%(name)s” into the pool: %(reason)s", **known)
