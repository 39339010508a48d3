"""Tokens for programs: scrm_<id>_<secret><checksum>. A token may do what its person may, within its scopes."""

import hashlib
import secrets
import string
import zlib
from datetime import datetime, timedelta

from flask import request
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, ForeignKey, String, and_, func, select, true, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from smallcrm.core import audit, clock
from smallcrm.core.db import BigId, UtcDateTime, db, now, write
from smallcrm.core.errors import Invalid, Refused

from .models import User, UserStatus, normalise_email
from .signals import account_event

SCOPES = ("read", "write")
LETTERS = string.ascii_letters + string.digits
LONGEST_DAYS = 365
LONGEST_NAME = 60
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


def create(user: User, name: str, scopes: str, days: int = LONGEST_DAYS, *, by: User | None) -> str:
    """Make a token for `user` and return it, for the only time; inside write(). Raises Invalid.

    `by`: who makes it, None for the command line. It works for `days` days.
    """
    wanted = {scope.strip() for scope in scopes.split(",")}
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    _check(user, name, wanted, days)
    public, secret = _letters(8), _letters(43)
    token = ApiToken(
        public_id=public,
        secret_hash=_hash(secret),
        user_id=user.id,
        name=name,
        scopes=",".join(scope for scope in SCOPES if scope in wanted),
        expires_at=clock.now() + timedelta(days=days),
    )
    db.session.add(token)
    _tell("token_created", token, user, by)
    body = f"scrm_{public}_{secret}"
    return f"{body}{_checksum(body)}"


def create_for(email: str, name: str, scopes: str, days: int) -> str:
    """As :func:`create`, for the command line. Raises Invalid, and Refused for an unknown or disabled person."""
    with write() as database:
        user = database.scalar(select(User).where(User.email == normalise_email(email)))
        if user is None or not _may_act(user):
            raise Refused(_("Nobody who may sign in has the e-mail address %(email)s.", email=email))
        return create(user, name, scopes, days, by=None)


def living(user: User) -> list[ApiToken]:
    """The tokens of a person that still work, newest first."""
    return list(db.session.scalars(select(ApiToken).where(_works(user.id)).order_by(ApiToken.id.desc())))


def count(user: User) -> int:
    """How many tokens of a person still work."""
    return db.session.scalar(select(func.count()).select_from(ApiToken).where(_works(user.id))) or 0


def revoke(user: User, id: int, by: User) -> bool:
    """End one token of `user`; inside write(). False when there is none that works."""
    return bool(_end(user, by, ApiToken.id == id))


def revoke_all(user: User, by: User | None) -> int:
    """End every token of a person whose account may be in other hands; inside write(). How many there were."""
    return _end(user, by, true())


def _end(user: User, by: User | None, which: ColumnElement[bool]) -> int:
    tokens = db.session.scalars(select(ApiToken).where(_works(user.id), which)).all()
    for token in tokens:
        token.revoked_at = clock.now()
        _tell("token_revoked", token, user, by)
    return len(tokens)


def _works(user_id: int) -> ColumnElement[bool]:
    return and_(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > clock.now())


def _may_act(user: User) -> bool:
    return user.status == UserStatus.active and not user.must_change_password


def _check(user: User, name: str, scopes: set[str], days: int) -> None:
    errors = {}
    if not name:
        errors["name"] = _("Give the token a name, so that you know later what uses it.")
    elif len(name) > LONGEST_NAME:
        errors["name"] = _(
            "At most %(longest)s characters; this has %(length)s.", longest=LONGEST_NAME, length=len(name)
        )
    # Whoever changes a record gets it back as the answer, so there is no writing without reading.
    if "read" not in scopes or not scopes <= set(SCOPES):
        errors["scope"] = _("A token has the scopes read, or read,write.")
    if not 1 <= days <= LONGEST_DAYS:
        errors["days"] = _("A token works for 1 to %(most)s days.", most=LONGEST_DAYS)
    if errors:
        raise Invalid(errors)
    if count(user) >= MOST:
        raise Invalid({"name": _("There are %(most)s tokens already. Revoke one that is not used.", most=MOST)})


def _tell(what: str, token: ApiToken, user: User, by: User | None) -> None:
    audit.note(what, by, user=user.id, token=token.public_id, name=token.name, scopes=token.scopes)
    account_event.send(user, what=what, by=by)


def bearer() -> ApiToken | None:
    """The token of this request's Authorization header, if it is good and its person may sign in."""
    kind, _space, given = request.headers.get("Authorization", "").partition(" ")
    given = given.strip()
    if kind.lower() != "bearer" or len(given) != 64 or not given.startswith("scrm_") or given[13] != "_":
        return None
    if _checksum(given[:57]) != given[57:]:
        return None
    with_user = joinedload(ApiToken.user).joinedload(User.role)
    token = db.session.scalar(select(ApiToken).options(with_user).where(ApiToken.public_id == given[5:13]))
    if token is None or not secrets.compare_digest(token.secret_hash, _hash(given[14:57])):
        return None
    if token.revoked_at is not None or token.expires_at <= clock.now() or not _may_act(token.user):
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
