"""What the company decides about itself."""

from zoneinfo import available_timezones

from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden

from ..core import audit, settings
from ..core.db import write
from ..core.errors import Invalid
from ..users.models import User


def change(name: str, timezone: str, by: User) -> None:
    """Name the company and say where its days begin. Raises Invalid."""
    name = " ".join(name.split())
    errors = {}
    if not 1 <= len(name) <= 100:
        errors["name"] = _("Enter the company's name, up to 100 characters.")
    if timezone not in available_timezones():
        errors["timezone"] = _("This time zone is not known.")
    if errors:
        raise Invalid(errors)
    with write():
        if not by.can("manage_settings"):
            raise Forbidden()
        before = {"name": settings.company(), "timezone": str(settings.zone())}
        settings.put("company", name)
        settings.put("timezone", timezone)
        after = {"name": name, "timezone": timezone}
        changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changes:
            audit.note("company_changed", by, changes=changes)
