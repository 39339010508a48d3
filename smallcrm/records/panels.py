"""Where slices put what is peculiar to an entity onto its general pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g
from sqlalchemy import func, select

from .. import access
from ..core.db import db
from ..entities import Entity, every, of

SHOWN = 5
PLACES = ("actions", "meta", "menu", "composer", "side", "dialog")


@dataclass(frozen=True)
class Panel:
    """A template on the detail page of an entity.

    `place`: "actions" (header), "meta" (the line under the title), "menu", "composer", "side" or "dialog" (what a line
    of the menu opens; outside the parts that a phone shows one at a time).
    """

    entity: str
    place: str
    template: str
    values: Callable[[Any], dict[str, Any]]


_panels: list[Panel] = []
_row_actions: dict[str, str] = {}
_list_actions: dict[str, list[str]] = {}


def add(entity: str, place: str, template: str, values: Callable[[Any], dict[str, Any]] = lambda record: {}) -> None:
    """Put `template` on the detail page of `entity` ("*" for all); `values(record)` are its own variables."""
    panel = Panel(entity, place, template, values)
    if panel not in _panels:
        _panels.append(panel)


def add_row_actions(entity: str, template: str) -> None:
    """Put buttons at the end of each row of an entity's lists; the template gets `row_id` and `record_path`."""
    _row_actions[entity] = template


def add_list_action(entity: str, template: str) -> None:
    """Put a template into the menu of an entity's list ("*" for all); it gets `entity` and `listing`."""
    if template not in _list_actions.setdefault(entity, []):
        _list_actions[entity].append(template)


def _of_place(entity: Entity, place: str) -> list[Panel]:
    """The panels of one place, in the order of the slices."""
    return [panel for panel in _panels if panel.place == place and panel.entity in (entity.key, "*")]


def row_actions(entity: Entity) -> str | None:
    """The template of the row buttons, if any."""
    return _row_actions.get(entity.key)


def list_actions(entity: Entity) -> list[str]:
    """The templates of the list's menu."""
    return [*_list_actions.get("*", []), *_list_actions.get(entity.key, [])]


def of_record(record: Any) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """place → [(template, its variables)] for a record's page."""
    entity = of(record)
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {place: [] for place in PLACES}
    for place, templates in found.items():
        templates += [(panel.template, panel.values(record)) for panel in _of_place(entity, place)]
    return found


@dataclass(frozen=True)
class Related:
    """Records of another entity that point to this one: the first few, and how many there are."""

    entity: Entity
    field: str
    rows: list[Any]
    count: int
    more_href: str
    new_href: str | None


def related(record: Any) -> list[Related]:
    """The lists of records that refer to this one, for its page; what stands on the timeline is not repeated."""
    entity = of(record)
    found = []
    for other in every():
        for field in other.fields:
            if not hasattr(field, "points_to") or not field.may_target(entity.key) or other.timeline_kind != "change":
                continue
            if not access.may(g.user, other, "view"):
                continue
            wanted = (access.visible(other, g.user), field.points_to(other.model, entity.key, record.id))
            count = db.session.scalar(select(func.count()).select_from(other.model).where(*wanted)) or 0
            rows = select(other.model).where(*wanted).order_by(other.model.id.desc()).limit(SHOWN)
            value = record.id if field.type == "reference" else f"{entity.key}:{record.id}"
            op = "in" if field.type == "reference" else "eq"
            found.append(
                Related(
                    entity=other,
                    field=field.key,
                    rows=list(db.session.scalars(rows)) if count else [],
                    count=count,
                    more_href=f"/{other.slug}?f.{field.key}.{op}={value}",
                    new_href=f"/{other.slug}/new?{field.key}={value}&next=/{entity.slug}/{record.id}"
                    if access.may(g.user, other, "create")
                    else None,
                )
            )
    return found
