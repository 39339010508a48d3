"""One application per session; each test starts from a copy of the same small company."""

import os
import secrets
from contextvars import Context
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import postgresql
import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import text

from smallcrm import create_app, search
from smallcrm.config import Settings
from smallcrm.core.db import db, sqlite_module, write

SHARED = Path(os.environ.get("SMALLCRM_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with other people's real files; the tests that need it are skipped where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("../shared is not here")
    return SHARED


@dataclass
class Company:
    """The application and the bytes of its database as every test finds it."""

    app: object
    path: Path
    snapshot: object
    ids: dict

    def renew(self) -> None:
        """Give the application the database back as every test finds it."""
        target = sqlite_module().connect(str(self.path))
        self.snapshot.backup(target)
        target.close()


def people(ids: dict) -> None:
    """Write the people of the small company, with their ids by what they are; inside write()."""
    from smallcrm.core import settings
    from smallcrm.users import rights
    from smallcrm.users.models import Department, Role, User

    settings.put("company", "鑫源贸易")
    settings.put("timezone", "Asia/Shanghai")
    rights.seed_roles()
    departments = {}
    for name, parent in (("总部", None), ("销售一部", "总部"), ("销售二部", "总部"), ("一部小组", "销售一部")):
        departments[name] = Department(name=name, parent_id=departments[parent].id if parent else None)
        db.session.add(departments[name])
        db.session.flush()
        ids[name] = departments[name].id
    roles = {role.key: role.id for role in db.session.query(Role)}
    everybody = (
        ("owner", "老板", "admin", "总部"),
        ("admin", "管理员", "admin", "总部"),
        ("manager", "李经理", "manager", "销售一部"),
        ("sales", "王芳", "sales", "销售一部"),
        ("colleague", "李雷", "sales", "一部小组"),
        ("stranger", "韩梅", "sales", "销售二部"),
        ("support", "小客", "support", "总部"),
        ("readonly", "小读", "readonly", "总部"),
        ("disabled", "走了", "sales", "销售一部"),
    )
    for key, name, role, department in everybody:
        user = User(
            name=name,
            email=f"{key}@example.cn",
            role_id=roles[role],
            department_id=departments[department].id,
            status="disabled" if key == "disabled" else "active",
            is_owner=key == "owner",
            language="zh_CN",
        )
        db.session.add(user)
        db.session.flush()
        ids[key] = user.id


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> Company:
    """The small company in SQLite; in PostgreSQL where the environment says so, or a folder's own conftest."""
    if os.environ.get("SMALLCRM_TEST_ON") == "postgresql":
        yield from postgresql.company(tmp_path_factory, people)
    else:
        yield _in_sqlite(tmp_path_factory)


def _in_sqlite(tmp_path_factory) -> Company:
    folder = tmp_path_factory.mktemp("data")
    app = create_app(Settings.load({"data": folder, "immediate_jobs": True}, environ={}))
    app.config.update(TESTING=True, PASSWORD_COST=(1024, 1, 1))
    ids: dict = {}
    with app.app_context():
        with write():
            db.create_all()
            db.session.execute(text(search.CREATE))
            people(ids)
        db.session.remove()
        db.engine.dispose()
    path = folder / "crm.db"
    dbapi = sqlite_module()
    snapshot = dbapi.connect(":memory:", check_same_thread=False)
    source = dbapi.connect(str(path))
    source.backup(snapshot)
    source.close()
    return Company(app, path, snapshot, ids)


@pytest.fixture
def app(company):
    """The application inside its context, with a fresh copy of the small company."""
    with company.app.app_context():
        db.session.remove()
        company.renew()
        company.app.extensions.pop("smallcrm.schema", None)
        company.app.extensions.pop("smallcrm.seen", None)
        yield company.app
        db.session.remove()


@pytest.fixture
def cast(app, company):
    """The people, by what they are: owner, admin, manager, sales, colleague, stranger, support, readonly, disabled."""
    from smallcrm.users.models import User

    names = [key for key in company.ids if key.isascii()]
    return SimpleNamespace(**{key: db.session.get(User, company.ids[key]) for key in names})


class Page(HTMLParser):
    """What every HTML page must have: a title, one h1, forms with action and CSRF field, no inline code."""

    VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.counts: dict[str, int] = {}
        self.ids: set[str] = set()
        self.open: list[str] = []
        self.form: dict | None = None
        self.feed(html)
        if self.open:
            self.problems.append(f"never closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.counts[tag] = self.counts.get(tag, 0) + 1
        for name in found:
            if name == "style" or name.startswith("on") or name.startswith("hx-on"):
                self.problems.append(f"<{tag} {name}=…> breaks the Content-Security-Policy")
        if found.get("id"):
            if found["id"] in self.ids:
                self.problems.append(f"id {found['id']!r} twice")
            self.ids.add(found["id"])
        if tag == "script" and not found.get("src") and found.get("type") != "application/json":
            self.problems.append("inline script")
        if tag == "form":
            self.form = {"method": (found.get("method") or "get").lower(), "csrf": False}
            if "action" not in found and self.form["method"] != "dialog":
                self.problems.append("a form without action")
        if tag == "input" and self.form is not None and found.get("name") == "csrf_token":
            self.form["csrf"] = True
        if tag not in self.VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag == "form" and self.form is not None:
            if self.form["method"] == "post" and not self.form["csrf"]:
                self.problems.append("a POST form without csrf_token")
            self.form = None
        if tag in self.VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:]}")
            if tag not in self.open:
                return
            while self.open[-1] != tag:
                self.open.pop()
        self.open.pop()


def check_page(response, path: str) -> None:
    """Assert what every page must have."""
    if response.mimetype != "text/html" or not response.data or response.status_code in (301, 302, 303):
        return
    html = response.get_data(as_text=True)
    page = Page(html)
    if "<html" in html:
        if page.counts.get("h1") != 1:
            page.problems.append(f"{page.counts.get('h1', 0)} h1")
        if page.counts.get("title", 0) < 1:
            page.problems.append("no title")
    assert not page.problems, f"{path}: {page.problems}"
    assert "Content-Security-Policy" in response.headers, path


class Client:
    """A test client that signs in without the form, sends the CSRF token, and checks every page it gets."""

    def __init__(self, app) -> None:
        self.app = app
        self.http = app.test_client()

    def as_(self, user) -> "Client":
        """A new client signed in as `user` (None: nobody)."""
        from smallcrm.users.models import UserSession
        from smallcrm.users.sessions import digest

        fresh = Client(self.app)
        if user is not None:
            secret = secrets.token_urlsafe(32)
            row = UserSession(token_hash=digest(secret), user_id=user.id, auth_epoch=user.auth_epoch)
            with write() as session:
                session.add(row)
            with fresh.http.session_transaction() as cookie:
                cookie["sid"] = secret
        return fresh

    def csrf(self) -> str:
        """The token of this client's session, as a page would carry it."""
        # Not generate_csrf(): it keeps the token of whichever client came first in the g of the test's context.
        with self.http.session_transaction() as session:
            seed = session.setdefault("csrf_token", secrets.token_hex(20))
        return URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(seed)

    def get(self, path, *, htmx=False, **options):
        return self._send("GET", path, htmx, options)

    def post(self, path, data=None, *, htmx=False, **options):
        return self._send("POST", path, htmx, {"data": data or {}, **options})

    def patch(self, path, data=None, *, htmx=False, **options):
        return self._send("PATCH", path, htmx, {"data": data or {}, **options})

    def delete(self, path, data=None, *, htmx=False, **options):
        return self._send("DELETE", path, htmx, {"data": data or {}, **options})

    def _send(self, method, path, htmx, options):
        headers = dict(options.pop("headers", {}))
        if htmx:
            headers["HX-Request"] = "true"
        if method != "GET" and options.pop("csrf", True):
            headers.setdefault("X-CSRFToken", self.csrf())
        # In a context of its own: a request must find neither g nor the session of the test around it, and the test
        # must afterwards see what the request wrote.
        db.session.rollback()
        response = Context().run(lambda: self.http.open(path, method=method, headers=headers, **options))
        db.session.rollback()
        check_page(response, f"{method} {path}")
        return response


@pytest.fixture
def client(app):
    """A client that is signed in by `client.as_(person)`."""
    return Client(app)


@pytest.fixture
def make(app, cast):
    """make(entity key, by=person, **values): a record through the one door."""
    from smallcrm import entities
    from smallcrm.records import operations

    def create(key, by=None, **values):
        with write():
            return operations.create(entities.find(key), values, by or cast.sales)

    return create
