"""Pages of views: keep a list under a name, share it, make it a tab or the one that opens first."""

from typing import Any

from flask import abort, g, request
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from .. import access
from ..core.db import db, write
from ..core.errors import Invalid
from ..core.web import page, redirect_to_url, say
from ..entities.field import plain_text
from ..users.models import Department, Role
from . import conditions, models, views
from .listing import parse, url_decode, url_encode
from .models import DEPARTMENT, EVERYBODY, PRIVATE, ROLE, View
from .routes import asked, bp

LONGEST = 60
MOST_VIEWS = 200


@bp.get("/<slug>/views")
def show_views() -> Response:
    access.demand_any(g.user, g.entity, "view")
    choices = views.of(g.entity, g.user)
    rows = select(models.RoleView.view, Role).join(Role, Role.id == models.RoleView.role_id)
    role_names: dict[str, list[str]] = {}
    for key, role in db.session.execute(rows.where(models.RoleView.entity == g.entity.key)):
        role_names.setdefault(key, []).append(role.label)
    return page(
        "records/views.html",
        entity=g.entity,
        choices=choices,
        tabs=views.tabs(g.entity, g.user, choices),
        first=views.default(g.entity, g.user),
        may_share=views.may_share(g.user),
        may_change=lambda view: views.may_change(g.user, view),
        audience_of=audience,
        roles=_roles() if views.may_share(g.user) else [],
        role_names=role_names,
    )


@bp.get("/<slug>/views/new")
def new_view() -> Response:
    listing = asked()
    words = conditions.in_words(listing.filters, listing.match)
    sent = {"name": "", "shared": PRIVATE, "pinned": True}
    return _view_form(None, sent, query=url_encode(listing.state(columns=listing.column_words)), words=words)


@bp.post("/<slug>/views")
def create_view() -> Response:
    access.demand_any(g.user, g.entity, "view")
    query = _query()
    try:
        view = View(entity=g.entity.key, owner_id=g.user.id, query=query, **_sent())
        with write():
            last = select(func.max(View.position), func.count()).where(View.entity == g.entity.key)
            position, kept = db.session.execute(last).one()
            if kept >= MOST_VIEWS:
                raise Invalid({"name": _("There are %(most)s views here. Delete one first.", most=MOST_VIEWS)})
            view.position = (position or 0) + 1
            db.session.add(view)
            db.session.flush()
            if view.pinned:
                _pin(str(view.id))
    except Invalid as invalid:
        return _view_form(None, _typed(), query=query, error=invalid.errors["name"], status=422)
    say(_("View “%(name)s” saved.", name=view.name))
    return redirect_to_url(f"/{g.entity.slug}?view={view.id}")


@bp.get("/<slug>/views/<int:id>/edit")
def edit_view(id: int) -> Response:
    view = _view_to_change(id)
    shared = view.shared
    if shared in (ROLE, DEPARTMENT):
        shared = f"{shared}:{view.role_id or view.department_id}"
    return _view_form(view, {"name": view.name, "shared": shared, "pinned": view.pinned})


@bp.post("/<slug>/views/<int:id>")
def change_view(id: int) -> Response:
    """Save what a view states (`query`), or its name and with whom it is shared."""
    view = _view_to_change(id)
    if "name" not in request.form:
        if "query" not in request.form:
            abort(400)
        query = _query()
        with write():
            view.query = query
        say(_("View “%(name)s” saved.", name=view.name))
        return redirect_to_url(f"/{g.entity.slug}?view={id}")
    try:
        sent = _sent()
    except Invalid as invalid:
        return _view_form(view, _typed(), error=invalid.errors["name"], status=422)
    with write():
        for name, value in sent.items():
            setattr(view, name, value)
    say(_("View “%(name)s” saved.", name=view.name))
    return redirect_to_url(f"/{g.entity.slug}/views")


@bp.post("/<slug>/views/<int:id>/deletion")
def delete_view(id: int) -> Response:
    view = _view_to_change(id)
    with write():
        db.session.delete(view)
    say(_("View “%(name)s” deleted.", name=view.name))
    return redirect_to_url(f"/{g.entity.slug}/views")


@bp.post("/<slug>/views/tabs")
def choose_tabs() -> Response:
    """Make a view a tab (`pin`), no tab (`unpin`), or move it one place to the front (`up`); `reset` for the usual."""
    access.demand_any(g.user, g.entity, "view")
    asked = [request.form.get(name) for name in ("pin", "unpin", "up")]
    reset = "reset" in request.form
    if not reset and not {each.key for each in views.of(g.entity, g.user)}.intersection(asked):
        abort(404)
    with write():
        if reset:
            models.prefer(g.user.id, g.entity.key, tabs=None)
        else:
            _arrange(*asked)
    return redirect_to_url(f"/{g.entity.slug}/views")


@bp.post("/<slug>/views/first")
def choose_first() -> Response:
    """The view that opens first: for the person, or for everybody of a `role`."""
    access.demand_any(g.user, g.entity, "view")
    key = request.form.get("view", "")
    chosen = views.find(g.entity, g.user, key)
    if chosen is None:
        abort(404)
    asked = request.form.get("role", "")
    if not asked:
        with write():
            models.prefer(g.user.id, g.entity.key, view=key)
        say(_("“%(name)s” opens first now.", name=chosen.name))
    else:
        if not views.may_share(g.user):
            abort(403)
        role = next((role for role in _roles() if str(role.id) == asked), None)
        if role is None:
            abort(404)
        with write():
            db.session.merge(models.RoleView(role_id=role.id, entity=g.entity.key, view=key))
        say(_("“%(name)s” opens first now for %(role)s.", name=chosen.name, role=role.label))
    return redirect_to_url(f"/{g.entity.slug}/views")


def audience(view: View) -> str:
    """Who can open a kept view, in words."""
    match view.shared:
        case models.EVERYBODY:
            return _("Everybody")
        case models.ROLE:
            role = db.session.get(Role, view.role_id)
            return role.label if role else ""
        case models.DEPARTMENT:
            department = db.session.get(Department, view.department_id)
            return department.path() if department else ""
    return _("Only me")


def _view_to_change(id: int) -> View:
    """A view of this entity that the person may change: 404 for one they cannot open, 403 for somebody else's."""
    access.demand_any(g.user, g.entity, "view")
    chosen = views.find(g.entity, g.user, str(id))
    if chosen is None or chosen.view is None:
        abort(404)
    if not views.may_change(g.user, chosen.view):
        abort(403)
    return chosen.view


def _query() -> str:
    """What the sent list states, as far as the person may: nothing else gets into a view. Raises BadListing."""
    listing = parse(g.entity, g.user, url_decode(request.form.get("query", "")))
    listing.after = ""
    listing.conditions()
    return url_encode(listing.state())


def _typed() -> dict[str, Any]:
    form = request.form
    return {"name": form.get("name", ""), "shared": form.get("shared", PRIVATE), "pinned": "pinned" in form}


def _sent() -> dict[str, Any]:
    """The columns of a view as sent. Raises Invalid."""
    name = " ".join(plain_text(request.form.get("name", "")).split())
    if not name:
        raise Invalid({"name": _("Give the view a name.")})
    if len(name) > LONGEST:
        raise Invalid({"name": _("A name has %(most)s characters at most.", most=LONGEST)})
    shared, _colon, id = request.form.get("shared", PRIVATE).partition(":")
    if request.form.get("shared", PRIVATE) not in dict(_audiences()):
        abort(403)
    return {
        "name": name,
        "shared": shared,
        "role_id": int(id) if shared == ROLE else None,
        "department_id": int(id) if shared == DEPARTMENT else None,
        "pinned": "pinned" in request.form,
    }


def _audiences() -> list[tuple[str, str]]:
    """(value, words) of those the person may share a view with."""
    found = [(PRIVATE, _("Only me"))]
    if views.may_share(g.user):
        found.append((EVERYBODY, _("Everybody")))
        found += [(f"{ROLE}:{role.id}", _("Role: %(name)s", name=role.label)) for role in _roles()]
        departments = select(Department).order_by(Department.position, Department.id)
        found += [
            (f"{DEPARTMENT}:{each.id}", _("Department: %(name)s", name=each.name))
            for each in db.session.scalars(departments)
        ]
    elif g.user.department_id is not None:
        name = g.user.department.name
        found.append((f"{DEPARTMENT}:{g.user.department_id}", _("Department: %(name)s", name=name)))
    return found


def _roles() -> list[Role]:
    return list(db.session.scalars(select(Role).order_by(Role.position, Role.id)))


def _view_form(
    view: View | None,
    sent: dict[str, Any],
    *,
    query: str | None = None,
    words: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    audiences = _audiences()
    if sent["shared"] not in dict(audiences) and view is not None:
        audiences.append((sent["shared"], audience(view)))
    return page(
        "records/view.html",
        block="form",
        status=status,
        entity=g.entity,
        view=view,
        sent=sent,
        query=query,
        words=words,
        error=error,
        audiences=audiences,
    )


def _tab_keys() -> list[str]:
    return [each.key for each in views.tabs(g.entity, g.user, views.of(g.entity, g.user))]


def _pin(key: str) -> None:
    """Make a view the last tab; inside write()."""
    keys = _tab_keys()
    models.prefer(g.user.id, g.entity.key, tabs=keys if key in keys else [*keys, key])


def _arrange(pin: str | None, unpin: str | None, up: str | None) -> None:
    known = {each.key for each in views.of(g.entity, g.user)}
    keys = _tab_keys()
    if pin in known and pin not in keys and pin is not None:
        keys.append(pin)
    if unpin in keys:
        keys.remove(unpin)
    if up in keys and keys.index(up):
        place = keys.index(up)
        keys[place - 1 : place + 1] = [up, keys[place - 1]]
    models.prefer(g.user.id, g.entity.key, tabs=keys)
