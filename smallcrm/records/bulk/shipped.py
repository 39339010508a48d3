"""The verbs that the records of every entity have: change fields, assign, tag, delete; restore from the recycle bin."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select

from ... import access
from ...core.db import db
from ...core.errors import Invalid
from ...entities import Entity, Field, every, of
from ...entities.types import MultiChoice
from ...users.models import User
from .. import operations, submitted, values
from ..merging.operations import MOST as MOST_MERGED
from .models import SMALL
from .selection import Selection
from .verbs import Form, Link, Values, Verb, add, add_link

# What cannot be the same for many records, or is chosen at the record itself.
SINGLE = ("record_link", "files", "images")
ADD, TAKE = "add", "take"


# --- change fields ----------------------------------------------------------------------------------------------------


def changeable(entity: Entity, user: User) -> list[Field]:
    """The fields that many records can be given at once: not their name, nothing unique, no files."""
    return [
        field
        for field in access.writable_fields(entity, user)
        if not (field.unique or field.key == entity.title_key or field.widget in SINGLE)
        and (field.key != "owner" or has_own_owner(entity))
    ]


def has_own_owner(entity: Entity) -> bool:
    """Whether its records have an owner of their own, not that of the record they belong to."""
    return entity.parent is None or not entity.follows_owner


def clearable(field: Field) -> bool:
    """Whether it can be emptied. To give up an owner is another verb, where there is a pool."""
    return not field.required and not (field.key == "owner" and field.entity.pooled)


def _shown_fields(selection: Selection, form: Form) -> dict[str, Any]:
    fields = changeable(selection.entity, selection.user)
    return {"fields": fields, "clearable": clearable, "sent": form, "values": submitted.again(selection.entity)}


def _read_fields(entity: Entity, user: User, form: Form) -> dict[str, Any]:
    cleared = form.getlist("clear")
    raw: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in changeable(entity, user):
        if field.key in cleared:
            raw[field.key] = None
            if not clearable(field):
                errors[field.key] = _("%(field)s is required.", field=field.label)
        elif any(text.strip() for text in form.getlist(field.key)):
            raw[field.key] = form.getlist(field.key)
    if not raw:
        raise Invalid({"": _("Choose at least one field, and what it shall be.")})
    if errors:
        raise Invalid(errors)
    return {"fields": _as_json(entity, values.parse(entity, raw, user))}


def _as_json(entity: Entity, parsed: Mapping[str, Any]) -> dict[str, Any]:
    # Understood now, with what "me" and "tomorrow" mean now, however late it is done.
    return {key: None if value is None else entity[key].api(value) for key, value in parsed.items()}


def _words_of_fields(entity: Entity, given: Values) -> list[str]:
    lines = []
    for key, stored in given["fields"].items():
        field = entity.get(key)
        if field is not None:
            text = _("(emptied)") if stored is None else field.text(field.parse(stored))
            lines.append(_("%(field)s → %(value)s", field=field.label, value=text))
    return lines


def _change(record: Any, given: Values, by: User, batch: str) -> bool:
    return bool(operations.change(record, given["fields"], by, source="bulk", batch=batch))


def _touches(given: Values, fields: set[str]) -> bool:
    return not fields.isdisjoint(given["fields"])


# --- assign -----------------------------------------------------------------------------------------------------------


def _may_assign(entity: Entity, user: User) -> bool:
    owner = entity.get("owner")
    return owner is not None and owner in access.writable_fields(entity, user) and has_own_owner(entity)


def _shown_owner(selection: Selection, form: Form) -> dict[str, Any]:
    return {"field": selection.entity["owner"], "sent": form}


def _read_owner(entity: Entity, user: User, form: Form) -> dict[str, Any]:
    parsed = values.parse(entity, {"owner": form.get("owner", "")}, user)
    if parsed["owner"] is None:
        raise Invalid({"owner": _("Choose who gets them.")})
    return {"fields": _as_json(entity, parsed)}


# --- tags -------------------------------------------------------------------------------------------------------------


def taggable(entity: Entity, user: User) -> list[Field]:
    """The fields that hold several words: tags, and choices of several."""
    return [field for field in access.writable_fields(entity, user) if isinstance(field, MultiChoice)]


def _has_tags(entity: Entity, user: User) -> bool:
    return bool(taggable(entity, user))


def _shown_tags(selection: Selection, form: Form) -> dict[str, Any]:
    hows = [(ADD, _("Add")), (TAKE, _("Take away"))]
    fields = taggable(selection.entity, selection.user)
    return {"fields": fields, "sent": form, "values": submitted.again(selection.entity), "hows": hows}


def _read_tags(entity: Entity, user: User, form: Form) -> dict[str, Any]:
    fields = taggable(entity, user)
    raw = {field.key: form.getlist(field.key) for field in fields if any(form.getlist(field.key))}
    parsed = {key: words for key, words in values.parse(entity, raw, user).items() if words}
    if not parsed:
        raise Invalid({"": _("Enter at least one tag.")})
    return {"how": TAKE if form.get("how") == TAKE else ADD, "fields": _as_json(entity, parsed)}


def _words_of_tags(entity: Entity, given: Values) -> list[str]:
    sentence = _("%(field)s: add %(words)s") if given["how"] == ADD else _("%(field)s: take away %(words)s")
    found = ((entity.get(key), words) for key, words in given["fields"].items())
    return [sentence % {"field": field.label, "words": field.text(words)} for field, words in found if field]


def _tag(record: Any, given: Values, by: User, batch: str) -> bool:
    raw = {}
    for key, words in given["fields"].items():
        has = list(of(record)[key].get(record) or ())
        if given["how"] == TAKE:
            raw[key] = [word for word in has if word not in words]
        else:
            raw[key] = has + [word for word in words if word not in has]
    return bool(operations.change(record, raw, by, source="bulk", batch=batch))


def _never(_given: Values, _fields: set[str]) -> bool:
    return False


# --- delete and restore -----------------------------------------------------------------------------------------------


def _shown_belongings(selection: Selection, form: Form) -> dict[str, Any]:
    return {"belongings": belongings(selection, "delete")}


def belongings(selection: Selection, action: str) -> list[tuple[Any, int]] | None:
    """(what, how many) belongs to the records and would go with them; None where counting would take long."""
    entity, model = selection.entity, selection.entity.model
    wanted = (selection.condition(DELETE), access.within(entity, selection.user, action))
    ids = db.session.scalars(select(model.id).where(*wanted).limit(SMALL + 1)).all()
    if len(ids) > SMALL:
        return None
    found = []
    for child in every():
        if ids and child.parent is not None and child.parent.may_target(entity.key):
            belongs = or_(*(child.parent.points_to(child.model, entity.key, id) for id in ids))
            count = db.session.scalar(select(func.count(child.model.id)).where(child.rows(), child.live(), belongs))
            if count:
                found.append((child.label, count))
    return found


def _delete(record: Any, given: Values, by: User, batch: str) -> bool:
    return operations.delete(record, by, source="bulk", batch=batch) > 0


def _restore(record: Any, given: Values, by: User, batch: str) -> bool:
    return operations.restore(record, by, source="bulk", batch=batch) > 0


def _may_merge(entity: Entity, user: User) -> bool:
    # What was said and what is to be done is no thing that could be there twice.
    rights = access.may(user, entity, "edit") and access.may(user, entity, "delete")
    return rights and entity.timeline_kind == "change"


CHANGE = Verb(
    key="change",
    label=_l("Change fields"),
    icon="pencil",
    action="edit",
    title=_l("Change fields of %(num)s records (%(what)s)"),
    result=_l("Changed %(num)s records (%(what)s)"),
    run=_change,
    template="records/bulk/_change.html",
    shown=_shown_fields,
    read=_read_fields,
    words=_words_of_fields,
    clashes=_touches,
    first=True,
)
ASSIGN = Verb(
    key="assign",
    label=_l("Assign"),
    icon="user-check",
    action="edit",
    title=_l("Assign %(num)s records (%(what)s)"),
    result=_l("Assigned %(num)s records (%(what)s)"),
    run=_change,
    offered=_may_assign,
    template="records/bulk/_assign.html",
    shown=_shown_owner,
    read=_read_owner,
    words=_words_of_fields,
    clashes=_touches,
    first=True,
)
TAG = Verb(
    key="tags",
    label=_l("Tags"),
    icon="tags",
    action="edit",
    title=_l("Tags of %(num)s records (%(what)s)"),
    result=_l("Changed the tags of %(num)s records (%(what)s)"),
    run=_tag,
    offered=_has_tags,
    template="records/bulk/_tags.html",
    shown=_shown_tags,
    read=_read_tags,
    words=_words_of_tags,
    clashes=_never,
    first=True,
)
DELETE = Verb(
    key="deletion",
    label=_l("Delete"),
    icon="trash",
    action="delete",
    title=_l("Delete %(num)s records (%(what)s)"),
    result=_l("Deleted %(num)s records (%(what)s)"),
    run=_delete,
    template="records/bulk/_delete.html",
    shown=_shown_belongings,
    danger=True,
)
RESTORE = Verb(
    key="restoration",
    label=_l("Restore"),
    icon="arrow-back-up",
    action="delete",
    title=_l("Restore %(num)s records (%(what)s)"),
    result=_l("Restored %(num)s records (%(what)s)"),
    run=_restore,
    of_deleted=True,
    first=True,
)


MERGE = Link(
    key="merge",
    label=_l("Merge"),
    icon="copy",
    path=lambda entity: f"/{entity.slug}/merging/compare",
    is_offered=_may_merge,
    least=2,
    most=MOST_MERGED,
)


def declare() -> None:
    """Put them into the registry."""
    for verb in (CHANGE, ASSIGN, TAG, DELETE, RESTORE):
        add(verb)
    add_link(MERGE)
