"""Colleagues' accounts, for those who manage users."""

from typing import Any

from flask import Blueprint, abort, g, request
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from smallcrm.core.db import db
from smallcrm.core.errors import Invalid
from smallcrm.core.web import page, redirect_to, say

from .. import departments, links, lockouts, operations, passwords, queries, sessions
from ..forms import Confirm, Form, NewPerson, PersonForm, ResetPerson, choices
from ..gate import needs
from ..models import Department, Role, User, UserStatus, subtree_ids
from ..operations import Person
from ..tokens import VALID_FOR, Purpose
from .deletion import deletes

bp = Blueprint("users", __name__, url_prefix="/users")

PAGE_SIZE = 50


@bp.get("")
@needs("manage_users")
def index() -> Response:
    q = request.args.get("q", "").strip()
    department_id = request.args.get("department", type=int)
    role_id = request.args.get("role", type=int)
    start = max(0, request.args.get("start", 0, type=int))
    ids = subtree_ids(department_id) if department_id else None
    query = queries.people(q, ids, role_id)
    found = db.session.scalars(query.offset(start).limit(PAGE_SIZE + 1)).all()
    return page(
        "users/index.html",
        block="rows",
        people=found[:PAGE_SIZE],
        more=start + PAGE_SIZE if len(found) > PAGE_SIZE else None,
        total=db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())),
        shown=start + min(len(found), PAGE_SIZE),
        chosen={"q": q, "department": department_id, "role": role_id},
        departments=departments.choices(),
        roles=_roles(),
        manageable={user.id for user in found if operations.may_manage(g.user, user)},
    )


@bp.get("/new")
@needs("manage_users")
def new() -> Response:
    form = _with_choices(NewPerson(department_id=_first_department(), role_id=_usual_role()), None)
    return page("users/new.html", form=form, confirm=sessions.needs_confirmation())


@bp.post("")
@needs("manage_users")
def create() -> Response:
    form = _with_choices(NewPerson(), None)
    if not form.validate_on_submit() or not _confirmed(form):
        return page("users/new.html", form=form, confirm=sessions.needs_confirmation(), status=422)
    try:
        if form.entry.data == "password":
            password = passwords.readable_secret()
            user = operations.add_with_password(_person(form), password, g.user)
            return _show_password(user, password)
        user, secret = operations.add(_person(form), g.user)
    except Invalid as invalid:
        form.take(invalid)
        return page("users/new.html", form=form, confirm=sessions.needs_confirmation(), status=422)
    return _show_link(user, Purpose.invite, secret)


@bp.get("/<int:id>")
@needs("manage_users")
def edit(id: int) -> Response:
    user = _manageable(id)
    return _edit_page(user, _with_choices(PersonForm(obj=user), user))


@bp.post("/<int:id>")
@needs("manage_users")
def update(id: int) -> Response:
    user = _manageable(id)
    form = _with_choices(PersonForm(), user)
    if not form.validate_on_submit():
        return _edit_page(user, form, status=422)
    if form.role_id.data != user.role_id and not _confirmed(form):
        return _edit_page(user, form, status=422)
    try:
        operations.change(id, _person(form), g.user)
    except Invalid as invalid:
        form.take(invalid)
        return _edit_page(_manageable(id), form, status=422)
    say(_("%(name)s is saved.", name=form.name.data))
    return redirect_to("users.index")


@bp.post("/<int:id>/suspension")
@needs("manage_users")
def create_suspension(id: int) -> Response:
    operations.disable(id, g.user)
    say(_("%(name)s can no longer sign in.", name=_name(id)))
    return redirect_to("users.edit", id=id)


@deletes(bp, "/<int:id>/suspension")
@needs("manage_users")
def delete_suspension(id: int) -> Response:
    operations.enable(id, g.user)
    say(_("%(name)s can sign in again.", name=_name(id)))
    return redirect_to("users.edit", id=id)


@bp.get("/<int:id>/password-reset")
@needs("manage_users")
def new_reset(id: int) -> Response:
    return _reset_page(_manageable(id), ResetPerson(entry="link"))


@bp.post("/<int:id>/password-reset")
@needs("manage_users")
def create_reset(id: int) -> Response:
    user = _manageable(id)
    form = ResetPerson()
    if not form.validate_on_submit() or not _confirmed(form):
        return _reset_page(user, form, status=422)
    if form.entry.data == "password":
        password = passwords.readable_secret()
        operations.set_initial_password(id, password, g.user)
        return _show_password(_found(id), password)
    purpose, secret = operations.issue_link(id, g.user)
    return _show_link(_found(id), purpose, secret)


@bp.get("/<int:id>/ownership")
@needs("manage_users")
def new_ownership(id: int) -> Response:
    user = _manageable(id)
    if not g.user.is_owner:
        abort(403)
    return page("users/ownership.html", form=Confirm(), user=user, confirm=sessions.needs_confirmation())


@bp.post("/<int:id>/ownership")
@needs("manage_users")
def create_ownership(id: int) -> Response:
    return _change_ownership(id, operations.grant_ownership)


@deletes(bp, "/<int:id>/ownership")
@needs("manage_users")
def delete_ownership(id: int) -> Response:
    return _change_ownership(id, operations.withdraw_ownership)


@deletes(bp, "/<int:id>/lock")
@needs("manage_users")
def delete_lock(id: int) -> Response:
    operations.unlock(id, g.user)
    say(_("%(name)s can try to sign in again.", name=_name(id)))
    return redirect_to("users.edit", id=id)


def _change_ownership(id: int, verb: Any) -> Response:
    user = _manageable(id)
    form = Confirm()
    if not form.validate_on_submit() or not _confirmed(form):
        return page("users/ownership.html", form=form, user=user, confirm=True, status=422)
    verb(id, g.user)
    say(_("%(name)s is saved.", name=_name(id)))
    return redirect_to("users.edit", id=id)


def _found(id: int) -> User:
    user = db.session.get(User, id)
    if user is None:
        abort(404)
    return user


def _manageable(id: int) -> User:
    user = _found(id)
    if not operations.may_manage(g.user, user):
        abort(403)
    return user


def _name(id: int) -> str:
    return _found(id).name


def _confirmed(form: Form) -> bool:
    """Whether the administrator gave the own password lately, or just now in `form`."""
    trouble = sessions.confirmation_trouble(g.user, form.own_password.data or "")
    if trouble:
        form.own_password.errors = [trouble]
    return not trouble


def _person(form: PersonForm) -> Person:
    return Person(
        name=form.name.data or "",
        email=form.email.data or "",
        phone=form.phone.data or "",
        role_id=form.role_id.data,
        department_id=form.department_id.data or None,
    )


def _with_choices(form: Any, user: User | None) -> Any:
    places = departments.choices()
    if user is not None and user.department_id is None:
        places.insert(0, (0, _("No department")))
    form.department_id.choices = choices(*places)
    own = user.role_id if user is not None else None
    grantable = [role for role in _roles() if role.id == own or operations.may_grant(g.user, role.id)]
    form.role_id.choices = choices(*((role.id, role.label) for role in grantable))
    return form


def _roles() -> list[Role]:
    return list(db.session.scalars(select(Role).order_by(Role.position, Role.id)))


def _first_department() -> int | None:
    return db.session.scalar(select(Department.id).order_by(Department.id).limit(1))


def _usual_role() -> int | None:
    return db.session.scalar(select(Role.id).where(Role.key == "sales"))


def _edit_page(user: User, form: PersonForm, status: int = 200) -> Response:
    return page(
        "users/edit.html",
        form=form,
        user=user,
        confirm=sessions.needs_confirmation(),
        locked=lockouts.is_locked(user.email),
        disabled=user.status == UserStatus.disabled,
        myself=user.id == g.user.id,
        can_be_owner=g.user.is_owner and user.role.key == "admin" and user.status == UserStatus.active,
        status=status,
    )


def _reset_page(user: User, form: ResetPerson, status: int = 200) -> Response:
    return page("users/reset.html", form=form, user=user, confirm=sessions.needs_confirmation(), status=status)


def _show_link(user: User, purpose: Purpose, secret: str) -> Response:
    endpoint = "invitations.show" if purpose is Purpose.invite else "password_resets.show"
    address = links.absolute(endpoint, token=secret)
    minutes = int(VALID_FOR[purpose].total_seconds() // 60)
    return page(
        "users/link.html",
        user=user,
        address=address,
        qr=links.qr(address),
        invited=purpose is Purpose.invite,
        hours=minutes // 60,
        minutes=minutes,
    )


def _show_password(user: User, password: str) -> Response:
    return page("users/initial_password.html", user=user, password=password, address=links.base())
