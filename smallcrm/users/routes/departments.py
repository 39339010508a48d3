"""The department tree and the table of roles."""

from flask import Blueprint, abort
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response

from smallcrm.core.db import db
from smallcrm.core.errors import Invalid
from smallcrm.core.web import page, redirect_to, say

from .. import departments, queries, rights
from ..forms import DepartmentForm, choices
from ..gate import needs
from ..models import Department, Role, departments_in_order
from .deletion import deletes

bp = Blueprint("departments", __name__, url_prefix="/departments")
roles_bp = Blueprint("roles", __name__, url_prefix="/roles")

ACTION_LABELS = {
    "view": _l("See"),
    "create": _l("Create"),
    "edit": _l("Edit"),
    "delete": _l("Delete"),
    "export": _l("Export"),
    "import": _l("Import"),
    "claim": _l("Claim"),
    "release": _l("Release to the pool"),
    "lock": _l("Lock"),
}
SCOPE_LABELS = {
    "none": _l("None of them"),
    "own": _l("Own"),
    "department": _l("Own department"),
    "department_below": _l("Department and below"),
    "all": _l("All"),
}
POWER_LABELS = {
    "manage_users": _l("Manage people and departments"),
    "manage_roles": _l("Manage roles"),
    "manage_fields": _l("Manage fields and modules"),
    "manage_settings": _l("Change settings"),
    "see_audit": _l("See the audit log"),
}
ROLE_NOTES = {
    "admin": _l("Everything, including settings and accounts."),
    "manager": _l("All records of the own department and the departments below it."),
    "sales": _l("The own records only."),
    "support": _l("Sees all records; changes only the own ones."),
    "readonly": _l("Sees all records and changes nothing."),
}


@bp.get("")
@needs("manage_users")
def index() -> Response:
    return _index(DepartmentForm())


@bp.post("")
@needs("manage_users")
def create() -> Response:
    form = _with_choices(DepartmentForm())
    if not form.validate_on_submit():
        return _index(form, status=422)
    try:
        department = departments.add(form.name.data or "", form.parent_id.data)
    except Invalid as invalid:
        form.take(invalid)
        return _index(form, status=422)
    say(_("%(name)s is added.", name=department.name))
    return redirect_to("departments.index")


@bp.get("/<int:id>")
@needs("manage_users")
def edit(id: int) -> Response:
    department = _found(id)
    return _edit_page(department, DepartmentForm(obj=department))


@bp.post("/<int:id>")
@needs("manage_users")
def update(id: int) -> Response:
    department = _found(id)
    form = _with_choices(DepartmentForm(), department)
    if not form.validate_on_submit():
        return _edit_page(department, form, status=422)
    parent_id = form.parent_id.data if "parent_id" in form else None
    try:
        departments.change(id, form.name.data or "", parent_id)
    except Invalid as invalid:
        form.take(invalid)
        return _edit_page(department, form, status=422)
    say(_("%(name)s is saved.", name=form.name.data))
    return redirect_to("departments.index")


@bp.post("/<int:id>/promotion")
@needs("manage_users")
def create_promotion(id: int) -> Response:
    """One place up among its siblings."""
    departments.shift(id, -1)
    return redirect_to("departments.index")


@bp.post("/<int:id>/demotion")
@needs("manage_users")
def create_demotion(id: int) -> Response:
    """One place down among its siblings."""
    departments.shift(id, 1)
    return redirect_to("departments.index")


@deletes(bp, "/<int:id>")
@needs("manage_users")
def delete(id: int) -> Response:
    name = _found(id).name
    departments.delete(id)
    say(_("%(name)s is deleted.", name=name))
    return redirect_to("departments.index")


@roles_bp.get("", endpoint="index")
@needs("manage_users")
def index_roles() -> Response:
    roles = db.session.scalars(select(Role).order_by(Role.position, Role.id)).all()
    return page(
        "users/roles.html",
        roles=roles,
        actions=ACTION_LABELS,
        scopes=SCOPE_LABELS,
        powers=POWER_LABELS,
        notes=ROLE_NOTES,
        rows={role.id: _rows(role) for role in roles},
        role_powers={role.id: rights.role_powers(role.id) for role in roles},
        people={row[0]: row[1] for row in db.session.execute(queries.people_per_role())},
    )


def _rows(role: Role) -> list[tuple[str, dict[str, str]]]:
    """(entity, action → scope in force), the general row first."""
    entities = {entity for entity, _action in rights.role_scopes(role.id)} - {"*"}
    return [
        (entity, {action: rights.scope_of(role.id, entity, action) for action in ACTION_LABELS})
        for entity in ("*", *sorted(entities))
    ]


def _found(id: int) -> Department:
    department = db.session.get(Department, id)
    if department is None:
        abort(404)
    return department


def _with_choices(form: DepartmentForm, department: Department | None = None) -> DepartmentForm:
    if department is not None and department.parent_id is None:
        del form.parent_id
    else:
        form.parent_id.choices = choices(*departments.choices(without=department.id if department else None))
    return form


def _index(form: DepartmentForm, status: int = 200) -> Response:
    return page(
        "users/departments.html",
        form=_with_choices(form),
        tree=departments_in_order(),
        counts=departments.head_counts(),
        status=status,
    )


def _edit_page(department: Department, form: DepartmentForm, status: int = 200) -> Response:
    return page(
        "users/department.html",
        form=_with_choices(form, department),
        department=department,
        is_root=department.parent_id is None,
        status=status,
    )
