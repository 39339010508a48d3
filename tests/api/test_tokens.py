"""Tokens: shown once, kept as a hash, dead with their person; a token opens no page and a cookie no API."""

import re
import subprocess
import sys
from datetime import timedelta

import pytest
from runtime.conftest import PATIENCE, command, environment, start  # noqa: F401 - a fixture
from sqlalchemy import select

from smallcrm.core import clock
from smallcrm.core.audit import AdminEvent
from smallcrm.core.db import db, write
from smallcrm.core.errors import Invalid, Refused
from smallcrm.users import api_tokens, operations
from smallcrm.users.models import User, UserSession
from smallcrm.users.tokens import Purpose

from .conftest import Program, token_of


def dead(call):
    return call("GET", "me").status_code == 401


def test_a_token_says_whose_it_is(program, cast):
    about = program(cast.sales, "read")("GET", "me").json
    assert (about["id"], about["email"], about["role"]) == (cast.sales.id, "sales@example.cn", "sales")
    assert about["token"]["scopes"] == ["read"]


def test_a_token_dies_with_its_date(program, cast):
    call = program(cast.sales)
    with clock.shifted(timedelta(days=364)):
        assert not dead(call)
    with clock.shifted(timedelta(days=366)):
        assert dead(call)


def test_a_token_dies_when_it_is_revoked_and_no_other(program, cast):
    first, second = program(cast.sales), program(cast.sales)
    with write():
        newest = api_tokens.living(cast.sales)[0].id
        assert not api_tokens.revoke(cast.colleague, newest, cast.colleague)
        assert api_tokens.revoke(cast.sales, newest, cast.sales)
        assert not api_tokens.revoke(cast.sales, newest, cast.sales)
    assert (dead(first), dead(second)) == (False, True)


def test_who_was_disabled_comes_back_without_tokens(program, cast):
    call = program(cast.sales)
    with write():
        db.session.get(User, cast.sales.id).password_hash = "x"
    operations.disable(cast.sales.id, cast.owner)
    assert dead(call)
    operations.enable(cast.sales.id, cast.owner)
    assert dead(call)
    assert not dead(program(cast.sales))


def test_a_new_password_from_somebody_else_ends_all_tokens(app, program, cast):
    """Whoever asks for it may have lost the account, so what was made with it is not trusted (SECURITY.md T09)."""

    def by_link(user):
        _purpose, secret = operations.issue_link(user.id, cast.owner)
        with app.test_request_context():
            operations.accept(Purpose.reset, secret, "three-words-suffice")

    ways = (
        lambda user: operations.set_initial_password(user.id, "three-words-suffice", cast.owner),
        lambda user: operations.recover(user.email, "three-words-suffice"),
        by_link,
    )
    with write():
        cast.stranger.password_hash = "x"
    for user, way in zip((cast.sales, cast.colleague, cast.stranger), ways, strict=True):
        call = program(user)
        way(user)
        assert dead(call)
        assert api_tokens.count(user) == 0


def test_a_new_password_of_one_s_own_and_a_new_role_leave_programs_running(program, cast):
    call = program(cast.sales)
    operations.change_password(cast.sales, "three-words-suffice", None)
    assert not dead(call)
    made = call("POST", "customers", {"name": "甲"}).json
    with write():
        user = db.session.get(User, cast.sales.id)
        user.role_id = cast.readonly.role_id
    assert call("PATCH", f"customers/{made['id']}", {"level": "A"}).status_code == 403


def test_who_must_change_the_password_has_no_working_token(program, cast):
    call = program(cast.sales)
    with write():
        db.session.get(User, cast.sales.id).must_change_password = True
    assert dead(call)


def test_a_token_opens_no_page_and_a_cookie_no_api(program, client, cast):
    token = program(cast.sales).token
    bearer = {"Authorization": f"Bearer {token}"}
    for path in ("/customers", "/api/tokens", "/api", "/profile", "/api/openapi.json"):
        assert client.get(path, headers=bearer).status_code in (303, 401), path
    assert client.post("/api/tokens", {"name": "x", "scope": "read", "days": "30"}, headers=bearer).status_code != 200
    for path in ("customers", "me", "", "openapi.json"):
        assert client.as_(cast.sales).get(f"/api/v1/{path}").status_code == 401
    assert client.as_(cast.sales).post("/api/v1/customers").status_code == 401
    assert client.get(f"/api/v1/customers?token={token}&access_token={token}").status_code == 401
    assert db.session.scalars(select(UserSession).where(UserSession.agent != "")).all() == []


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1] + "!", lambda t: t[:20] + ("a" if t[20] != "a" else "b") + t[21:], str.lower]
)
def test_a_token_that_was_tampered_with_is_no_token(change, app, program, cast):
    token = program(cast.sales).token
    assert dead(Program(app, change(token)))
    other = program(cast.owner).token
    assert dead(Program(app, token[:14] + other[14:]))
    body = f"scrm_{token[5:13]}_{other[14:57]}"
    assert dead(Program(app, body + api_tokens._checksum(body)))


def test_no_secret_is_kept(program, cast, company):
    token = program(cast.sales).token
    assert token[14:57].encode() not in company.path.read_bytes()


def test_last_use_is_kept_to_five_minutes(program, cast):
    call = program(cast.sales)
    call("GET", "customers")
    first = api_tokens.living(cast.sales)[0].last_used_at
    call("GET", "customers")
    assert api_tokens.living(cast.sales)[0].last_used_at == first
    with clock.shifted(timedelta(minutes=6)):
        call("GET", "customers")
    assert api_tokens.living(cast.sales)[0].last_used_at > first


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": "write"}, "scope"),
        ({"scopes": "read,admin"}, "scope"),
        ({"scopes": ""}, "scope"),
        ({"name": " \n\t"}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"days": 10**20}, "days"),
    ],
)
def test_a_token_that_cannot_be(wrong, field, cast):
    options = {"name": "test", "scopes": "read", "days": 30, **wrong}
    with pytest.raises(Invalid) as refused, write():
        api_tokens.create(cast.sales, **options, by=cast.sales)
    assert set(refused.value.errors) == {field}


def test_a_person_has_twenty_tokens_at_most(cast):
    for _ in range(api_tokens.MOST):
        token_of(cast.sales)
    with pytest.raises(Invalid):
        token_of(cast.sales)


def test_making_and_ending_a_token_is_written_down(client, cast):
    token_of(cast.sales)
    with write():
        api_tokens.revoke_all(cast.sales, cast.owner)
    made, ended = db.session.scalars(select(AdminEvent).order_by(AdminEvent.id))
    assert (made.action, made.actor_id, made.details["name"]) == ("token_created", cast.sales.id, "test")
    assert (ended.action, ended.actor_id, ended.details["user"]) == ("token_revoked", cast.owner.id, cast.sales.id)


@pytest.mark.parametrize("email", ["nobody@example.cn", "disabled@example.cn", ""])
def test_the_command_line_makes_no_token_for_who_may_not_sign_in(email, cast):
    with pytest.raises(Refused):
        api_tokens.create_for(email, "test", "read", 30)


def test_the_command_prints_the_token_and_nothing_else(tmp_path, start):  # noqa: F811
    data = tmp_path / "data"
    owner = ["--company", "测试", "--email", "owner@example.cn", "--password-stdin", "--data", str(data)]
    setup = [sys.executable, "-m", "smallcrm", "setup", *owner]
    subprocess.run(setup, input="three-words-suffice\n", env=environment(), text=True, check=True, timeout=PATIENCE)
    start(data)
    words = ["token", "create", "--user", "Owner@example.cn", "--name", "网站", "--data", data]
    for language in ("C.UTF-8", "zh_CN.UTF-8"):
        done = command(*words, "--scope", "read,write", LC_ALL=language)
        assert (done.returncode, done.stderr) == (0, "")
        assert re.fullmatch(r"scrm_\w{59}\n", done.stdout)
    refused = command(*words, "--scope", "all", LC_ALL="zh_CN.UTF-8")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "令牌的权限范围" in refused.stderr
