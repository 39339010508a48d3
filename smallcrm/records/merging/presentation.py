"""Small questions that the templates of merging ask; registered as Jinja globals."""

from typing import Any

from flask import Flask, g
from flask_babel import gettext as _

from ... import access
from ...core import i18n
from ...entities import Entity, of
from ..pickers import record_options
from .models import leads_to
from .references import Count
from .suspects import WORDS

# More facts than these nobody reads before deciding.
FACTS = 4


def merging_facts(record: Any) -> list[str]:
    """What tells a record from its like, as this person may read it: whose it is, its numbers, since when."""
    entity = of(record)
    readable = access.readable_fields(entity, g.user)
    telling = [f for f in readable if f.key != entity.title_key and (f.identity or getattr(f, "is_parent", False))]
    owner = entity["owner"].text(record.owner_id) or _("No owner")
    facts = [owner, *(field.text(field.get(record)) for field in telling)]
    made = _("since %(day)s", day=i18n.day_words(i18n.local(record.created_at).date()))
    said = [fact for fact in dict.fromkeys(facts) if fact]
    return [*said[:FACTS], made]


def merged_into(record: Any) -> str:
    """The name of the record into which a deleted one was merged; "" for others, and where this one is not seen."""
    entity = of(record)
    into = leads_to(entity.key, record.id)
    survivor = access.visible_by_key(entity.key, into, g.user) if into is not None else None
    return entity.name_of(survivor) if survivor is not None else ""


def merging_tabs(entity: Entity, kinds: list[str], kind: str) -> list[tuple[str, str, bool, None]]:
    """The kinds of keys as tabs."""
    return [(str(WORDS[each][0]), f"/{entity.slug}/merging?kind={each}", each == kind, None) for each in kinds]


def merging_count(count: Count) -> str:
    """“3 contacts”; the field is said where it is not what makes one belong to the other."""
    words = _("%(count)s × %(entity)s", count=f"{count.number:,}", entity=count.entity.label)
    if getattr(count.field, "is_parent", False):
        return words
    return _("%(words)s (%(field)s)", words=words, field=count.field.label)


def init_app(app: Flask) -> None:
    for function in (merging_facts, merged_into, merging_tabs, merging_count, record_options):
        app.jinja_env.globals[function.__name__] = function
