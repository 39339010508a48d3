"""Whatever a program sends, it is answered with JSON and never with a 500; and what is refused changes nothing."""

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smallcrm.entities import every

FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NAUGHTY = (
    "",
    "\x00",
    "\ud800",
    "NaN",
    "-1",
    "1e400",
    "9" * 30,
    "²",
    "０",
    "' OR 1=1 --",
    "%",
    "<script>alert(1)</script>",
    "\u202e\u200b",
    "2026-02-30",
    "9999-12-31T23:59:59+14:00",
    "customers:" + "9" * 40,
    "A,B,,C",
    ":::",
    "é" * 2000,
    "𠮷" * 300,
)
LEAVES = st.one_of(
    st.sampled_from(NAUGHTY),
    st.text(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.integers(-(2**70), 2**70),
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=6
)
REFUSED = {400, 403, 404, 405, 409, 413, 415, 422}


def keys():
    return sorted({field.key for entity in every() for field in entity.fields} | {"id", "version", "\ud800", "x" * 500})


@pytest.fixture
def record(make):
    return make("customers", name="杭州鑫源", level="A")


def test_any_values_of_any_field(program, cast, record):
    call = program(cast.sales)

    @FUZZ
    @given(
        st.dictionaries(st.sampled_from(keys()), VALUES, max_size=5),
        st.sampled_from(["contacts", "customers", "follow-ups", "tasks"]),
    )
    def try_it(body, slug):
        answer = call("POST", slug, body)
        assert answer.status_code in {201, *REFUSED}, (body, answer.text)
        answer = call("PATCH", f"customers/{record.id}", body)
        assert answer.status_code in {200, *REFUSED}, (body, answer.text)
        if answer.status_code == 422:
            assert answer.json["error"]["fields"], body

    try_it()


@pytest.mark.parametrize("value", NAUGHTY, ids=range(len(NAUGHTY)))
def test_naughty_words_in_every_field_and_parameter(value, program, cast, record):
    call = program(cast.sales)
    # Addresses cannot hold half a character.
    text = value.encode(errors="replace").decode()
    fields = {field.type: (entity.slug, field) for entity in every() for field in entity.fields}
    for slug, field in fields.values():
        call("POST", slug, {field.key: value})
        for op in (*field.operators, "like"):
            query = {"filter": f"{field.key}:{op}:{text}"}
            assert call.send("GET", slug, query_string=query).status_code in (200, 400), query
    for name in ("q", "sort", "limit", "cursor", "names", "filter", text or "x"):
        answer = call.send("GET", "customers", query_string={name: text})
        assert answer.status_code in (200, 400), (name, answer.text)


def cursor_of(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("sort", ["id", "name", "-level", "created_at", "-next_follow_up_at", "owner"])
def test_any_cursor(sort, program, cast, record):
    call = program(cast.sales)

    @FUZZ
    @given(
        st.one_of(
            st.text(max_size=60),
            VALUES.map(cursor_of),
            st.tuples(LEAVES, LEAVES).map(cursor_of),
            st.tuples(LEAVES, st.just(1)).map(cursor_of),
        )
    )
    def try_it(cursor):
        answer = call.send("GET", "customers", query_string={"sort": sort, "cursor": cursor})
        assert answer.status_code in (200, 400), (cursor, answer.text)

    try_it()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nul",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b'{"a":' * 5000,
        b"[" * 100_000,
        b'{"name": 1e999}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b"{" + b" " * 1_100_000 + b"}",
    ],
    ids=range(11),
)
def test_any_body(body, program, cast, record):
    call = program(cast.sales)
    for method, path in (("POST", "customers"), ("PATCH", f"customers/{record.id}")):
        answer = call.send(method, path, data=body, content_type="application/json")
        assert answer.status_code in (400, 413, 422), answer.text


@pytest.mark.parametrize("key", ["x" * 10_000, "\x7f", "é", "'; --", "0"])
def test_any_idempotency_key(key, program, cast):
    assert program(cast.sales)("POST", "customers", {"name": "甲"}, **{"Idempotency-Key": key}).status_code == 201


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic eDp5",
        "Bearer x",
        "Bearer scrm_" + "é" * 59,
        "Bearer " + "scrm_" * 5000,
        "bearer\tscrm_x",
    ],
)
def test_any_authorization_header(header, nobody):
    answer = nobody("GET", "customers", Authorization=header)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
