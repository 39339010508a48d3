"""Pages of this room, one module per noun."""

from . import departments, links, profile, setup, sign_in, users

BLUEPRINTS = (
    sign_in.bp,
    sign_in.out,
    setup.bp,
    links.invitations,
    links.resets,
    profile.bp,
    users.bp,
    departments.bp,
    departments.roles_bp,
)
