"""How many a list holds, as far as counting costs no more than the page; and search words that lead through a list."""

import pytest
from werkzeug.datastructures import MultiDict

from smallcrm.entities import find
from smallcrm.records import listing
from smallcrm.records.listing import Listing, parse


@pytest.fixture
def thirteen(make, cast):
    names = [f"杭州{name}有限公司" for name in "甲乙丙丁戊己庚辛壬癸子丑寅"]
    return [make("customers", name=name, owner=cast.sales.id if i % 2 else cast.stranger.id).id
            for i, name in enumerate(names)]  # fmt: skip


def ids(page):
    return [row.id for row in page.rows]


def asked(user, **arguments):
    return parse(find("customers"), user, MultiDict(arguments))


def test_a_page_that_shows_everything_is_its_own_count(cast, thirteen, monkeypatch):
    monkeypatch.setattr(Listing, "count", lambda *_: pytest.fail("there was nothing left to count"))
    wanted = asked(cast.owner, **{"f.level.empty": "1"})
    assert wanted.count_with(wanted.page()) == (13, True)


def test_what_has_to_be_looked_at_is_counted_less_far_unless_somebody_asks(cast, thirteen, monkeypatch):
    monkeypatch.setattr(listing, "LOOKED_AT", 10)
    narrowed, plain = asked(cast.owner, **{"f.level.empty": "1"}), asked(cast.owner)
    page = narrowed.page(5)
    assert narrowed.count_with(page) == (10, False)
    assert narrowed.count_with(page, exactly=True) == (13, True)
    assert plain.count_with(plain.page(5)) == (13, True)


def test_the_list_says_that_it_did_not_count_on_and_how_to(client, cast, make, monkeypatch):
    monkeypatch.setattr(listing, "LOOKED_AT", 20)
    for number in range(51):
        make("customers", name=f"宁波{number}号店")
    page = client.as_(cast.owner).get("/customers?q=宁波")
    assert "共 20+ 条" in page.text and "查看准确数量" in page.text
    page = client.as_(cast.owner).get("/customers?q=宁波&count=all")
    assert "共 51 条" in page.text and "查看准确数量" not in page.text


@pytest.mark.parametrize("sort, backwards", [("-id", True), ("id", False)])
def test_search_words_lead_through_all_pages_in_the_order_of_the_list(cast, thirteen, sort, backwards):
    seen, after = [], ""
    while True:
        page = asked(cast.owner, q="有限公司", sort=sort, after=after).page(4)
        seen += ids(page)
        if not (after := page.cursor):
            break
    assert seen == sorted(thirteen, reverse=backwards)


def test_search_words_find_only_what_a_person_may_see_and_the_filters_allow(cast, thirteen):
    mine = asked(cast.sales, q="有限公司")
    assert ids(mine.page()) == thirteen[1::2][::-1]
    assert mine.count() == (6, True)
    assert ids(asked(cast.owner, q="有限公司", **{"f.owner.in": str(cast.stranger.id)}).page()) == thirteen[::2][::-1]
    assert ids(asked(cast.owner, q="甲有").page()) == thirteen[:1]
    assert ids(asked(cast.owner, q="（！）").page()) == []


def test_the_same_is_found_in_another_order(cast, thirteen):
    assert sorted(ids(asked(cast.owner, q="有限", sort="name").page())) == thirteen
