"""One-time links: invitation, password reset, first setup. 256 random bits, kept as a hash, used once."""

import secrets
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from smallcrm.core import clock
from smallcrm.core.db import db

from .models import User, UserStatus, UserToken
from .sessions import digest


class Purpose(StrEnum):
    invite = "invite"
    reset = "reset"
    setup = "setup"


VALID_FOR = {
    Purpose.invite: timedelta(hours=72),
    Purpose.reset: timedelta(minutes=30),
    Purpose.setup: timedelta(minutes=30),
}
STATUS_FOR = {Purpose.invite: UserStatus.invited, Purpose.reset: UserStatus.active}


def issue(purpose: Purpose, user: User | None = None) -> str:
    """A new token; the ones issued before for the same purpose and person are gone. Inside write()."""
    secret = secrets.token_urlsafe(32)
    user_id = user.id if user is not None else None
    db.session.execute(delete(UserToken).where(UserToken.purpose == purpose, UserToken.user_id == user_id))
    db.session.add(
        UserToken(
            purpose=purpose,
            token_hash=digest(secret),
            user_id=user_id,
            auth_epoch=user.auth_epoch if user is not None else 0,
            expires_at=clock.now() + VALID_FOR[purpose],
        )
    )
    db.session.flush()
    return secret


def find(purpose: Purpose, secret: str) -> UserToken | None:
    """The token if it can still be used: not used, not expired, its person unchanged since it was issued."""
    token = db.session.scalar(
        select(UserToken)
        .options(joinedload(UserToken.user))
        .where(
            UserToken.purpose == purpose,
            UserToken.token_hash == digest(secret),
            UserToken.used_at.is_(None),
            UserToken.expires_at > clock.now(),
        )
    )
    if token is None or purpose is Purpose.setup:
        return token
    user = token.user
    if user is None or user.auth_epoch != token.auth_epoch or user.status != STATUS_FOR[purpose]:
        return None
    return token


def use(token: UserToken) -> None:
    """Nobody can use it again; inside write(), after :func:`find` in the same transaction."""
    token.used_at = clock.now()
