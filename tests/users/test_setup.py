from datetime import timedelta

import pytest
from sqlalchemy import func, select

from smallcrm.core import clock, settings
from smallcrm.core.db import db
from smallcrm.core.errors import Invalid
from smallcrm.users import setup
from smallcrm.users.models import Department, Role, User, UserToken
from smallcrm.users.signals import company_ready

PASSWORD = "qu nian xiatian de huoche"
FORM = {
    "company": "鑫源贸易",
    "name": "王老板",
    "email": "Boss@Xinyuan.cn",
    "password": PASSWORD,
    "repeat": PASSWORD,
    "timezone": "Asia/Urumqi",
    "start": "empty",
}
ELSEWHERE = {"REMOTE_ADDR": "192.168.1.20"}


def test_the_first_page_leads_to_setup(blank, client):
    assert client.get("/").headers["Location"] == "/setup"
    assert client.get("/sign-in").headers["Location"] == "/setup"


def test_setting_up_creates_the_company_and_signs_the_owner_in(blank, client):
    assert client.get("/setup").status_code == 200
    assert client.post("/setup", FORM).headers["Location"] == "/"
    assert client.get("/users").status_code == 200
    owner = db.session.scalars(select(User)).one()
    assert (owner.name, owner.email, owner.is_owner, owner.role.key) == ("王老板", "boss@xinyuan.cn", True, "admin")
    assert settings.company() == "鑫源贸易"
    assert settings.zone().key == "Asia/Urumqi"
    assert owner.department.name == "鑫源贸易"
    assert db.session.scalar(select(func.count()).select_from(Role)) == 5


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_setup_is_gone_once_there_is_an_owner(client, method):
    for headers in ({}, {"X-Original-URL": "/setup"}, {"X-HTTP-Method-Override": "GET"}):
        assert client._send(method, "/setup", False, {"headers": headers}).status_code == 404
        assert client.post("/setup", FORM, headers=headers, csrf=False).status_code == 404
        assert client._send(method, "/setup?token=x", False, {"headers": headers, "data": FORM}).status_code == 404


def test_of_twenty_setups_at_once_one_wins(blank, at_once):
    results = at_once(20, lambda number: setup.run_setup("鑫源", f"p{number}@xinyuan.cn", PASSWORD))
    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(isinstance(result, setup.AlreadySetUp) for result in results) == 19
    assert db.session.scalar(select(func.count()).select_from(User)) == 1
    assert db.session.scalar(select(func.count()).select_from(Department)) == 1


def test_another_machine_needs_the_printed_token(blank, client):
    assert client.get("/setup", environ_overrides=ELSEWHERE).status_code == 403
    assert client.post("/setup", FORM, environ_overrides=ELSEWHERE).status_code == 403
    assert client.post("/setup", {**FORM, "token": "guess"}, environ_overrides=ELSEWHERE).status_code == 403
    token = setup.issue_token()
    assert client.get(f"/setup?token={token}", environ_overrides=ELSEWHERE).status_code == 200
    assert client.post("/setup", {**FORM, "token": token}, environ_overrides=ELSEWHERE).status_code == 303


@pytest.mark.parametrize("header", setup.PROXY_HEADERS)
def test_behind_a_proxy_loopback_proves_nothing(blank, client, header):
    assert client.get("/setup", headers={header: "127.0.0.1"}).status_code == 403


def test_a_page_that_points_its_name_at_this_machine_gets_nothing(blank, client):
    assert client.get("/setup", headers={"Host": "evil.com"}).status_code == 400


def test_a_token_lasts_thirty_minutes_and_a_newer_one_replaces_it(blank, client):
    token = setup.issue_token()
    with clock.shifted(timedelta(minutes=31)):
        assert client.get(f"/setup?token={token}", environ_overrides=ELSEWHERE).status_code == 403
    setup.issue_token()
    assert client.get(f"/setup?token={token}", environ_overrides=ELSEWHERE).status_code == 403


def test_the_printed_link_is_there_until_there_is_an_owner(blank):
    with blank.test_request_context(base_url="http://localhost:8300"):
        assert setup.setup_link().startswith("http://localhost:8300/setup?token=")
        setup.run_setup("鑫源", "boss@xinyuan.cn", PASSWORD)
        assert setup.setup_link() is None
    assert db.session.scalar(select(UserToken)) is None


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"company": " "}, "company"),
        ({"email": "no-at"}, "email"),
        ({"email": "a b@c.cn"}, "email"),
        ({"password": "123456"}, "password"),
        ({"password": "boss@xinyuan.cn2026"}, "password"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
    ],
)
def test_unusable_values_are_named(blank, changes, field):
    values = {"company": "鑫源", "email": "boss@xinyuan.cn", "password": PASSWORD, **changes}
    with pytest.raises(Invalid) as invalid:
        setup.run_setup(**values)
    assert list(invalid.value.errors) == [field]
    assert not setup.has_owner()


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(blank, client):
    answer = client.post("/setup", {**FORM, "password": "123456", "repeat": "1"})
    assert answer.status_code == 422
    assert "鑫源贸易" in answer.text
    assert "123456" not in answer.text


def test_example_data_is_loaded_after_the_company_exists(blank, monkeypatch):
    seen = []
    ready = []

    def listener(owner):
        ready.append(owner.name)

    monkeypatch.setattr(setup, "example_loaders", [lambda owner: seen.append((owner.name, setup.has_owner()))])
    with company_ready.connected_to(listener):
        setup.run_setup("鑫源", "boss@xinyuan.cn", PASSWORD, name="王老板", example=True)
    assert seen == [("王老板", True)]
    assert ready == ["王老板"]
