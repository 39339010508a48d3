"""Small questions that the templates of records ask; registered as Jinja globals."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask, g
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from .. import access
from ..core import i18n
from ..core.errors import Conflict
from ..entities import Entity, Field, FieldError, attachments, find, regions
from ..entities.types import RecordLink, Reference
from ..entities.types.periods import PERIODS
from . import filtering
from .conditions import Filter, Part, record_words, sentence
from .listing import Listing, url_encode
from .pickers import options_for
from .views import Choice

CHIP_HOUR = 9


def due_chips() -> list[tuple[str, str]]:
    """(words, value) of the usual next dates, at nine in the morning of the company; no day twice."""
    today = i18n.today()
    monday = today + timedelta(days=7 - today.weekday())
    days = (
        (_("Tomorrow"), today + timedelta(days=1)),
        (_("In 3 days"), today + timedelta(days=3)),
        (_("Next week"), monday),
    )
    named = {day: words for words, day in reversed(days)}  # on Sundays next week begins tomorrow
    return [(named[day], f"{day.isoformat()}T{CHIP_HOUR:02}:00") for day in sorted(named)]


def current_options(field: Field, value: Any) -> list[tuple[str, str, str]]:
    """(value, label, colour) of the options in use, and of a retired one that the record still has."""
    held = set(value) if isinstance(value, (list, tuple)) else {value}
    return [(o.value, str(o.label), o.colour) for o in field.options if not o.retired or o.value in held]


def plain_options(field: Field) -> list[tuple[str, str]]:
    """(value, label) of the options in use, without their colours."""
    return [(value, label) for value, label, _colour in current_options(field, "")]


def picked_text(field: Field, value: Any) -> str:
    """The words of a picker's current value; "" for none or one that cannot be understood."""
    try:
        if value in (None, ""):
            return ""
        if isinstance(field, Reference):
            found = field.parse_among(value, access.visible(field.target, g.user))
            return record_words(field, found) if found is not None else ""
        parsed = field.parse(value)
    except FieldError:
        return ""
    return record_words(field, parsed) if isinstance(field, RecordLink) and parsed else field.text(parsed)


def provinces() -> list[tuple[str, str]]:
    """(code, name) of every province."""
    return [(region.code, region.name) for region in regions.below("")]


def sort_options(listing: Listing) -> list[tuple[str, str]]:
    """(sort key, words) of the ways a list can be sorted by what it shows; cards have no heads to press."""
    fields = [field for field in listing.columns if field.sortable]
    if listing.sort is not None and listing.sort not in fields:
        fields.append(listing.sort)
    up = [(field.key, _("%(field)s, ascending", field=field.label)) for field in fields]
    down = [(f"-{field.key}", _("%(field)s, descending", field=field.label)) for field in fields]
    return [option for pair in zip(up, down, strict=True) for option in pair]


def files_of(tokens: Sequence[str]) -> list[Any]:
    """The rows of stored files, in order."""
    known = attachments.by_tokens(tokens)
    return [known[token] for token in tokens if token in known]


def period_options() -> list[tuple[str, str]]:
    """(name, words) of the periods a date can be filtered by."""
    return [(name, str(words)) for name, words in PERIODS.items()]


def chosen_of(listing: Listing, field: Field) -> dict[str, tuple[str, ...]]:
    """operator → values of the plain conditions in force on one field."""
    return {each.op: each.values for each in listing.filters if each.path == field.key and not each.group}


def sentence_of(listing: Listing) -> list[Part]:
    """The conditions of a list as one sentence, in pieces."""
    return sentence(listing.filters, listing.match)


def without(listing: Listing, filter: Filter) -> MultiDict[str, str]:
    """The URL of a list without one of its conditions."""
    rest = [each for each in listing.filters if each is not filter]
    return replace(listing, filters=rest).parameters()


def view_tabs(listing: Listing, tabs: Sequence[Choice]) -> list[tuple[str, str, bool, None]]:
    """The views above a list, as tabs."""
    open_ = listing.view.key if listing.view else ""
    return [(each.name, f"{listing.path}?view={each.key}", each.key == open_, None) for each in tabs]


def shown_errors(entity: Entity, errors: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(id, label, sentence) of what is wrong with a form."""
    return [(key, str(entity[key].label) if entity.get(key) else "", sentence) for key, sentence in errors.items()]


def conflict_rows(entity: Entity, conflict: Conflict, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """What ui.conflict shows: for each field this person's value and the other's."""
    rows = []
    for key, theirs in conflict.fields.items():
        field = entity[key]
        try:
            mine = field.text(field.parse(values.get(key)))
        except FieldError:
            mine = str(values.get(key, ""))
        rows.append({"name": key, "label": str(field.label), "mine": mine or "—", "theirs": field.text(theirs) or "—"})
    return rows


def row_note(entity: Entity, record: Any, besides: str) -> str:
    """The second line of a related record: its first other columns that say something."""
    words = []
    for key in entity.columns:
        field = entity.get(key)
        if field is None or key in (entity.title_key, besides, "owner") or field.widget in ("tel", "switch"):
            continue
        if text := field.text(field.get(record)):
            words.append(text)
    return " · ".join(words[:2])


def may_in(key: str, action: str) -> bool:
    """Whether the signed-in person may do `action` in the entity `key` at all."""
    return access.may(g.user, find(key), action)


def dial(phone: str) -> str:
    """The part of a phone number that a phone can dial."""
    return re.sub(r"[^\d+]", "", phone.split(" / ")[0].split("转")[0])


def kind_tabs(entity: Entity, record: Any, kinds: Mapping[str, Any], kind: str) -> list[tuple[str, str, bool, None]]:
    """The tabs over a timeline."""
    base = f"/{entity.slug}/{record.id}"
    return [(str(words), f"{base}?kind={key}#timeline", key == kind, None) for key, words in kinds.items()]


def bin_tabs(entities: Sequence[Entity], counts: Mapping[str, int], chosen: Entity) -> list[tuple[str, str, bool, Any]]:
    """The tabs of the recycle bin: one for each entity that has something in it."""
    return [
        (str(entity.label), f"/recycle-bin?entity={entity.slug}", entity is chosen, counts[entity.key])
        for entity in entities
        if counts[entity.key] or entity is chosen
    ]


def init_app(app: Flask) -> None:
    """Register the globals, and the controls of fields as `widgets`."""
    app.jinja_env.globals.update(
        due_chips=due_chips,
        current_options=current_options,
        plain_options=plain_options,
        picked_text=picked_text,
        options_for=options_for,
        provinces=provinces,
        regions_below=regions.below,
        files_of=files_of,
        period_options=period_options,
        chosen_of=chosen_of,
        sentence_of=sentence_of,
        without=without,
        view_tabs=view_tabs,
        filter_options=filtering.options,
        quick_fields=filtering.quick_fields,
        WHENS=filtering.WHENS,
        UNITS=filtering.UNITS,
        sort_options=sort_options,
        url_encode=url_encode,
        shown_errors=shown_errors,
        conflict_rows=conflict_rows,
        row_note=row_note,
        may_in=may_in,
        dial=dial,
        kind_tabs=kind_tabs,
        bin_tabs=bin_tabs,
    )
    app.jinja_env.globals["widgets"] = app.jinja_env.get_template("widgets.html").module
