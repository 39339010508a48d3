"""My own account: name, language, look, password, devices."""

from urllib.parse import urlsplit

from flask import Blueprint, abort, g, request
from flask_babel import gettext as _
from sqlalchemy import delete
from werkzeug.wrappers import Response

from smallcrm.core.db import write
from smallcrm.core.errors import Invalid
from smallcrm.core.i18n import LANGUAGES
from smallcrm.core.web import page, redirect_to, redirect_to_url, safe_next, say

from .. import api_tokens, operations, sessions
from ..forms import ChangePassword, Profile, password_words
from ..lockouts import TooManyAttempts
from ..models import UserSession
from ..signals import account_event
from .deletion import deletes

bp = Blueprint("profile", __name__, url_prefix="/profile")


@bp.get("")
def show() -> Response:
    return _page(Profile(obj=g.user))


@bp.post("")
def update() -> Response:
    form = Profile()
    if not form.validate_on_submit():
        return _page(form, status=422)
    with write():
        form.populate_obj(g.user)
        g.user.name, g.user.phone = g.user.name.strip(), g.user.phone.strip()
    say(_("Your profile is saved."))
    return redirect_to("profile.show")


@bp.post("/look")
def update_look() -> Response:
    """Only the theme or the language, from wherever the person is."""
    known = {"theme": ("auto", "light", "dark"), "language": tuple(LANGUAGES)}
    changes = {name: request.form[name] for name in known if request.form.get(name) in known[name]}
    if not changes:
        raise Invalid({"theme": _("Choose an appearance or a language from the list.")})
    with write():
        for name, value in changes.items():
            setattr(g.user, name, value)
    return redirect_to_url(safe_next(urlsplit(request.referrer or "").path, "/"))


@bp.get("/password")
def edit_password() -> Response:
    return _password_page(ChangePassword())


@bp.post("/password")
def update_password() -> Response:
    form = ChangePassword()
    form.context = password_words()
    if not form.validate_on_submit():
        return _password_page(form, status=422)
    try:
        confirmed = sessions.confirm(g.user, form.current.data)
    except TooManyAttempts as refusal:
        form.current.errors = [str(refusal)]
        return _password_page(form, status=429)
    if not confirmed:
        form.current.errors = [_("This is not your current password.")]
        return _password_page(form, status=422)
    if form.password.data == form.current.data:
        form.password.errors = [_("This is the password you already have.")]
        return _password_page(form, status=422)
    half_way = g.user.must_change_password
    operations.change_password(g.user, form.password.data, g.user_session_id)
    say(_("Your password is changed. Other devices have been signed out."))
    return redirect_to_url("/") if half_way else redirect_to("profile.show")


@deletes(bp, "/sessions/<int:id>")
def delete_session(id: int) -> Response:
    """Sign one of my devices out."""
    with write() as database:
        mine = UserSession.user_id == g.user.id
        gone = delete(UserSession).where(mine, UserSession.id == id).returning(UserSession.id)
        if database.scalar(gone) is None:
            abort(404)
        account_event.send(g.user, what="device_signed_out", by=g.user)
    say(_("The device is signed out."))
    return redirect_to("profile.show")


@deletes(bp, "/sessions")
def delete_sessions() -> Response:
    """Sign all my devices out but this one."""
    with write():
        sessions.end_all(g.user, keep_id=g.user_session_id)
        account_event.send(g.user, what="devices_signed_out", by=g.user)
    say(_("All other devices are signed out."))
    return redirect_to("profile.show")


def _page(form: Profile, status: int = 200) -> Response:
    return page(
        "users/profile.html",
        form=form,
        devices=sorted(sessions.devices(g.user), key=lambda each: each.id != g.user_session_id),
        this_device=g.user_session_id,
        tokens=api_tokens.count(g.user),
        status=status,
    )


def _password_page(form: ChangePassword, status: int = 200) -> Response:
    template = "users/must_change_password.html" if g.user.must_change_password else "users/change_password.html"
    return page(template, form=form, status=status)
