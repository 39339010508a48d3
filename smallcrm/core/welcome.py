"""What is printed when the server is ready: where the data lies, where to point the browser, how to begin."""

import io
from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from ..config import Settings
from . import instance
from .console import text as _


def text(app: Flask, settings: Settings, port: int) -> str:
    """The lines for the person at the terminal."""
    from .. import __version__

    local = _url(settings.host if settings.listen == settings.host else "127.0.0.1", port)
    lines = [f"smallcrm {__version__}"]
    lines.append(_("Data folder: %(path)s", path=settings.data))
    lines.append(_("On this computer: %(url)s", url=local))
    link = settings.base_url
    if link:
        lines.append(_("Public address: %(url)s", url=link))
    if settings.lan:
        link = link or _lan(port)
        lines += _lan_lines(link)
    lines += _setup_lines(app, link or local)
    lines += [_("Warning: %(warning)s", warning=each) for each in instance.warnings(settings.data)]
    lines.append(_("Stop with Ctrl-C."))
    return "\n".join(lines)


def _url(host: str, port: int) -> str:
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _lan(port: int) -> str:
    from .server import lan_address

    address = lan_address()
    return _url(address, port) if address else ""


def _lan_lines(link: str) -> list[str]:
    if not link:
        return [_("This computer is not in a network, so phones cannot reach it.")]
    import segno

    out = io.StringIO()
    segno.make(link, error="m").terminal(out, compact=True)
    return [
        _("In the office network: %(url)s", url=link),
        out.getvalue().rstrip("\n"),
        _("The connection is not encrypted: use a network whose members you trust."),
    ]


def _setup_lines(app: Flask, address: str) -> list[str]:
    if find_spec("smallcrm.users.setup") is None:
        return []
    setup = import_module("smallcrm.users.setup")
    with app.test_request_context(base_url=address):
        link = setup.setup_link()
    return [_("Set up the company here (valid for 30 minutes): %(url)s", url=link)] if link else []
