"""For whom a condition is asked: what "me" and "my department" mean in a filter, in a request and in a job."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from flask import g, has_request_context
from sqlalchemy import select

from ..core.db import db
from .models import User

_viewer: ContextVar[User | None] = ContextVar("viewer", default=None)


@contextmanager
def viewing(user: User) -> Iterator[None]:
    """Ask for `user` until the end of the block, whoever is signed in."""
    token = _viewer.set(user)
    try:
        yield
    finally:
        _viewer.reset(token)


def viewer() -> User | None:
    """The person asked for: that of :func:`viewing`, else the one who is signed in; None for nobody."""
    given = _viewer.get()
    if given is not None:
        return given
    return g.get("user") if has_request_context() else None


def members(department_ids: Sequence[int]) -> list[int]:
    """The ids of the people in these departments, in order."""
    return list(db.session.scalars(select(User.id).where(User.department_id.in_(department_ids)).order_by(User.id)))
