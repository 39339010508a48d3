"""Recently seen: what a person opened last, without a write for every page."""

from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from smallcrm.core import clock, jobs
from smallcrm.core.db import db, write
from smallcrm.entities import find
from smallcrm.records import operations, seen


def opened(user, n=seen.SHOWN):
    return [one.name for one in seen.recent(user, n)]


def test_opening_a_page_writes_nothing_and_is_known_at_once(client, cast, make):
    first, second = make("customers", name="甲公司"), make("customers", name="乙公司")
    http = client.as_(cast.sales)
    said = []

    def hear(_connection, _cursor, statement, *_rest):
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        for id in (first.id, second.id, first.id):
            http.get(f"/customers/{id}")
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    assert not [one for one in said if "seen_records" in one]
    assert opened(cast.sales) == ["甲公司", "乙公司"]
    assert opened(cast.manager) == []


def test_parts_of_a_page_and_pages_that_are_refused_do_not_count(client, cast, make):
    record = make("customers", name="甲公司")
    client.as_(cast.sales).get(f"/customers/{record.id}?kind=change", htmx=True)
    client.as_(cast.stranger).get(f"/customers/{record.id}")
    assert opened(cast.sales) == [] and opened(cast.stranger) == []


def test_what_was_opened_outlives_the_memory(app, cast, make):
    records = [make("customers", name=f"客户{i}") for i in range(3)]
    for minute, record in enumerate(records):
        with clock.shifted(timedelta(minutes=minute)):
            seen.note(cast.sales, record)
    seen.flush.run()
    app.extensions.pop("smallcrm.seen")
    assert opened(cast.sales) == ["客户2", "客户1", "客户0"]
    with clock.shifted(timedelta(minutes=9)):
        seen.note(cast.sales, records[0])
    assert opened(cast.sales) == ["客户0", "客户2", "客户1"]
    seen.flush.run()
    assert opened(cast.sales) == ["客户0", "客户2", "客户1"]
    assert db.session.query(seen.Seen).count() == 3


def test_the_server_writes_it_when_it_stops(app, cast, make):
    seen.note(cast.sales, make("customers", name="甲公司"))
    jobs.run_last(app)
    db.session.rollback()
    assert db.session.query(seen.Seen).count() == 1


def test_nothing_opened_is_no_transaction(app):
    version = db.session.connection().exec_driver_sql("PRAGMA data_version").scalar()
    seen.flush.run()
    assert db.session.connection().exec_driver_sql("PRAGMA data_version").scalar() == version


def test_only_the_newest_are_kept(app, cast):
    for turn in range(3):
        for id in range(40):
            with clock.shifted(timedelta(seconds=turn * 40 + id)):
                seen.note(cast.sales, find("customers").model(id=1000 * turn + id))
        seen.flush.run()
    assert db.session.query(seen.Seen).count() == seen.MOST


def test_a_buffer_holds_no_more_than_is_kept_and_what_came_meanwhile():
    buffer = seen.Buffer()
    now = clock.now()
    for id in range(seen.MOST + 9):
        buffer.put(1, ("customers", id), now)
    assert len(buffer.of(1)) == seen.MOST and ("customers", 0) not in buffer.of(1)
    written = buffer.everything()
    buffer.put(1, ("customers", 50), now + timedelta(seconds=1))
    for id in range(100, 100 + seen.MOST - 1):
        buffer.put(1, ("customers", id), now + timedelta(seconds=2))
    buffer.drop(written)
    assert len(buffer.of(1)) == seen.MOST and buffer.of(1)[("customers", 50)] == now + timedelta(seconds=1)
    buffer.drop(buffer.everything())
    assert buffer.everything() == {}


def test_a_failed_write_forgets_nothing(app, cast, make):
    seen.note(cast.sales, make("customers", name="甲公司"))
    _rename("seen_records", "away")
    with pytest.raises(DBAPIError):
        seen.flush.run()
    _rename("away", "seen_records")
    assert opened(cast.sales) == ["甲公司"]
    seen.flush.run()
    assert db.session.query(seen.Seen).count() == 1


def _rename(table, name):
    with write() as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


def test_what_may_no_longer_be_seen_is_left_out(client, cast, make):
    mine, lost, deleted = (make("customers", name=name) for name in ("我的", "转走的", "删掉的"))
    http = client.as_(cast.sales)
    for record in (mine, lost, deleted):
        http.get(f"/customers/{record.id}")
    with write():
        operations.change(db.session.get(type(lost), lost.id), {"owner": str(cast.stranger.id)}, cast.owner)
    with write():
        operations.delete(db.session.get(find("customers").model, deleted.id), cast.owner)
    assert opened(cast.sales) == ["我的"]
    page = http.get("/recent").text
    assert "我的" in page and "转走的" not in page and "删掉的" not in page


def test_the_page_shows_what_was_opened_and_what_is_starred(client, cast, make):
    record = make("customers", name="甲公司")
    http = client.as_(cast.sales)
    page = http.get("/recent").text
    assert "打开过的记录会出现在这里" in page and "点记录名称旁边的星标" in page
    http.get(f"/customers/{record.id}")
    http.post(f"/customers/{record.id}/favourite", {"wanted": "1"})
    page = http.get("/recent").text
    assert page.count("甲公司") >= 2 and f'href="/customers/{record.id}"' in page and "刚刚" in page
    assert 'href="/recent"' in http.get("/customers").text
