"""What the company decides about itself."""

from zoneinfo import available_timezones

from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden

from ..core import audit, settings
from ..core.db import write
from ..core.errors import Invalid
from ..entities.types.periods import FISCAL
from ..entities.types.periods import fiscal_month as fiscal_year_month
from ..users.models import User

MONTHS = [str(month) for month in range(1, 13)]


def change(name: str, timezone: str, fiscal_month: str, by: User) -> None:
    """Name the company, say where its days begin and with which month (1–12) its fiscal year. Raises Invalid."""
    name = " ".join(name.split())
    errors = {}
    if not 1 <= len(name) <= 100:
        errors["name"] = _("Enter the company's name, up to 100 characters.")
    if timezone not in available_timezones():
        errors["timezone"] = _("This time zone is not known.")
    if fiscal_month not in MONTHS:
        errors["fiscal_month"] = _("Choose the month in which the fiscal year begins.")
    if errors:
        raise Invalid(errors)
    with write():
        if not by.can("manage_settings"):
            raise Forbidden()
        before = {"name": settings.company(), "timezone": str(settings.zone()), "fiscal_month": fiscal_year_month()}
        settings.put("company", name)
        settings.put("timezone", timezone)
        settings.put(FISCAL, int(fiscal_month))
        after = {"name": name, "timezone": timezone, "fiscal_month": int(fiscal_month)}
        changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changes:
            audit.note("company_changed", by, changes=changes)
