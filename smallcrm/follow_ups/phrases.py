"""Changing the phrases. Everybody keeps their own; the shared ones belong to those who manage settings."""

from contextlib import nullcontext

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from ..core import settings
from ..core.db import db
from ..core.errors import Invalid, Refused
from ..users.models import User
from . import queries
from .models import Phrase

LONGEST = 200
MOST = 50


def shipped() -> list[str]:
    """The phrases a new company starts with, in the language of the moment."""
    return [
        _("Nobody answered; call again later."),
        _("Introduced our products and prices; they want to think about it."),
        _("Added on WeChat and sent the product papers."),
        _("They want a sample; it is on its way."),
        _("Sent the quotation; waiting for their answer."),
        _("Agreed on a visit."),
        _("No need at present; stay in touch."),
        _("They compare several suppliers and look at the price."),
    ]


def company_ready(_owner: User) -> None:
    """Give a new company its phrases; inside write()."""
    # The terminal of a server rarely speaks as the company does; its time zone tells more.
    in_china = settings.zone().key == settings.DEFAULT_ZONE
    with force_locale("zh_CN") if in_china else nullcontext():
        db.session.add_all(Phrase(text=text, position=place) for place, text in enumerate(shipped()))


def may_change(user: User, phrase: Phrase) -> bool:
    """Whether this phrase is theirs to change."""
    return phrase.user_id == user.id or (phrase.user_id is None and may_share(user))


def may_share(user: User) -> bool:
    """Whether `user` may write phrases for everybody."""
    return user.can("manage_settings")


def add(user: User, text: str, *, shared: bool = False) -> Phrase:
    """Put a phrase at the end of a list; inside write(). Raises Invalid, and Refused when the list is full."""
    user_id = None if shared else user.id
    count, last = db.session.execute(
        select(func.count(), func.max(Phrase.position)).where(Phrase.user_id.is_not_distinct_from(user_id))
    ).one()
    if count >= MOST:
        raise Refused(_("A list has at most %(most)s phrases. Delete one that nobody uses.", most=MOST))
    phrase = Phrase(user_id=user_id, text=checked(text), position=0 if last is None else last + 1)
    db.session.add(phrase)
    return phrase


def checked(text: str) -> str:
    """The trimmed text. Raises Invalid when it is empty or too long."""
    text = " ".join(text.split())
    if not text:
        raise Invalid({"text": _("Enter the phrase.")})
    if len(text) > LONGEST:
        raise Invalid({"text": _("A phrase has at most %(longest)s characters.", longest=LONGEST)})
    return text


def move(phrase: Phrase, step: int) -> None:
    """Exchange it with its neighbour: -1 up, 1 down; inside write()."""
    row = list(db.session.scalars(queries.phrase_list(phrase.user_id)))
    here = row.index(phrase)
    there = min(max(here + step, 0), len(row) - 1)
    row.insert(there, row.pop(here))
    for place, each in enumerate(row):
        each.position = place
