"""Signed-in devices. The signed cookie carries 256 random bits; the row here says whose they are and until when."""

import hashlib
import logging
import secrets
from datetime import datetime, timedelta

from flask import current_app, g, request, session
from flask_babel import gettext as _
from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import contains_eager

from smallcrm.core import clock
from smallcrm.core.db import after_commit, db, write

from . import lockouts, passwords
from .models import User, UserSession, UserStatus
from .rights import forget_request

log = logging.getLogger(__name__)

COOKIE_KEY = "sid"
SEEN_EVERY = timedelta(minutes=5)
# What open pages ask again and again without anybody touching them.
UNATTENDED_ENDPOINTS = {"notifications.unread"}
CONFIRMED_FOR = timedelta(minutes=15)


def load() -> User | None:
    """The person of this request, in one query; None when the session is unknown, too old, or theirs no longer."""
    secret = session.get(COOKIE_KEY)
    if not isinstance(secret, str):
        return None
    row = db.session.scalars(_living(digest(secret))).unique().one_or_none()
    if row is None:
        return None
    g.user_session_id = row.id
    user = row.user
    # A page left open asks by itself: that is nobody being here, or no session would ever be idle.
    if clock.now() - row.last_seen_at > SEEN_EVERY and request.endpoint not in UNATTENDED_ENDPOINTS:
        _seen(row.id, user.id)
    return user


def _living(token_hash: str) -> Select[UserSession]:
    moment = clock.now()
    return (
        select(UserSession)
        .join(UserSession.user)
        .join(User.role)
        .options(contains_eager(UserSession.user).contains_eager(User.role))
        .where(
            UserSession.token_hash == token_hash,
            UserSession.auth_epoch == User.auth_epoch,
            UserSession.last_seen_at > moment - current_app.config["SESSION_IDLE"],
            UserSession.created_at > moment - current_app.config["SESSION_ABSOLUTE"],
            User.status == UserStatus.active,
        )
    )


def _seen(session_id: int, user_id: int) -> None:
    moment = clock.now()
    try:
        with write() as database:
            database.execute(update(UserSession).where(UserSession.id == session_id).values(last_seen_at=moment))
            database.execute(update(User).where(User.id == user_id).values(last_seen_at=moment))
    except OperationalError:
        # A full disk or a busy database must not stop people from reading.
        log.warning("the time somebody was last seen could not be saved", exc_info=True)


def start(user: User) -> None:
    """Sign `user` in on this device under a fresh secret; inside write(). The cookie follows the commit."""
    before = _row_of_cookie()
    same_person = before is not None and before.user_id == user.id
    if before is not None:
        db.session.delete(before)
    after_commit(_set_cookie, open_session(user.id), same_person)


def open_session(user_id: int) -> str:
    """A new signed-in session of this person from the address of this request; the secret. Inside write()."""
    user = db.session.get_one(User, user_id)
    secret = secrets.token_urlsafe(32)
    moment = clock.now()
    _drop_old(moment)
    row = UserSession(
        token_hash=digest(secret),
        user_id=user.id,
        auth_epoch=user.auth_epoch,
        ip=(request.remote_addr or "")[:45],
        agent=(request.user_agent.string or "")[:300],
    )
    db.session.add(row)
    user.last_seen_at = moment
    db.session.flush()
    g.user_session_id = row.id
    return secret


def _row_of_cookie() -> UserSession | None:
    secret = session.get(COOKIE_KEY)
    if not isinstance(secret, str):
        return None
    return db.session.scalar(select(UserSession).where(UserSession.token_hash == digest(secret)))


def _set_cookie(secret: str, keep_forms: bool) -> None:
    """Start the cookie anew.

    The CSRF seed survives only when the same person signs in again after a time-out on the same device: pages still
    open there, with things typed into them, can then be sent.
    """
    seed = session.get("csrf_token") if keep_forms else None
    session.clear()
    session.permanent = True
    session[COOKIE_KEY] = secret
    if seed:
        session["csrf_token"] = seed
    else:
        g.pop("csrf_token", None)
    forget_request()


def end() -> None:
    """Sign this device out; inside write()."""
    secret = session.get(COOKIE_KEY)
    if isinstance(secret, str):
        db.session.execute(delete(UserSession).where(UserSession.token_hash == digest(secret)))
    after_commit(session.clear)


def end_all(user: User, keep_id: int | None = None) -> None:
    """Sign a person out everywhere (but on the device `keep_id`) and kill their links; inside write()."""
    user.auth_epoch += 1
    mine = UserSession.user_id == user.id
    db.session.execute(delete(UserSession).where(mine, UserSession.id != (keep_id or 0)))
    if keep_id:
        db.session.execute(update(UserSession).where(mine).values(auth_epoch=user.auth_epoch))


def devices(user: User) -> list[UserSession]:
    """Where a person is signed in, last used first."""
    oldest = clock.now() - current_app.config["SESSION_ABSOLUTE"]
    idle = clock.now() - current_app.config["SESSION_IDLE"]
    return list(
        db.session.scalars(
            select(UserSession)
            .where(
                UserSession.user_id == user.id,
                UserSession.auth_epoch == user.auth_epoch,
                UserSession.created_at > oldest,
                UserSession.last_seen_at > idle,
            )
            .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
        )
    )


def needs_confirmation() -> bool:
    """Whether the password must be asked again before something risky is done on this device."""
    row = db.session.get(UserSession, g.get("user_session_id", 0))
    return row is None or clock.now() - row.confirmed_at > CONFIRMED_FOR


def confirm(user: User, password: str) -> bool:
    """Check the password of a signed-in person again; counts like a try to sign in. Raises TooManyAttempts."""
    attempt = lockouts.reserve(user.email, request.remote_addr or "")
    fits = passwords.verify(user.password_hash, password)
    with write() as database:
        lockouts.settle(attempt, fits)
        if fits:
            database.execute(
                update(UserSession).where(UserSession.id == g.user_session_id).values(confirmed_at=clock.now())
            )
    return fits


def confirmation_trouble(user: User, password: str) -> str | None:
    """What is wrong with the password given again before something risky; None when it is right or not asked for."""
    if not needs_confirmation():
        return None
    if not password:
        return _("Enter your own password to do this.")
    try:
        return None if confirm(user, password) else _("This is not your current password.")
    except lockouts.TooManyAttempts as refusal:
        return str(refusal)


def digest(secret: str) -> str:
    """What is kept of a 256-bit secret; a fast hash is enough for those."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _drop_old(moment: datetime) -> None:
    oldest = moment - current_app.config["SESSION_ABSOLUTE"]
    db.session.execute(delete(UserSession).where(UserSession.created_at < oldest))


BROWSERS = (
    ("wxwork", "企业微信"),
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Lark", "飞书"),
    ("Edg", "Edge"),
    ("HuaweiBrowser", "Huawei"),
    ("MiuiBrowser", "MIUI"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device_words(agent: str) -> str:
    """Browser and system in a few words: "Chrome · Windows"."""
    found = [next((name for mark, name in table if mark in agent), "") for table in (BROWSERS, SYSTEMS)]
    return " · ".join(word for word in found if word)
