"""Signing in and out."""

from flask import Blueprint, g, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from smallcrm.core.db import write
from smallcrm.core.web import page, redirect_to, redirect_to_url, safe_next

from .. import operations, sessions
from ..forms import SignIn
from ..lockouts import TooManyAttempts
from ..setup import has_owner
from ..signals import account_event

bp = Blueprint("sign_in", __name__, url_prefix="/sign-in")
out = Blueprint("sign_out", __name__, url_prefix="/sign-out")

HOME = "/"


@bp.get("")
def show() -> Response:
    if g.user is not None:
        if request.args.get("again"):
            return page("users/signed_in_again.html")
        return redirect_to_url(safe_next(request.args.get("next"), HOME))
    if not has_owner():
        return redirect_to("setup.show")
    form = SignIn(request.args)
    return _form(form)


@bp.post("")
def create() -> Response:
    form = SignIn()
    if not form.validate_on_submit():
        return _form(form, status=422)
    try:
        user = operations.sign_in(form.email.data, form.password.data, request.remote_addr or "")
    except TooManyAttempts as refusal:
        response = _form(form, status=429, problem=str(refusal))
        response.headers["Retry-After"] = str(refusal.seconds)
        return response
    if user is None:
        return _form(form, status=422, problem=_("E-mail or password is wrong."))
    if form.again.data:
        return redirect_to("sign_in.show", again=1)
    return redirect_to_url(safe_next(form.next.data, HOME))


@out.post("", endpoint="create")
def create_out() -> Response:
    with write():
        account_event.send(g.user, what="signed_out", by=g.user)
        sessions.end()
    response = redirect_to_url(url_for("sign_in.show"))
    response.headers["Clear-Site-Data"] = '"cookies", "storage"'
    return response


def _form(form: SignIn, status: int = 200, problem: str | None = None) -> Response:
    response = page("users/sign_in.html", form=form, problem=problem, status=status)
    # Scripts that were sent here by a redirect learn from this that the session is over.
    response.headers["X-Signed-Out"] = "1"
    return response
