"""Lists of the API: filtered, sorted, searched, page by page."""

import pytest


def names(answer):
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json["data"]]


@pytest.fixture
def customers(make, cast):
    for i in range(7):
        make("customers", name=f"客户{i}", level="AB"[i % 2], phone=f"1380013000{i}", tags="重点" if i < 2 else "")
    make("customers", by=cast.stranger, name="客户别人的", level="A")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("filter=level:in:A&sort=name", "0246"),
        ("filter=level:A&filter=name:contains:4", "4"),
        ("filter=level:in:A,B&filter=name:客户3", "3"),
        ("filter=tags:empty&filter=level:A&sort=-name", "642"),
        ("filter=tags:filled&sort=id", "01"),
        ("filter=owner:me&filter=phone:starts:1380013&limit=1&sort=-id", "6"),
        ("filter=created_at:period:today&filter=level:ne:A&sort=name", "135"),
        ("q=130003", "3"),
        ("q=客户&sort=-name", "6543210"),
        ("filter=status:in:won", ""),
    ],
)
def test_a_question_and_its_answer(query, wanted, program, cast, customers):
    assert names(program(cast.sales)("GET", f"customers?{query}")) == [f"客户{i}" for i in wanted]


@pytest.mark.parametrize("sort", ["name", "-name", "-level", "created_at", "id", "next_follow_up_at"])
def test_pages_hold_every_record_once(sort, program, cast, customers):
    call = program(cast.sales)
    seen, cursor = [], ""
    while cursor is not None:
        answer = call("GET", f"customers?limit=3&sort={sort}&cursor={cursor}")
        assert len(answer.json["data"]) <= 3
        seen += names(answer)
        cursor = answer.json["next_cursor"]
    assert sorted(seen) == [f"客户{i}" for i in range(7)]
    assert names(call("GET", f"customers?sort={sort}")) == seen


@pytest.mark.parametrize(
    "query",
    [
        "sort=password",
        "sort=notes",
        "sort=name&sort=level",
        "filter=nothing:1",
        "filter=id:1",
        "filter=level",
        "filter=level:like:A",
        "filter=name:like:A",
        "filter=name:gte:A",
        "filter=name:",
        "filter=name:contains:",
        "filter=level:in:A,,B",
        "filter=created_at:gte:whenever",
        "filter=created_at:gte:2026-01-01&filter=created_at:gte:2026-02-01",
        "filter=owner:nobody",
        "filter=owner:in:" + ",".join(["me"] * 101),
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=²",
        "limit=000001999",
        "limit=-1",
        "limit=",
        "cursor=%%%",
        "names=maybe",
        "page=2",
    ],
)
def test_a_question_that_makes_no_sense_is_400(query, program, cast, customers):
    answer = program(cast.sales)("GET", f"customers?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json["error"]["message"]


def test_the_largest_page_has_200(program, cast, customers):
    assert len(names(program(cast.sales)("GET", "customers?limit=200"))) == 7
