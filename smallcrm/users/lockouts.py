"""Stopping those who guess passwords (SECURITY.md T34): limits per account, per address and for everybody.

A try is reserved as a row before the password is looked at, so a hundred tries at once get no more than five looks.
Known and unknown accounts are treated alike: a lock says nothing about who has an account.
"""

import hashlib
import ipaddress
from datetime import datetime, timedelta

from flask_babel import ngettext as _n
from sqlalchemy import ColumnElement, delete, func, select, update

from smallcrm.core import clock
from smallcrm.core.db import db, write
from smallcrm.core.errors import Refused

from .models import SignInAttempt, SignInLock, normalise_email

PER_ACCOUNT = 5
ACCOUNT_WINDOW = timedelta(minutes=15)
PER_ADDRESS = 20
ADDRESS_WINDOW = timedelta(minutes=10)
PER_MINUTE = 100
LOCK = timedelta(minutes=15)
# Locks double up to this: longer would let anybody keep a colleague out for days.
LONGEST_LOCK = timedelta(hours=4)
KEPT = timedelta(days=1)

COUNTED = ("pending", "failed")


class TooManyAttempts(Refused):
    """Trying is over for now; `seconds` until it may be tried again."""

    status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = max(1, seconds)
        minutes = -(-self.seconds // 60)
        super().__init__(
            _n(
                "Too many attempts. Try again in %(num)s minute.",
                "Too many attempts. Try again in %(num)s minutes.",
                minutes,
            )
        )


def reserve(email: str, ip: str) -> int:
    """Take one of the tries left for this account and address; the id to :func:`settle`.

    Raises TooManyAttempts when there is none. Writes in a transaction of its own.
    """
    account, address = account_key(email), address_key(ip)
    with write() as session:
        moment = clock.now()
        session.execute(delete(SignInAttempt).where(SignInAttempt.at < moment - KEPT))
        _check_lock(account, moment)
        _check(SignInAttempt.account == account, COUNTED, ACCOUNT_WINDOW, PER_ACCOUNT, moment)
        _check(SignInAttempt.ip == address, (*COUNTED, "cleared"), ADDRESS_WINDOW, PER_ADDRESS, moment)
        _check(SignInAttempt.id > 0, (*COUNTED, "cleared"), timedelta(minutes=1), PER_MINUTE, moment)
        attempt = SignInAttempt(account=account, ip=address, at=moment)
        session.add(attempt)
        session.flush()
        return attempt.id


def settle(attempt_id: int, succeeded: bool) -> None:
    """Say how a reserved try went; inside write(). The fifth failure locks the account, a success clears it."""
    attempt = db.session.get_one(SignInAttempt, attempt_id)
    attempt.outcome = "succeeded" if succeeded else "failed"
    db.session.flush()
    if succeeded:
        _clear(attempt.account)
        return
    moment = clock.now()
    failures = _count(SignInAttempt.account == attempt.account, ("failed",), moment - ACCOUNT_WINDOW)
    if failures >= PER_ACCOUNT:
        _lock(attempt.account, moment)


def unlock(email: str) -> None:
    """Let somebody try again at once."""
    with write():
        _clear(account_key(email))


def is_locked(email: str) -> bool:
    """Whether this account may not try now."""
    lock = db.session.get(SignInLock, account_key(email))
    return lock is not None and lock.until > clock.now()


def account_key(email: str) -> str:
    """What stands for an account in the rows: people mistype passwords into the e-mail field."""
    return hashlib.sha256(normalise_email(email).encode()).hexdigest()


def address_key(ip: str) -> str:
    """The address, or for IPv6 its /64: one subscriber owns that many."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip[:45]
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def _check_lock(account: str, moment: datetime) -> None:
    lock = db.session.get(SignInLock, account)
    if lock is not None and lock.until > moment:
        raise TooManyAttempts(int((lock.until - moment).total_seconds()))


def _check(
    whose: ColumnElement[bool], outcomes: tuple[str, ...], window: timedelta, limit: int, moment: datetime
) -> None:
    if _count(whose, outcomes, moment - window) >= limit:
        raise TooManyAttempts(int(window.total_seconds()))


def _count(whose: ColumnElement[bool], outcomes: tuple[str, ...], since: datetime) -> int:
    query = select(func.count()).select_from(SignInAttempt)
    return db.session.scalar(query.where(whose, SignInAttempt.outcome.in_(outcomes), SignInAttempt.at > since)) or 0


def _lock(account: str, moment: datetime) -> None:
    lock = db.session.get(SignInLock, account)
    if lock is None:
        lock = SignInLock(account=account, level=0, until=moment)
        db.session.add(lock)
    elif moment - lock.until > KEPT:
        lock.level = 0
    lock.until = moment + min(LONGEST_LOCK, LOCK * 2 ** min(lock.level, 10))
    lock.level += 1
    # The lock stands for these failures now; they must not lock again when it ends.
    _forget_failures(account)


def _clear(account: str) -> None:
    _forget_failures(account)
    db.session.execute(delete(SignInLock).where(SignInLock.account == account))


def _forget_failures(account: str) -> None:
    db.session.execute(
        update(SignInAttempt)
        .where(SignInAttempt.account == account, SignInAttempt.outcome == "failed")
        .values(outcome="cleared")
    )
