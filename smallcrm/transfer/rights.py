"""Who may import and export, asked again at every step: rights can be taken away while the work goes on."""

from typing import Any

from flask_babel import gettext as _

from .. import access
from ..access import Forbidden
from ..core.errors import Refused
from ..entities import Entity, every
from ..users.models import User
from .models import Export, Import


def entity_of(row: Import | Export) -> Entity:
    """The entity of an import or export. Raises Refused when it was retired."""
    for entity in every():
        if entity.key == row.entity:
            return entity
    raise Refused(_("This module no longer exists."))


def demand(row: Import, user: User) -> None:
    """Raise Refused unless `user`, whose import it is, may still import into the entity."""
    if not user.is_active:
        raise Forbidden(_("This account is disabled."))
    if not may_import(user, entity_of(row)):
        raise Forbidden(_("You do not have the right to do this. Ask your administrator if you need it."))


def may_import(user: User, entity: Entity) -> bool:
    """Whether to offer an import: it is allowed, and so is making or changing records."""
    makes = access.may(user, entity, "create") or access.may(user, entity, "edit")
    return access.may(user, entity, "import") and makes


def may_export(user: User, entity: Entity) -> bool:
    """Whether to offer an export."""
    return access.may(user, entity, "export") and access.may(user, entity, "view")


def importable(user: User) -> list[Any]:
    """The entities that `user` may import into."""
    return [entity for entity in every() if entity.menu and may_import(user, entity)]
