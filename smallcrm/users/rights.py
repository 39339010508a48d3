"""Roles as rows: what each may do, on which records, and which role stands above which."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import g, has_request_context
from sqlalchemy import select

from smallcrm.core.db import db, is_writing
from smallcrm.core.once import once

T = TypeVar("T")

ACTIONS = ("view", "create", "edit", "delete", "export", "import", "claim", "release", "lock")
SCOPES = ("none", "own", "department", "department_below", "all")
POWERS = ("manage_users", "manage_roles", "manage_fields", "manage_settings", "see_audit")

# Shipped roles: key → (name in the database, scope per action, powers). The names are translated by key.
SHIPPED: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "admin": ("Administrator", dict.fromkeys(ACTIONS, "all"), POWERS),
    "manager": ("Manager", {**dict.fromkeys(ACTIONS, "department_below"), "claim": "all"}, ()),
    "sales": ("Sales", {**dict.fromkeys(ACTIONS, "own"), "claim": "all", "lock": "none"}, ()),
    "support": ("Customer service", {"view": "all", "create": "own", "edit": "own"}, ()),
    "readonly": ("Read only", {"view": "all"}, ()),
}


def once_per_request(key: str, make: Callable[[], T]) -> T:
    """`make()`, remembered in g for the rest of a reading request.

    Jobs, scripts and write transactions ask again each time: they may live long, or have just changed the answer.
    """
    if not has_request_context() or is_writing():
        return once(key, make)
    known: dict[str, Any] = g.setdefault("users_once", {})
    if key not in known:
        known[key] = make()
    return known[key]


def forget_request() -> None:
    """Drop what :func:`once_per_request` remembered; at the start of a request and after a change of rights."""
    g.pop("users_once", None)


def role_scopes(role_id: int) -> dict[tuple[str, str], str]:
    """(entity, action) → scope, from this role's rows; entity "*" speaks for entities without a row of their own."""
    return once_per_request(f"scopes {role_id}", lambda: _role_scopes(role_id))


def role_powers(role_id: int) -> frozenset[str]:
    """The powers of a role."""
    return once_per_request(f"powers {role_id}", lambda: _role_powers(role_id))


def scope_of(role_id: int, entity: str, action: str) -> str:
    """The scope in force: the entity's own row, else the "*" row, else "none"."""
    scopes = role_scopes(role_id)
    return scopes.get((entity, action)) or scopes.get(("*", action)) or "none"


def covers(above: int, below: int) -> bool:
    """Whether role `above` may do everything role `below` may (a role covers itself)."""
    if not role_powers(above) >= role_powers(below):
        return False
    asked = role_scopes(below).keys() | role_scopes(above).keys()
    return all(
        SCOPES.index(scope_of(above, entity, action)) >= SCOPES.index(scope_of(below, entity, action))
        for entity, action in asked
    )


def stands_above(above: int, below: int) -> bool:
    """Whether role `above` is strictly higher in the lattice of roles (SECURITY.md T10)."""
    return covers(above, below) and not covers(below, above)


def seed_roles() -> None:
    """Create the shipped roles that do not exist yet; inside write()."""
    from .models import Role, RolePower, RoleRight

    present = set(db.session.scalars(select(Role.key)))
    for position, (key, (name, scopes, powers)) in enumerate(SHIPPED.items()):
        if key in present:
            continue
        role = Role(key=key, name=name, system=True, position=position)
        role.rights = [RoleRight(entity="*", action=action, scope=scopes.get(action, "none")) for action in ACTIONS]
        role.powers = [RolePower(power=power) for power in powers]
        db.session.add(role)
    db.session.flush()


def _role_scopes(role_id: int) -> dict[tuple[str, str], str]:
    from .models import RoleRight

    rows = db.session.scalars(select(RoleRight).where(RoleRight.role_id == role_id))
    return {(row.entity, row.action): row.scope for row in rows}


def _role_powers(role_id: int) -> frozenset[str]:
    from .models import RolePower

    return frozenset(db.session.scalars(select(RolePower.power).where(RolePower.role_id == role_id)))
