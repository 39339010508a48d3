"""Tokens for programs: scrm_<id>_<secret>. A token may do what its person may, within its scopes."""

import hashlib
import secrets
import string
import zlib
from datetime import datetime, timedelta

from flask import request
from flask_babel import gettext as _
from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from smallcrm.core import clock
from smallcrm.core.db import BigId, UtcDateTime, db, now, write
from smallcrm.core.errors import Refused

from .models import User, UserStatus

SCOPES = ("read", "write")
LETTERS = string.ascii_letters + string.digits
LONGEST_LIFE = timedelta(days=365)
SEEN_EVERY = timedelta(minutes=5)
MOST = 20


class ApiToken(db.Model):
    """One token. The secret has 256 bits, so its SHA-256 is kept and a slow hash is not needed."""

    __tablename__ = "api_tokens"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(8), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    scopes: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_ip: Mapped[str] = mapped_column(String(45), default="")
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()

    def may(self, scope: str) -> bool:
        """Whether this token has `scope`."""
        return scope in self.scopes.split(",")


def create(user: User, name: str, scopes: str, days: int = 365) -> str:
    """Make a token for `user` and return it, for the only time; inside write(). Raises Refused."""
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    if not wanted or any(scope not in SCOPES for scope in wanted):
        raise Refused(_("A token has the scopes read, or read,write."))
    if not name.strip():
        raise Refused(_("Give the token a name, so that you know later what uses it."))
    if len(living(user)) >= MOST:
        raise Refused(_("There are %(most)s tokens already. Revoke one that is not used.", most=MOST))
    public, secret = _letters(8), _letters(43)
    db.session.add(
        ApiToken(
            public_id=public,
            secret_hash=_hash(secret),
            user_id=user.id,
            name=name.strip()[:60],
            scopes=",".join(scope for scope in SCOPES if scope in wanted),
            expires_at=clock.now() + min(timedelta(days=max(days, 1)), LONGEST_LIFE),
        )
    )
    body = f"scrm_{public}_{secret}"
    return f"{body}{_checksum(body)}"


def create_for(email: str, name: str, scopes: str) -> str:
    """As :func:`create`, for the command line. Raises Refused, also for an unknown or disabled person."""
    with write() as database:
        user = database.scalars(select(User).where(User.email == email.strip().casefold())).first()
        if user is None or user.status != UserStatus.active:
            raise Refused(_("Nobody who may sign in has the e-mail address %(email)s.", email=email))
        return create(user, name, scopes)


def living(user: User) -> list[ApiToken]:
    """The tokens of a person that still work, newest first."""
    wanted = select(ApiToken).where(
        ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > clock.now()
    )
    return list(db.session.scalars(wanted.order_by(ApiToken.id.desc())))


def revoke(user: User, id: int) -> bool:
    """End one token of `user`; inside write(). False when there is none."""
    done = db.session.execute(
        update(ApiToken)
        .where(ApiToken.id == id, ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )
    return bool(done.rowcount)


def bearer() -> ApiToken | None:
    """The token of this request's Authorization header, if it is good and its person may sign in."""
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    given = given.strip()
    if kind.lower() != "bearer" or len(given) != 64 or not given.startswith("scrm_") or given[13] != "_":
        return None
    if _checksum(given[:57]) != given[57:]:
        return None
    token = db.session.scalars(select(ApiToken).where(ApiToken.public_id == given[5:13])).first()
    if token is None or not secrets.compare_digest(token.secret_hash, _hash(given[14:57])):
        return None
    user = token.user
    alive = token.revoked_at is None and token.expires_at > clock.now()
    if not alive or user.status != UserStatus.active or user.must_change_password:
        return None
    if token.last_used_at is None or clock.now() - token.last_used_at > SEEN_EVERY:
        _seen(token.id)
    return token


def _seen(id: int) -> None:
    try:
        with write() as database:
            used = {"last_used_at": clock.now(), "last_used_ip": (request.remote_addr or "")[:45]}
            database.execute(update(ApiToken).where(ApiToken.id == id).values(**used))
    except OperationalError:
        # As with sessions: a full disk must not stop programs from reading.
        db.session.rollback()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))


def _checksum(body: str) -> str:
    """Seven letters that tell a typing error, or a scanner for leaked secrets, from a token (no security in it)."""
    value, digits = zlib.crc32(body.encode()), ""
    for _place in range(7):
        value, digit = divmod(value, len(LETTERS))
        digits += LETTERS[digit]
    return digits
