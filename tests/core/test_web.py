"""Answers: redirects that stay here, headers on everything, blocks, compression, errors as sentences."""

import gzip

import pytest

from smallcrm.core.web import safe_next


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https://evil.example",
        "https:evil.example",
        "/\tevil",
        "/ evil",
        "javascript:alert(1)",
        "/\x00",
        "",
        None,
        "/%0d%0aSet-Cookie:x=1\r\n",
    ],
)
def test_a_target_elsewhere_is_not_followed(target):
    assert safe_next(target, "/home") == "/home"


def test_open_redirect_payloads_of_others_stay_here(shared):
    for line in (
        (shared / "data/6-security/patt_openredirects.txt").read_text(encoding="utf-8", errors="replace").splitlines()
    ):
        answer = safe_next(line, "/home")
        assert answer.startswith("/") and not answer.startswith(("//", "/\\")), line


def test_a_path_of_ours_is_followed():
    assert safe_next("/customers?f.level.in=A", "/home") == "/customers?f.level.in=A"


@pytest.mark.parametrize(
    "path", ["/customers", "/nothing", "/sign-in", "/healthz", "/customers/1/fields/x", "/static/favicon.svg"]
)
def test_every_answer_has_the_headers(path, client, cast):
    for http in (client, client.as_(cast.sales)):
        answer = http.get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        if path != "/static/favicon.svg":
            assert "no-store" in answer.headers["Cache-Control"]


def test_text_is_compressed_for_who_can_read_it(client, cast):
    http = client.as_(cast.sales)
    plain = http.http.get("/customers")
    small = http.http.get("/customers", headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) < len(plain.data) / 3
    assert "<html" in gzip.decompress(small.data).decode()


def test_a_request_from_another_site_is_stopped(client, cast):
    http = client.as_(cast.sales)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert http.post("/customers", {"name": "甲"}, headers=headers).status_code == 403
    assert http.post("/customers", {"name": "甲"}, csrf=False).status_code == 400
    assert http.post("/customers", {"name": "甲"}).status_code == 303


def test_an_error_says_what_to_do_in_the_form_the_caller_understands(client, cast):
    http = client.as_(cast.sales)
    assert "<h1" in http.get("/customers/999").text
    fragment = http.get("/customers/999", htmx=True)
    assert fragment.headers["HX-Retarget"] == "#errors" and "<html" not in fragment.text
    as_json = http.get("/customers/999", headers={"Accept": "application/json"})
    assert as_json.json["error"]["status"] == 404
