"""The pages about the API: a person's tokens, and the guide."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from smallcrm.api import guide
from smallcrm.core.db import write
from smallcrm.entities import every, modules, operations
from smallcrm.entities.types import TYPES, AutoNumber, Reference
from smallcrm.users import passwords
from smallcrm.users.models import User, UserSession

from .conftest import Program

NEW = {"name": "网站表单", "scope": "read,write", "days": "90"}


def fresh(page):
    return re.search(r'id="fresh-token"[^>]*>(scrm_\w{59})<', page.text)[1]


def test_a_token_is_made_shown_once_used_and_revoked(app, client, cast):
    http = client.as_(cast.sales)
    token = fresh(http.post("/api/tokens", NEW))
    listed = http.get("/api/tokens").text
    assert token not in listed
    assert "网站表单" in listed and "还没用过" in listed and token[:13] in listed
    assert "/api/tokens" in http.get("/profile").text
    call = Program(app, token)
    assert call("POST", "customers", {"name": "甲"}).status_code == 201
    assert "来自 127.0.0.1" in http.get("/api/tokens").text
    id = re.search(r"/api/tokens/(\d+)/revocation", listed)[1]
    assert client.as_(cast.owner).post(f"/api/tokens/{id}/revocation").status_code == 404
    assert http.post(f"/api/tokens/{id}/revocation").status_code == 303
    assert call("GET", "customers").status_code == 401
    assert token[:13] not in http.get("/api/tokens").text


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": "write"}, {"scope": "all"}, {"days": "400"}, {"days": "x"}])
def test_a_wrong_form_keeps_what_was_typed(wrong, client, cast):
    answer = client.as_(cast.sales).post("/api/tokens", {**NEW, **wrong})
    assert answer.status_code == 422
    assert "fresh-token" not in answer.text
    assert wrong.get("name", "网站表单") in answer.text


def test_the_password_is_asked_again_after_a_while(client, cast):
    http = client.as_(cast.sales)
    with write() as session:
        hashed = passwords.hash_password("three-words-suffice")
        session.execute(update(User).where(User.id == cast.sales.id).values(password_hash=hashed))
        for row in session.scalars(select(UserSession)):
            row.confirmed_at -= timedelta(minutes=20)
    assert 'name="own_password"' in http.get("/api/tokens").text
    assert http.post("/api/tokens", NEW).status_code == 422
    assert http.post("/api/tokens", {**NEW, "own_password": "wrong"}).status_code == 422
    assert fresh(http.post("/api/tokens", {**NEW, "own_password": "three-words-suffice"}))


def test_the_guide_describes_every_module_a_person_sees(client, cast):
    modules.add_entity("设备", "box", cast.admin)
    http = client.as_(cast.sales)
    for entity in every():
        text = html.unescape(http.get(f"/api?module={entity.slug}").text)
        assert f"/api/v1/{entity.slug}" in text
        for field in entity.fields:
            assert f"<code>{field.key}</code>" in text, (entity.key, field.key)
    assert http.get("/api?module=nothing").status_code == 200


def test_who_may_only_read_is_shown_only_how_to_read(app, cast):
    customers = next(entity for entity in every() if entity.key == "customers")
    with app.test_request_context():
        texts = " ".join(command.text for command in guide.commands(customers, cast.readonly))
    assert "POST" not in texts and "DELETE" not in texts and "GET" not in texts
    assert "curl" in texts


def test_the_description_on_the_page_and_of_the_api_are_the_same(program, client, cast):
    page = client.as_(cast.sales).get("/api/openapi.json")
    assert page.json == program(cast.sales)("GET", "openapi.json").json


def test_the_new_record_that_the_guide_shows_is_accepted_for_every_module(app, program, cast, make):
    make("customers", name="甲")
    key = modules.add_entity("设备", "box", cast.admin).key
    for type in TYPES.values():
        if type.creatable:
            given = {"options": ["一", "二", "三"]} if type.has_options else {}
            given |= {"entity": "customers"} if type is Reference else {}
            given |= {"pattern": "{0000}"} if type is AutoNumber else {}
            required = not type.holds_files and type is not AutoNumber
            operations.add_field(key, type.type, f"字段 {type.type}", cast.admin, required=required, **given)
    call = program(cast.sales)
    for entity in every():
        with app.test_request_context():
            values = guide.new_values(entity, cast.sales)
        answer = call("POST", entity.slug, values)
        assert answer.status_code == 201, answer.text
        assert set(values) <= {key for key, value in answer.json.items() if value is not None}


def test_every_operator_is_explained(app):
    explained = {name for names, _words in guide.operators() for name in names.split(", ")}
    assert explained == {op for type in TYPES.values() for op in type.operators}
