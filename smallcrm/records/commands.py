"""What the search box does beside finding records: make one, go somewhere, change how it looks.

Rooms further out add their commands with :func:`offer`; a module made in the browser gets its own with the rest.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from .. import access
from ..core.i18n import LANGUAGES, choose_language
from ..entities import every
from ..search.marks import Query
from ..users.models import User

SHOWN = 6
LONGEST_QUERY = 30


@dataclass(frozen=True)
class Command:
    """One command. `key` is the same in every language; with `fields` it posts them to `href`, else it goes there.

    `usual`: offered before anything is typed. `signs_out`: what was drafted on this device is dropped.
    """

    key: str
    label: str
    href: str
    icon: str
    fields: Mapping[str, str] | None = None
    usual: bool = False
    signs_out: bool = False


Source = Callable[[User], Iterable[Command]]


def make_records(user: User) -> Iterable[Command]:
    """新建客户 and the like, for every entity that this person may make records of."""
    words = {"follow_ups": _("Write follow-up")}
    for entity in every():
        if access.may(user, entity, "create"):
            label = words.get(entity.key) or _("New %(entity)s", entity=entity.one)
            yield Command(f"new:{entity.key}", label, f"/{entity.slug}/new", "plus", usual=True)


SOURCES: list[Source] = [make_records]


def offer(source: Source) -> None:
    """Add a room's commands; the same again changes nothing."""
    if source not in SOURCES:
        SOURCES.append(source)


def usual(user: User) -> list[Command]:
    """What is offered before anything is typed."""
    return [command for command in _all(user) if command.usual]


def matching(user: User, query: str) -> list[tuple[Command, Markup, bool]]:
    """(command, its name with marks, whether the name begins so) of those that a query names in either language."""
    asked = Query(query, loose=True)
    if not asked.words or len(query) > LONGEST_QUERY:
        return []
    known = _all(user)
    others = _other_names(user, known)
    found = []
    for command in known:
        labels = [command.label, *others[command.key]]
        spans = next((spans for label in labels if len(spans := asked.found_in(label)) == len(asked.words)), None)
        if spans is not None:
            begins = any(first == 0 for word in spans.values() for first, _end in word)
            found.append((command, asked.html(command.label), begins))
    return sorted(found, key=lambda one: not one[2])[:SHOWN]


def _all(user: User) -> list[Command]:
    """Every command once: what two rooms lead to is the first one's."""
    found: dict[str, Command] = {}
    for source in SOURCES:
        for command in source(user):
            if command.fields is not None or all(command.href != known.href for known in found.values()):
                found.setdefault(command.key, command)
    return list(found.values())


def _other_names(user: User, known: Sequence[Command]) -> dict[str, list[str]]:
    """Key of a command → its names in the other languages; kept for the next letter that is typed."""
    here = choose_language()
    kept: dict[tuple[str, str, str], list[str]] = current_app.extensions.setdefault("smallcrm.command_names", {})
    if any((here, command.key, command.label) not in kept for command in known):
        names: dict[str, list[str]] = {}
        for language in LANGUAGES:
            if language != here:
                with force_locale(language):
                    for command in _all(user):
                        names.setdefault(command.key, []).append(command.label)
        kept |= {(here, command.key, command.label): names.get(command.key, []) for command in known}
    return {command.key: kept[here, command.key, command.label] for command in known}
