"""What the pickers of forms ask for while somebody types: people, records, the districts of a city."""

from collections.abc import Sequence

from flask import abort, g, request
from sqlalchemy import or_, select
from werkzeug.wrappers import Response

from .. import access, search
from ..core.db import db
from ..core.web import page
from ..entities import Entity, by_slug, regions
from ..entities.field import UNPRINTABLE
from ..entities.types import DepartmentRef, Reference, UserRef
from ..users.models import Department, User, UserStatus
from .routes import bp

SHOWN = 20


def people_options() -> list[tuple[int, str]]:
    """(id, name) of everybody who works here now."""
    rows = select(User.id, User.name).where(User.status != UserStatus.disabled).order_by(User.name).limit(500)
    return list(db.session.execute(rows))


def department_options() -> list[tuple[int, str]]:
    """(id, name) of every department."""
    rows = select(Department.id, Department.name).order_by(Department.position, Department.id).limit(500)
    return list(db.session.execute(rows))


def record_options(entity: Entity, q: str = "") -> list[tuple[int, str]]:
    """(id, title) of records this person may see: the newest, or those that hold `q`."""
    title = entity.title
    model = entity.model
    wanted = select(model.id, title.column(model)).where(access.visible(entity, g.user))
    if q.strip():
        wanted = wanted.where(search.matching(entity, q))
    rows = db.session.execute(wanted.order_by(model.id.desc()).limit(SHOWN))
    return [(id, title.text(title.from_row(value))) for id, value in rows]


def options_for(field: object) -> Sequence[tuple[object, str]]:
    """What a picker of `field` offers before anything is typed."""
    if isinstance(field, UserRef):
        return people_options()
    if isinstance(field, DepartmentRef):
        return department_options()
    if isinstance(field, Reference):
        return record_options(field.target)
    return ()


@bp.get("/pickers/people")
def pick_people() -> Response:
    q = UNPRINTABLE.sub("", request.args.get("q", "")).strip()[:60]
    wanted = select(User.id, User.name, User.email).where(User.status != UserStatus.disabled)
    if q:
        wanted = wanted.where(or_(User.name.icontains(q, autoescape=True), User.email.icontains(q, autoescape=True)))
    rows = db.session.execute(wanted.order_by(User.name).limit(SHOWN)).all()
    return page("records/_picker.html", items=rows)


@bp.get("/pickers/records/<slug_>")
def pick_records(slug_: str) -> Response:
    entity = by_slug(slug_)
    if entity is None:
        abort(404)
    access.demand_any(g.user, entity, "view")
    items = [(id, name, "") for id, name in record_options(entity, request.args.get("q", "")[:60])]
    return page("records/_picker.html", items=items)


@bp.get("/pickers/regions")
def pick_regions() -> Response:
    """The selects of an address once a province or city was chosen; `name` is the form field's."""
    name = request.args.get("name", "")[:70]
    sent = request.args.getlist(name)[:3]
    code = ""
    for part in sent:
        if part in regions.regions() and part.startswith(code):
            code = part
        elif not part:
            break
    return page("records/_regions.html", name=name, code=code)
