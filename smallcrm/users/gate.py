"""The gate before every page: who is this, may they be here at all. Whatever is not listed as public needs sign-in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response

from smallcrm.core.web import error_response, redirect_to, redirect_to_url, wants_fragment, wants_json

from . import api_tokens, sessions
from .models import User
from .rights import forget_request
from .setup import has_owner

# The only endpoints that answer people who are not signed in. A test compares this with the URL map.
PUBLIC_ENDPOINTS = {
    "static",
    "health.show",
    "sign_in.show",
    "sign_in.create",
    "setup.show",
    "setup.create",
    "invitations.show",
    "invitations.create",
    "password_resets.show",
    "password_resets.create",
}
# Nobody is looked up for these: they answer everybody alike.
ANONYMOUS_ENDPOINTS = {"static", "health.show"}
# Gone for good once there is an owner, whatever is sent to them.
SETUP_ENDPOINTS = {"setup.show", "setup.create"}
# All that an account whose password must be changed can reach.
HALF_WAY_ENDPOINTS = {"profile.edit_password", "profile.update_password", "sign_out.create"}

login_manager = LoginManager()
Route = TypeVar("Route", bound=Callable[..., Any])


def needs(power: str) -> Callable[[Route], Route]:
    """Answer 403 to people whose role does not have `power`."""

    def decorate(route: Route) -> Route:
        @wraps(route)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not g.user.can(power):
                abort(403)
            return route(*args, **kwargs)

        return guarded  # type: ignore[return-value]  # the same signature, which wraps() keeps

    return decorate


def check() -> Response | None:
    """Put the person of this request into g.user; an answer for those who may not go on."""
    g.pop("_login_user", None)
    forget_request()
    g.user = None
    if request.endpoint is None or request.endpoint in ANONYMOUS_ENDPOINTS:
        return None
    if request.blueprint in current_app.config.get("TOKEN_BLUEPRINTS", ()):
        return _check_token()
    if current_user.is_authenticated:
        g.user = current_user._get_current_object()
    if request.endpoint in SETUP_ENDPOINTS and has_owner():
        abort(404)
    if request.endpoint in PUBLIC_ENDPOINTS:
        return None
    if g.user is None:
        return _ask_to_sign_in()
    if g.user.must_change_password and request.endpoint not in HALF_WAY_ENDPOINTS:
        return _ask_for_new_password()
    return None


def _check_token() -> Response | None:
    """Programs come with a token and never with a cookie; a token never opens a page."""
    g.api_token = api_tokens.bearer()
    if g.api_token is None:
        response = error_response(401, _("Send a token that is still good: Authorization: Bearer scrm_…"))
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    g.user = g.api_token.user
    return None


def _ask_to_sign_in() -> Response:
    unsafe_by_htmx = request.headers.get("HX-Request") == "true" and request.method not in ("GET", "HEAD")
    if wants_json() or wants_fragment() or unsafe_by_htmx:
        return error_response(401, _("You are signed out. Sign in again; what you typed is kept."))
    if not has_owner():
        return redirect_to("setup.show")
    return redirect_to("sign_in.show", next=_where())


def _ask_for_new_password() -> Response:
    if wants_json():
        return error_response(403, _("Choose a new password first."))
    return redirect_to_url(url_for("profile.edit_password"))


def _where() -> str | None:
    """The page to come back to: this one, or for a form the page it was on; None for the start page."""
    if request.method in ("GET", "HEAD"):
        path = request.full_path.rstrip("?")
    else:
        parts = urlsplit(request.referrer or "")
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if path not in ("", "/") else None


def init_app(app: Flask) -> None:
    login_manager.session_protection = None
    login_manager.init_app(app)
    login_manager.request_loader(_load)
    # First of all checks: somebody signed out is asked to sign in, not told about a stale form token.
    app.before_request_funcs.setdefault(None, []).insert(0, check)


def _load(_request: object) -> User | None:
    return sessions.load()
