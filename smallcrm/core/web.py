"""How a route answers: whole page or one block, redirects that htmx follows, errors as sentences, safe headers."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    flash,
    g,
    get_flashed_messages,
    has_request_context,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.json.provider import DefaultJSONProvider
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from htmx_flask import Htmx
from jinja2 import StrictUndefined
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response as BaseResponse

from .db import db
from .errors import Invalid, Refused

csrf = CSRFProtect()
htmx = Htmx()

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}


def wants_fragment() -> bool:
    """Whether htmx asked for a part of the page (not a boosted visit, not history restoration)."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-Boosted") != "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
        # Following HX-Location, htmx replaces the body: it says that it needs the whole page.
        and request.headers.get("HX-Request-Type") != "full"
    )


def page(template: str, *, block: str | None = None, status: int = 200, **values: Any) -> Response:
    """Render `template`; for an htmx request only its named `block`.

    Values come from the route: a block rendered alone does not see a template's own {% set %} and {% import %}.
    """
    if block and wants_fragment():
        html = render_block(template, block, **values)
    else:
        html = render_template(template, **values)
    return make_response(html, status)


def render_block(template: str, block: str, **values: Any) -> str:
    """The HTML of one named block of a template, with the same context processors as a whole page."""
    found = current_app.jinja_env.get_template(template)
    current_app.update_template_context(values)
    context = found.new_context(values)
    return "".join(found.blocks[block](context))


def constant(template: str) -> Markup:
    """A part of pages that says the same to everybody who speaks a language; rendered once for each."""
    kept: dict[tuple[str, ...], Markup] = current_app.extensions.setdefault("smallcrm.constant", {})
    key = (template, str(get_locale()), request.script_root)
    if key not in kept:
        kept[key] = Markup(current_app.jinja_env.get_template(template).render())  # noqa: S704 - autoescaped
    return kept[key]


def redirect_to(endpoint: str, **values: Any) -> BaseResponse:
    """Go to another page after a change: 303 for a plain form, HX-Location (no full reload) for htmx."""
    return redirect_to_url(url_for(endpoint, **values))


def redirect_to_url(url: str) -> BaseResponse:
    """As :func:`redirect_to`, for a URL of this application that is already at hand."""
    if wants_fragment():
        # A header holds no 汉字; werkzeug sees to it for Location alone.
        return Response(status=204, headers={"HX-Location": iri_to_uri(url)})
    return redirect(url, code=303)


def safe_next(target: str | None, fallback: str) -> str:
    """`target` if it is a path of this application, else `fallback` (SECURITY.md T29: netloc checks are not enough)."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return fallback
    if any(ord(c) <= 0x20 or c in '\\"<>' for c in target) or urlsplit(target).netloc:
        return fallback
    return target


def say(text: str, *, undo: str | None = None, kind: str = "done") -> None:
    """Tell the person what happened, as a toast on the next page or fragment; `undo` is the URL its 撤销 posts to."""
    # Flask hands any message that JSON can hold to the template, and types only texts.
    flash({"text": text, "undo": undo, "kind": kind}, "toast")  # type: ignore[arg-type]


def _app() -> Flask:
    # Flask types the proxy as the app, which has no such method.
    return cast(Any, current_app)._get_current_object()


def static(name: str) -> str:
    """URL of a static file that changes when the file does, so browsers may keep it for a year."""
    root = request.script_root if has_request_context() else ""
    return root + _static_path(_app(), name)


@lru_cache(maxsize=1000)
def _static_path(app: Flask, name: str) -> str:
    # A page names its drawings seventy times.
    digest = hashlib.sha256((Path(str(app.static_folder)) / name).read_bytes()).hexdigest()[:12]
    return f"{app.static_url_path}/{quote(name)}?v={digest}"


def svg(name: str, class_: str = "") -> Markup:
    """A drawing of the sprite; pages say ui.icon."""
    return _svg(static("icons.svg"), name, class_)


@cache
def _svg(sprite: str, name: str, class_: str) -> Markup:
    classes = f"icon {class_}" if class_ else "icon"
    return Markup('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        classes, sprite, name
    )


def attrs(extra: Mapping[str, Any]) -> Markup:
    """Keywords as attributes: hx_get -> hx-get, for_ -> for, True -> bare, None and False -> absent."""
    found = []
    for key, value in extra.items():
        name = key.strip("_").replace("_", "-")
        if value is True:
            found.append(f" {escape(name)}")
        elif value is not None and value is not False:
            found.append(f' {escape(name)}="{escape(value)}"')
    return Markup("".join(found))  # noqa: S704 - escaped, piece by piece


def is_api() -> bool:
    """Whether this request is for the API, found or not: everything there answers JSON."""
    return f"{request.path}/".startswith("/api/v1/")


def wants_json() -> bool:
    """Whether the caller is a program: the API, or a fetch that asks for JSON."""
    return is_api() or request.accept_mimetypes.best == "application/json"


def whole_number(text: str) -> int | None:
    """What a parameter counts by (a version, how many came before); None for "", and 400 for what is no such number."""
    if not text:
        return None
    # Further than any column of the database counts.
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        abort(400)
    return int(text)


class IdConverter(IntegerConverter):
    """<int:id>: a number the database can hold; anything larger is no address of ours (404)."""

    def __init__(self, map: Any, *args: Any, **options: Any) -> None:
        options.setdefault("max", 2**63 - 1)
        super().__init__(map, *args, **options)


def init_app(app: Flask) -> None:
    app.url_map.converters["int"] = IdConverter
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    # Programs and their authors read 汉字 and the order of the fields, not escapes and an alphabet.
    as_json = cast(DefaultJSONProvider, app.json)
    as_json.ensure_ascii = as_json.sort_keys = False
    csrf.init_app(app)
    htmx.init_app(app)
    app.jinja_env.globals.update(static=static, svg=svg, attrs=attrs, constant=constant)
    # Macros see globals only, so this comes after every global they use (gettext, csrf_token, static).
    app.jinja_env.globals["ui"] = app.jinja_env.get_template("ui.html").module
    app.after_request(_headers)
    app.context_processor(lambda: {"csrf_token": generate_csrf, "static": static})
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Invalid, _invalid)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(500, _bug)
    app.before_request(_same_origin)


def _same_origin() -> Response | None:
    # A second line behind the CSRF token (SECURITY.md T28): browsers say where a request comes from.
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return error_response(403, _("This request came from another site and was stopped."))
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        return error_response(403, _("This request came from another site and was stopped."))
    return None


def _headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Vary", "Cookie, HX-Request, Accept-Language")
    _toast(response)
    if request.endpoint == "static" and request.args.get("v"):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _toast(response: Response) -> None:
    """What was said in answer to htmx travels as an event; a redirect leaves it for the next page."""
    if request.headers.get("HX-Request") != "true" or "HX-Location" in response.headers or response.status_code >= 300:
        return
    if request.method == "GET" or "_flashes" not in session:
        return
    messages = get_flashed_messages(category_filter=["toast"])
    if messages:
        # On the body: the element that asked may be gone from the page by the time the event is sent.
        response.headers["HX-Trigger"] = json.dumps({"toast": {**messages[-1], "target": "body"}})


TITLES = {
    400: lambda: _("This request cannot be understood"),
    401: lambda: _("Please sign in"),
    403: lambda: _("Not allowed"),
    404: lambda: _("Not found"),
    405: lambda: _("This address does not accept that action"),
    409: lambda: _("This cannot be done now"),
    413: lambda: _("Too large"),
    415: lambda: _("This kind of content is not accepted here"),
    422: lambda: _("Please check what was entered"),
    429: lambda: _("Too many attempts"),
    500: lambda: _("Something went wrong on our side"),
    503: lambda: _("Busy right now"),
    507: lambda: _("The disk is full"),
}


def error_response(
    status: int, text: str, errors: dict[str, str] | None = None, way: tuple[str, str] | None = None
) -> Response:
    """One error, said once: JSON for programs, a toast for htmx, a small page for browsers.

    `way`: (words, address) of what to do next, for the page.
    """
    if wants_json():
        body: dict[str, Any] = {"error": {"status": status, "message": text}}
        if errors:
            body["error"]["fields"] = errors
        return make_response(jsonify(body), status)
    title = TITLES.get(status, TITLES[500])()
    if wants_fragment():
        response = make_response(render_template("errors/fragment.html", text=text), status)
        # The answer is a message, not the part of the page that was asked for: show it beside the page.
        response.headers["HX-Retarget"] = "#errors"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    # The frame asks the database, which may be what is broken.
    bare: dict[str, Any] = {"frame": {}} if status >= 500 else {}
    return make_response(
        render_template("errors/error.html", title=title, text=text, status=status, way=way, **bare), status
    )


def _refused(error: Refused) -> Response:
    return error_response(error.status, str(error))


def _invalid(error: Invalid) -> Response:
    return error_response(422, " ".join(error.errors.values()), error.errors)


SENTENCES = {
    400: lambda: _("The address or form is not complete. Go back and try again."),
    403: lambda: _("You do not have the right to do this. Ask your administrator if you need it."),
    404: lambda: _("This page does not exist, or you do not have access to it."),
    405: lambda: _("Go back and use the buttons on the page."),
    413: lambda: _("The file or form is too large. Files may be up to 25 MB."),
    429: lambda: _("Wait a few minutes and try again."),
}


# What the API says where the exception itself says nothing of its own.
TO_PROGRAMS = {
    400: lambda: _("The body of this request is not the JSON it says it is."),
    404: lambda: _("There is nothing at this address, or this token does not see it."),
    405: lambda: _("This address does not take this method."),
    413: lambda: _("A request may have 1 MB."),
    415: lambda: _("Send JSON, and the header Content-Type: application/json."),
}


def _http_error(error: HTTPException) -> Response | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    said = str(error.description)
    known = TO_PROGRAMS if is_api() else SENTENCES
    if status in known and (not is_api() or said == type(error).description):
        said = known[status]()
    response = error_response(status, said)
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow"):
            response.headers[name] = value
    return response


def _csrf_error(error: CSRFError) -> Response:
    return error_response(400, _("This page was open for too long. Reload it and try again; what you typed is kept."))


def _bug(error: Exception) -> Response:
    db.session.rollback()
    number = g.get("request_id", "")
    return error_response(500, _("The error was written to the log. Number: %(number)s", number=number))
