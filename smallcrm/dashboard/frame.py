"""What stands around every page: the places in the sidebar, what can be made, the bell, who is signed in."""

from dataclasses import dataclass, replace
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.local import LocalProxy

from .. import access
from ..core import settings
from ..entities import Entity, by_slug, every
from ..notifications import queries as notifications
from ..pool import listing as pool
from ..records.presentation import url_encode
from ..users.models import User
from . import lists

# Records that are made by hand every day, in the order of the ＋ menu.
MADE_DAILY = ("customers", "follow_ups", "tasks", "contacts")
# Places that something is counted for.
TODAY, POOL = "today", "pool"
SETTINGS_POWERS = ("manage_settings", "manage_users", "manage_roles", "manage_fields")


@dataclass(frozen=True)
class Place:
    """One line of the sidebar or of the ＋ menu. `quiet`: its count is good to know and calls for nothing."""

    label: str
    href: str
    icon: str
    active: bool = False
    count: int | None = None
    key: str | None = None
    quiet: bool = False


def init_app(app: Flask) -> None:
    # Worked out when a template first asks: fragments never do, and they are most of the requests.
    nav, frame = LocalProxy(lambda: _once("nav", _nav)), LocalProxy(lambda: _once("frame", _frame))
    app.context_processor(lambda: {"nav": nav, "frame": frame})


def _once(name: str, make: Any) -> Any:
    kept = g.setdefault("frame_parts", {})
    if name not in kept:
        kept[name] = make(g.get("user"))
    return kept[name]


def _frame(user: User | None) -> dict[str, Any]:
    frame: dict[str, Any] = {
        "home_href": url_for("dashboard.home"),
        "company": settings.company(),
        "csrf_token": generate_csrf(),
        "language": str(get_locale()),
        "theme": user.theme if user else "auto",
        "sign_in_href": url_for("sign_in.show"),
        "sign_out_action": url_for("sign_out.create"),
        "create_items": [],
        "notifications_href": None,
    }
    if user is not None:
        unread, newest = notifications.unread_and_newest(user.id)
        frame |= {
            "search_href": url_for("records.search"),
            "notifications_href": url_for("notifications.index"),
            "unread": unread,
            "unread_href": url_for("notifications.unread", last=newest),
            "profile_href": url_for("profile.show"),
            "settings_href": "/settings" if any(user.can(power) for power in SETTINGS_POWERS) else None,
            "create_items": _create_items(user),
            "phone_nav": _phone_nav(_once("nav", _nav)),
            "user_key": str(user.id),
        }
    return frame


def _nav(user: User | None) -> list[Place]:
    """The places, with what waits in them."""
    if user is None:
        return []
    found = []
    for place in places(user):
        if place.key == TODAY:
            place = replace(place, count=lists.waiting_count(user) or None, key=None)
        elif place.key == POOL:
            # That something can be had is good to know and calls for nothing.
            waiting = sum(pool.counts(user, _pools(user)).values()) or None
            place = replace(place, count=waiting, quiet=True, key=None)
        found.append(place)
    return found


def places(user: User) -> list[Place]:
    """Where a person may go, in the sidebar's order, without counting anything."""
    found = [replace(_place(_("My day"), url_for("dashboard.today"), "home"), key=TODAY)]
    if any(access.may(user, entity, "view") for entity in every()):
        found.append(_place(_("Recent and starred"), "/recent", "history"))
    pools = _pools(user)
    for entity in every():
        if entity.menu and access.may(user, entity, "view"):
            found.append(_place(str(entity.label), f"/{entity.slug}", entity.icon, query=_start(user, entity)))
        if entity in pools[:1]:
            # After the first entity that has one.
            found.append(replace(_place(_("Public pool"), "/pool", "ripple"), key=POOL))
    if any(access.may(user, entity, "view") for entity in every()):
        found.append(_place(_("Reports"), "/reports", "chart-bar"))
    if any(access.may(user, entity, action) for entity in every() for action in ("import", "export")):
        found.append(_place(_("Import and export"), "/imports", "file-spreadsheet"))
    if any(access.may(user, entity, "delete") for entity in every()):
        found.append(_place(_("Recycle bin"), "/recycle-bin", "trash"))
    return found


def _pools(user: User) -> list[Entity]:
    return [entity for entity in every() if entity.pooled and access.may(user, entity, "claim")]


def _start(user: User, entity: Entity) -> str:
    """The conditions a list is entered with: of tasks what is still to be done, or the oldest done ones come first."""
    wanted = lists.listing("tasks", user, lists.OPEN) if entity.key == "tasks" else None
    return f"?{url_encode(wanted.parameters(sort=None))}" if wanted else ""


def _place(label: str, path: str, icon: str, query: str = "") -> Place:
    here = request.path == path or request.path.startswith(f"{path}/")
    return Place(label, path + query, icon, active=here)


def _phone_nav(nav: list[Place]) -> list[Place]:
    """The three places beside ＋ and More: today, customers, the pool, or what comes first instead."""
    by_path = {place.href.partition("?")[0]: place for place in nav}
    wanted = [by_path[path] for path in ("/today", "/customers", "/pool", "/tasks") if path in by_path]
    return (wanted + [place for place in nav if place not in wanted])[:3]


def _create_items(user: User) -> list[Place]:
    known = {entity.key: entity for entity in every() if access.may(user, entity, "create")}
    words = {"follow_ups": _("Write follow-up")}
    made = [known[key] for key in MADE_DAILY if key in known]
    # The key n is the list's own on the pages of an entity, else the first of these.
    first = made[0].key if made and by_slug(request.path.split("/")[1]) is None else None
    return [
        Place(
            words.get(one.key) or _("New %(entity)s", entity=one.one),
            f"/{one.slug}/new",
            one.icon,
            key="n" if one.key == first else None,
        )
        for one in made
    ]
