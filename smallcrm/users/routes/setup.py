"""The first page of all: company, administrator, time zone, empty or with example data."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from smallcrm.core.db import write
from smallcrm.core.errors import Invalid
from smallcrm.core.web import page, redirect_to_url

from .. import forms, sessions
from .. import setup as first_run

bp = Blueprint("setup", __name__, url_prefix="/setup")


@bp.get("")
def show() -> Response:
    token = request.args.get("token", "")
    if not first_run.may_set_up(request, token):
        return page("users/setup_elsewhere.html", status=403)
    return page("users/setup.html", form=forms.Setup(token=token))


@bp.post("")
def create() -> Response:
    form = forms.Setup()
    if not first_run.may_set_up(request, form.token.data or ""):
        return page("users/setup_elsewhere.html", status=403)
    if not form.validate_on_submit():
        return page("users/setup.html", form=form, status=422)
    try:
        owner = first_run.run_setup(
            form.company.data,
            form.email.data,
            form.password.data,
            name=form.name.data,
            timezone=form.timezone.data,
            example=form.start.data == "example",
        )
    except Invalid as invalid:
        form.take(invalid)
        return page("users/setup.html", form=form, status=422)
    with write():
        sessions.start(owner)
    return redirect_to_url("/")
