"""The one door for every writer: browser, API, import, automation and bulk edit all call these functions.

Each is called inside ``with write():`` and does the whole of one change: rights, validation, the row, what must follow
it, history, duplicate keys and the search index, in one transaction.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select, update

from .. import access, activity, search
from ..core import clock
from ..core.db import db
from ..core.errors import Conflict, Invalid, Refused
from ..core.once import once
from ..entities import Entity, Field, attachments, every, find, of
from ..entities.types import Attachments
from ..users.models import User
from . import duplicates, events, numbering
from .values import Values, parse, stored_changes


def create(
    entity: Entity,
    raw: Mapping[str, Any],
    by: User,
    *,
    source: str = "web",
    batch: str | None = None,
    owner: int | str | None = "me",
) -> Any:
    """Make a record from unparsed `raw` {field key: text, list, cell}; returns it with its id.

    `owner`: a user id, None for no owner, or "me" for `by` when `raw` names nobody. Raises Invalid, Forbidden.
    """
    made = [_make(entity, new_values(entity, raw, by, owner=owner), by)]
    _save_new(entity, made, by, source, batch)
    return made[0][0]


def create_many(
    entity: Entity, raws: Iterable[Mapping[str, Any]], by: User, *, source: str, batch: str, owner: int | str | None
) -> list[Any]:
    """Make many records as :func:`create` makes one, with one statement for each table instead of one for each row.

    Returns, in order, the record or the Invalid that says why there is none. Other exceptions come out.
    """
    results: list[Any] = []
    made = []
    for raw in raws:
        try:
            made.append(_make(entity, new_values(entity, raw, by, owner=owner), by))
            results.append(made[-1][0])
        except Invalid as invalid:
            results.append(invalid)
    _save_new(entity, made, by, source, batch)
    return results


def new_values(entity: Entity, raw: Mapping[str, Any], by: User, *, owner: int | str | None = "me") -> Values:
    """The checked values a new record made from `raw` would have; writes nothing. Raises Invalid, Forbidden."""
    access.demand_any(by, entity, "create")
    values = parse(entity, raw, by)
    _defaults(entity, values)
    _check_required(entity, values, entity.form_fields)
    if values.get("owner") is None and owner is not None:
        values["owner"] = by.id if owner == "me" else owner
    _inherit(entity, values)
    _check_unique(entity, values, None)
    return values


def change(
    record: Any,
    raw: Mapping[str, Any],
    by: User,
    *,
    version: int | None = None,
    source: str = "web",
    batch: str | None = None,
    action: str = "changed",
) -> Mapping[str, tuple[Any, Any]]:
    """Change the sent fields of a record; returns {field key: (old, new)} of what really changed.

    With `version` (what the person's form was made from) fields that someone else changed since are not overwritten:
    untouched ones keep the other's value, touched ones raise Conflict. Raises Invalid, Forbidden, Conflict.
    """
    changes = wanted_changes(record, raw, by, version=version)
    if changes:
        apply(of(record), record, changes, by, source=source, batch=batch, action=action)
    return changes


def wanted_changes(
    record: Any, raw: Mapping[str, Any], by: User, *, version: int | None = None
) -> Mapping[str, tuple[Any, Any]]:
    """What :func:`change` would change, checked; writes nothing. Raises as it does."""
    entity = of(record)
    access.demand(by, record, "edit")
    values = parse(entity, raw, by, record)
    if version is not None and version != record.version:
        values = _merge(entity, record, values, version)
    changes = {key: (old, new) for key, new in values.items() if (old := entity[key].get(record)) != new}
    if entity.pooled and "owner" in changes and changes["owner"][1] is None:
        raise Invalid({"owner": _("To give it up, release it to the pool and say why.")})
    _check_required(entity, values, [entity[key] for key in changes])
    _check_unique(entity, {key: new for key, (_old, new) in changes.items()}, record)
    return changes


def apply(
    entity: Entity,
    record: Any,
    changes: Mapping[str, tuple[Any, Any]],
    by: User | None,
    *,
    source: str = "web",
    batch: str | None = None,
    action: str = "changed",
    kind: str | None = None,
) -> None:
    """Write checked `changes` {field key: (old, new)} and everything that must follow them.

    For model verbs that have asked their own rule; others call :func:`change`.
    """
    for key, (_old, new) in changes.items():
        entity[key].set(record, new)
    if "owner" in changes:
        _take_department(record)
    record.updated_by_id = by.id if by else record.updated_by_id
    record.updated_at = clock.now()
    record.before_save(changes, by)
    db.session.flush()
    if by is not None:
        _keep_files(entity, record, changes, by)
    activity.record(
        record,
        action,
        by=by,
        changes=stored_changes(entity, changes),
        source=source,
        batch=batch,
        kind=kind or ("owner" if "owner" in changes else "change"),
    )
    record.after_save(changes, by)
    if "owner" in changes:
        children_follow(record)
    _index(entity, record, changes)
    events.record_saved.send(record, entity=entity, changes=changes, by=by, created=False, source=source, batch=batch)
    db.session.flush()


def take_values(
    record: Any, values: Mapping[str, Any], by: User, *, batch: str | None = None, action: str = "changed"
) -> Mapping[str, tuple[Any, Any]]:
    """Give a record values that others of its entity have: they are not parsed, nor held against today's limits.

    The caller has asked which of them `by` may set. Returns as :func:`change` does. Raises Invalid.
    """
    entity = of(record)
    changes = {key: (old, new) for key, new in values.items() if (old := entity[key].get(record)) != new}
    _check_required(entity, values, [entity[key] for key in changes])
    _check_unique(entity, {key: new for key, (_old, new) in changes.items()}, record)
    if changes:
        apply(entity, record, changes, by, batch=batch, action=action)
    return changes


def delete(record: Any, by: User, *, source: str = "web", batch: str | None = None, action: str = "deleted") -> int:
    """Move a record and what belongs to it to the recycle bin; returns how many rows went."""
    access.demand(by, record, "delete")
    mark = f"{of(record).key}:{record.id}"
    return _delete(record, by, mark, None, source, batch, action)


def _delete(
    record: Any,
    by: User,
    mark: str,
    deleted_with: str | None,
    source: str,
    batch: str | None,
    action: str = "deleted",
) -> int:
    count = 1
    record.deleted_at, record.deleted_by_id, record.deleted_with = clock.now(), by.id, deleted_with
    db.session.flush()
    # What goes with another is one line there, not one for each.
    activity.record(record, action, by=by, source=source, batch=batch, off_host=deleted_with is not None)
    search.forget(record)
    duplicates.forget(record)
    for child, belongs in _children(record):
        for row in db.session.scalars(child.select().where(belongs)):
            count += _delete(row, by, mark, mark, source, batch)
    record.after_delete(by)
    events.record_deleted.send(record, entity=of(record), by=by)
    return count


def restore(record: Any, by: User, *, source: str = "web", batch: str | None = None) -> int:
    """Bring a record back from the recycle bin with everything that went with it; returns how many rows came."""
    entity = of(record)
    access.demand(by, record, "delete")
    host = _host(entity, record)
    if host is not None and host.deleted_at is not None:
        name = entity.name_of(record)
        raise Refused(_("“%(name)s” belongs to a record that is in the recycle bin. Restore that one.", name=name))
    _check_unique(entity, {f.key: f.get(record) for f in entity.fields if f.unique}, record)
    return _restore(record, by, f"{entity.key}:{record.id}", source, batch)


def _restore(record: Any, by: User, mark: str, source: str, batch: str | None) -> int:
    count = 1
    entity = of(record)
    along = record.deleted_with is not None
    record.deleted_at = record.deleted_by_id = record.deleted_with = None
    db.session.flush()
    activity.record(record, "restored", by=by, source=source, batch=batch, off_host=along)
    _index(entity, record, None)
    for child, belongs in _children(record):
        gone = select(child.model).where(child.rows(), belongs, child.model.deleted_with == mark)
        for row in db.session.scalars(gone):
            count += _restore(row, by, mark, source, batch)
    record.after_restore(by)
    events.record_restored.send(record, entity=entity, by=by)
    return count


def undo(record: Any, by: User, version: int | None = None) -> Mapping[str, tuple[Any, Any]]:
    """Take back the last change of a record, as long as nobody has changed the same fields since.

    With `version` the change that made that version of the record, whatever others changed after it. Raises Refused
    when there is nothing to undo. The undoing is itself a line of the history.
    """
    entity = of(record)
    access.demand(by, record, "edit")
    last = activity.last_change(entity.key, record.id, version)
    if last is None:
        raise Refused(_("There is no change to undo."))
    changes, overtaken = reversal(record, last.changes)
    if overtaken:
        raise Refused(_("“%(field)s” was changed again meanwhile. Change it by hand.", field=overtaken[0].label))
    if not changes:
        raise Refused(_("There is no change to undo."))
    take_back(record, changes, by)
    return changes


def reversal(record: Any, stored: Mapping[str, Any]) -> tuple[dict[str, tuple[Any, Any]], list[Field]]:
    """What takes the `stored` changes of a line of history back: ({field key: (now, before)}, fields changed since)."""
    entity = of(record)
    changes: dict[str, tuple[Any, Any]] = {}
    overtaken = []
    for key, (old, new) in stored.items():
        field = entity.get(key)
        if field is None:
            continue
        now = field.get(record)
        if (field.dump(now) if now is not None else None) != new:
            overtaken.append(field)
        else:
            changes[key] = (now, field.load_value(old))
    return changes, overtaken


def take_back(
    record: Any,
    changes: Mapping[str, tuple[Any, Any]],
    by: User,
    *,
    source: str = "web",
    batch: str | None = None,
) -> None:
    """Write what :func:`reversal` found; the caller has asked whether `by` may. Raises Invalid."""
    entity = of(record)
    _check_unique(entity, {key: new for key, (_old, new) in changes.items()}, record)
    apply(entity, record, changes, by, source=source, batch=batch, action="undone")


# --- the parts --------------------------------------------------------------------------------------------------------


def _make(entity: Entity, values: Values, by: User) -> tuple[Any, Values]:
    """(a new record in the session, not yet in the database, with its values)."""
    record = entity.new()
    numbering.fill(entity, values)
    for key, value in values.items():
        entity[key].set(record, value)
    _take_department(record)
    record.created_by_id = record.updated_by_id = by.id
    record.created_at = record.updated_at = clock.now()
    record.before_save(_as_changes(values), by)
    db.session.add(record)
    return record, values


def _as_changes(values: Values) -> dict[str, tuple[Any, Any]]:
    return {key: (None, value) for key, value in values.items() if value is not None}


def _save_new(entity: Entity, made: list[tuple[Any, Values]], by: User, source: str, batch: str | None) -> None:
    """Write new records and everything that must follow them."""
    db.session.flush()
    for record, values in made:
        changes = _as_changes(values)
        _keep_files(entity, record, changes, by)
        stored = stored_changes(entity, changes)
        activity.record(record, "created", by=by, changes=stored, source=source, batch=batch, kind=entity.timeline_kind)
        record.after_save(changes, by)
        about = {"entity": entity, "changes": changes, "by": by, "source": source, "batch": batch}
        events.record_saved.send(record, created=True, **about)
    duplicates.index_new(record for record, _values in made)
    search.index_all(record for record, _values in made)
    db.session.flush()


def _defaults(entity: Entity, values: Values) -> None:
    for field in entity.form_fields:
        if field.key not in values and field.default is not None:
            values[field.key] = field.default() if callable(field.default) else field.default


def _check_required(entity: Entity, values: Values, fields: Iterable[Field]) -> None:
    errors = {
        field.key: _("%(field)s is required.", field=field.label)
        for field in fields
        if field.required and values.get(field.key) is None
    }
    if errors:
        raise Invalid(errors)


def _check_unique(entity: Entity, values: Mapping[str, Any], record: Any | None) -> None:
    errors = {}
    for key, value in values.items():
        field = entity[key]
        if not field.unique or value is None:
            continue
        same = entity.select().where(field.column(entity.model) == field.bind(value))
        if record is not None:
            same = same.where(entity.model.id != record.id)
        if db.session.scalars(same.limit(1)).first() is not None:
            errors[key] = _(
                "“%(value)s” exists already; %(field)s must be different for each.",
                value=field.text(value),
                field=field.label,
            )
    if errors:
        raise Invalid(errors)


def _inherit(entity: Entity, values: Values) -> None:
    """A record that belongs to another takes over its owner."""
    parent = entity.parent
    if parent is None or not entity.follows_owner or not values.get(parent.key):
        return
    child = entity.new()
    parent.set(child, values[parent.key])
    host = _host(entity, child)
    if host is not None:
        values["owner"] = host.owner_id


def _take_department(record: Any) -> None:
    id = record.owner_id
    owner = once(("owner", id), lambda: db.session.get(User, id)) if id else None
    if owner is not None:
        record.department_id = owner.department_id


def _host(entity: Entity, record: Any) -> Any | None:
    """The record that `record` belongs to, deleted or not."""
    parent = entity.parent
    place = parent.host(record) if parent is not None else None
    return db.session.get(find(place[0]).model, place[1]) if place is not None else None


def _children(record: Any) -> list[tuple[Entity, ColumnElement[bool]]]:
    """Entities whose records may belong to `record`, each with the condition that they do."""
    key = of(record).key
    return [
        (child, child.parent.points_to(child.model, key, record.id))
        for child in every()
        if child.parent is not None and child.parent.may_target(key)
    ]


def children_follow(record: Any) -> None:
    """Let what belongs to a record have its owner, where it always has; inside write()."""
    for child, belongs in _children(record):
        if child.follows_owner:
            db.session.execute(
                update(child.model)
                .where(child.rows(), belongs)
                .values(owner_id=record.owner_id, department_id=record.department_id)
                .execution_options(synchronize_session="fetch")
            )


def _keep_files(entity: Entity, record: Any, changes: Mapping[str, tuple[Any, Any]], by: User) -> None:
    for key, (old, new) in changes.items():
        field = entity[key]
        if isinstance(field, Attachments) and new:
            fresh = [token for token in new if token not in (old or ())]
            attachments.claim(fresh, entity.key, record.id, key, by.id)


def _index(entity: Entity, record: Any, changes: Mapping[str, Any] | None) -> None:
    if changes is None or any(field.key in changes for field in entity.searchable()):
        search.index(record)
    if changes is None or duplicates.matters(entity, changes):
        duplicates.index(record)


def _merge(entity: Entity, record: Any, values: Values, version: int) -> Values:
    """What is left to write of `values` made from `version`, when others have changed the record since."""
    theirs = activity.changed_since(entity.key, record.id, version)
    kept: Values = {}
    clash: dict[str, Any] = {}
    for key, mine in values.items():
        field = entity[key]
        if key not in theirs:
            kept[key] = mine
            continue
        stored = field.dump(mine) if mine is not None else None
        if stored == theirs[key]:
            continue  # this person never touched it: the other's value stays
        if field.get(record) != mine:
            clash[key] = field.get(record)
    if clash:
        names = _(", ").join(str(entity[key].label) for key in clash)
        raise Conflict(
            _("Someone else changed %(fields)s meanwhile. Choose which value to keep.", fields=names),
            record.version,
            clash,
        )
    return kept
