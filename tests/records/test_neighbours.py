"""The records before and after one, in the list it was opened from."""

import pytest
from sqlalchemy import event
from werkzeug.datastructures import MultiDict

from smallcrm.core.db import db, write
from smallcrm.entities import find, modules
from smallcrm.entities import operations as shaping
from smallcrm.records import listing, operations
from smallcrm.records.neighbours import of as neighbours_of

LEVELS = ("A", "", "B", "A", "", "C", "A")


def asked(cast, **arguments):
    return listing.parse(find("customers"), cast.owner, MultiDict(arguments))


def both_ways(wanted):
    """(ids from the first record along “after”, ids from the last along “before”), and the list itself."""
    model = wanted.entity.model
    rows = [row.id for row in wanted.page(100).rows]
    ahead, behind = [rows[0]], [rows[-1]]
    while following := neighbours_of(wanted, db.session.get(model, ahead[-1])).after:
        ahead.append(int(following.href.rpartition("/")[2]))
    while earlier := neighbours_of(wanted, db.session.get(model, behind[-1])).before:
        behind.append(int(earlier.href.rpartition("/")[2]))
    return ahead, behind[::-1], rows


@pytest.fixture
def customers(app, cast):
    """Customers with equal levels, levels left empty, and names that sort otherwise than their ids."""
    with write():
        for place, level in enumerate(LEVELS):
            name = f"{'乙丙甲'[place % 3]}公司{place}"
            operations.create(find("customers"), {"name": name, "level": level}, cast.sales)


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "level", "-level", "next_follow_up_at"])
def test_stepping_on_or_back_gives_the_list_itself_with_ties_and_empty_values(sort, app, cast, customers):
    ahead, behind, rows = both_ways(asked(cast, sort=sort))
    assert len(rows) == len(LEVELS)
    assert ahead == rows
    assert behind == rows


@pytest.mark.parametrize("arguments", [{"q": "甲公司"}, {"q": "公司", "sort": "level"}, {"q": "公司"}])
def test_the_words_of_a_search_limit_the_way(arguments, app, cast, customers):
    ahead, behind, rows = both_ways(asked(cast, **arguments))
    assert 1 < len(rows) and ahead == behind == rows


def test_conditions_limit_the_way(app, cast, customers):
    ahead, behind, rows = both_ways(asked(cast, **{"f.level.in": "A", "sort": "-name"}))
    assert len(rows) == 3 and ahead == behind == rows


@pytest.mark.parametrize("sort", ["gonglyu", "-gonglyu"])
def test_a_module_and_a_field_made_in_the_browser_have_it_too(sort, app, cast, make):
    modules.add_entity("设备", "tools", cast.admin)
    key = shaping.add_field("shebei", "decimal", "功率", cast.admin).key
    for value in ("1.5", "", "20", "3", "", "3"):
        make("shebei", by=cast.admin, name=f"机器{value}", **{key: value})
    wanted = listing.parse(find("shebei"), cast.owner, MultiDict({"sort": sort.replace("gonglyu", key)}))
    ahead, behind, rows = both_ways(wanted)
    assert len(rows) == 6 and ahead == behind == rows


def test_who_left_the_list_still_has_the_neighbours_of_its_place(app, cast, customers):
    wanted = asked(cast, **{"f.level.in": "A", "sort": "id"})
    first, second, third = (row.id for row in wanted.page(10).rows)
    model = find("customers").model
    with write():
        operations.change(db.session.get(model, second), {"level": "B"}, cast.owner)
    found = neighbours_of(asked(cast, **{"f.level.in": "A", "sort": "id"}), db.session.get(model, second))
    assert not found.listed
    assert (found.before.href, found.after.href) == (f"/customers/{first}", f"/customers/{third}")


def test_a_step_costs_the_same_few_queries_wherever_it_begins(app, cast, customers):
    """One row before and one after, each led by an index: nothing is counted and nothing is skipped."""
    said = []
    wanted = asked(cast, sort="-level")
    record = db.session.get(find("customers").model, wanted.page(10).rows[3].id)

    def hear(_connection, _cursor, statement, *_rest):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        neighbours_of(wanted, record)
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    assert len(said) <= 9
    assert not [one for one in said if "count(" in one.lower()]


def test_neighbours_are_never_records_of_others(client, cast, make):
    mine = [make("customers", name=f"我的{i}") for i in range(2)]
    make("customers", by=cast.stranger, name="别人的")
    last = make("customers", name="我的最后")
    text = client.as_(cast.sales).get(f"/customers/{mine[1].id}/neighbours?sort=id").text
    assert f'href="/customers/{mine[0].id}"' in text and f'href="/customers/{last.id}"' in text
    assert "别人的" not in text
    assert client.as_(cast.stranger).get(f"/customers/{mine[1].id}/neighbours?sort=id").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "sort=nothing",
        "f.nothing.eq=1",
        "f.level.gte=A",
        "f.created_at.gte=never",
        "view=999",
        "kind=spiral",
        "f.favourite.eq=2",
        "after=x",
        "match=any&f.name.contains=%25",
    ],
)
def test_a_list_that_does_not_exist_any_more_gives_no_neighbours_and_no_error(query, client, cast, make):
    record = make("customers", name="甲公司")
    answer = client.as_(cast.sales).get(f"/customers/{record.id}/neighbours?{query}")
    assert answer.status_code == 200
    assert "rel=" not in answer.text


def test_a_record_alone_in_its_list_has_no_way_on(client, cast, make):
    record = make("customers", name="甲公司")
    assert client.as_(cast.sales).get(f"/customers/{record.id}/neighbours").text.strip() == ""


def test_the_ends_of_a_list_say_so(client, cast, make):
    first, last = make("customers", name="甲公司"), make("customers", name="乙公司")
    http = client.as_(cast.sales)
    at_first = http.get(f"/customers/{first.id}/neighbours?sort=id").text
    assert "已经是列表的第一条" in at_first and "下一条：乙公司" in at_first
    at_last = http.get(f"/customers/{last.id}/neighbours?sort=id").text
    assert "上一条：甲公司" in at_last and "已经是列表的最后一条" in at_last
    assert "已不在列表中" in http.get(f"/customers/{last.id}/neighbours?sort=id&q=甲公司").text
