"""The pages of merging: what seems to be there twice, the comparison, the merge itself and the way back."""

from collections.abc import Sequence
from typing import Any

from flask import abort, g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext as _n
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from ... import access
from ...core.db import db, write
from ...core.errors import Invalid, Refused
from ...core.web import SENTENCES, error_response, page, redirect_to_url, say
from ...entities import Entity, of
from .. import events, panels, routes, submitted, timeline
from . import choices, models, references, suspects
from . import operations as verbs
from .undoing import Undone
from .undoing import undo as take_back

LONGEST_QUERY = 200


@routes.bp.get("/<slug>/merging")
def merging() -> Response:
    entity = _entity("view")
    asked, after = request.args.get("kind"), request.args.get("after", "")[:LONGEST_QUERY]
    kind, found = suspects.first(entity, g.user, asked, after)
    return page(
        "records/merging.html",
        block="groups",
        entity=entity,
        kind=kind,
        kinds=suspects.kinds(entity),
        words=suspects.WORDS,
        found=found,
        first=not after,
        may_merge=access.may(g.user, entity, "delete") and access.may(g.user, entity, "edit"),
        may_edit=access.may(g.user, entity, "edit"),
    )


@routes.bp.get("/<slug>/<int:id>/merging")
def merge_with(id: int) -> Response:
    record = access.permitted(g.entity, id, "edit")
    return page(
        "records/merging_with.html",
        entity=g.entity,
        record=record,
        name=g.entity.name_of(record),
        others=suspects.of_record(record, g.user),
        words=suspects.WORDS,
        most=verbs.MOST,
    )


@routes.bp.get("/<slug>/merging/compare")
def compare() -> Response:
    entity = _entity("edit")
    return _compare(_records(entity, request.args.getlist("ids")), request.args.get("into", type=int), {})


def _compare(
    records: Sequence[Any],
    into: int | None,
    sent: dict[str, str],
    *,
    errors: dict[str, str] | None = None,
    changed: Sequence[Any] = (),
    status: int = 200,
) -> Response:
    """The comparison; the survivor is the one called `into`, if it may be that, else what has been there longest."""
    entity: Entity = of(records[0])
    may_stay = [r for r in records if all(_may(one, "edit" if one is r else "delete") for one in records)]
    survivor = next((r for r in may_stay if r.id == into), None) or (may_stay[0] if may_stay else records[0])
    rows = choices.rows(records, survivor, g.user, sent)
    names = {record.id: entity.name_of(record) for record in records}
    return page(
        "records/merging_compare.html",
        block="compare",
        status=status,
        entity=entity,
        records=records,
        survivor=survivor,
        may_stay=may_stay,
        names=names,
        different=[row for row in rows if not row.same],
        same=[row for row in rows if row.same],
        counts={record.id: references.counts(record, g.user) for record in records},
        errors=errors or {},
        changed=changed,
        ids=",".join(str(record.id) for record in records),
        key=submitted.key(),
        BOTH=choices.BOTH,
    )


def _may(record: Any, action: str) -> bool:
    return access.allows(g.user, record, action)


@routes.bp.post("/<slug>/merging")
def merge() -> Response:
    entity = _entity("edit")
    known = submitted.result_of(request.form.get("form_key", ""))
    if known is not None:
        return redirect_to_url(routes.path(entity, known))
    ids, into = request.form.getlist("ids"), request.form.get("into", type=int)
    sent = {f.key: request.form.get(f"f.{f.key}", "") for f in choices.choosable(entity, g.user)}
    records = _records(entity, ids)
    if into not in {record.id for record in records}:
        abort(400)
    changed = [r for r in records if request.form.get(f"version.{r.id}", type=int) != r.version]
    if changed:
        return _compare(records, into, sent, changed=changed, status=409)
    try:
        with write():
            survivor, others = _apart(_records(entity, ids), into)
            submitted.once(lambda: verbs.merge(survivor, others, g.user, sent).survivor_id)
    except Invalid as invalid:
        return _compare(_records(entity, ids), into, sent, errors=invalid.errors, status=422)
    name = entity.name_of(access.visible_or_404(entity, into))
    say(
        _n(
            "%(num)s record is now part of “%(name)s”.",
            "%(num)s records are now part of “%(name)s”.",
            len(others),
            name=name,
        ),
        undo=f"{routes.path(entity, into)}/unmerging",
    )
    return redirect_to_url(routes.path(entity, into))


def _apart(records: Sequence[Any], into: int | None) -> tuple[Any, list[Any]]:
    """(the one that stays, the others)."""
    survivor = next(record for record in records if record.id == into)
    return survivor, [record for record in records if record.id != into]


@routes.bp.post("/<slug>/<int:id>/unmerging")
def unmerge(id: int) -> Response:
    record = access.permitted(g.entity, id, "edit")
    with write():
        done = take_back(record, g.user)
    say(_words(done))
    return redirect_to_url(routes.path(g.entity, id))


def _words(done: Undone) -> str:
    """What came back and what did not, as one or more sentences."""
    words = [_("Taken back: %(names)s are records of their own again.", names=_(", ").join(done.names))]
    if done.fields:
        names = _(", ").join(str(field.label) for field in done.fields)
        words.append(_("Changed since the merge, and left as they are: %(fields)s.", fields=names))
    if done.rows:
        words.append(
            _n(
                "%(num)s record that had moved refers to something else by now and was left there.",
                "%(num)s records that had moved refer to something else by now and were left there.",
                done.rows,
            )
        )
    return " ".join(words)


@routes.bp.post("/<slug>/merging/distinction")
def tell_apart() -> Response:
    entity = _entity("edit")
    records = _editable(entity)
    with write():
        suspects.tell_apart(records, g.user)
    ids = ",".join(str(record.id) for record in records)
    say(
        _("They will not be suspected of being the same again."),
        undo=f"{routes.path(entity)}/merging/suspicion?ids={ids}",
    )
    return _back(entity)


@routes.bp.post("/<slug>/merging/suspicion")
def suspect_again() -> Response:
    entity = _entity("edit")
    records = _editable(entity)
    with write():
        suspects.suspect_again(records)
    say(_("They are suspected of being the same again."))
    return _back(entity)


def _back(entity: Entity) -> Response:
    kind = suspects.kind_of(entity, request.values.get("kind"))
    return redirect_to_url(f"{routes.path(entity)}/merging" + (f"?kind={kind}" if kind else ""))


def _entity(action: str) -> Entity:
    """The entity of the address, if the person may do `action` on some of its records."""
    entity: Entity = g.entity
    access.demand_any(g.user, entity, action)
    return entity


def _records(entity: Entity, raw: Sequence[str]) -> list[Any]:
    """Two to five visible records from ids, each alone or several with commas between; 404 if one is not visible."""
    texts = [part for text in raw for part in text[:LONGEST_QUERY].split(",") if part.strip()]
    if not all(part.strip().isascii() and part.strip().isdecimal() and len(part) < 16 for part in texts):
        abort(400)
    ids = list(dict.fromkeys(int(part) for part in texts))
    if not 2 <= len(ids) <= verbs.MOST:
        raise Refused(_("Choose two to %(most)s records to merge.", most=verbs.MOST))
    wanted = select(entity.model).where(entity.model.id.in_(ids), access.visible(entity, g.user))
    found = db.session.scalars(wanted.order_by(entity.model.id)).all()
    if len(found) != len(ids):
        abort(404)
    return list(found)


def _editable(entity: Entity) -> list[Any]:
    """The records that were sent, if the person may change each: what is said of them holds for everybody."""
    records = _records(entity, request.values.getlist("ids"))
    for record in records:
        access.demand(g.user, record, "edit")
    return records


@routes.bp.errorhandler(NotFound)
def _moved(error: NotFound) -> Response:
    """The page of a record that was merged leads to the one it went into, if that may be seen."""
    id = (request.view_args or {}).get("id")
    asked = request.method == "GET" and id is not None and "entity" in g
    into = models.leads_to(g.entity.key, id) if asked else None
    survivor = access.visible_by_key(g.entity.key, into, g.user) if into is not None else None
    if survivor is None:
        return error_response(404, SENTENCES[404]())
    say(_("What you looked for was merged into “%(name)s”.", name=g.entity.name_of(survivor)), kind="info")
    return redirect_to_url(routes.path(g.entity, survivor.id))


def _menu(record: Any) -> dict[str, Any]:
    """What the menu of a record's page offers."""
    entity = of(record)
    # What was said or is to be done is not there twice.
    able = entity.timeline_kind == "change" and access.allows(g.user, record, "edit")
    done = verbs.last(record) if able else None
    return {
        "href": f"{routes.path(entity, record.id)}/merging" if able and access.may(g.user, entity, "delete") else None,
        "undo": f"{routes.path(entity, record.id)}/unmerging" if done is not None and _may_take_back(done) else None,
    }


def _may_take_back(done: models.Merge) -> bool:
    return all(_may(record, "delete") for record in verbs.gone(done))


def declare() -> None:
    """Put merging where people look for it, and hear of records that come back."""
    events.record_restored.connect(verbs.record_restored)
    panels.add("*", "menu", "records/merging_menu.html", _menu)
    panels.add_list_action("*", "records/merging_list_menu.html")
    timeline.ACTIONS.update(
        merged=_l("merged other records into it"),
        went_in=_l("was merged"),
        unmerged=_l("took a merge back"),
        moved=_l("moved by a merge"),
    )
    timeline.ICONS.update(
        merged=("transfer-in", "blue"), went_in=("transfer-in", "grey"), unmerged=("arrow-back-up", "grey")
    )
