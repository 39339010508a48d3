from datetime import timedelta

import pytest
from sqlalchemy import select

from smallcrm.core import clock
from smallcrm.core.db import db
from smallcrm.users import operations
from smallcrm.users.models import Role, User, UserToken
from smallcrm.users.operations import Person

FRESH = "zhe shi yi ge xin mima ju zi"


@pytest.fixture
def invitation(person, ids):
    """(user id, path) of a fresh invitation."""
    role_id = db.session.scalar(select(Role.id).where(Role.key == "sales"))
    user, secret = operations.add(Person("新人", "new@example.cn", "", role_id, ids["总部"]), person("admin"))
    return user.id, f"/invitations/{secret}"


@pytest.fixture
def reset(person, password, ids):
    """The path of a fresh reset link for 王芳 (sales)."""
    _purpose, secret = operations.issue_link(ids["sales"], person("admin"))
    return f"/password-resets/{secret}"


def choose(client, path, password=FRESH):
    return client.post(path, {"password": password, "repeat": password})


def test_an_invitation_lets_somebody_choose_a_password_and_in(client, invitation):
    user_id, path = invitation
    assert "新人" in client.get(path).text
    assert choose(client, path).headers["Location"] == "/"
    assert client.get("/profile").status_code == 200
    assert db.session.get(User, user_id).status == "active"


def test_opening_a_link_uses_nothing_up(client, invitation):
    for _ in range(3):
        assert client.get(invitation[1]).status_code == 200
    assert db.session.scalar(select(UserToken.used_at)) is None


def test_a_link_works_once(client, invitation, reset):
    for path in (invitation[1], reset):
        assert choose(client, path).status_code == 303
        assert choose(client, path).status_code == 404
        assert client.get(path).status_code == 404


def test_a_link_used_twice_at_once_works_once(app, reset, at_once):
    from smallcrm.users.tokens import Purpose

    secret = reset.rsplit("/", 1)[1]

    def accept(number):
        with app.test_request_context("/"):
            return operations.accept(Purpose.reset, secret, f"{FRESH} {number}").id

    results = at_once(5, accept)
    assert sum(isinstance(result, int) for result in results) == 1


def test_links_expire(client, invitation, reset):
    with clock.shifted(timedelta(minutes=31)):
        assert client.get(reset).status_code == 404
        assert client.get(invitation[1]).status_code == 200
    with clock.shifted(timedelta(hours=73)):
        assert choose(client, invitation[1]).status_code == 404


def test_a_newer_link_kills_the_older(client, person, ids, reset):
    operations.issue_link(ids["sales"], person("admin"))
    assert client.get(reset).status_code == 404


def test_a_reset_link_dies_with_the_password_it_was_for(client, person, reset):
    operations.change_password(person("sales"), FRESH, None)
    assert client.get(reset).status_code == 404


def test_a_disabled_person_cannot_use_a_link(client, person, ids, reset, invitation):
    operations.disable(ids["sales"], person("admin"))
    operations.disable(invitation[0], person("admin"))
    assert choose(client, reset).status_code == 404
    assert choose(client, invitation[1]).status_code == 404


def test_a_link_for_one_thing_does_not_open_another(client, invitation, reset):
    assert client.get(invitation[1].replace("invitations", "password-resets")).status_code == 404
    assert client.get(reset.replace("password-resets", "invitations")).status_code == 404


def test_a_reset_signs_out_everywhere_and_asks_to_sign_in(client, person, reset):
    device = client.as_(person("sales"))
    assert choose(client, reset).headers["Location"] == "/sign-in"
    assert device.get("/profile").status_code == 303
    answer = client.post("/sign-in", {"email": "sales@example.cn", "password": FRESH})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("weak", ["short", "1234567890123456", "sales@example.cn1234"])
def test_a_weak_password_does_not_use_the_link_up(client, reset, weak):
    assert choose(client, reset, weak).status_code == 422
    assert client.post(reset, {"password": FRESH, "repeat": "another"}).status_code == 422
    assert choose(client, reset).status_code == 303


def test_only_the_hash_of_a_link_is_kept(invitation):
    secret = invitation[1].rsplit("/", 1)[1]
    assert db.session.scalar(select(UserToken.token_hash)) != secret


@pytest.mark.parametrize("host", ["evil.com", "evil.com:8300", "127.0.0.1.evil.com"])
def test_a_forged_host_never_gets_into_a_link(client, person, ids, host):
    admin = client.as_(person("admin"))
    answer = admin.post(f"/users/{ids['sales']}/password-reset", {"entry": "link"}, headers={"Host": host})
    assert answer.status_code == 400
    answer = admin.post(
        f"/users/{ids['sales']}/password-reset", {"entry": "link"}, headers={"X-Forwarded-Host": "evil.com"}
    )
    assert answer.status_code == 200
    assert "evil.com" not in answer.text


def test_the_configured_address_is_used(app, client, person, ids):
    from dataclasses import replace

    settings = app.extensions["smallcrm.settings"]
    app.extensions["smallcrm.settings"] = replace(settings, base_url="https://crm.example.cn")
    try:
        answer = client.as_(person("admin")).post(f"/users/{ids['sales']}/password-reset", {"entry": "link"})
    finally:
        app.extensions["smallcrm.settings"] = settings
    assert "https://crm.example.cn/invitations/" in answer.text or "https://crm.example.cn/password" in answer.text


def test_an_initial_password_must_be_changed_before_anything_else(client, person, ids):
    operations.set_initial_password(ids["sales"], "v6dd-njpx-87q3-ryuz", person("admin"))
    client.post("/sign-in", {"email": "sales@example.cn", "password": "v6dd-njpx-87q3-ryuz"})
    for path in ("/", "/profile", "/users"):
        assert client.get(path).headers["Location"] == "/profile/password"
    assert client.get("/profile/password").status_code == 200
    answer = client.post("/profile/password", {"current": "v6dd-njpx-87q3-ryuz", "password": FRESH, "repeat": FRESH})
    assert answer.headers["Location"] == "/"
    assert client.get("/profile").status_code == 200


def test_an_initial_password_is_worth_nothing_after_three_days(client, person, ids):
    operations.set_initial_password(ids["sales"], "v6dd-njpx-87q3-ryuz", person("admin"))
    with clock.shifted(timedelta(hours=73)):
        answer = client.post("/sign-in", {"email": "sales@example.cn", "password": "v6dd-njpx-87q3-ryuz"})
    assert answer.status_code == 422
