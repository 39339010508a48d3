"""What stands around every page: the places in the sidebar, what can be made, who is signed in."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from .. import access
from ..core import settings
from ..entities import every


@dataclass(frozen=True)
class Place:
    """One line of the sidebar or of the ＋ menu."""

    label: str
    href: str
    icon: str
    active: bool = False
    count: int | None = None
    key: str | None = None


def _nav(user: Any) -> list[Place]:
    here = request.path
    places = []
    for entity in every():
        if entity.menu and access.may(user, entity, "view"):
            href = f"/{entity.slug}"
            places.append(Place(str(entity.label), href, entity.icon, here == href or here.startswith(f"{href}/")))
    return places


def _create_items(user: Any) -> list[Place]:
    made = [entity for entity in every() if entity.menu and access.may(user, entity, "create")]
    return [Place(_("New %(entity)s", entity=entity.one), f"/{entity.slug}/new", entity.icon) for entity in made[:6]]


def context() -> dict[str, Any]:
    """The variables of base.html."""
    user = g.get("user")
    frame: dict[str, Any] = {
        "home_href": "/",
        "search_href": "/search",
        "notifications_href": None,
        "unread": 0,
        "profile_href": "/profile",
        "settings_href": "/settings" if user is not None and user.can("manage_settings") else None,
        "sign_out_action": "/sign-out",
        "csrf_token": generate_csrf(),
        "company": settings.company(),
        "create_items": _create_items(user) if user is not None else [],
        "language": str(get_locale()),
        "theme": user.theme if user is not None else "auto",
        "user_key": str(user.id) if user is not None else "",
        "sign_in_href": "/sign-in",
    }
    return {"nav": _nav(user) if user is not None else [], "frame": frame}


def init_app(app: Flask) -> None:
    app.context_processor(context)
