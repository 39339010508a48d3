"""Bulk actions through the pages: boxes and bar, the form that says what will happen, the result, the way back."""

import io
import re
from html import unescape

import pytest
from sqlalchemy import func, select

from smallcrm.core.db import db, write
from smallcrm.customers.models import Customer
from smallcrm.entities import find
from smallcrm.records import operations as records
from smallcrm.records.bulk import models
from smallcrm.records.bulk.models import BulkRun
from smallcrm.users.models import RoleRight

from .bulking import begin, bulk, run_of, work

PEOPLE = ("nobody", "disabled", "readonly", "support", "sales", "colleague", "stranger", "manager", "admin", "owner")
# Who of the cast owns a customer below, and whose customers each of them may change.
OWNERS = ("sales", "colleague", "stranger", None)
MAY_CHANGE = {
    "sales": {"sales"},
    "colleague": {"colleague"},
    "stranger": {"stranger"},
    "manager": {"sales", "colleague"},
    "admin": {*OWNERS},
    "owner": {*OWNERS},
    "support": set(),
    "readonly": set(),
}


@pytest.fixture
def theirs(cast):
    """owner (key in the cast, None for the pool) → id of a customer."""
    with write():
        return {
            key: records.create(
                find("customers"),
                {"name": f"{key}的", "level": "B", "owner": str(getattr(cast, key).id) if key else ""},
                cast.owner,
                owner=None,
            ).id
            for key in OWNERS
        }


def level(id):
    db.session.rollback()
    return db.session.get(Customer, id).level


def shown(html):
    """name → value of the hidden inputs of the dialog's form."""
    form = html[html.index("s-bulk-form") :]
    return {
        name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    }


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("how", ["ticked", "all"])
def test_everybody_changes_only_what_is_theirs_to_change(who, how, client, cast, theirs):
    http = client.as_(getattr(cast, who, None))
    given = {"ids": list(theirs.values())} if how == "ticked" else {"select": "all", "query": "f.level.in=B"}
    answer = http.post("/customers/bulk/change", {**given, "level": "A"})
    if who in ("nobody", "disabled"):
        assert answer.status_code in (303, 401)
    elif who == "readonly":
        assert answer.status_code == 403
    else:
        assert answer.status_code in (303, 409)
    changed = {key for key, id in theirs.items() if level(id) == "A"}
    allowed = MAY_CHANGE.get(who, set())
    assert changed == allowed


@pytest.mark.parametrize("who", [one for one in PEOPLE if one not in ("nobody", "disabled")])
def test_only_who_may_do_something_sees_boxes(who, client, cast, theirs, make):
    make("customers", by=getattr(cast, who) if who != "readonly" else cast.sales, name="看得见的")
    html = client.as_(getattr(cast, who)).get("/customers").text
    has_boxes = 'name="ids"' in html
    assert has_boxes is (who != "readonly") and has_boxes is ('id="selection"' in html)
    if who == "support":
        assert "bulk/deletion" not in html and "bulk/change" in html


@pytest.mark.parametrize("who", [one for one in PEOPLE if one not in ("nobody", "disabled")])
def test_a_run_is_seen_stopped_and_undone_by_its_doer_and_administrators(who, client, cast, theirs):
    run = bulk(cast.sales, "change", {"level": "A"}, [theirs["sales"], theirs["stranger"]])
    http = client.as_(getattr(cast, who))
    allowed = who in ("sales", "admin", "owner")
    assert ("条客户" in http.get("/bulk?whose=all").text) is allowed
    for path in (f"/bulk/{run.id}", f"/bulk/{run.id}/skipped.xlsx"):
        assert http.get(path).status_code == (200 if allowed else 404), path
    for verb in ("cancellation", "continuation", "reversal"):
        assert http.post(f"/bulk/{run.id}/{verb}").status_code == (303 if allowed else 404), verb
    assert level(theirs["sales"]) == ("B" if allowed else "A")


def test_a_person_without_javascript_changes_what_they_ticked(client, cast, make):
    ids = [make("customers", name=f"客户{i}").id for i in range(3)]
    http = client.as_(cast.sales)
    page = http.get(f"/customers/bulk/change?ids={ids[0]}&ids={ids[1]}&q=客户&after=").text
    assert "修改 2 条客户" in page
    answer = http.post("/customers/bulk/change", {**shown(page), "level": "A", "clear": ["source"]})
    assert answer.headers["Location"] == "/customers?q=%E5%AE%A2%E6%88%B7&after="
    html = http.get("/customers").text
    assert "已修改 2 条客户。" in html
    assert [level(id) for id in ids] == ["A", "A", None]
    undo = re.search(r'action="(/bulk/\d+/reversal)"', html)[1]
    assert http.post(undo).headers["Location"] == "/customers"
    assert "已撤销 2 条。" in http.get("/customers").text
    assert level(ids[0]) is None


def test_a_double_submit_is_one_run(client, cast, make):
    id = make("customers", name="客户").id
    http = client.as_(cast.sales)
    form = {**shown(http.get(f"/customers/bulk/tags?ids={id}").text), "tags": "重点"}
    first, second = (http.post("/customers/bulk/tags", form, htmx=True) for _time in range(2))
    assert first.status_code == second.status_code == 204
    assert db.session.scalar(select(func.count(BulkRun.id))) == 1


def test_the_dialog_says_exactly_what_will_happen(client, cast, make):
    customer = make("customers", name="客户")
    for name in ("张三", "李四"):
        make("contacts", name=name, customer=str(customer.id))
    http = client.as_(cast.sales)
    part = http.get(f"/customers/bulk/deletion?ids={customer.id}", htmx=True).text
    assert "<html" not in part
    assert "删除 1 条客户" in part and re.search(r"一并进入回收站的还有：\s*联系人 2", part)
    assert http.post("/customers/bulk/deletion", shown(part), htmx=True).headers["HX-Location"] == "/customers"
    assert db.session.get(Customer, customer.id).deleted_at is not None


def test_a_wrong_value_comes_back_with_what_was_typed(client, cast, make):
    id = make("customers", name="客户").id
    http = client.as_(cast.sales)
    for htmx in (True, False):
        answer = http.post("/customers/bulk/change", {"ids": id, "email": "没有", "notes": "留着"}, htmx=htmx)
        assert answer.status_code == 422
        assert 'value="没有"' in answer.text and "留着" in answer.text
    assert http.post("/customers/bulk/change", {"ids": id}).status_code == 422


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/customers/bulk/change", 400),
        ("/customers/bulk/change?ids=x", 400),
        ("/customers/bulk/change?ids=1%00", 400),
        ("/customers/bulk/change?select=all&f.nothing.eq=1", 400),
        ("/customers/bulk/change?select=all&sort=nothing", 400),
        ("/customers/bulk/change?select=all&view=999", 400),
        ("/customers/bulk/nothing?ids=1", 404),
        ("/nothing/bulk/change?ids=1", 404),
        ("/contacts/bulk/release?ids=1", 403),
        ("/bulk/999", 404),
        ("/bulk/99999999999999999999", 404),
        ("/customers?f.bulk_run.eq=999", 200),
        ("/customers?f.bulk_run.eq=x", 200),
        ("/customers?f.bulk_run.eq=99999999999999999999", 200),
        ("/exports/customers.xlsx?ids=x", 400),
    ],
)
def test_bad_addresses_get_a_sentence(address, status, client, cast):
    assert client.as_(cast.owner).get(address).status_code == status


@pytest.mark.parametrize("name", ["newest", "seen", "query", "form_key", "next", "ids"])
@pytest.mark.parametrize("value", ["-1", "9" * 40, "x\x00", "//evil.example", "f.x.y=1", "%", "'" * 300])
def test_hostile_hidden_fields_change_nothing_of_others(name, value, client, cast, theirs):
    http = client.as_(cast.sales)
    answer = http.post("/customers/bulk/change", {"select": "all", "level": "A", name: value})
    assert answer.status_code in (303, 400, 409, 422)
    assert "evil" not in answer.headers.get("Location", "")
    assert {level(id) for key, id in theirs.items() if key != "sales"} == {"B"}


def test_large_runs_show_their_progress_and_are_found_again(client, cast, make, monkeypatch):
    monkeypatch.setattr(models, "SMALL", 2)
    ids = [make("customers", name=f"客户{i}").id for i in range(3)]
    http = client.as_(cast.sales)
    run_id = begin(cast.sales, "change", {"level": "A"}, query={})
    page = http.get(f"/bulk/{run_id}").text
    assert "0 / 3 条" in page and 'hx-trigger="load delay:1s"' in page
    assert "修改 3 条客户" in http.get("/bulk").text
    work(run_id)
    part = http.get(f"/bulk/{run_id}", htmx=True).text
    assert "已修改 3 条客户。" in part and "hx-trigger" not in part and "客户级别 → A" in part
    assert [level(id) for id in ids] == ["A"] * 3
    listed = http.get(f"/customers?f.bulk_run.eq={run_id}").text
    assert all(f"客户{i}" in listed for i in range(3))
    assert "客户0" not in client.as_(cast.manager).get(f"/customers?f.bulk_run.eq={run_id}").text
    assert http.post(f"/bulk/{run_id}/reversal", {"next": f"/bulk/{run_id}"}).headers["Location"] == f"/bulk/{run_id}"
    assert run_of(run_id).undo_counts == {"done": 3}
    assert "已撤销 3 条。" in http.get(f"/bulk/{run_id}").text


def test_what_was_skipped_stands_there_with_its_reason_and_as_a_file(client, cast, make):
    import openpyxl

    with write() as session:
        session.get(RoleRight, (cast.sales.role_id, "*", "view")).scope = "all"
    mine, other = make("customers", name="我的"), make("customers", by=cast.stranger, name="别人的")
    http = client.as_(cast.sales)
    answer = http.post("/customers/bulk/deletion", {"ids": [mine.id, other.id]})
    page = http.get(answer.headers["Location"]).text
    assert "已删除 1 条客户。" in page and "没有权限" in page and f'href="/customers/{other.id}"' in page
    file = http.get(f"{answer.headers['Location']}/skipped.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(file.data)).worksheets[0].iter_rows(values_only=True))
    assert rows[0][1] == "客户名称" and rows[1][1] == "别人的" and len(rows) == 2


def test_the_recycle_bin_gives_back_what_is_ticked(client, cast, make):
    ids = [make("customers", name=f"客户{i}").id for i in range(3)]
    bulk(cast.sales, "deletion", {}, ids)
    http = client.as_(cast.sales)
    html = http.get("/recycle-bin").text
    assert html.count('name="ids"') == 3 and "/customers/bulk/restoration" in html
    page = http.get(f"/customers/bulk/restoration?ids={ids[0]}&ids={ids[1]}").text
    assert "恢复 2 条客户" in page
    answer = http.post("/customers/bulk/restoration", shown(page))
    assert answer.headers["Location"] == "/recycle-bin?entity=customers"
    db.session.rollback()
    assert [db.session.get(Customer, id).deleted_at is None for id in ids] == [True, True, False]
    assert http.get(f"/customers/bulk/restoration?ids={ids[2]}").status_code == 200
    assert client.as_(cast.readonly).get("/recycle-bin").text.count('name="ids"') == 0


def test_the_ticked_records_are_exported_and_no_others(client, cast, make):
    import openpyxl

    ids = [make("customers", name=f"客户{i}").id for i in range(3)]
    other = make("customers", by=cast.stranger, name="别人的").id
    http = client.as_(cast.sales)
    file = http.get(f"/exports/customers.xlsx?ids={ids[0]}&ids={ids[2]}&ids={other}&f.level.in=A&q=没有")
    rows = list(openpyxl.load_workbook(io.BytesIO(file.data)).worksheets[0].iter_rows(values_only=True))
    assert sorted(row[0] for row in rows[1:]) == ["客户0", "客户2"]
    whole = http.get(f"/exports/customers.xlsx?ids={ids[0]}&select=all")
    assert len(list(openpyxl.load_workbook(io.BytesIO(whole.data)).worksheets[0].iter_rows())) == 4
