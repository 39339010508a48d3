"""The overview of all settings, and the company's own."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import abort, g, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import ngettext as _n
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from ... import entities
from ...core import settings
from ...core.db import db
from ...core.errors import Invalid
from ...core.web import page, redirect_to, say
from ...entities.field_rules import custom_count
from ...entities.types.periods import fiscal_month
from ...records.commands import Command
from ...users.forms import ZONES
from ...users.gate import needs
from ...users.models import Department, Role, User, UserStatus
from .. import company
from . import bp

POWERS = ("manage_settings", "manage_users", "manage_roles", "manage_fields")


@dataclass(frozen=True)
class Card:
    """One place of the overview. What its note counts is counted when it is read."""

    title: str
    tell: Callable[[], str]
    icon: str
    href: str

    @property
    def note(self) -> str:
        """How it stands there, in a few words."""
        return self.tell()


@bp.get("")
def index() -> Response:
    if not any(g.user.can(power) for power in POWERS):
        abort(403)
    return page("admin/index.html", groups=[(title, cards) for title, cards in _groups() if cards])


@bp.get("/company")
@needs("manage_settings")
def edit_company() -> Response:
    return _company(settings.company(), str(settings.zone()), str(fiscal_month()), {})


@bp.post("/company")
@needs("manage_settings")
def update_company() -> Response:
    name, timezone = request.form.get("name", ""), request.form.get("timezone", "")
    month = request.form.get("fiscal_month", str(fiscal_month()))
    try:
        company.change(name, timezone, month, g.user)
    except Invalid as invalid:
        return _company(name, timezone, month, invalid.errors, status=422)
    say(_("%(name)s saved.", name=settings.company()))
    return redirect_to("settings.index")


def _company(name: str, timezone: str, month: str, errors: dict[str, str], status: int = 200) -> Response:
    zones = list(ZONES) if timezone in ZONES or not timezone else [timezone, *ZONES]
    names = get_locale().months["stand-alone"]["wide"]
    return page(
        "admin/company.html",
        name=name,
        timezone=timezone,
        zones=zones,
        month=month,
        months=[(number, names[int(number)]) for number in company.MONTHS],
        errors=errors,
        status=status,
    )


def _groups() -> list[tuple[str, list[Card]]]:
    return [
        (_("The company"), _company_cards() + _people_cards()),
        (_("What is kept"), _data_cards()),
    ]


def commands(user: User) -> Iterable[Command]:
    """What the search box can do here: open any page of the overview."""
    if any(user.can(power) for power in POWERS):
        for card in (card for _title, cards in _groups() for card in cards):
            label = _("Settings: %(page)s", page=card.title)
            yield Command(f"settings:{card.href}", label, card.href, card.icon)


def _company_cards() -> list[Card]:
    if not g.user.can("manage_settings"):
        return []
    return [
        Card(
            _("Company"),
            lambda: f"{settings.company()} · {settings.zone()}",
            "building-community",
            url_for("settings.edit_company"),
        ),
        Card(_("Public pool"), lambda: _("When customers go round"), "ripple", url_for("settings.edit_pool")),
    ]


def _people_cards() -> list[Card]:
    cards = []
    if g.user.can("manage_users"):
        cards += [
            Card(_("People"), _people_note, "users", url_for("users.index")),
            Card(
                _("Departments"),
                lambda: _n("%(num)s department", "%(num)s departments", _count(Department)),
                "sitemap",
                url_for("departments.index"),
            ),
        ]
    if g.user.can("manage_roles") or g.user.can("manage_users"):
        cards.append(
            Card(
                _("Roles"),
                lambda: _n("%(num)s role", "%(num)s roles", _count(Role)),
                "shield-lock",
                url_for("roles.index"),
            )
        )
    return cards


def _people_note() -> str:
    return _n("%(num)s colleague", "%(num)s colleagues", _count(User, User.status != UserStatus.disabled))


def _data_cards() -> list[Card]:
    cards = []
    if g.user.can("manage_fields"):
        cards.append(Card(_("Modules and fields"), _modules_note, "layout-grid", url_for("settings.list_entities")))
    deleted = url_for("records.recycle_bin")
    cards.append(Card(_("Recycle bin"), lambda: _("Deleted records, and the way back"), "recycle", deleted))
    return cards


def _modules_note() -> str:
    every = entities.every()
    own = sum(custom_count(entity) for entity in every)
    return _("%(modules)s modules, %(fields)s fields of your own", modules=len(every), fields=own)


def _count(model: type, *conditions: object) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0
