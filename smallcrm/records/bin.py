"""The recycle bin: what was deleted, by whom, and the way back."""

from flask import g, request
from flask_babel import gettext as _
from flask_babel import ngettext as _n
from sqlalchemy import and_, func, select
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from .. import access
from ..core.db import db, write
from ..core.web import page, redirect_to_url, say, whole_number
from ..entities import Entity, by_slug, every
from ..entities.types.people import user_names
from . import operations
from . import rows as html_rows
from .bulk.verbs import offered
from .routes import bp, path

PAGE = 50


def _in_bin(entity: Entity) -> "object":
    # What went along with its customer comes back with it, and is not listed by itself.
    return and_(access.deleted(entity, g.user), entity.model.deleted_with.is_(None))


@bp.get("/recycle-bin")
def recycle_bin() -> Response:
    entities = [entity for entity in every() if access.may(g.user, entity, "delete")]
    counts = {
        entity.key: db.session.scalar(select(func.count()).select_from(entity.model).where(_in_bin(entity))) or 0
        for entity in entities
    }
    chosen = by_slug(request.args.get("entity", ""))
    if chosen is None or chosen not in entities:
        chosen = next((entity for entity in entities if counts[entity.key]), entities[0] if entities else None)
    before = whole_number(request.args.get("before", ""))
    rows, before = _rows(chosen, before) if chosen else ([], None)
    return page(
        "records/bin.html",
        block="rows",
        entities=entities,
        counts=counts,
        chosen=chosen,
        rows=rows,
        before=before,
        names=user_names(),
        box=html_rows.box,
        picks=offered(chosen, g.user, of_deleted=True) if chosen else None,
        parameters=MultiDict(),
    )


def _rows(entity: Entity, before: int | None) -> tuple[list[object], int | None]:
    model = entity.model
    wanted = select(model).where(_in_bin(entity))
    if before:
        last = db.session.get(model, before)
        if last is not None and last.deleted_at is not None:
            earlier = (model.deleted_at < last.deleted_at) | (
                (model.deleted_at == last.deleted_at) & (model.id < before)
            )
            wanted = wanted.where(earlier)
    rows = list(db.session.scalars(wanted.order_by(model.deleted_at.desc(), model.id.desc()).limit(PAGE + 1)))
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


@bp.post("/<slug>/<int:id>/restoration")
def restore(id: int) -> Response:
    entity = g.entity
    record = db.session.scalars(
        select(entity.model).where(entity.model.id == id, access.deleted(entity, g.user))
    ).first()
    if record is None:
        raise NotFound
    with write():
        count = operations.restore(record, g.user)
    name = entity.name_of(record)
    text = _("“%(name)s” is back.", name=name)
    if count > 1:
        text = _n(
            "“%(name)s” is back, with %(num)s line that belongs to it.",
            "“%(name)s” is back, with %(num)s lines that belong to it.",
            count - 1,
            name=name,
        )
    say(text)
    return redirect_to_url(path(entity, id))
