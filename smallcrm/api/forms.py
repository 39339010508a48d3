"""What is asked for a new token."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext as _n
from wtforms import PasswordField, RadioField, SelectField, StringField

from ..users import api_tokens
from ..users.forms import Form, choices

DAYS = (30, 90, 180, api_tokens.LONGEST_DAYS)
SCOPES = {"read": _l("Read"), "read,write": _l("Read, create, change, delete")}


class NewToken(Form):
    name = StringField(_l("What is it for?"))
    scope = RadioField(_l("It may"), choices=choices(*SCOPES.items()), default="read")
    days = SelectField(_l("Works for"), coerce=int, default=90)
    own_password = PasswordField(_l("Your password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days.choices = choices(*((days, _n("%(num)s day", "%(num)s days", days)) for days in DAYS))
