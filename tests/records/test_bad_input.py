"""Whatever stands in an address or a form of a list: a clear refusal or an empty answer, and nobody else's rows.

The addresses are those of the URL map and the parameters those that a route looks for while it answers, so a new list
route is tried without a line here. What is refused leaves the database as it was, what is read always does.
"""

import base64
import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import update
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

from smallcrm import access
from smallcrm.core import clock
from smallcrm.core.db import db, sqlite_module, write
from smallcrm.entities import every, find
from smallcrm.records import duplicates, favourites, listing
from smallcrm.records.conditions import BadListing
from smallcrm.records.merging import suspects
from smallcrm.records.merging.models import DistinctRecords
from smallcrm.records.models import ListPreference, RoleView, View, preference
from smallcrm.users.models import RoleRight, UserSession

from .bulking import begin

ROOMS = ("records", "bulk", "pool")
SECRET = "绝密别家集团"
REFUSED = {400, 403, 404, 405, 409, 413, 422}
FINE = {200, 204, 303}


def cursor_of(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


CURSORS = (
    *map(
        cursor_of,
        (
            ["x", 1],
            [1, 1],
            [1.5, 1],
            [float("nan"), 1],
            [float("inf"), 1],
            [-(10**40), 1],
            ["9" * 1200, 1],
            ["\ud800", 1],
            ["a\0b", 1],
            ["0001-01-01 00:00:00.000000", 1],
            ["9999-12-31", 1],
            [None, 2**62],
            [None, 2**63],
            [None, -1],
            [None, 1.0],
            [True, 1],
            [[], 1],
            [{}, 1],
            [None],
            {"a": 1},
            7,
        ),
    ),
    cursor_of(["杭州", 1])[:-3],
    base64.urlsafe_b64encode(b"\xff\xfe[").decode(),
    "=" * 7,
    "A" * 5000,
)
HOSTILE = (
    "",
    " ",
    "0",
    "-1",
    "1",
    "2",
    "1.0",
    "1,2,3",
    ",",
    str(2**31),
    str(2**63),
    str(-(2**63) - 1),
    "9" * 20,
    "9" * 4300,
    "9" * 5000,
    "-" + "9" * 30,
    "²",
    "०१२",
    "１２",
    "NaN",
    "Infinity",
    "1e400",
    "\0",
    "a\0b",
    "%00",
    "\ufffd\ufeff\u2028",
    "\u202e\u200b\u2066txt",
    "𠮷" * 400,
    "长" * 10_000,
    "' OR 1=1 --",
    '") OR 1=1; DROP TABLE customers; --',
    '"未完" AND NEAR(a b, 2) OR NOT * ^ title:x',
    "*",
    "_%\\",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>'",
    "{{7*7}}${7*7}",
    "../../../../etc/passwd",
    "//evil.example/",
    "/\\evil.example",
    "/客户?x=\t",
    "javascript:alert(1)",
    "a\r\nSet-Cookie: sid=1",
    "2026-02-30",
    "2026-13",
    "0000-00",
    "9999-12",
    "1899-12-31",
    "2200-12",
    "9999-12-31T23:59:59+14:00",
    "2026-01-01T00:00:00+00:00_²",
    "2026-01-01T00:00:00+00:00_" + "9" * 30,
    "0001-01-01T00:00:00+23:59_1",
    "-9999y",
    "+9999w",
    "last_9999_days",
    "me",
    "mine_below",
    "~",
    "owner",
    "-owner",
    "name,phone,nonsense",
    "name:99999999999,name:0",
    "all",
    "every",
    "customers:" + "9" * 40,
    "customers:1",
    "f.level.in=A&f.x.y=1&sort=nonsense",
    *CURSORS[:3],
)
COUNTS = ("version", "begin", "before", "newest", "role", "width", "besides", "into")
# Values that lead a route further in, where it looks for them by these names.
GOOD = {
    "field": "level",
    "value": "A",
    "columns": "name,level",
    "column": "name",
    "width": "120",
    "shared": "private",
    "version": "1",
    "query": "sort=-created_at",
    "view": "all",
    "newest": "999",
    "cells": "name",
    "level": "A",
    "q": "王芳",
    "reason": "no_need",
    "sort": "-created_at",
}


def strings(shared) -> list[str]:
    """Other people's naughty strings, as far as an address can hold them."""
    folder = shared / "data/6-security"
    found = list(json.loads((folder / "blns.json").read_text(encoding="utf-8")))
    for file in sorted(folder.glob("patt_*")):
        found += file.read_text(encoding="utf-8", errors="replace").splitlines()
    return list(dict.fromkeys(text.encode(errors="replace").decode() for text in found))


class Noting(ImmutableMultiDict):
    """Parameters that remember which of them somebody looked for."""

    asked: set = set()

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key):
        self.asked.add(key)
        return super().__contains__(key)

    def get(self, key, *args, **options):
        self.asked.add(key)
        return super().get(key, *args, **options)

    def getlist(self, key, *args, **options):
        self.asked.add(key)
        return super().getlist(key, *args, **options)


@pytest.fixture
def asked(app, monkeypatch) -> set:
    """The names of the parameters that routes have looked for since the set was emptied."""
    request = type("Request", (app.request_class,), {"parameter_storage_class": Noting})
    monkeypatch.setattr(app, "request_class", request)
    Noting.asked.clear()
    return Noting.asked


@pytest.fixture
def scene(cast, make) -> SimpleNamespace:
    """What 王芳 has, and what somebody else has that she may not see."""
    mine = make("customers", name="杭州鑫源", level="A", phone="13800138000")
    make("customers", name="杭州鑫源贸易", phone="13800138000")
    make("contacts", name="张伟", customer=str(mine.id))
    make("tasks", title="寄样品", record=f"customers:{mine.id}")
    theirs = make("customers", by=cast.stranger, name=SECRET, phone="13900139000", short_name=SECRET)
    make("contacts", by=cast.stranger, name=SECRET, customer=str(theirs.id))
    make("follow_ups", by=cast.stranger, content=SECRET, customer=str(theirs.id))
    make("tasks", by=cast.stranger, title=SECRET, record=f"customers:{theirs.id}")
    with write():
        favourites.put(cast.sales, mine, True)
        kept = [
            View(entity="customers", name=name, owner_id=owner.id, query="f.level.in=A")
            for name, owner in (("我的", cast.sales), (SECRET, cast.stranger))
        ]
        db.session.add_all(kept)
        db.session.flush()
        ids = [view.id for view in kept]
    return SimpleNamespace(mine=mine.id, theirs=theirs.id, view=ids[0], run=begin(cast.sales, "tags", TAGS, [mine.id]))


TAGS = {"tags": "大客户", "how": "add"}


class Kept:
    """The database as the scene made it: says whether somebody wrote, and whether to rows that are not theirs."""

    def __init__(self, company, user):
        self.company, self.user_id = company, user.id
        self.file = sqlite_module().connect(str(company.path))
        self.copy = sqlite_module().connect(":memory:")
        self.file.backup(self.copy)
        self.theirs, self.version = self._theirs(), self._version()

    def _version(self):
        return self.file.execute("PRAGMA data_version").fetchone()[0]

    def moved(self) -> bool:
        return self._version() != self.version

    def _theirs(self) -> set:
        """The rows that belong to others, and those that decide who may do what."""
        tables = {entity.model.__tablename__: "owner_id <> ?" for entity in every()}
        tables |= {"favourites": "user_id <> ?", "list_preferences": "user_id <> ?", "views": "owner_id <> ?"}
        tables |= dict.fromkeys(("users", "departments", "roles", "role_rights", "role_views", "settings"), "? > 0")
        return {
            (table, *row)
            for table, whose in tables.items()
            for row in self.file.execute(f"SELECT * FROM {table} WHERE {whose}", (self.user_id,))  # noqa: S608
        }

    def theirs_changed(self) -> bool:
        # There may be more of them by now: whoever may give a record away does.
        return not self.theirs <= self._theirs()

    def renew(self):
        db.session.remove()
        target = sqlite_module().connect(str(self.company.path))
        self.copy.backup(target)
        target.close()
        self.version = self._version()

    def close(self):
        self.file.close()
        self.copy.close()


class Tried:
    """Sends requests as one person and collects what should not have happened."""

    def __init__(self, http, kept):
        self.http, self.kept = http, kept
        self.wrong: list = []
        self.count = 0

    def __call__(self, method, path, sent, **options) -> int:
        self.count += 1
        options |= {"query_string": urlencode(sent)} if method == "GET" else {"data": MultiDict(sent)}
        # Every seventh as a whole page: the frame around it is always the same.
        status, said = self._answer(method, path, self.count % 7 != 0, options)
        note = (method, path[:90], {name: value[:50] for name, value in sent.items()}, status)
        if status not in REFUSED | FINE:
            self.wrong.append((*note, said[:300]))
        elif SECRET.encode() in said:
            self.wrong.append((*note, "tells what somebody else has"))
        if self.kept.moved():
            if method == "GET" or status in REFUSED:
                self.wrong.append((*note, "wrote"))
            if self.kept.theirs_changed():
                self.wrong.append((*note, "changed what is not theirs"))
            self.kept.renew()
        return status

    def _answer(self, method, path, htmx, options) -> tuple[int, bytes]:
        try:
            answer = self.http._send(method, path, htmx, options)
        except Exception as error:  # noqa: BLE001 - each bug is wanted, with what brought it about
            db.session.rollback()
            return 500, repr(error).encode()
        return answer.status_code, answer.data + str(answer.headers).encode()


@pytest.fixture
def tried(client, cast, company, scene) -> Iterator[Tried]:
    http = client.as_(cast.sales)
    with write() as session:
        # When somebody was last seen is written once in a while, whatever they ask for.
        session.execute(update(UserSession).values(last_seen_at=clock.now() + timedelta(hours=1)))
    kept = Kept(company, cast.sales)
    yield Tried(http, kept)
    kept.close()


def rules(app) -> list:
    """(rule, method) of every address that lists, or that lists lead to."""
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in ROOMS]
    found.sort(key=lambda rule: (rule.endpoint, rule.rule))
    return [(rule, method) for rule in found for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]


def place(rule, scene) -> dict:
    """A good value of each part of an address."""
    id = scene.view if "/views/" in rule.rule else scene.run if rule.rule.startswith("/bulk") else scene.mine
    known = {"slug": "customers", "slug_": "customers", "id": id, "version": 1, "key": "level", "word": "change"}
    return {name: str(known.get(name, "x" * 32)) for name in rule.arguments}


def address(rule, values) -> str:
    path = rule.rule
    for name, value in values.items():
        for kind in ("", "int:", "path:", "string:"):
            path = path.replace(f"<{kind}{name}>", quote(value, safe=""))
    assert "<" not in path, path
    return path


def naughty(name, texts) -> list[str]:
    """What to send for a parameter: what no column holds for those that count, the next strings in turn for others."""
    counts = name in COUNTS or name.startswith("version.")
    return [str(2**63), "9" * 4300, "²"] if counts else [next(texts)]


def good_values(tried, asked, method, path, scene) -> dict:
    """{name: a good value, or ""} of the parameters of an address; what it looks for later shows with good ones."""
    names = {"ids": f"{scene.mine},{scene.mine + 1}", "into": str(scene.mine)}
    names |= {"sort": "-created_at"} if method == "GET" else {}
    for _round in range(2):
        asked.clear()
        tried(method, path, {name: value for name, value in names.items() if value})
        new = {name for name in asked if isinstance(name, str)} - names.keys() - {"csrf_token", "csrf-token"}
        names |= {name: GOOD.get(name, "") for name in sorted(new)}
        if not new:
            break
    return names


def test_every_parameter_of_every_address(app, scene, asked, tried):
    texts = itertools.cycle([*HOSTILE, str(scene.theirs), f"customers:{scene.theirs}"])
    found = set()
    for rule, method in rules(app):
        path = address(rule, place(rule, scene))
        names = good_values(tried, asked, method, path, scene)
        good = {name: value for name, value in names.items() if value}
        for name in names:
            found.add((rule.endpoint, name))
            for text in naughty(name, texts):
                tried(method, path, {**good, name: text})
    assert tried.wrong == []
    # Unless it still finds what they look for, it tries nothing.
    assert {("records.index", "sort"), ("records.move", "value")} <= found
    assert {("bulk.create", "newest"), ("records.merge", "into"), ("records.choose_first", "role")} <= found


def test_every_part_of_every_address(app, scene, tried):
    texts = itertools.cycle(text for text in HOSTILE if text.strip(" ./\\") and "/" not in text)
    for rule, method in rules(app):
        good = place(rule, scene)
        for name in good:
            # Somebody else's, nobody's, and what is no number at all.
            for text in (str(scene.theirs), next(texts)):
                tried(method, address(rule, {**good, name: text}), {"version": "1", "ids": "1"})
    assert tried.wrong == []


def test_every_post_needs_the_token_of_the_person(app, scene, tried):
    for rule, method in rules(app):
        if method != "GET":
            status = tried(method, address(rule, place(rule, scene)), {"name": "x", "wanted": "1"}, csrf=False)
            assert status == 400, rule
    assert tried.wrong == []


def listed(entity, user, arguments) -> None:
    """Run a list in all of its ways; a refusal in a sentence is fine."""
    try:
        found = listing.parse(entity, user, MultiDict(arguments))
        rows = found.page(5).rows
        assert found.parameters() is not None
    except BadListing as refusal:
        assert str(refusal)
        return
    assert all(access.allows(user, db.session.get(entity.model, row.id), "view") for row in rows), arguments


def test_other_peoples_naughty_strings_in_every_kind_of_condition(cast, scene, shared):
    fields = itertools.cycle(
        (entity, field, op)
        for entity in every()
        for field in (*access.readable_fields(entity, cast.sales), *listing.SPECIAL.values())
        for op in field.operators
    )
    names = itertools.cycle(("q", "", "sort", "after", "", "by", "on", "columns", "q", "view", "match", "kind"))
    for text in [*HOSTILE, *strings(shared)]:
        entity, field, op = next(fields)
        listed(entity, cast.sales, {next(names) or f"f.{field.key}.{op}": text})


@pytest.mark.parametrize("cursor", CURSORS, ids=range(len(CURSORS)))
def test_a_cursor_of_another_list_or_of_none(cursor, cast, scene):
    for entity in every():
        for field in access.readable_fields(entity, cast.sales):
            if field.sortable:
                listed(entity, cast.sales, {"sort": f"-{field.key}", "after": cursor})


@pytest.mark.parametrize("text", ["\0", "9" * 5000, "²", str(2**63), "' OR 1=1 --", "\u202e"], ids=range(6))
def test_conditions_of_other_rooms_take_any_text(text, cast, scene):
    assert {"bulk_run", "favourite", "brought_by"} <= listing.SPECIAL.keys()
    for key, field in listing.SPECIAL.items():
        for op in field.operators:
            listed(find("customers"), cast.sales, {f"f.{key}.{op}": text})
    listed(find("customers"), cast.sales, {"f.owner.in": text})


@pytest.mark.parametrize("group", ["", "12", "0", "²", "9" * 5000], ids=range(5))
def test_groups_of_conditions_that_cannot_be(group, client, cast):
    http = client.as_(cast.sales)
    line = {"c1.field": "level", "c1.op": "in", "c1.value": "A", "c1.group": group, "group": group}
    for path in ("/customers/filter", "/customers/filter/group", "/customers/filter/condition"):
        assert http.get(path, query_string=line).status_code == 200, path
    answer = http.get("/customers/filter", query_string={**line, "show": "1"})
    assert answer.headers["Location"] == "/customers?view=all&f.level.in=A"


NO_CONDITIONS = (
    "f.nonsense.eq",
    "f.name.nonsense",
    "f.customer.nonsense.eq",
    "f..",
    "f.name.eq.eq",
    "g0.name.eq",
    "g10.name.eq",
    "f.__class__.eq",
    "f.password_hash.contains",
    "f.owner.name.contains",
    "f.name.contains\0",
)


@pytest.mark.parametrize("name", NO_CONDITIONS)
def test_what_no_condition_is_called_is_said(name, client, cast, scene):
    http = client.as_(cast.sales)
    for path in ("/contacts", "/contacts/totals", "/contacts/filter", "/contacts/bulk/change"):
        answer = http.get(path, query_string={name: "1", "select": "all"})
        assert answer.status_code == 400 and answer.mimetype == "text/html", path


def test_a_record_that_is_not_seen_has_no_name_in_a_filter_or_a_form(client, cast, scene):
    http, id = client.as_(cast.sales), scene.theirs
    for path in (
        f"/contacts?f.customer.in={id}",
        f"/contacts/filter?f.customer.in={id}",
        f"/contacts/views/new?f.customer.in={id}",
        f"/tasks?f.record.eq=customers:{id}",
        f"/tasks/filter?f.record.eq=customers:{id}",
        f"/contacts/new?customer={id}",
        f"/follow-ups/new?customer={id}",
        f"/tasks/new?record=customers:{id}",
        f"/contacts?by=owner&f.customer.in={id}",
    ):
        answer = http.get(path)
        assert answer.status_code == 200 and SECRET not in answer.text, path
    assert f"客户是 #{id}" in http.get(f"/contacts?f.customer.in={id}").text
    # A name typed into the address is not told to be there either.
    assert f"#{id}" not in http.get(f"/contacts/new?customer={SECRET}").text
    assert SECRET in client.as_(cast.stranger).get(f"/contacts?f.customer.in={id}").text


def test_a_list_that_is_not_there_is_refused_before_its_cell_is_changed(client, cast, scene):
    http = client.as_(cast.sales)
    sent = {"level": "B", "version": "1"}
    assert http.post(f"/customers/{scene.mine}/cells/level?sort=nonsense", sent, htmx=True).status_code == 400
    assert db.session.get(find("customers").model, scene.mine).level == "A"
    assert http.post(f"/customers/{scene.mine}/cells/level", sent, htmx=True).status_code == 200
    assert http.post(f"/customers/{scene.mine}/reversals/2?view=nonsense", htmx=True).status_code == 400
    assert db.session.get(find("customers").model, scene.mine).level == "B"


def test_a_view_keeps_what_it_states_until_something_else_is_sent(client, cast, scene):
    http = client.as_(cast.sales)
    assert http.post(f"/customers/views/{scene.view}").status_code == 400
    assert db.session.get(View, scene.view).query == "f.level.in=A"


def test_how_a_list_is_displayed_is_understood_before_any_of_it_is_kept(client, cast):
    http = client.as_(cast.sales)
    for sent in ({"sort": "nonsense"}, {"by": "nonsense"}, {"kind": "kanban", "board_by": "nonsense"}):
        assert http.post("/customers/display", {"columns": ["name"], **sent}).status_code == 400
    for sent in ({"column": "nonsense", "width": "90"}, {"column": "name", "width": "wide"}, {"column": "name"}):
        assert http.post("/customers/display/width", sent).status_code == 400
    assert db.session.get(ListPreference, (cast.sales.id, "customers")) is None
    http.post("/customers/display", {"columns": ["name", "level:" + "x" * 5000, "level", "name:99999", "nonsense"]})
    assert preference(cast.sales.id, "customers").columns == ["name", "level"]


def test_views_that_are_not_there_change_no_choice(client, cast, scene):
    http = client.as_(cast.owner)
    for sent in ({}, {"pin": "nonsense"}, {"unpin": str(2**63)}, {"up": ""}):
        assert http.post("/customers/views/tabs", sent).status_code == 404
    for role in (str(2**63), "9" * 4300, "0", "x"):
        assert http.post("/customers/views/first", {"view": "mine", "role": role}).status_code == 404
    assert db.session.get(ListPreference, (cast.owner.id, "customers")) is None
    assert db.session.query(RoleView).count() == 0


def test_names_of_views_hold_what_can_be_read(client, cast):
    http = client.as_(cast.sales)
    assert http.post("/customers/views", {"name": "\0\x1b"}).status_code == 422
    http.post("/customers/views", {"name": "a\0\tb"})
    assert [view.name for view in db.session.query(View)] == ["a b"]


def test_the_way_after_a_change_fits_into_a_header(client, cast, scene):
    answer = client.as_(cast.sales).post("/customers/1", {"level": "B", "next": "/客户?q=甲"}, htmx=True)
    assert answer.headers["HX-Location"] == "/%E5%AE%A2%E6%88%B7?q=%E7%94%B2"


def test_the_walk_over_duplicates_tells_no_key_of_what_is_not_seen(client, cast, make, monkeypatch):
    monkeypatch.setattr(suspects, "WALKED", 1)
    monkeypatch.setattr(suspects, "STRETCHES", 1)
    for name in ("甲", "乙", "丙"):
        make("customers", by=cast.stranger, name=name, phone=f"1391234567{ord(name) % 10}")
    http = client.as_(cast.sales)
    page = http.get("/customers/merging?kind=phone").text
    assert "after=" in page and "1391234567" not in page
    key = db.session.query(duplicates.DuplicateKey).first()
    for mark in ("13912345670", key.key, "0", str(2**63)):
        assert http.get("/customers/merging", query_string={"kind": "email", "after": mark}).status_code == 400


def test_whoever_may_not_change_records_says_nothing_of_them(client, cast, make):
    ids = ",".join(str(make("customers", by=cast.stranger, name=name).id) for name in ("甲公司", "乙公司"))
    with write() as session:
        session.get(RoleRight, (cast.sales.role_id, "*", "view")).scope = "all"
    http = client.as_(cast.sales)
    assert http.get(f"/customers/merging/compare?ids={ids}").status_code == 200
    for word in ("distinction", "suspicion"):
        assert http.post(f"/customers/merging/{word}", {"ids": ids}).status_code == 403
    assert db.session.query(DistinctRecords).count() == 0
