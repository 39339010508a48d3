"""Whole addresses for links that leave this browser: copied, scanned, sent. Never from a forged Host header."""

import base64
import io
import ipaddress
from typing import Any

from flask import current_app, request, url_for

from smallcrm.core.server import lan_address


def absolute(endpoint: str, **values: Any) -> str:
    """The address of a page as a colleague's phone can open it."""
    return base() + url_for(endpoint, **values)


def base() -> str:
    """Scheme, host and port: as configured, else this machine's address in the office network, else loopback.

    The Host header counts only where it is checked against TRUSTED_HOSTS or is a bare address (SECURITY.md T30).
    """
    settings = current_app.extensions["smallcrm.settings"]
    if settings.base_url:
        return str(settings.base_url)
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if settings.lan and (address := lan_address()):
        port = request.host[len(host) :] or f":{settings.port}"
        return f"{request.scheme}://{address}{port}"
    if current_app.config.get("TRUSTED_HOSTS") or _is_address(host):
        return request.host_url.rstrip("/")
    return f"{request.scheme}://{lan_address() or '127.0.0.1'}:{settings.port}"


def qr(text: str) -> str:
    """A QR code as a data: address for <img>."""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", border=2, dark="#000", light="#fff", xmldecl=False, svgns=True)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
