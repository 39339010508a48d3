"""Pages of this room, one module per noun, all in one blueprint."""

from flask import Blueprint, abort

from ...entities import Entity, Field, by_slug

bp = Blueprint("settings", __name__, url_prefix="/settings")


def entity_or_404(slug: str) -> Entity:
    """The entity in use with this word in its address."""
    entity = by_slug(slug)
    if entity is None:
        abort(404)
    return entity


def field_or_404(entity: Entity, key: str) -> Field:
    """A field of an entity, in use or retired."""
    field = entity.all_fields.get(key)
    if field is None:
        abort(404)
    return field
