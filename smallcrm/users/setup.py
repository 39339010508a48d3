"""The first start: who may set the company up, and what exists afterwards. There is never a default account."""

from collections.abc import Callable
from ipaddress import ip_address
from zoneinfo import available_timezones

from flask import Request, url_for
from flask_babel import gettext as _
from sqlalchemy import delete, select

from smallcrm.core import settings
from smallcrm.core.db import db, write
from smallcrm.core.errors import Invalid, Refused

from . import passwords, tokens
from .models import Department, Role, User, UserStatus, UserToken, normalise_email
from .operations import known_words
from .rights import seed_roles
from .signals import account_event, company_ready
from .tokens import Purpose

# Called after setup with the owner, when example data was asked for. Rooms further out append themselves.
example_loaders: list[Callable[[User], None]] = []

PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via")
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class AlreadySetUp(Refused):
    """There is an owner; setting up is over for good."""

    status = 404


def has_owner() -> bool:
    """Whether the company has been set up."""
    return db.session.scalar(select(User.id).where(User.is_owner).limit(1)) is not None


def issue_token() -> str:
    """A new one-time secret for setting up from another machine, valid for 30 minutes; older ones are dead."""
    with write():
        return tokens.issue(Purpose.setup)


def setup_link() -> str | None:
    """The link to print at start, with a fresh token; None once there is an owner. Needs a request context."""
    if has_owner():
        return None
    return url_for("setup.show", token=issue_token(), _external=True)


def may_set_up(request: Request, secret: str) -> bool:
    """Whether this request comes from this very machine, or brings the token that was printed.

    A proxy also connects from loopback, and a page elsewhere can point its name at 127.0.0.1: both need the token.
    """
    if secret and tokens.find(Purpose.setup, secret) is not None:
        return True
    if any(name in request.headers for name in PROXY_HEADERS):
        return False
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    return host in LOOPBACK_HOSTS and _is_loopback(request.remote_addr)


def run_setup(
    company: str,
    email: str,
    password: str,
    name: str | None = None,
    timezone: str | None = None,
    example: bool = False,
) -> User:
    """Create the company, its roles, one department and the owner; the owner.

    Raises Invalid for unusable values and AlreadySetUp when there is an owner, also when two try at once.
    """
    company, email = company.strip(), normalise_email(email)
    name = (name or "").strip() or email.split("@")[0]
    timezone = timezone or settings.DEFAULT_ZONE
    _check(company, email, password, name, timezone)
    hashed = passwords.hash_password(password)
    with write() as session:
        if has_owner():
            raise AlreadySetUp(_("The company is already set up."))
        settings.put("company", company)
        settings.put("timezone", timezone)
        seed_roles()
        department = Department(name=company[:60])
        session.add(department)
        session.flush()
        owner = User(
            name=name,
            email=email,
            password_hash=hashed,
            role_id=session.scalars(select(Role.id).where(Role.key == "admin")).one(),
            department_id=department.id,
            status=UserStatus.active,
            is_owner=True,
        )
        session.add(owner)
        session.execute(delete(UserToken).where(UserToken.purpose == Purpose.setup))
        session.flush()
        account_event.send(owner, what="company_set_up", by=owner)
        company_ready.send(owner)
    if example:
        for load in example_loaders:
            load(owner)
    return owner


def _check(company: str, email: str, password: str, name: str, timezone: str) -> None:
    errors = {}
    if not 1 <= len(company) <= 100:
        errors["company"] = _("Enter the company's name, up to 100 characters.")
    if not is_email(email):
        errors["email"] = _("Enter an e-mail address such as name@example.com.")
    if timezone not in available_timezones():
        errors["timezone"] = _("This time zone is not known.")
    trouble = passwords.problem(password, known_words(name, email, company))
    if trouble:
        errors["password"] = trouble
    if errors:
        raise Invalid(errors)


def is_email(text: str) -> bool:
    """Whether this can be an address: one @, something on both sides, no spaces, not too long."""
    before, at, after = text.rpartition("@")
    return (
        bool(at and before and "." in after.strip(".") and "@" not in before and not any(map(str.isspace, text)))
        and len(text) <= 254
    )


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False
