"""What one-time links open: an invitation, a password reset. Opening one writes nothing; only sending the form does."""

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from smallcrm.core.web import page, redirect_to, redirect_to_url, say

from .. import operations, tokens
from ..forms import NewPassword
from ..models import User
from ..tokens import Purpose

invitations = Blueprint("invitations", __name__, url_prefix="/invitations")
resets = Blueprint("password_resets", __name__, url_prefix="/password-resets")


@invitations.get("/<token>", endpoint="show")
def show_invitation(token: str) -> Response:
    return _show(Purpose.invite, token)


@invitations.post("/<token>", endpoint="create")
def create_invitation(token: str) -> Response:
    return _create(Purpose.invite, token)


@resets.get("/<token>", endpoint="show")
def show_reset(token: str) -> Response:
    return _show(Purpose.reset, token)


@resets.post("/<token>", endpoint="create")
def create_reset(token: str) -> Response:
    return _create(Purpose.reset, token)


def _show(purpose: Purpose, secret: str) -> Response:
    user = _user_of(purpose, secret)
    return _dead(purpose) if user is None else _form(purpose, NewPassword(), user)


def _create(purpose: Purpose, secret: str) -> Response:
    user = _user_of(purpose, secret)
    if user is None:
        return _dead(purpose)
    form = NewPassword()
    form.context = (user.name, user.email, user.phone, request.host)
    if not form.validate_on_submit():
        return _form(purpose, form, user, status=422)
    try:
        operations.accept(purpose, secret, form.password.data)
    except NotFound:
        return _dead(purpose)
    if purpose is Purpose.invite:
        return redirect_to_url("/")
    say(_("Your password has been changed. Sign in with it now."))
    return redirect_to("sign_in.show")


def _user_of(purpose: Purpose, secret: str) -> User | None:
    token = tokens.find(purpose, secret)
    return token.user if token is not None else None


def _form(purpose: Purpose, form: NewPassword, user: User, status: int = 200) -> Response:
    return page("users/choose_password.html", form=form, user=user, invited=purpose is Purpose.invite, status=status)


def _dead(purpose: Purpose) -> Response:
    return page("users/link_expired.html", invited=purpose is Purpose.invite, status=404)
