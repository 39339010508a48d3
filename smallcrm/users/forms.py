"""One form per screen. They check shape; rules are checked by the operations, whose Invalid is put back in here."""

from collections.abc import Iterable
from typing import Any

from babel.dates import get_timezone_location
from flask import g, request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField, RadioField, SelectField, StringField, TelField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from smallcrm.core.errors import Invalid
from smallcrm.core.i18n import LANGUAGES

from . import passwords
from .operations import known_words
from .setup import is_email

ZONES = (
    "Asia/Shanghai",
    "Asia/Urumqi",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "UTC",
)


class Form(FlaskForm):
    """Errors as the templates want them: the first sentence per field."""

    def error(self, name: str) -> str | None:
        """What is wrong with a field, or None."""
        errors = self.errors.get(name)
        return str(errors[0]) if errors else None

    def listed_errors(self) -> list[tuple[str, str, str]]:
        """(field id, label, sentence) of every field that is wrong."""
        fields = [field for field in self if field.name in self.errors]
        return [(field.id, str(field.label.text), str(field.errors[0])) for field in fields if field.errors]

    def options(self, name: str) -> list[tuple[Any, str]]:
        """(value, label) of a field's choices."""
        return [(choice.value, choice.label) for choice in self._fields[name].choices]

    def take(self, invalid: Invalid) -> None:
        """Put what an operation refused beside the fields."""
        for name, text in invalid.errors.items():
            field = self._fields[name] if name in self._fields else next(iter(self))
            field.errors = [*field.errors, text]


def choices(*pairs: tuple[Any, Any]) -> list[SelectChoice]:
    """What a select or radio field offers, from (value, label)."""
    return [SelectChoice(value, label) for value, label in pairs]


def _zone_words(zone: str) -> str:
    return f"{get_timezone_location(zone, locale=get_locale(), return_city=True)} ({zone})"


def _email(form: Form, field: EmailField) -> None:
    if not is_email((field.data or "").strip()):
        raise ValidationError(_l("Enter an e-mail address such as name@example.com."))


def _repeated(form: Form, field: PasswordField) -> None:
    if field.data != form.password.data:
        raise ValidationError(_l("The two passwords are not the same."))


def _filled(message: object) -> InputRequired:
    return InputRequired(message)


class NewPassword(Form):
    """Choosing a password; `context` are words it may not be built from."""

    password = PasswordField(_l("New password"), [_filled(_l("Enter a password."))])
    repeat = PasswordField(_l("Once more"), [_repeated])

    context: Iterable[str] = ()

    def validate_password(self, field: PasswordField) -> None:
        if trouble := passwords.problem(field.data or "", known_words(*self.context)):
            raise ValidationError(trouble)


class SignIn(Form):
    email = StringField(_l("E-mail"), [_filled(_l("Enter your e-mail address.")), Length(max=254)])
    password = PasswordField(_l("Password"), [_filled(_l("Enter your password."))])
    next = HiddenField()
    again = HiddenField()


class Setup(NewPassword):
    company = StringField(_l("Company name"), [_filled(_l("Enter the company's name.")), Length(max=100)])
    name = StringField(_l("Your name"), [_filled(_l("Enter your name.")), Length(max=60)])
    email = EmailField(_l("E-mail"), [_filled(_l("Enter your e-mail address.")), _email])
    timezone = SelectField(_l("Time zone"), default=ZONES[0])
    start = RadioField(
        _l("Begin with"),
        choices=choices(("empty", _l("An empty system")), ("example", _l("Example data, to look around"))),
        default="empty",
    )
    token = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timezone.choices = choices(*((zone, _zone_words(zone)) for zone in ZONES))

    def validate_password(self, field: PasswordField) -> None:
        self.context = (self.name.data or "", self.email.data or "", self.company.data or "")
        super().validate_password(field)


class ChangePassword(NewPassword):
    current = PasswordField(_l("Current password"), [_filled(_l("Enter your current password."))])


class Profile(Form):
    name = StringField(_l("Name"), [_filled(_l("Enter your name.")), Length(max=60)])
    phone = TelField(_l("Phone"), [Optional(), Length(max=32)])
    language = SelectField(_l("Language"), choices=choices(("", _l("As the browser")), *LANGUAGES.items()))
    theme = RadioField(
        _l("Appearance"), choices=choices(("auto", _l("As the device")), ("light", _l("Light")), ("dark", _l("Dark")))
    )


class PersonForm(Form):
    """Somebody's account, as an administrator sees it. Choices are set by the route: they depend on who asks."""

    name = StringField(_l("Name"), [_filled(_l("Enter a name.")), Length(max=60)])
    email = EmailField(_l("E-mail"), [_filled(_l("Enter an e-mail address.")), _email])
    phone = TelField(_l("Phone"), [Optional(), Length(max=32)])
    department_id = SelectField(_l("Department"), coerce=int)
    role_id = SelectField(_l("Role"), coerce=int)
    own_password = PasswordField(_l("Your own password"))


class NewPerson(PersonForm):
    entry = RadioField(
        _l("First sign-in"),
        choices=choices(("link", _l("Invitation link")), ("password", _l("Initial password"))),
        default="link",
    )


class ResetPerson(Form):
    """A new way in for somebody: a link, or a password that must be changed."""

    entry = RadioField(
        _l("How"), choices=choices(("link", _l("Link to choose a new password")), ("password", _l("Initial password")))
    )
    own_password = PasswordField(_l("Your own password"))


class Confirm(Form):
    own_password = PasswordField(_l("Your own password"))


class DepartmentForm(Form):
    name = StringField(_l("Department name"), [_filled(_l("Enter a name of up to 60 characters.")), Length(max=60)])
    parent_id = SelectField(_l("Belongs to"), coerce=int)


def password_words() -> tuple[str, ...]:
    """What the signed-in person's password may not be built from."""
    return (g.user.name, g.user.email, g.user.phone, request.host)
