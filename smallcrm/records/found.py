"""What a search found, as lines: the record's name and why it was found, with marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from .. import access
from ..entities import Entity, Field, every
from ..search.marks import Query
from ..users.models import User
from .listing import Listing
from .presentation import url_encode

EACH = 5
# So many are looked at for those whose name begins with what was typed.
LOOKED_AT = 20
LONGEST_TITLE = 60
LONGEST_NOTE = 90


@dataclass(frozen=True)
class Line:
    """One record; name and note are safe HTML."""

    href: str
    icon: str
    name: Markup
    note: Markup


@dataclass(frozen=True)
class Group:
    """The records of one entity; `more`: the address of all of them, if there are more."""

    entity: Entity
    lines: list[Line]
    more: str | None


def groups(user: User, q: str) -> list[Group]:
    """What `user` may see that holds every word of `q`, entity by entity in the order of the sidebar."""
    query = Query(q)
    if not query.words:
        return []
    asked = (_group(entity, user, q, query) for entity in every() if access.may(user, entity, "view"))
    return [group for group in asked if group.lines]


def _group(entity: Entity, user: User, q: str, query: Query) -> Group:
    fields = _fields(entity, user)
    listing = Listing(entity, user, fields, q=q)
    page = listing.page(LOOKED_AT)
    if not page.rows:
        return Group(entity, [], None)
    titles = _texts(fields[0], page.values(0))
    best = sorted(range(len(titles)), key=lambda row: _distance(titles[row], query))[:EACH]
    columns = [_texts(field, [page.values(place)[row] for row in best]) for place, field in enumerate(fields)]
    found = zip((page.rows[row].id for row in best), zip(*columns, strict=True), strict=True)
    lines = [_line(entity, id, fields, texts, query) for id, texts in found]
    more = len(titles) > EACH or bool(page.cursor)
    return Group(entity, lines, f"/{entity.slug}?{url_encode(listing.parameters())}" if more else None)


def _texts(field: Field, values: Sequence[Any]) -> list[str]:
    text = field.texts(values)
    return [text(value) if value is not None else "" for value in values]


def _fields(entity: Entity, user: User) -> list[Field]:
    """The title, what lists show first, and whatever else may be why a record was found; as far as it may be read."""
    readable = {field.key: field for field in access.readable_fields(entity, user)}
    keys = [entity.title_key, *entity.columns[:4], *(field.key for field in entity.searchable())]
    return [readable[key] for key in dict.fromkeys(keys) if key in readable]


def _distance(title: str, query: Query) -> int:
    """0 for a name that begins so, 1 for one that holds it, 2 for a record found by something else."""
    spans = query.found_in(title)
    if len(spans) < len(query.words):
        return 2
    return 0 if any(first == 0 for found in spans.values() for first, _end in found) else 1


def _line(entity: Entity, id: int, fields: Sequence[Field], texts: Sequence[str], query: Query) -> Line:
    title = query.excerpt(texts[0], LONGEST_TITLE) or f"{entity.one} #{id}"
    missing = set(range(len(query.words))) - query.found_in(title).keys()
    shown = sum(key in entity.columns[:4] for key in [field.key for field in fields[1:]])
    notes = []
    for field, text in list(zip(fields, texts, strict=True))[1:]:
        found = query.found_in(text).keys() & missing if text else set()
        missing -= found
        if found:
            # Why it was found comes first and says what it is.
            part = query.html(query.excerpt(text, LONGEST_NOTE))
            notes.insert(0, Markup("{} {}").format(field.label, part) if field not in fields[1 : shown + 1] else part)
        elif text and field in fields[1 : shown + 1]:
            notes.append(escape(" ".join(text.split())[:LONGEST_NOTE]))
    return Line(f"/{entity.slug}/{id}", entity.icon, query.html(title), Markup(" · ").join(notes))


def nothing(q: str) -> str:
    """What is said when nothing was found, or nothing asked."""
    if q:
        return _("Nothing found for “%(q)s”.", q=q if len(q) <= LONGEST_TITLE else f"{q[:LONGEST_TITLE]}…")
    return _("Two characters of a name, its pinyin or four digits of a phone number are enough.")
