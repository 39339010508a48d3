"""How an import treats what is there already: the choices, their words, and what they start with."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ..core.errors import Invalid
from ..entities import Entity, Field
from ..entities.types import AutoNumber

SIMILAR = "similar"
NEVER = ""

# What happens to a row: when its record exists, when it does not.
MODES = {
    "create": _l("Skip it: only new ones are added"),
    "upsert": _l("Update it with this row; others are added"),
    "update": _l("Update it with this row; nothing new is added"),
    "anyway": _l("Add the row all the same"),
}


def alike(entity: Entity) -> list[Field]:
    """The fields of which any equal value means the same record, unless somebody says otherwise."""
    return [field for field in entity.fields if field.unique or field.identity is not None]


def matchable(entity: Entity) -> list[Field]:
    """The fields by which a record can be recognised: those that are meant to be different for each, or nearly."""
    certain = alike(entity)
    return [field for field in entity.fields if field in certain or _is_telling(field)]


def _is_telling(field: Field) -> bool:
    is_title = field.key == field.entity.title_key
    return isinstance(field, AutoNumber) or (field.can_be_unique and (field.searchable or is_title))


def rules(entity: Entity) -> list[tuple[str, str]]:
    """(value, words) of the ways to recognise a record that exists already."""
    certain = alike(entity)
    found = [(NEVER, _("Do not look; every row is new"))]
    if len(certain) > 1:
        words = dict.fromkeys(str(field.label) for field in certain)
        found.append((SIMILAR, _("Same %(fields)s (any of them)", fields=_(", ").join(words))))
    return found + [(field.key, _("Same %(field)s", field=field.label)) for field in matchable(entity)]


def defaults(entity: Entity) -> dict[str, Any]:
    """What a new import starts with: what is certainly the same is recognised, and what exists is left alone."""
    certain = alike(entity)
    match = SIMILAR if len(certain) > 1 else certain[0].key if certain else NEVER
    return {"match": match, "mode": "create"}


def checked(entity: Entity, asked: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The options a form or a program asks for. Raises Invalid when they do not go with the mapping."""
    chosen = {**defaults(entity), **{key: str(asked[key]) for key in ("match", "mode") if asked.get(key) is not None}}
    if chosen["mode"] not in MODES:
        raise Invalid({"mode": _("Choose one of the ways.")})
    if chosen["match"] not in dict(rules(entity)):
        raise Invalid({"match": _("Records cannot be recognised by “%(key)s”.", key=chosen["match"][:60])})
    if chosen["mode"] in ("upsert", "update"):
        if chosen["match"] == NEVER:
            raise Invalid({"match": _("To update records, say how to recognise them.")})
        wanted = {f.key for f in alike(entity)} if chosen["match"] == SIMILAR else {chosen["match"]}
        if not wanted & set(mapping.values()):
            labels = _(", ").join(str(entity[key].label) for key in sorted(wanted))
            raise Invalid({"match": _("No column is matched to %(fields)s.", fields=labels)})
    return chosen
