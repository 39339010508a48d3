"""What the search box can do with the frame: go to its places, change how it looks, sign out."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _

from ..core.i18n import LANGUAGES, choose_language
from ..entities import by_slug
from ..records.commands import Command
from ..users.models import User
from .frame import SETTINGS_POWERS, places


def go(user: User) -> Iterable[Command]:
    """Every place of the sidebar, the person's own pages, the settings."""
    for place in places(user):
        path = place.href.partition("?")[0]
        yield Command(f"go:{path}", place.label, place.href, place.icon, usual=by_slug(path[1:]) is None)
    yield Command("go:notifications", _("Notifications"), url_for("notifications.index"), "bell")
    yield Command("go:profile", _("My profile"), url_for("profile.show"), "user-circle")
    yield Command("go:password", _("Change my password"), url_for("profile.edit_password"), "key")
    if any(user.can(power) for power in SETTINGS_POWERS):
        yield Command("go:settings", _("Settings"), "/settings", "settings", usual=True)


def look(user: User) -> Iterable[Command]:
    """Light or dark, the language, and out."""
    themes = {"dark": _("Dark appearance"), "light": _("Light appearance"), "auto": _("Appearance as the device")}
    icons = {"dark": "moon", "light": "sun", "auto": "device-desktop"}
    for theme, label in themes.items():
        if theme != user.theme:
            yield _set(f"theme:{theme}", label, icons[theme], theme=theme)
    for code, name in LANGUAGES.items():
        if code != choose_language():
            yield _set(f"language:{code}", _("Switch the language to %(name)s", name=name), "world", language=code)
    yield Command("sign-out", _("Sign out"), url_for("sign_out.create"), "logout", fields={}, signs_out=True)


def _set(key: str, label: str, icon: str, **fields: str) -> Command:
    return Command(key, label, url_for("profile.update_look"), icon, fields=fields)
