"""A page that is found along the order is the page that collecting and sorting finds."""

from urllib.parse import parse_qsl

import pytest
from werkzeug.datastructures import MultiDict

from smallcrm import entities
from smallcrm.records import listing, walking

from .asking import statements


@pytest.fixture
def many(cast, make):
    people = (cast.sales, cast.colleague, cast.stranger)
    for number in range(24):
        level = ("A", "B", None)[number % 3]
        make("customers", by=people[number % 8 % 3], name=f"公司{number % 7}", level=level)


def asked(user, query):
    return listing.parse(entities.find("customers"), user, MultiDict(parse_qsl(query)))


def all_ids(user, query):
    after, found = "", []
    while True:
        wanted = asked(user, query)
        wanted.after = after
        page = wanted.page(3)
        found += [row.id for row in page.rows]
        after = page.cursor
        if not after:
            return found


@pytest.mark.parametrize("looked_at", [2, 10, 1000])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "sort=name",
        "sort=-level",
        "sort=level&f.name.contains=3",
        "f.level.in=A",
        "sort=-level&f.level.filled=1&f.name.contains=1",
    ],
)
def test_every_page_is_the_same_either_way(many, cast, monkeypatch, query, looked_at):
    with monkeypatch.context() as patch:
        patch.setattr(walking, "is_quicker", lambda _listing: False)
        collected = [all_ids(user, query) for user in (cast.sales, cast.manager, cast.owner)]
    monkeypatch.setattr(walking, "LOOKED_AT", looked_at)
    assert [all_ids(user, query) for user in (cast.sales, cast.manager, cast.owner)] == collected
    assert all(collected)


def test_what_leaves_nothing_out_is_asked_once(many, cast):
    with statements() as found:
        asked(cast.owner, "sort=name").page(3)
    assert len([each for each, _values in found if "FROM customers" in each]) == 1
