"""Whose import, whose export: what one person uploaded or took nobody else ever gets (SECURITY.md T04, T05)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from smallcrm.core import clock
from smallcrm.core.db import db, write
from smallcrm.transfer import exports
from smallcrm.transfer.models import Export, Import

from .conftest import Bringing, text

EVERYBODY = ("nobody", "disabled", "readonly", "support", "sales", "colleague", "stranger", "manager", "admin", "owner")
TRADERS = {"sales", "colleague", "stranger", "manager", "admin", "owner"}
COMPANIES = "公司名称,电话\n杭州鑫源科技有限公司,13800138000\n没有电话的公司,abc\n"


def person(cast, who):
    return None if who == "nobody" else getattr(cast, who)


def signed_out(who):
    return who in ("nobody", "disabled")


@pytest.mark.parametrize("who", EVERYBODY)
def test_every_step_of_an_import_is_there_for_its_maker_alone(client, cast, who):
    mapping = {"0": "name", "1": "phone"}
    theirs = Bringing(client.as_(cast.sales)).upload("customers", text(COMPANIES))
    done = Bringing(client.as_(cast.sales)).upload("customers", text(COMPANIES)).check(mapping).run()
    http = client.as_(person(cast, who))
    expected = 303 if signed_out(who) else 404
    for brought in (theirs, done):
        if who == "sales":
            continue
        base = f"/imports/{brought.token}"
        for path in ("", "/columns", "/problems.xlsx"):
            assert http.get(base + path).status_code == expected, path
        for path in ("/source", "/columns", "/run", "/cancellation", "/deletion"):
            data = {"column-0": "name", "header_row": "0"}
            assert http.post(base + path, data).status_code in (expected, 401), path
    assert (theirs.row.state, done.row.state) == ("draft", "finished")
    assert http.get("/imports").status_code == (303 if signed_out(who) else 200)
    if not signed_out(who) and who != "sales":
        assert theirs.token not in http.get("/imports?whose=all").text


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_may_upload(client, cast, app, who):
    http = client.as_(person(cast, who))
    expected = 303 if signed_out(who) else 200 if who in TRADERS else 403
    assert http.get("/imports/new?entity=customers").status_code == expected
    import io

    sent = http.post("/imports", {"entity": "customers", "file": (io.BytesIO(COMPANIES.encode()), "a.csv")})
    assert sent.status_code == (303 if who in TRADERS else 403 if not signed_out(who) else sent.status_code)
    assert len(db.session.scalars(select(Import)).all()) == (who in TRADERS)


def test_everybodys_imports_are_listed_for_administrators_without_what_is_in_them(client, cast, bring):
    brought = bring("customers", text(COMPANIES, name="机密名单.csv"), mapping={"0": "name", "1": "phone"})
    html = client.as_(cast.admin).get("/imports?whose=all").text
    assert "机密名单.csv" in html and "王芳" in html and brought.token not in html
    assert "机密名单.csv" not in client.as_(cast.manager).get("/imports?whose=all").text


@pytest.mark.parametrize("who", EVERYBODY)
def test_an_export_holds_what_the_person_may_export_and_nothing_else(client, cast, make, who):
    for owner in (cast.sales, cast.colleague, cast.stranger):
        make("customers", by=owner, name=f"{owner.name}的客户", notes=f"秘密{owner.name}")
    reach = {
        "sales": {"王芳"},
        "colleague": {"李雷"},
        "stranger": {"韩梅"},
        "manager": {"王芳", "李雷"},
        "admin": {"王芳", "李雷", "韩梅"},
        "owner": {"王芳", "李雷", "韩梅"},
    }
    http = client.as_(person(cast, who))
    answer = http.get("/exports/customers.csv?all=1")
    if who not in reach:
        assert answer.status_code == (303 if signed_out(who) else 403)
        assert http.get("/exports/customers.xlsx").status_code == answer.status_code
        return
    found = {name for name in ("王芳", "李雷", "韩梅") if f"秘密{name}".encode() in answer.data}
    assert answer.status_code == 200 and found == reach[who]
    assert answer.data.count("的客户".encode()) == len(found)


def test_seeing_more_than_one_may_export_does_not_help(client, cast, make):
    from smallcrm.users.models import RoleRight

    make("customers", by=cast.stranger, name="别人的客户")
    make("customers", by=cast.sales, name="自己的客户")
    with write() as session:
        session.get(RoleRight, (cast.sales.role_id, "*", "view")).scope = "all"
    http = client.as_(cast.sales)
    assert "别人的客户" in http.get("/customers").text
    taken = http.get("/exports/customers.csv").data.decode("utf-8-sig")
    assert "自己的客户" in taken and "别人的客户" not in taken


@pytest.fixture
def kept(client, cast, make, monkeypatch):
    """A large export of 王芳, written in the background; its row."""
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    make("customers", name="杭州鑫源科技有限公司")
    http = client.as_(cast.sales)
    page = http.get("/exports/customers.xlsx?q=鑫源&f.owner.in=me")
    assert page.status_code == 200 and "在后台生成文件" in page.text
    data = {"entity": "customers", "format": "xlsx", "q": "鑫源", "f.owner.in": "me", "columns": "name,phone"}
    assert http.post("/exports", data).status_code == 303
    return db.session.scalars(select(Export)).one()


def test_a_large_export_is_fetched_by_its_maker_alone(client, cast, kept):
    assert (kept.state, kept.rows, kept.columns) == ("finished", 1, ["name", "phone"])
    path = f"/exports/{kept.token}/file"
    assert client.as_(cast.sales).get(path).data[:2] == b"PK"
    for who in EVERYBODY:
        if who != "sales":
            answer = client.as_(person(cast, who)).get(path)
            assert answer.status_code == (303 if signed_out(who) else 404)


def test_a_large_export_is_gone_after_a_week(client, cast, kept):
    from smallcrm.transfer import tasks

    http, path = client.as_(cast.sales), kept.path
    assert path.exists() and "下载" in http.get("/exports").text
    with write() as session:
        session.get(Export, kept.id).expires_at = clock.now() - timedelta(seconds=1)
    assert http.get(f"/exports/{kept.token}/file").status_code == 404
    tasks.tidy.run()
    assert not path.exists()
    assert "已过期" in http.get("/exports").text


def test_the_right_to_export_is_asked_again_when_the_file_is_fetched(client, cast, kept):
    from smallcrm.users.models import RoleRight

    with write() as session:
        session.get(RoleRight, (cast.sales.role_id, "*", "export")).scope = "none"
    assert client.as_(cast.sales).get(f"/exports/{kept.token}/file").status_code == 403


def test_a_large_export_asks_for_the_password_again(client, cast, make, monkeypatch):
    from smallcrm.users.models import UserSession
    from smallcrm.users.passwords import hash_password

    monkeypatch.setattr(exports, "AT_ONCE", 0)
    make("customers", name="杭州鑫源科技有限公司")
    http = client.as_(cast.sales)
    with write() as session:
        cast.sales.password_hash = hash_password("很长的一个密码2026")
        for row in session.scalars(select(UserSession)):
            row.confirmed_at = clock.now() - timedelta(days=1)
        session.merge(cast.sales)
    assert "own_password" in http.get("/exports/customers.xlsx").text
    data = {"entity": "customers", "format": "xlsx", "own_password": "错的"}
    assert http.post("/exports", data).status_code == 422
    assert db.session.scalars(select(Export)).all() == []
    assert http.post("/exports", {**data, "own_password": "很长的一个密码2026"}).status_code == 303


@pytest.mark.parametrize(
    "path, status",
    [
        ("/exports/nothing.xlsx", 404),
        ("/exports/customers.pdf", 404),
        ("/exports/customers.xlsx?f.nothing.eq=1", 400),
        ("/exports/customers.xlsx?sort=password", 400),
        ("/exports/xxxxxxxx/file", 404),
        ("/imports/xxxxxxxx", 404),
        ("/imports/new?entity=nothing", 200),
    ],
)
def test_addresses_that_make_no_sense(client, cast, path, status):
    assert client.as_(cast.sales).get(path).status_code == status
