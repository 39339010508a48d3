"""Every address of the pool × every person × every kind of record."""

import threading

import pytest
from sqlalchemy import select
from test_access_matrix import PEOPLE, SIGN_IN, Watch

from smallcrm.activity.models import Activity
from smallcrm.core.db import db, write
from smallcrm.customers.models import Customer
from smallcrm.entities import find
from smallcrm.records import operations as records

# own, below and other have owners; pool was the colleague's; ownerless never was anybody's; deleted went from the pool.
OWNERS = {"own": "sales", "below": "colleague", "other": "stranger", "pool": None, "ownerless": None, "deleted": None}
IN_POOL = {"pool", "ownerless"}
CLAIMERS = {"sales", "colleague", "stranger", "manager", "admin", "owner"}
EVERYTHING = {"own", "below", "other", "pool", "ownerless"}
VIEW = {
    "readonly": EVERYTHING,
    "support": EVERYTHING,
    "sales": {"own"},
    "colleague": {"below"},
    "stranger": {"other"},
    # What somebody of the department gave back still is the department's.
    "manager": {"own", "below", "pool"},
    "admin": EVERYTHING,
    "owner": EVERYTHING,
}
RELEASE = {**VIEW, "readonly": set(), "support": set()}
LOCK = {**RELEASE, "sales": set(), "colleague": set(), "stranger": set()}


@pytest.fixture
def scene(cast, make, released):
    """kind → customer id."""
    found = {}
    for kind, owner in OWNERS.items():
        by = getattr(cast, owner) if owner else cast.colleague
        found[kind] = make("customers", by=by, name=f"客户-{kind}-", phone="13912345678")
    with write():
        records.apply(find("customers"), found["ownerless"], {"owner": (cast.colleague.id, None)}, cast.owner)
        found["ownerless"].department_id = None
    released(found["pool"], cast.colleague)
    released(found["deleted"], cast.colleague)
    with write():
        records.delete(found["deleted"], cast.owner)
    return {kind: customer.id for kind, customer in found.items()}


@pytest.fixture
def watch(company, app):
    watching = Watch(company)
    yield watching
    watching.connection.close()


def expected(who, kind, verb):
    """The statuses that are right."""
    if who in ("nobody", "disabled"):
        return SIGN_IN
    if verb in ("show", "claim"):
        if who not in CLAIMERS:
            return {403}
        if verb == "claim" and OWNERS[kind] == who:
            return {303}  # theirs already: they are led there
        return {404} if kind not in IN_POOL else {200} if verb == "show" else {303}
    if kind not in VIEW[who]:
        return {404}
    may = LOCK if verb in ("lock", "unlock") else RELEASE
    if kind not in may[who]:
        return {403}
    if kind in IN_POOL:
        return {303} if verb == "unlock" else {409}
    return {"form": {200}, "release": {422}, "lock": {303}, "unlock": {303}}[verb]


# Claiming comes last: it makes the record somebody's.
VERBS = (
    ("show", "GET", "/pool/customers/{}", {}),
    ("form", "GET", "/customers/{}/release", {}),
    ("release", "POST", "/customers/{}/release", {"reason": ""}),
    ("release", "POST", "/customers/{}/release", {"reason": "idle"}),
    ("lock", "POST", "/customers/{}/lock", {}),
    ("unlock", "POST", "/customers/{}/unlock", {}),
    ("claim", "POST", "/pool/customers/{}/claim", {}),
)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_do_what_with_which_record(who, client, cast, scene, watch):
    http = client.as_(getattr(cast, who, None))
    wrong = []
    for kind, id in scene.items():
        for verb, method, path, data in VERBS:
            watch.moved()
            answer = http._send(method, path.format(id), False, {"data": data} if method == "POST" else {})
            right = expected(who, kind, verb)
            if answer.status_code not in right or (answer.status_code >= 400 and watch.moved()):
                wrong.append((verb, kind, answer.status_code, right))
    assert wrong == []


@pytest.mark.parametrize("who", PEOPLE)
def test_who_may_look_into_the_pool(who, client, cast, scene, watch):
    http = client.as_(getattr(cast, who, None))
    for path in ("/pool", "/pool/customers"):
        watch.moved()
        answer = http.get(path)
        if who in ("nobody", "disabled"):
            assert answer.status_code in SIGN_IN
        elif who not in CLAIMERS:
            assert answer.status_code == (404 if path == "/pool" else 403)
        else:
            assert answer.status_code == (303 if path == "/pool" else 200)
        assert not watch.moved()
    text = http.get("/pool/customers").text
    assert {kind for kind in scene if f"客户-{kind}-" in text} == (IN_POOL if who in CLAIMERS else set())
    assert ('href="/pool"' in http.get("/today").text) is (who in CLAIMERS)


@pytest.mark.parametrize("who", PEOPLE)
def test_nothing_answers_where_there_is_no_pool(who, client, cast, make, watch):
    contact = make("contacts", name="张伟", customer=make("customers", name="鑫源").id)
    http = client.as_(getattr(cast, who, None))
    signed_in = who not in ("nobody", "disabled")
    for slug in ("contacts", "nothing"):
        for method, path in (
            ("GET", f"/pool/{slug}"),
            ("GET", f"/pool/{slug}/{contact.id}"),
            ("POST", f"/pool/{slug}/{contact.id}/claim"),
            ("POST", f"/{slug}/{contact.id}/release"),
            ("POST", f"/{slug}/{contact.id}/lock"),
            ("POST", f"/{slug}/{contact.id}/unlock"),
        ):
            watch.moved()
            answer = http._send(method, path, False, {})
            assert answer.status_code in ({404} if signed_in else SIGN_IN), path
            assert not watch.moved()


def test_what_changes_something_is_never_a_get_and_needs_the_token(client, cast, scene, watch):
    http = client.as_(cast.owner)
    watch.moved()
    for path in ("/pool/customers/{}/claim", "/customers/{}/lock", "/customers/{}/unlock"):
        for kind in ("own", "pool"):
            assert http.get(path.format(scene[kind])).status_code == 405
            assert http.post(path.format(scene[kind]), csrf=False).status_code == 400
    assert http.post(f"/customers/{scene['own']}/release", {"reason": "price"}, csrf=False).status_code == 400
    assert not watch.moved()


def test_only_who_runs_the_company_sets_the_rule(client, cast, watch):
    rule = {"pooled": "1", "automatic": "1", "days": "1", "warn_days": "0"}
    for who in PEOPLE:
        http = client.as_(getattr(cast, who, None))
        watch.moved()
        answers = [http.post("/settings/pool/customers", rule).status_code] if who not in ("admin", "owner") else []
        answers += [
            http.get(path).status_code for path in ("/settings/pool", "/settings/pool/customers/forecast?days=9")
        ]
        if who in ("nobody", "disabled"):
            assert set(answers) <= SIGN_IN
        else:
            assert set(answers) == ({200} if who in ("admin", "owner") else {403})
        assert not watch.moved()


# --- the race -----------------------------------------------------------------------------------------------------------


def test_of_fifty_who_press_at_once_one_gets_it_and_the_others_are_told_who(app, client, cast, scene):
    id, start = scene["pool"], threading.Barrier(50)
    people = [cast.sales, cast.stranger, cast.manager, cast.admin, cast.owner]
    names = {person.id: person.name for person in people}
    pressing = [client.as_(people[at % 5]) for at in range(50)]
    tokens = [http.csrf() for http in pressing]
    said: list[tuple[int, int, str, str]] = []

    def press(at: int) -> None:
        http, person = pressing[at].http, at % 5
        start.wait()
        answer = http.post(f"/pool/customers/{id}/claim", headers={"X-CSRFToken": tokens[at]})
        page = http.get("/profile").get_data(as_text=True)
        said.append((person, answer.status_code, answer.headers.get("Location", ""), page))

    threads = [threading.Thread(target=press, args=(at,)) for at in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    owner_id = db.session.get(Customer, id).owner_id
    claims = select(Activity).where(Activity.record_id == id, Activity.action == "claimed")
    assert [line.actor_id for line in db.session.scalars(claims)] == [owner_id]
    assert len(said) == 50 and {status for _person, status, _where, _page in said} == {303}
    won = [page for _person, _status, _where, page in said if "已领取“客户-pool-”" in page]
    assert len(won) == 1
    ids = list(names)
    for person, _status, where, page in said:
        if ids[person] != owner_id and page not in won:
            assert f"{names[owner_id]}" in page and "抢先领取" in page
        if ids[person] in (cast.sales.id, cast.stranger.id):
            assert where == (f"/customers/{id}" if ids[person] == owner_id else "/pool/customers")
