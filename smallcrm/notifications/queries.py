"""A person's notifications. Everybody reads only their own."""

from sqlalchemy import Select, and_, func, or_, select

from ..core.db import db
from .models import Notification

UNREAD_FIRST = (Notification.read_at.is_not(None), Notification.id.desc())


def own(user_id: int) -> Select[tuple[Notification]]:
    """All lines for this person, unread first, newest first."""
    return select(Notification).where(Notification.user_id == user_id).order_by(*UNREAD_FIRST)


def after(lines: Select[tuple[Notification]], was_read: bool, id: int) -> Select[tuple[Notification]]:
    """What comes after the line `id` in the order of :func:`own`; `was_read` says in which part that line stood."""
    is_read = Notification.read_at.is_not(None)
    further = and_(is_read if was_read else ~is_read, Notification.id < id)
    return lines.where(further if was_read else or_(is_read, further))


def unread_count(user_id: int) -> int:
    """How many lines this person has not read; an index-only count."""
    unread = select(func.count()).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    return db.session.scalar(unread) or 0


def newest_id(user_id: int) -> int:
    """The id of this person's newest line; 0 without any."""
    return db.session.scalar(select(func.max(Notification.id)).where(Notification.user_id == user_id)) or 0


def unread_and_newest(user_id: int) -> tuple[int, int]:
    """:func:`unread_count` and :func:`newest_id` in one question: every page asks both."""
    mine = Notification.user_id == user_id
    unread = select(func.count()).where(mine, Notification.read_at.is_(None)).scalar_subquery()
    newest = select(func.max(Notification.id)).where(mine).scalar_subquery()
    count, id = db.session.execute(select(unread, newest)).one()
    return count or 0, id or 0


def newer(user_id: int, id: int) -> Select[tuple[Notification]]:
    """Unread lines that came after the line `id`, newest first."""
    lines = select(Notification).where(
        Notification.user_id == user_id, Notification.read_at.is_(None), Notification.id > id
    )
    return lines.order_by(Notification.id.desc())
