"""Who works here and what each role may do: departments, roles with their rights as rows, users."""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from smallcrm.core.db import BigId, UtcDateTime, db, now

from . import rights


class UserStatus(StrEnum):
    """Whether a person may sign in. `invited` has not opened the invitation yet and has no password."""

    active = "active"
    invited = "invited"
    disabled = "disabled"

    @property
    def label(self) -> Any:
        return STATUS_LABELS[self]


STATUS_LABELS = {
    UserStatus.active: _l("Active"),
    UserStatus.invited: _l("Invited"),
    UserStatus.disabled: _l("Disabled"),
}

ROLE_LABELS = {
    "admin": _l("Administrator"),
    "manager": _l("Manager"),
    "sales": _l("Sales"),
    "support": _l("Customer service"),
    "readonly": _l("Read only"),
}


class Department(db.Model):
    """A node of the company's tree. The tree is small (hundreds at most), so walks over it happen in Python."""

    __tablename__ = "departments"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)

    def path(self, separator: str = " / ") -> str:
        """The names from the root to here."""
        return separator.join(department_paths().get(self.id, [self.name]))


class Role(db.Model):
    """A named set of rights (rows of RoleRight) and powers (rows of RolePower)."""

    __tablename__ = "roles"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(String(300), default="")
    system: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)

    rights: Mapped[list["RoleRight"]] = relationship(cascade="all, delete-orphan")
    powers: Mapped[list["RolePower"]] = relationship(cascade="all, delete-orphan")

    @property
    def label(self) -> str:
        """The name as shown: shipped roles in the reader's language, others as they were named."""
        return str(ROLE_LABELS[self.key]) if self.system and self.key in ROLE_LABELS else self.name


class RoleRight(db.Model):
    """`scope` is what rows of `entity` the role may do `action` on; entity "*" is for entities without own rows."""

    __tablename__ = "role_rights"

    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True)
    entity: Mapped[str] = mapped_column(String(64), primary_key=True)
    action: Mapped[str] = mapped_column(String(32), primary_key=True)
    scope: Mapped[str] = mapped_column(String(20))


class RolePower(db.Model):
    """Something a role may do that is not about records: manage users, see the audit log."""

    __tablename__ = "role_powers"

    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True)
    power: Mapped[str] = mapped_column(String(40), primary_key=True)


class User(UserMixin, db.Model):
    """A person with an account. Never deleted, only disabled: history keeps pointing at them."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_department_id_status", "department_id", "status"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    phone: Mapped[str] = mapped_column(String(32), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    password_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    role_id: Mapped[int] = mapped_column(ForeignKey("roles.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    status: Mapped[str] = mapped_column(String(10), default=UserStatus.active)
    is_owner: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(10), default="")
    theme: Mapped[str] = mapped_column(String(5), default="auto")
    auth_epoch: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    role: Mapped[Role] = relationship()
    department: Mapped[Department | None] = relationship()

    @property
    def is_active(self) -> bool:
        return self.status != UserStatus.disabled

    @property
    def status_label(self) -> str:
        return str(UserStatus(self.status).label)

    @property
    def initials(self) -> str:
        """One or two characters for the avatar: the last two of a Chinese name, else the first letters."""
        words = self.name.split()
        if not words:
            return "?"
        if not self.name.isascii():
            return words[-1][-2:]
        return "".join(word[0] for word in words[:2]).upper()

    def can(self, power: str) -> bool:
        """Whether this person's role has `power`."""
        return power in rights.role_powers(self.role_id)

    def department_subtree_ids(self) -> list[int]:
        """Ids of this person's department and all below it; empty without a department."""
        return subtree_ids(self.department_id) if self.department_id else []


class UserSession(db.Model):
    """One signed-in device. The cookie holds 256 random bits; here is only their SHA-256."""

    __tablename__ = "user_sessions"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    auth_epoch: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    # When the password was last given on this device; risky actions ask again after a while.
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    ip: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")

    user: Mapped[User] = relationship()


class UserToken(db.Model):
    """A one-time link: invitation, password reset, first setup (which has no user yet)."""

    __tablename__ = "user_tokens"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    auth_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User | None] = relationship()


class SignInAttempt(db.Model):
    """One try to sign in, reserved before the password is looked at.

    `account` is a SHA-256 of what was typed as e-mail: people type passwords there by mistake.
    """

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_account_at", "account", "at"),
        Index("ix_sign_in_attempts_ip_at", "ip", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    ip: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    outcome: Mapped[str] = mapped_column(String(10), default="pending")


class SignInLock(db.Model):
    """An account (known or not) that may not try until `until`; `level` doubles the next wait."""

    __tablename__ = "sign_in_locks"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    level: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


def departments_in_order() -> list[tuple[Department, int]]:
    """All departments with their depth, parents before children, siblings by position and id."""
    children: dict[int | None, list[Department]] = {}
    for department in db.session.scalars(select(Department).order_by(Department.position, Department.id)):
        children.setdefault(department.parent_id, []).append(department)
    return list(_walk(children, None, 0))


def _walk(
    children: Mapping[int | None, list[Department]], parent: int | None, depth: int
) -> Iterator[tuple[Department, int]]:
    for department in children.get(parent, []):
        yield department, depth
        yield from _walk(children, department.id, depth + 1)


def department_paths() -> dict[int, list[str]]:
    """Department id → names from the root to it."""
    paths: dict[int, list[str]] = {}
    for department, _depth in departments_in_order():
        paths[department.id] = [*paths.get(department.parent_id or 0, []), department.name]
    return paths


def subtree_ids(department_id: int) -> list[int]:
    """Ids of a department and all departments below it, itself first. Asked once per request."""
    parents = rights.once_per_request("department_parents", _department_parents)
    found = [department_id]
    for parent in found:
        found.extend(child for child, its_parent in parents if its_parent == parent)
    return found


def ancestor_ids(department_id: int) -> list[int]:
    """Ids of a department and all departments above it, itself first. Asked once per request."""
    parents = dict(rights.once_per_request("department_parents", _department_parents))
    found: list[int] = []
    above: int | None = department_id
    while above is not None and above not in found:
        found.append(above)
        above = parents.get(above)
    return found


def _department_parents() -> list[tuple[int, int | None]]:
    return [(row.id, row.parent_id) for row in db.session.execute(select(Department.id, Department.parent_id))]


def normalise_email(text: str) -> str:
    """The one spelling under which an e-mail address is kept and compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def name_of(user: User | None) -> str:
    """A person's name for sentences; 'System' when nobody did it."""
    return user.name if user is not None else _("System")
