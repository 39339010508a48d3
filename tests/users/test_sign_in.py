from datetime import timedelta

import pytest
from sqlalchemy import event, select

from smallcrm.core import clock
from smallcrm.core.db import db, write
from smallcrm.users import operations, passwords
from smallcrm.users.gate import PUBLIC_ENDPOINTS
from smallcrm.users.models import SignInAttempt, UserSession, UserToken


def enter(client, password, email="manager@example.cn", **more):
    return client.post("/sign-in", {"email": email, "password": password, **more})


def sid(client):
    with client.http.session_transaction() as session:
        return session.get("sid")


def test_e_mail_and_password_let_somebody_in(client, password):
    answer = enter(client, password, email=" Manager@Example.CN ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/profile").status_code == 200


@pytest.mark.parametrize("email", ["manager@example.cn", "nobody@example.cn", "disabled@example.cn"])
def test_a_wrong_password_an_unknown_and_a_disabled_account_get_the_same_answer(client, password, email):
    wrong = password if email != "manager@example.cn" else "wrong"
    answer = enter(client, wrong, email=email)
    assert answer.status_code == 422
    assert "邮箱或密码不对。" in answer.get_data(as_text=True) or "E-mail or password is wrong." in answer.text
    assert client.get("/profile").status_code == 303


def test_the_work_is_the_same_for_an_unknown_person(client, password, monkeypatch):
    hashed = []
    real = passwords._hasher

    class Counting:
        def verify(self, known, given):
            hashed.append(known[:30])
            return real().verify(known, given)

        def __getattr__(self, name):
            return getattr(real(), name)

        def __hash__(self):
            return hash(real())

        def __eq__(self, other):
            return True

    monkeypatch.setattr(passwords, "_hasher", Counting)
    for email in ("manager@example.cn", "nobody@example.cn"):
        enter(client, "wrong wrong wrong", email=email)
    assert len(hashed) == 2 and hashed[0] == hashed[1]


def test_a_locked_account_stays_locked_for_the_right_password(client, password):
    for _ in range(5):
        assert enter(client, "wrong").status_code == 422
    answer = enter(client, password)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    with clock.shifted(timedelta(minutes=16)):
        assert enter(client, password).status_code == 303


def test_a_forged_forwarding_header_does_not_move_the_limit(client, password):
    for number in range(20):
        client.post(
            "/sign-in",
            {"email": f"p{number}@example.cn", "password": "wrong"},
            headers={"X-Forwarded-For": f"10.0.0.{number}"},
        )
    assert enter(client, password).status_code == 429
    assert set(db.session.scalars(select(SignInAttempt.ip))) == {"127.0.0.1"}


def test_of_forty_wrong_sign_ins_at_once_five_are_verified(app, client, password, at_once, monkeypatch):
    verified = []
    real = passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda hashed, given: verified.append(1) or real(hashed, given))

    def attempt(number):
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": f"10.0.{number}.1"}):
            return operations.sign_in("manager@example.cn", "wrong", f"10.0.{number}.1")

    at_once(40, attempt)
    assert len(verified) <= 5


def test_the_session_is_new_after_sign_in_and_only_its_hash_is_kept(client, password):
    client.get("/sign-in")
    before = client.http.get_cookie("sid").value
    enter(client, password)
    assert client.http.get_cookie("sid").value != before
    secret = sid(client)
    assert len(secret) >= 43
    first = client.http.get_cookie("sid").value
    enter(client, password)
    assert sid(client) != secret
    dump = str([tuple(row) for table in db.metadata.sorted_tables for row in db.session.execute(select(table))])
    assert secret not in dump and sid(client) not in dump and first not in dump


def test_signing_out_ends_the_session_for_good(client, password):
    enter(client, password)
    stolen = client.http.get_cookie("sid").value
    answer = client.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cookies", "storage"'
    assert client.get("/profile").status_code == 303
    client.http.set_cookie("sid", stolen)
    assert client.get("/profile").status_code == 303


@pytest.mark.parametrize("passed, status", [(timedelta(hours=7), 200), (timedelta(hours=9), 303)])
def test_a_session_ends_after_eight_idle_hours(client, person, passed, status):
    manager = client.as_(person("manager"))
    with clock.shifted(passed):
        assert manager.get("/profile").status_code == status


def test_a_session_in_use_ends_after_seven_days(client, person):
    manager = client.as_(person("manager"))
    for hours in range(6, 7 * 24, 6):
        with clock.shifted(timedelta(hours=hours)):
            assert manager.get("/profile").status_code == 200
    with clock.shifted(timedelta(days=7, minutes=1)):
        assert manager.get("/profile").status_code == 303


def test_last_seen_is_written_at_most_every_five_minutes(client, person):
    manager = client.as_(person("manager"))
    with clock.shifted(timedelta(minutes=4)):
        manager.get("/profile")
    assert person("manager").last_seen_at is None
    with clock.shifted(timedelta(minutes=6)):
        manager.get("/profile")
    assert person("manager").last_seen_at is not None


def test_knowing_who_it_is_takes_one_query(app, client, person):
    manager = client.as_(person("manager"))
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    manager.get("/users")
    assert len([each for each in asked if "user_sessions" in each]) == 1
    assert not any("FROM users" in each and "user_sessions" not in each for each in asked)


def test_an_old_hash_is_renewed_at_sign_in(app, client, password, person):
    app.config["PASSWORD_COST"] = (2048, 1, 1)
    try:
        enter(client, password)
    finally:
        app.config["PASSWORD_COST"] = (1024, 1, 1)
    assert "m=2048" in person("manager").password_hash


@pytest.mark.parametrize(
    "target, place",
    [
        ("/users?q=a", "/users?q=a"),
        ("//evil.com", "/"),
        ("/\\evil.com", "/"),
        ("https://evil.com", "/"),
        ("https:evil.com", "/"),
        ("\\/evil.com", "/"),
        ("/\tevil.com", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_sign_in_only_pages_of_this_program_are_opened(client, password, target, place):
    assert enter(client, password, next=target).headers["Location"] == place


def test_without_a_token_nobody_signs_in(client, password):
    answer = client.post("/sign-in", {"email": "manager@example.cn", "password": password}, csrf=False)
    assert answer.status_code == 400
    assert sid(client) is None


def test_another_site_cannot_sign_somebody_in(client, password):
    answer = client.post(
        "/sign-in",
        {"email": "manager@example.cn", "password": password},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403


def test_everything_but_the_public_list_asks_to_sign_in(app, client):
    reached = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC_ENDPOINTS:
            reached.add(rule.endpoint)
            continue
        # Whatever the converter accepts: one of its words, else a number.
        values = {name: min(getattr(rule._converters[name], "items", None) or [1]) for name in rule.arguments}
        path = rule.build(values)[1]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client._send(method, path, False, {})
            # 404 where the values made up here lead nowhere.
            assert answer.status_code in (401, 303, 404), (method, path)
            if answer.status_code == 303:
                assert answer.headers["Location"].startswith("/sign-in"), (method, path)
    assert reached <= PUBLIC_ENDPOINTS


def test_htmx_is_told_that_the_session_ended(client):
    answer = client.get("/users", htmx=True)
    assert answer.status_code == 401
    assert answer.headers["HX-Retarget"] == "#errors"
    assert client.post("/profile", {"name": "x"}, htmx=True, csrf=False).status_code == 401


def test_a_person_comes_back_to_the_page_asked_for(client):
    assert client.get("/users?q=li").headers["Location"] == "/sign-in?next=/users?q%3Dli"
    answer = client.post("/profile", headers={"Referer": "http://localhost/profile?tab=1"})
    assert answer.headers["Location"] == "/sign-in?next=/profile?tab%3D1"


def test_private_pages_are_never_stored(client, person):
    answer = client.as_(person("admin")).get("/users")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]


def test_pages_left_open_can_be_sent_after_signing_in_again(client, password):
    enter(client, password)
    token = client.csrf()
    with clock.shifted(timedelta(hours=9)):
        assert client.post("/profile", {"name": "李"}, headers={"X-CSRFToken": token}).status_code == 303
        enter(client, password)
        answer = client.post(
            "/profile",
            {"name": "李新名", "phone": "", "language": "", "theme": "dark"},
            headers={"X-CSRFToken": token},
        )
        assert answer.headers["Location"] == "/profile"


def test_somebody_else_on_the_same_device_gets_another_token(client, password):
    enter(client, password)
    token = client.csrf()
    enter(client, password, email="sales@example.cn")
    assert client.post("/profile", {"name": "x"}, headers={"X-CSRFToken": token}).status_code == 400


def test_no_row_outlives_its_person(client, person, ids):
    client.as_(person("manager"))
    with write() as session:
        session.add(UserToken(purpose="reset", token_hash="x", user_id=ids["manager"], expires_at=clock.now()))
    operations.disable(ids["manager"], person("admin"))
    assert db.session.scalar(select(UserSession).where(UserSession.user_id == ids["manager"])) is None
