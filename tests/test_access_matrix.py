"""Every address × every person × every kind of record, generated from the URL map.

A route without an entry below fails, so nobody can add a door that the matrix does not try (SECURITY.md F01). For each
refused request the database must be untouched: the version that SQLite gives other connections may not move.
"""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from smallcrm.api import limits
from smallcrm.core.db import db, sqlite_module, write
from smallcrm.entities import attachments, find
from smallcrm.records import operations
from smallcrm.users import api_tokens, gate

PEOPLE = ("nobody", "disabled", "readonly", "support", "sales", "colleague", "stranger", "manager", "admin", "owner")
RECORDS = ("own", "below", "other", "pool", "deleted")
ENTITIES = ("customers", "contacts", "follow_ups", "tasks")
OK = {200, 204, 302, 303, 409, 422}
SIGN_IN = {303, 401}

# Who sees which record of the scene below (owners: sales, colleague, stranger, nobody), by what the shipped roles say.
EVERYTHING = {"own", "below", "other", "pool"}
VIEW = {
    "readonly": EVERYTHING,
    "support": EVERYTHING,
    "sales": {"own"},
    "colleague": {"below"},
    "stranger": {"other"},
    "manager": {"own", "below"},
    "admin": EVERYTHING,
    "owner": EVERYTHING,
}
CHANGE = {**VIEW, "readonly": set(), "support": set()}
DELETE = {**CHANGE}
SCOPES = {"view": VIEW, "edit": CHANGE, "delete": DELETE, "export": CHANGE}
# Those who may not delete see nothing in the recycle bin.
READERS = {"readonly", "support", "colleague", "stranger"}
# Who may do something on some records at all.
SOME = {
    "view": {*VIEW},
    "create": {"support", "sales", "colleague", "stranger", "manager", "admin", "owner"},
    "edit": {"support", "sales", "colleague", "stranger", "manager", "admin", "owner"},
    "export": {"sales", "colleague", "stranger", "manager", "admin", "owner"},
    "import": {"sales", "colleague", "stranger", "manager", "admin", "owner"},
}
POWER = {"admin", "owner"}
SIGNED_IN = {*VIEW}


@dataclass(frozen=True)
class Record:
    """A route over one record: allowed where `action` is in scope, 403 where only seen, 404 where not even that."""

    action: str
    data: tuple = ()


@dataclass(frozen=True)
class Entity:
    """A route over an entity as a whole."""

    action: str
    data: tuple = ()


@dataclass(frozen=True)
class Group:
    """A route for some people; the others get `refused`."""

    people: frozenset
    refused: frozenset = frozenset({403, 404})
    values: tuple = ()
    allowed: frozenset = frozenset({*OK, 404})


def group(people, *, values=(), **more) -> Group:
    return Group(frozenset(people), values=tuple(values), **more)


PUBLIC = group({*PEOPLE}, allowed=frozenset({*OK, 400, 404, 410, 405}))
EACH_OWN = group(SIGNED_IN, values=(("id", 999_999),))
MANAGE = group(POWER, values=(("id", 999_999),))

ORACLE = {
    "static": PUBLIC,
    "health.show": PUBLIC,
    "sign_in": PUBLIC,
    "setup": PUBLIC,
    "invitations": PUBLIC,
    "password_resets": PUBLIC,
    "sign_out": EACH_OWN,
    "profile": EACH_OWN,
    "dashboard": EACH_OWN,
    "notifications": EACH_OWN,
    "phrases": EACH_OWN,
    "reports": EACH_OWN,
    "reports.of": Entity("view"),
    "reports.of_file": Entity("export"),
    "users": MANAGE,
    "departments": MANAGE,
    "roles": MANAGE,
    "settings": MANAGE,
    "admin": MANAGE,
    "example_data": MANAGE,
    "records.index": Entity("view"),
    "records.choose_filter": Entity("view"),
    "records.one_condition": Entity("view"),
    "records.one_group": Entity("view"),
    "records.show_display": Entity("view"),
    "records.choose_display": Entity("view"),
    "records.choose_width": Entity("view", (("column", "owner"), ("width", "100"))),
    "records.show_views": Entity("view"),
    "records.new_view": Entity("view"),
    "records.create_view": Entity("view", (("name", ""),)),
    "records.choose_tabs": Entity("view", (("pin", "mine"),)),
    "records.choose_first": Entity("view", (("view", "all"),)),
    "records.show_totals": Entity("view"),
    "records.new": Entity("create"),
    "records.create": Entity("create", (("name", ""),)),
    "records.like": Entity("create"),
    "records.show": Record("view"),
    "records.history": Record("view"),
    "records.edit": Record("edit"),
    "records.update": Record("edit", (("notes", "x"),)),
    "records.undo": Record("edit"),
    "records.delete": Record("delete"),
    "records.show_field": Record("edit"),
    "records.change_field": Record("edit", (("owner", ""),)),
    "records.show_cells": Record("view"),
    "records.show_cell": Record("edit"),
    "records.change_cell": Record("edit", (("notes", "x"), ("version", "1"))),
    "records.undo_change": Record("edit"),
    "records.pick_people": EACH_OWN,
    "records.pick_regions": EACH_OWN,
    "records.neighbours": Record("view"),
    "records.star": Record("view", (("wanted", "1"),)),
    "records.recent": EACH_OWN,
    "records.search": EACH_OWN,
    "records.recycle_bin": EACH_OWN,
    "records.merging": Entity("view"),
    "records.compare": Entity("edit"),
    "records.merge": Entity("edit"),
    "records.tell_apart": Entity("edit"),
    "records.suspect_again": Entity("edit"),
    "records.merge_with": Record("edit"),
    "records.unmerge": Record("edit"),
    "api_pages": EACH_OWN,
}
# Tried by tests of their own below, or by the room that has them.
ELSEWHERE = {
    "api",
    "records.restore",
    "records.pick_records",
    "records.show_file",
    "records.quick",
    "records.edit_view",
    "records.change_view",
    "records.delete_view",
    "records.show_cards",
    "records.show_group",
    "records.show_groups",
    "records.show_figures",
    "records.choose_place",
    "records.move",
    "records.show_thumbnail",
    "follow_ups.create",
    "tasks.complete",
    "tasks.reopen",
    "tasks.postpone",
    "bulk",
    "imports",
    "exports",
    "pool",
}


def entry(endpoint):
    return ORACLE.get(endpoint) or ORACLE.get(endpoint.split(".")[0])


def test_every_route_has_an_entry(app):
    rules = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert (
        sorted(e for e in rules if entry(e) is None and e not in ELSEWHERE and e.split(".")[0] not in ELSEWHERE) == []
    )


@pytest.fixture
def scene(app, cast):
    """One customer, contact, follow-up and task for every kind of record; entity key → kind → id."""
    owners = {"own": cast.sales, "below": cast.colleague, "other": cast.stranger, "pool": None, "deleted": cast.sales}
    found = {key: {} for key in ENTITIES}
    with write():
        for kind, owner in owners.items():
            raw = {"name": f"客户{kind}", "owner": str(owner.id) if owner else ""}
            customer = operations.create(find("customers"), raw, cast.owner, owner=None)
            found["customers"][kind] = customer.id
            for key, values in (
                ("contacts", {"name": f"张{kind}", "customer": str(customer.id)}),
                ("follow_ups", {"content": "说了", "customer": str(customer.id)}),
                ("tasks", {"title": "寄样品", "owner": str(owner.id) if owner else ""}),
            ):
                found[key][kind] = operations.create(find(key), values, cast.owner, owner=None).id
        for key in ENTITIES:
            record = db.session.get(find(key).model, found[key]["deleted"])
            if record.deleted_at is None:
                operations.delete(record, cast.owner)
    return found


class Watch:
    """Says whether anybody wrote to the database since it was last asked."""

    def __init__(self, company):
        self.connection = sqlite_module().connect(str(company.path))
        self.seen = self._version()

    def _version(self):
        return self.connection.execute("PRAGMA data_version").fetchone()[0]

    def moved(self) -> bool:
        before, self.seen = self.seen, self._version()
        return before != self.seen


@pytest.fixture
def watch(company, app):
    watching = Watch(company)
    yield watching
    watching.connection.close()


def send(http, rule, method, values, data):
    path = rule.rule
    for name, value in values.items():
        for pattern in (f"<int:{name}>", f"<{name}>", f"<path:{name}>", f"<string:{name}>"):
            path = path.replace(pattern, str(value))
    path = path.replace("<token>", "x" * 32).replace("<key>", "x").replace("<path:filename>", "favicon.svg")
    path = path.replace("<int:id>", "999999").replace("<", "").replace(">", "")
    return http._send(method, path, False, {"data": dict(data)} if method != "GET" else {})


def methods(rule):
    return sorted(rule.methods - {"HEAD", "OPTIONS"})


@pytest.mark.parametrize("who", PEOPLE)
def test_routes_over_records(who, app, client, cast, scene, watch):
    http = client.as_(getattr(cast, who, None))
    leaks = []
    rules = [r for r in app.url_map.iter_rules() if isinstance(entry(r.endpoint), Record)]
    assert len(rules) >= 8
    # Deleting comes last: it would make the other routes answer 404.
    rules.sort(key=lambda r: (r.endpoint == "records.delete", r.endpoint, r.rule))
    for rule in rules:
        case = entry(rule.endpoint)
        # Children before their customer, whose deletion takes them along.
        for key in reversed(ENTITIES):
            for kind in RECORDS:
                for method in methods(rule):
                    field = "notes" if key != "follow_ups" else "content"
                    values = {"slug": find(key).slug, "id": scene[key][kind], "key": "owner" if key == "x" else field}
                    values["version"] = 1
                    watch.moved()
                    answer = send(http, rule, method, values, case.data)
                    wanted = expected_of_record(who, kind, case.action)
                    if answer.status_code not in wanted or (answer.status_code >= 400 and watch.moved()):
                        leaks.append((method, rule.rule, key, kind, answer.status_code, sorted(wanted)))
    assert leaks == []


def expected_of_record(who, kind, action):
    if who in ("nobody", "disabled"):
        return SIGN_IN
    if kind not in VIEW[who]:
        return {404}
    if kind not in SCOPES[action][who]:
        return {403}
    return OK


@pytest.mark.parametrize("who", PEOPLE)
def test_routes_over_entities(who, app, client, cast, scene, watch):
    http = client.as_(getattr(cast, who, None))
    leaks = []
    for rule in app.url_map.iter_rules():
        case = entry(rule.endpoint)
        if not isinstance(case, Entity):
            continue
        for key in ENTITIES:
            for method in methods(rule):
                watch.moved()
                answer = send(http, rule, method, {"slug": find(key).slug}, case.data)
                if who in ("nobody", "disabled"):
                    wanted = SIGN_IN
                else:
                    wanted = OK if who in SOME[case.action] else {403}
                if answer.status_code not in wanted or (answer.status_code >= 400 and watch.moved()):
                    leaks.append((method, rule.rule, key, answer.status_code, sorted(wanted)))
    assert leaks == []


@pytest.mark.parametrize("who", PEOPLE)
def test_routes_for_some_people(who, app, client, cast, scene, watch):
    leaks = []
    for rule in app.url_map.iter_rules():
        case = entry(rule.endpoint)
        if not isinstance(case, Group):
            continue
        for method in methods(rule):
            http = client.as_(getattr(cast, who, None))
            watch.moved()
            answer = send(http, rule, method, dict(case.values), {})
            if who in case.people and (case is PUBLIC or who not in ("nobody", "disabled")):
                wanted = case.allowed
            else:
                wanted = SIGN_IN if who in ("nobody", "disabled") else case.refused
            refused = answer.status_code >= 400 and case is not PUBLIC
            if answer.status_code not in wanted or (refused and watch.moved()):
                leaks.append((method, rule.rule, answer.status_code, sorted(wanted)))
    assert leaks == []


@pytest.mark.parametrize("who", PEOPLE)
def test_a_list_and_a_search_hold_exactly_what_may_be_seen(who, client, cast, scene):
    http = client.as_(getattr(cast, who, None))
    for path in ("/customers", "/search?q=客户", "/customers?q=客户", "/pickers/records/customers?q=客户"):
        text = http.get(path).text.replace("</mark>", "")
        shown = {kind for kind in RECORDS if f"客户{kind}" in text}
        assert shown == (VIEW.get(who, set()) if who not in ("nobody", "disabled") else set()), path


@pytest.mark.parametrize("who", PEOPLE)
def test_boards_groups_and_months_hold_exactly_what_may_be_seen(who, client, cast, scene):
    http = client.as_(getattr(cast, who, None))
    board, groups = "kind=kanban&by=status", "by=status"
    for path in (
        f"?{board}",
        f"/cards?{board}&value=new",
        f"?{groups}",
        f"/groups?{groups}",
        f"/group?{groups}&value=new",
        "?kind=calendar&on=created_at",
    ):
        answer = http.get(f"/customers{path}")
        if who in ("nobody", "disabled"):
            assert answer.status_code in SIGN_IN
            continue
        shown = {kind for kind in RECORDS if f"客户{kind}" in answer.text}
        assert shown == VIEW[who], path
    if who not in ("nobody", "disabled"):
        for shape in (board, groups):
            figures = http.get(f"/customers/figures?{shape}&value=new&value=won").text
            assert f'<span class="s-count">{len(VIEW[who])}</span>' in figures, shape


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_move_a_card(who, client, cast, scene, watch):
    http = client.as_(getattr(cast, who, None))
    for kind in RECORDS:
        path = f"/customers/{scene['customers'][kind]}/place"
        wanted = expected_of_record(who, kind, "edit")
        watch.moved()
        assert http.get(f"{path}?field=status").status_code in wanted, kind
        answer = http.post(path, {"field": "status", "value": "won"})
        assert answer.status_code in wanted, kind
        assert watch.moved() is (answer.status_code == 303 and wanted is OK), kind


@pytest.mark.parametrize("who", [p for p in PEOPLE if p not in ("nobody", "disabled")])
def test_who_may_bring_back_what_was_deleted(who, client, cast, scene):
    http = client.as_(getattr(cast, who))
    answer = http.post(f"/customers/{scene['customers']['deleted']}/restoration")
    allowed = {"sales", "manager", "admin", "owner"}
    assert answer.status_code == (303 if who in allowed else 404)
    http.get("/today")  # takes the message that says so
    assert ("客户deleted" in http.get("/recycle-bin?entity=customers").text) is (who not in {*allowed, *READERS})


@pytest.mark.parametrize("who", [p for p in PEOPLE if p not in ("nobody", "disabled")])
def test_who_may_write_a_follow_up(who, client, cast, scene):
    http = client.as_(getattr(cast, who))
    for kind in RECORDS:
        answer = http.post(f"/customers/{scene['customers'][kind]}/follow-ups", {"kind": "phone", "content": "你好"})
        if kind not in VIEW[who]:
            assert answer.status_code == 404, kind
        else:
            assert answer.status_code == (303 if who in SOME["create"] else 403), kind


@pytest.mark.parametrize("who", [p for p in PEOPLE if p not in ("nobody", "disabled")])
def test_who_may_finish_a_task(who, client, cast, scene):
    http = client.as_(getattr(cast, who))
    for kind in RECORDS:
        answer = http.post(f"/tasks/{scene['tasks'][kind]}/completion")
        wanted = {404} if kind not in VIEW[who] else {403} if kind not in CHANGE[who] else {303}
        assert answer.status_code in wanted, kind


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_open_a_file(who, client, cast, scene, app):
    from io import BytesIO

    row = attachments.store(BytesIO(b"quote"), "报价.txt", cast.sales.id)
    with write() as session:
        session.add(row)
    token = row.token
    with write():
        follow_up = db.session.get(find("follow_ups").model, scene["follow_ups"]["own"])
        operations.change(follow_up, {"files": [token]}, cast.sales)
    answer = client.as_(getattr(cast, who, None)).get(f"/files/{token}")
    if who in ("nobody", "disabled"):
        assert answer.status_code in SIGN_IN
    else:
        assert answer.status_code == (200 if "own" in VIEW[who] else 404)
    assert answer.headers.get("X-Content-Type-Options") == "nosniff"


class Program:
    """A program with a token of `user`."""

    def __init__(self, http, user, scopes):
        limits.forget()
        with write():
            token = api_tokens.create(user, "matrix", scopes, by=user)
        self.http, self.bearer = http, {"Authorization": f"Bearer {token}"}
        self.http.get("/api/v1/me", headers=self.bearer)  # writes down that the token is in use

    def __call__(self, method, path, body=None):
        options = {"json": body} if body is not None else {}
        # Not through client.post and its like: they send a form.
        return self.http._send(method, f"/api/v1{path}", False, {"headers": self.bearer, **options})


def expected_of_program(who, scopes, kind, action):
    if action != "view" and "write" not in scopes:
        return {403}
    return expected_of_record(who, kind, action)


@pytest.mark.parametrize("scopes", ["read", "read,write"])
@pytest.mark.parametrize("who", [p for p in PEOPLE if p not in ("nobody", "disabled")])
def test_programs_over_records(who, scopes, client, cast, scene, watch):
    """A token sees and does what its person does on the pages, within its scopes; every route of the blueprint."""
    call = Program(client.as_(None), getattr(cast, who), scopes)
    leaks = []
    for method, action in (("GET", "view"), ("PATCH", "edit"), ("PUT", "edit"), ("DELETE", "delete")):
        for key in reversed(ENTITIES):
            for kind in RECORDS:
                path = f"/{find(key).slug}/{scene[key][kind]}"
                watch.moved()
                answer = call(method, path, {} if action == "edit" else None)
                wanted = expected_of_program(who, scopes, kind, action)
                if answer.status_code not in wanted or (answer.status_code >= 400 and watch.moved()):
                    leaks.append((method, path, kind, answer.status_code, sorted(wanted)))
    assert leaks == []


@pytest.mark.parametrize("scopes", ["read", "read,write"])
@pytest.mark.parametrize("who", [p for p in PEOPLE if p not in ("nobody", "disabled")])
def test_programs_over_entities(who, scopes, client, cast, scene, watch):
    call = Program(client.as_(None), getattr(cast, who), scopes)
    visible = {scene["customers"][kind] for kind in VIEW[who]}
    for query in ("", "?q=客户", "?sort=-name&limit=200", "?names=true"):
        assert {row["id"] for row in call("GET", f"/customers{query}").json["data"]} == visible, query
    for key in ENTITIES:
        watch.moved()
        answer = call("POST", f"/{find(key).slug}", {})
        assert answer.status_code == (422 if who in SOME["create"] and "write" in scopes else 403)
        assert not watch.moved()
    for path in ("/", "/me", "/users", "/openapi.json"):
        assert call("GET", path).status_code == 200


@pytest.mark.parametrize("who", PEOPLE)
def test_without_a_token_the_api_answers_nobody(who, app, client, scene, cast, watch):
    """Signed in or not: cookies are not looked at, and every rule of the blueprint is tried."""
    http = client.as_(getattr(cast, who, None))
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] == "api"]
    assert len(rules) >= 9
    for rule in rules:
        for method in methods(rule):
            watch.moved()
            answer = send(http, rule, method, {"slug": "customers", "id": scene["customers"]["own"]}, {})
            assert answer.status_code == 401, (method, rule.rule)
            assert answer.is_json and not watch.moved()


def test_only_the_intended_endpoints_answer_people_who_are_not_signed_in(app, client):
    """The gate's list of public endpoints is this one, and whatever is not in it asks for a sign-in or a token."""
    pages = {"sign_in", "setup", "invitations", "password_resets"}
    public = {"static", "health.show", *(f"{page}.{verb}" for page in pages for verb in ("show", "create"))}
    assert gate.PUBLIC_ENDPOINTS == public
    assert app.config["TOKEN_BLUEPRINTS"] == {"api"}
    http = client.as_(None)
    opened = set()
    for rule in app.url_map.iter_rules():
        for method in methods(rule):
            if send(http, rule, method, {}, {}).status_code not in (303, 401, 404):
                opened.add(rule.endpoint)
    assert opened <= public


def test_the_matrix_would_notice_a_forgotten_condition(app, client, cast, scene, monkeypatch):
    """A negative control: without the owner condition the stranger sees everything, and the oracle says so."""
    from smallcrm import access

    monkeypatch.setattr(access, "scope", lambda user, entity, action: "all")
    text = client.as_(cast.stranger).get("/customers").text
    shown = {kind for kind in RECORDS if f"客户{kind}" in text}
    assert shown != VIEW["stranger"]


def test_a_file_of_somebody_else_cannot_be_claimed(app, cast, scene):
    from io import BytesIO

    from smallcrm.core.errors import Refused

    row = attachments.store(BytesIO(b"secret"), "别人的.txt", cast.stranger.id)
    with write() as session:
        session.add(row)
    mine = db.session.scalars(
        select(find("follow_ups").model).where(find("follow_ups").model.id == scene["follow_ups"]["own"])
    ).one()
    with pytest.raises(Refused), write():
        operations.change(mine, {"files": [row.token]}, cast.sales)
