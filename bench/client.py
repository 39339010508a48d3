"""A browser's part in a measurement: one keep-alive connection, cookies, gzip, and a clock around each exchange."""

import gzip
import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
# What htmx sends, so that the answer is the part of the page that changes.
FRAGMENT = {"HX-Request": "true"}
PATIENCE = 120
# The server closes connections that were silent for a minute.
SILENCE = 30


class Failed(Exception):
    """Something could not be measured; the message says what."""


@dataclass(frozen=True)
class Answer:
    """One answer. `weight`: bytes of the body as they came over the wire; `seconds`: from asking to the last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    weight: int
    seconds: float

    @property
    def text(self) -> str:
        return self.body.decode()


class Client:
    """One visitor of the server at a port of this machine."""

    def __init__(self, port: int, cookies: Mapping[str, str] | None = None) -> None:
        self.port = port
        self.cookies = dict(cookies or {})
        self.token = ""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._spoke = 0.0

    def get(self, path: str, *, fragment: bool = False) -> Answer:
        """A page, or with `fragment` what htmx would be answered. Raises Failed unless it is a 200."""
        answer = self.ask("GET", path, headers=FRAGMENT if fragment else {})
        if answer.status != 200:
            raise Failed(f"GET {path} answered {answer.status}")
        return answer

    def ask(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Any exchange, timed. Cookies are kept; redirects are not followed."""
        sent = {"Accept": "text/html", "Accept-Encoding": "gzip", "Accept-Language": "zh-CN", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = urlencode(form) if form is not None else None
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        if began - self._spoke > SILENCE:
            self.close()
        self._connection.request(method, path, body, sent)
        response = self._connection.getresponse()
        packed = response.read()
        self._spoke = time.perf_counter()
        seconds = self._spoke - began
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        plain = gzip.decompress(packed) if response.headers.get("Content-Encoding") == "gzip" else packed
        return Answer(response.status, dict(response.headers), plain, len(packed), seconds)

    def sign_in(self, email: str, password: str) -> "Client":
        """Sign in as a person would; raises Failed when the door stays closed."""
        self.token = self._token(self.get("/sign-in"))
        form = {"email": email, "password": password, "csrf_token": self.token}
        answer = self.ask("POST", "/sign-in", form=form)
        if answer.status != 303:
            raise Failed(f"{email} cannot sign in with the password of the benchmarks (status {answer.status})")
        self.token = self._token(self.get("/customers"))
        return self

    def patch(self, path: str, form: Mapping[str, str]) -> Answer:
        """Save one field where it is read, as htmx sends it. Raises Failed unless it was saved."""
        answer = self.ask("PATCH", path, form=form, headers={**FRAGMENT, "X-CSRFToken": self.token})
        if answer.status != 200:
            raise Failed(f"PATCH {path} answered {answer.status}")
        return answer

    def again(self) -> "Client":
        """The same person on another connection."""
        other = Client(self.port, self.cookies)
        other.token = self.token
        return other

    def close(self) -> None:
        self._connection.close()

    @staticmethod
    def _token(answer: Answer) -> str:
        found = TOKEN.search(answer.text)
        if found is None:
            raise Failed("a page came without the token that forms need")
        return found[1]
