"""What is done to accounts: invite, change, disable, new password. Every function checks again inside write()."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.exceptions import Forbidden, NotFound

from smallcrm.core import clock, settings
from smallcrm.core.db import after_commit, db, write
from smallcrm.core.errors import Invalid, Refused

from . import api_tokens, lockouts, passwords, sessions, tokens
from .models import Department, Role, User, UserStatus, normalise_email
from .rights import forget_request, stands_above
from .signals import account_event, person_disabled, person_moved
from .tokens import Purpose

INITIAL_PASSWORD_VALID = timedelta(hours=72)


@dataclass(frozen=True)
class Person:
    """What an administrator enters about somebody."""

    name: str
    email: str
    phone: str
    role_id: int
    department_id: int | None


def may_manage(by: User, target: User) -> bool:
    """Whether `by` may change the account of `target`: owners everybody, others only those strictly below them."""
    if by.is_owner:
        return True
    if not by.can("manage_users") or target.is_owner or target.id == by.id:
        return False
    return stands_above(by.role_id, target.role_id)


def may_grant(by: User, role_id: int) -> bool:
    """Whether `by` may give somebody this role."""
    return by.is_owner or (by.can("manage_users") and stands_above(by.role_id, role_id))


def add(person: Person, by: User) -> tuple[User, str]:
    """Create an invited account; the user and the secret of the invitation link."""
    with write() as session:
        _check(person, by, None)
        user = User(**_values(person), status=UserStatus.invited)
        session.add(user)
        session.flush()
        account_event.send(user, what="invited", by=by)
        return user, tokens.issue(Purpose.invite, user)


def add_with_password(person: Person, password: str, by: User) -> User:
    """Create an account with an initial password that must be changed at the first sign-in, within 72 hours."""
    hashed = passwords.hash_password(password)
    with write() as session:
        _check(person, by, None)
        user = User(**_values(person), status=UserStatus.active)
        _set_initial(user, hashed)
        session.add(user)
        session.flush()
        account_event.send(user, what="created", by=by)
        return user


def change(user_id: int, person: Person, by: User) -> User:
    """Save what was entered about somebody. A new role signs them out; a new department is announced."""
    with write():
        user = _managed(user_id, by)
        _check(person, by, user)
        if user.role_id != person.role_id:
            _change_role(user, person.role_id, by)
        old = user.department_id
        for key, value in _values(person).items():
            setattr(user, key, value)
        db.session.flush()
        if old != user.department_id:
            person_moved.send(user, old=old, new=user.department_id)
        account_event.send(user, what="changed", by=by)
        return user


def disable(user_id: int, by: User) -> None:
    """Somebody left: no sign-in, all sessions, links and API tokens dead at once, also if they come back."""
    with write():
        user = _managed(user_id, by)
        if user.id == by.id:
            raise Refused(_("You cannot disable your own account."))
        if user.status == UserStatus.disabled:
            return
        if user.is_owner:
            _keep_an_owner(user)
        user.status = UserStatus.disabled
        user.disabled_at = clock.now()
        sessions.end_all(user)
        api_tokens.revoke_all(user, by)
        db.session.flush()
        person_disabled.send(user, by=by)
        account_event.send(user, what="disabled", by=by)


def enable(user_id: int, by: User) -> None:
    """Let somebody in again: with the old password, or as invited when there never was one."""
    with write():
        user = _managed(user_id, by)
        if user.status != UserStatus.disabled:
            return
        user.status = UserStatus.active if user.password_hash else UserStatus.invited
        user.disabled_at = None
        account_event.send(user, what="enabled", by=by)


def issue_link(user_id: int, by: User) -> tuple[Purpose, str]:
    """A fresh invitation, or for those who have a password a reset link; (purpose, secret)."""
    with write():
        user = _managed(user_id, by)
        if user.status == UserStatus.disabled:
            raise Refused(_("%(name)s is disabled. Enable the account first.", name=user.name))
        purpose = Purpose.invite if user.status == UserStatus.invited else Purpose.reset
        account_event.send(user, what=f"{purpose}_link", by=by)
        return purpose, tokens.issue(purpose, user)


def set_initial_password(user_id: int, password: str, by: User) -> None:
    """Give somebody a password that must be changed; signs them out everywhere and ends their API tokens."""
    hashed = passwords.hash_password(password)
    with write():
        user = _managed(user_id, by)
        if user.status == UserStatus.disabled:
            raise Refused(_("%(name)s is disabled. Enable the account first.", name=user.name))
        user.status = UserStatus.active
        _set_initial(user, hashed)
        sessions.end_all(user)
        api_tokens.revoke_all(user, by)
        account_event.send(user, what="initial_password", by=by)


def accept(purpose: Purpose, secret: str, password: str) -> User:
    """Use an invitation or a reset link: set the password, sign out everywhere else, end API tokens.

    NotFound if it is used up.
    """
    hashed = passwords.hash_password(password)
    with write():
        token = tokens.find(purpose, secret)
        if token is None or token.user is None:
            raise NotFound
        user = token.user
        tokens.use(token)
        _set_password(user, hashed)
        user.status = UserStatus.active
        lockouts.unlock(user.email)
        sessions.end_all(user)
        api_tokens.revoke_all(user, user)
        account_event.send(user, what="invite_accepted" if purpose is Purpose.invite else "password_reset", by=user)
        if purpose is Purpose.invite:
            sessions.start(user)
        return user


def recover(email: str, password: str) -> User:
    """A new password from the command line, for the person who lost the last way in. Raises Refused, Invalid.

    Whoever can run this can read the whole data folder, so no right is asked; a disabled account comes back to life.
    """
    if trouble := passwords.problem(password, known_words(email)):
        raise Invalid({"password": trouble})
    hashed = passwords.hash_password(password)
    with write() as session:
        user = session.scalar(select(User).where(User.email == normalise_email(email)))
        if user is None:
            raise Refused(_("Nobody here has the e-mail address %(email)s.", email=email))
        _set_password(user, hashed)
        user.status = UserStatus.active
        lockouts.unlock(user.email)
        sessions.end_all(user)
        api_tokens.revoke_all(user, None)
        account_event.send(user, what="password_recovered", by=None)
        return user


def change_password(user: User, password: str, session_id: int | None) -> None:
    """A person's own new password; other devices are signed out. API tokens go on: programs know no password."""
    hashed = passwords.hash_password(password)
    with write():
        _set_password(user, hashed)
        sessions.end_all(user, keep_id=session_id)
        account_event.send(user, what="password_changed", by=user)


def sign_in(email: str, password: str, ip: str) -> User | None:
    """The person, signed in on this device; None when e-mail or password is wrong. Raises TooManyAttempts."""
    attempt = lockouts.reserve(email, ip)
    user = db.session.scalar(select(User).where(User.email == normalise_email(email)))
    fits = passwords.verify(user.password_hash if user is not None else None, password)
    newer = None
    if fits and user is not None and user.password_hash and passwords.is_outdated(user.password_hash):
        newer = passwords.hash_password(password)
    epoch = user.auth_epoch if user is not None else 0
    with write():
        fits = fits and user is not None and user.auth_epoch == epoch and _may_enter(user)
        lockouts.settle(attempt, fits)
        if user is not None:
            account_event.send(user, what="signed_in" if fits else "sign_in_failed", by=user if fits else None)
        if not fits or user is None:
            return None
        if newer:
            user.password_hash = newer
        sessions.start(user)
    return user


def grant_ownership(user_id: int, by: User) -> None:
    """Make another active administrator an owner as well."""
    with write():
        user = _owned(user_id, by)
        if user.status != UserStatus.active or user.role.key != "admin":
            raise Refused(_("Only an active administrator can become an owner."))
        user.is_owner = True
        account_event.send(user, what="ownership_granted", by=by)


def withdraw_ownership(user_id: int, by: User) -> None:
    """Take ownership away; one active owner always stays."""
    with write():
        user = _owned(user_id, by)
        if user.is_owner:
            _keep_an_owner(user)
            user.is_owner = False
            account_event.send(user, what="ownership_withdrawn", by=by)


def unlock(user_id: int, by: User) -> None:
    """End the wait after too many wrong passwords."""
    with write():
        user = _managed(user_id, by)
        lockouts.unlock(user.email)
        account_event.send(user, what="unlocked", by=by)


def known_words(*words: str) -> Iterable[str]:
    """What a password may not be built from: these words and the company's name."""
    return (*words, settings.company(), "smallcrm")


def _managed(user_id: int, by: User) -> User:
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound
    if not (by.is_active and may_manage(by, user)):
        raise Forbidden
    return user


def _owned(user_id: int, by: User) -> User:
    user = _managed(user_id, by)
    if not by.is_owner:
        raise Forbidden
    return user


def _check(person: Person, by: User, user: User | None) -> None:
    role = db.session.get(Role, person.role_id)
    changes_role = user is None or user.role_id != person.role_id
    if role is None or (changes_role and not may_grant(by, role.id)):
        raise Forbidden
    if person.department_id is not None and db.session.get(Department, person.department_id) is None:
        raise Invalid({"department_id": _("This department does not exist any more.")})
    taken = db.session.scalar(select(User.id).where(User.email == normalise_email(person.email)))
    if taken is not None and (user is None or taken != user.id):
        raise Invalid({"email": _("Somebody already has this e-mail address.")})


def _values(person: Person) -> dict[str, Any]:
    return {
        "name": person.name.strip(),
        "email": normalise_email(person.email),
        "phone": person.phone.strip(),
        "role_id": person.role_id,
        "department_id": person.department_id,
    }


def _change_role(user: User, role_id: int, by: User) -> None:
    if user.id == by.id:
        raise Refused(_("You cannot change your own role."))
    if user.is_owner:
        raise Refused(_("%(name)s is an owner. Withdraw ownership before changing the role.", name=user.name))
    user.role_id = role_id
    sessions.end_all(user)
    account_event.send(user, what="role_changed", by=by)
    after_commit(forget_request)


def _keep_an_owner(leaving: User) -> None:
    others = db.session.scalar(
        select(func.count())
        .select_from(User)
        .where(User.is_owner, User.status == UserStatus.active, User.id != leaving.id)
    )
    if not others:
        raise Refused(_("%(name)s is the last owner. Make somebody else an owner first.", name=leaving.name))


def _set_initial(user: User, hashed: str) -> None:
    user.password_hash = hashed
    user.must_change_password = True
    user.password_expires_at = clock.now() + INITIAL_PASSWORD_VALID


def _set_password(user: User, hashed: str) -> None:
    user.password_hash = hashed
    user.must_change_password = False
    user.password_expires_at = None


def _may_enter(user: User) -> bool:
    expired = user.password_expires_at is not None and user.password_expires_at <= clock.now()
    return user.status == UserStatus.active and not expired
