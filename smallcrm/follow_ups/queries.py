"""Tasks that wait, and the phrases of a person."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select

from ..core.db import db
from ..users.models import User
from .models import Phrase


def phrases(user: User) -> Sequence[Phrase]:
    """The phrases that `user` can put into a follow-up: their own first, then everybody's, each in order."""
    return db.session.scalars(reachable(user)).all()


def reachable(user: User) -> Select[tuple[Phrase]]:
    """The phrases that `user` may see."""
    mine = or_(Phrase.user_id == user.id, Phrase.user_id.is_(None))
    return select(Phrase).where(mine).order_by(Phrase.user_id.is_(None), Phrase.position, Phrase.id)


def phrase_list(user_id: int | None) -> Select[tuple[Phrase]]:
    """One list of phrases in order: a person's, or everybody's for None."""
    return select(Phrase).where(Phrase.user_id.is_not_distinct_from(user_id)).order_by(Phrase.position, Phrase.id)
