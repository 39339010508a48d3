"""What can be done to many records at once: a registry that rooms further out add their verbs to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict

from ... import access
from ...entities import Entity
from ...users.models import User

if TYPE_CHECKING:
    from .selection import Selection

Values = Mapping[str, Any]
Form = MultiDict[str, str]


def _always(_entity: Entity, _user: User) -> bool:
    return True


def _nothing_read(_entity: Entity, _user: User, _form: Form) -> dict[str, Any]:
    return {}


def _nothing_shown(_selection: "Selection", _form: Form) -> dict[str, Any]:
    return {}


def _quiet(_entity: Entity, _values: Values) -> list[str]:
    return []


def _anything(_values: Values, _fields: set[str]) -> bool:
    return True


@dataclass(frozen=True)
class Verb:
    """One action on many records. It is a loop over `run`, which goes through the one door of every writer.

    `key`: its word in addresses. `action`: the right that decides, record by record, who may. `offered(entity, user)`:
    whether it makes sense there at all. `title`, `result`: words with %(num)s and %(what)s, before and afterwards.
    """

    key: str
    label: Any
    icon: str
    action: str
    title: Any
    result: Any
    # (record, values, by, batch) → whether anything changed; inside write(). Raises Invalid, Refused, Forbidden.
    run: Callable[[Any, Values, User, str], bool]
    offered: Callable[[Entity, User], bool] = _always
    # The controls of the form ("" for none), with the variables that `shown` gives.
    template: str = ""
    shown: Callable[["Selection", Form], dict[str, Any]] = _nothing_shown
    # What the form sent, checked, as values that JSON can hold. Raises Invalid.
    read: Callable[[Entity, User, Form], dict[str, Any]] = _nothing_read
    # What those values do, in words, a line each.
    words: Callable[[Entity, Values], list[str]] = _quiet
    # Whether it must not overwrite what somebody else changed meanwhile in these fields.
    clashes: Callable[[Values, set[str]], bool] = _anything
    # About what lies in the recycle bin.
    of_deleted: bool = False
    # Stands in the bar itself, not in its menu.
    first: bool = False
    danger: bool = False

    def is_offered(self, entity: Entity, user: User) -> bool:
        """Whether to show it to this person."""
        return access.may(user, entity, self.action) and self.offered(entity, user)


@dataclass(frozen=True)
class Link:
    """A page that takes the selected records (`ids`, or `select=all` with the parameters of the list)."""

    key: str
    label: Any
    icon: str
    # The address of the page; it is asked with GET.
    path: Callable[[Entity], str]
    is_offered: Callable[[Entity, User], bool]
    # How many records it takes; `most` 0 for any number, the whole list included.
    least: int = 1
    most: int = 0


VERBS: dict[str, Verb] = {}
LINKS: dict[str, Link] = {}


def add(verb: Verb) -> None:
    """Offer a verb on the lists of every entity for which it says so."""
    VERBS[verb.key] = verb


def add_link(link: Link) -> None:
    """Offer a page for selected records."""
    LINKS[link.key] = link


@dataclass(frozen=True)
class Offer:
    """What a person may do to the records of a list that they select."""

    verbs: list[Verb]
    links: list[Link]

    def __bool__(self) -> bool:
        return bool(self.verbs or self.links)


def offered(entity: Entity, user: User, *, of_deleted: bool = False) -> Offer:
    """What to show over a list, or over the recycle bin."""
    verbs = [verb for verb in VERBS.values() if verb.of_deleted == of_deleted and verb.is_offered(entity, user)]
    links = [] if of_deleted else [link for link in LINKS.values() if link.is_offered(entity, user)]
    return Offer(verbs, links)
