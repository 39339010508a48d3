"""The star of a record: one person's own, and no change of the record."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from smallcrm.core import clock
from smallcrm.core.db import db, write
from smallcrm.entities import find, modules
from smallcrm.records import conditions, favourites, listing, operations


def star(user, record, wanted=True):
    with write():
        favourites.put(user, db.session.get(type(record), record.id), wanted)


def names(user, **arguments):
    wanted = listing.parse(find("customers"), user, MultiDict({"f.favourite.eq": "1", **arguments}))
    return [row.c0 for row in wanted.page().rows]


def test_a_star_is_ones_own_and_changes_nothing_of_the_record(client, cast, make):
    record = make("customers", name="甲公司")
    http = client.as_(cast.sales)
    before = (record.version, record.updated_at)
    assert 'aria-pressed="false"' in http.get(f"/customers/{record.id}").text
    assert http.post(f"/customers/{record.id}/favourite", {"wanted": "1"}).status_code == 303
    assert 'aria-pressed="true"' in http.get(f"/customers/{record.id}").text
    assert 'aria-pressed="false"' in client.as_(cast.manager).get(f"/customers/{record.id}").text
    again = db.session.get(type(record), record.id, populate_existing=True)
    assert (again.version, again.updated_at) == before
    assert db.session.scalar(text("SELECT count(*) FROM activities WHERE action != 'created'")) == 0


def test_pressing_twice_or_sending_again_leaves_one_star_or_none(client, cast, make):
    record = make("customers", name="甲公司")
    http = client.as_(cast.sales)
    for wanted, pressed, rows in (("1", "true", 1), ("1", "true", 1), ("", "false", 0), ("", "false", 0)):
        answer = http.post(f"/customers/{record.id}/favourite", {"wanted": wanted}, htmx=True)
        assert f'aria-pressed="{pressed}"' in answer.text and "<html" not in answer.text
        assert db.session.query(favourites.Favourite).count() == rows


def test_the_form_leads_back_inside_the_application_only(client, cast, make):
    record = make("customers", name="甲公司")
    http = client.as_(cast.sales)
    for next, where in (("/recent", "/recent"), ("//evil.example", f"/customers/{record.id}")):
        answer = http.post(f"/customers/{record.id}/favourite", {"wanted": "1", "next": next})
        assert answer.headers["Location"] == where


def test_a_list_can_be_limited_to_what_is_starred_and_says_so(client, cast, make):
    first, second, _third = (make("customers", name=name) for name in ("甲公司", "乙公司", "丙公司"))
    star(cast.sales, first)
    star(cast.manager, second)
    assert names(cast.sales) == ["甲公司"]
    assert sorted(names(cast.sales, **{"f.favourite.eq": "0"})) == ["丙公司", "乙公司"]
    assert names(cast.manager) == ["乙公司"]
    page = client.as_(cast.sales).get("/customers?f.favourite.eq=1").text
    assert "甲公司" in page and "乙公司" not in page and "我收藏的" in page
    wanted = listing.parse(find("customers"), cast.sales, MultiDict({"f.favourite.eq": "1"}))
    assert conditions.in_words(wanted.filters, "all") == "我收藏的"


def test_the_view_of_favourites_is_shipped_with_every_module(client, cast, make):
    modules.add_entity("设备", "tools", cast.admin)
    record = make("shebei", by=cast.admin, name="车床")
    make("shebei", by=cast.admin, name="铣床")
    http = client.as_(cast.admin)
    http.post(f"/shebei/{record.id}/favourite", {"wanted": "1"})
    text = http.get("/shebei?view=favourites").text
    assert "车床" in text and "铣床" not in text
    assert http.get("/customers?view=favourites").status_code == 200


@pytest.mark.parametrize(
    "query", ["f.favourite.eq=2", "f.favourite.eq=1&f.favourite.eq=0", "f.favourite.ne=1", "f.owner.favourite.eq=1"]
)
def test_a_condition_that_makes_no_sense_is_refused_in_a_sentence(query, client, cast):
    answer = client.as_(cast.sales).get(f"/customers?{query}")
    assert answer.status_code == 400


def test_the_condition_is_led_by_an_index(app, cast):
    with listing.viewing(cast.sales):
        found = favourites.field().condition(find("customers").model, "eq", ["1"])
    query = db.session.query(find("customers").model.id).filter(found)
    compiled = str(query.statement.compile(db.engine, compile_kwargs={"literal_binds": True}))
    plan = " ".join(row[3] for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
    assert "SCAN customers" not in plan and "SCAN favourites" not in plan, plan


def test_the_newest_favourites_come_first_and_only_what_may_be_seen(cast, make):
    made = [make("customers", name=f"客户{i}") for i in range(3)]
    contact = make("contacts", name="张伟", customer=str(made[0].id))
    for minute, record in enumerate([*made, contact]):
        with clock.shifted(timedelta(minutes=minute)):
            star(cast.sales, record)
    assert [(one.entity.key, one.name) for one in favourites.of(cast.sales)] == [
        ("contacts", "张伟"),
        ("customers", "客户2"),
        ("customers", "客户1"),
        ("customers", "客户0"),
    ]
    with write():
        operations.change(db.session.get(type(made[2]), made[2].id), {"owner": str(cast.stranger.id)}, cast.owner)
    with write():
        operations.delete(db.session.get(type(made[1]), made[1].id), cast.owner)
    assert [one.name for one in favourites.of(cast.sales)] == ["张伟", "客户0"]
    assert [one.name for one in favourites.of(cast.sales, 1)] == ["张伟"]
    assert [one.href for one in favourites.of(cast.sales, 1)] == [f"/contacts/{contact.id}"]
    with write():
        operations.restore(db.session.get(type(made[1]), made[1].id), cast.owner)
    assert [one.name for one in favourites.of(cast.sales)] == ["张伟", "客户1", "客户0"]


def test_hidden_favourites_do_not_use_up_the_number_asked_for(cast, make):
    """More of them than are looked up at once."""
    kept = make("customers", name="留下的")
    star(cast.sales, kept)
    with write():
        for id in range(1, 2 * favourites.kept.BATCH):
            db.session.add(
                favourites.Favourite(
                    user_id=cast.sales.id, entity="customers", record_id=10_000 + id, created_at=clock.now()
                )
            )
    assert [one.name for one in favourites.of(cast.sales, 5)] == ["留下的"]


def test_stars_follow_a_record_into_the_one_it_is_merged_with(cast, make):
    gone, stays = make("customers", name="重复"), make("customers", name="正本")
    star(cast.sales, gone)
    star(cast.manager, gone)
    star(cast.manager, stays)
    with write():
        favourites.follow(find("customers"), gone.id, stays.id)
        operations.delete(db.session.get(type(gone), gone.id), cast.owner)
    assert [one.name for one in favourites.of(cast.sales)] == ["正本"]
    assert [one.name for one in favourites.of(cast.manager)] == ["正本"]
