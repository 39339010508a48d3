"""The page behind the bell, and its number."""

import json

import pytest

from smallcrm.core.db import db, write
from smallcrm.notifications import operations, queries
from smallcrm.notifications.models import Notification


def tell(person, count=1, **params):
    with write():
        for n in range(count):
            operations.notify(person.id, "assigned", name=f"第{n}条", actor="李经理", **params)
    return queries.newest_id(person.id)


def test_unread_lines_stand_first(client, cast):
    first = tell(cast.sales, 3)
    http = client.as_(cast.sales)
    http.post(f"/notifications/{first}/reading")
    html = http.get("/notifications").text
    assert "2 条未读通知" in html
    assert html.index("第1条") < html.index("第0条") < html.index("第2条")


def test_older_lines_come_page_by_page_without_doubles(client, cast):
    last = tell(cast.sales, 120)
    with write():
        operations.mark_all_read(cast.sales.id, last - 60)
    http, path, seen = client.as_(cast.sales), "/notifications", []
    while path:
        html = http.get(path).text
        seen += [int(part.split("/")[0]) for part in html.split('action="/notifications/')[1:] if part[0].isdigit()]
        path = html.split('href="/notifications?after=')[1].split('"')[0] if "?after=" in html else None
        path = path and f"/notifications?after={path}"
    assert len(set(seen)) == 120
    assert http.get("/notifications?after=nonsense").status_code == 400


def test_the_bell_counts_and_announces_what_is_new(client, cast, make):
    newest = tell(cast.sales, 2)
    http = client.as_(cast.sales)
    quiet = http.get(f"/notifications/unread?last={newest}", htmx=True)
    assert ">2<" in quiet.text.replace(" </span>2<", ">2<")
    assert "HX-Trigger" not in quiet.headers
    make("customers", by=cast.manager, name="杭州鑫源", owner=str(cast.sales.id))
    loud = http.get(f"/notifications/unread?last={newest}", htmx=True)
    toast = json.loads(loud.headers["HX-Trigger"])["toast"]
    assert toast["text"] == "李经理 把客户“杭州鑫源”分配给了你"
    assert toast["href"] == "/customers/1"
    assert f"last={newest + 1}" in loud.text
    tell(cast.sales, 2)
    assert json.loads(http.get(f"/notifications/unread?last={newest}").headers["HX-Trigger"])["toast"]["text"] == (
        "5 条未读通知"
    )


def test_opening_a_line_marks_it_read_and_goes_there(client, cast, make):
    customer = make("customers", by=cast.manager, name="杭州鑫源", owner=str(cast.sales.id)).id
    id = queries.newest_id(cast.sales.id)
    answer = client.as_(cast.sales).post(f"/notifications/{id}/reading", {"open": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/customers/{customer}")
    assert queries.unread_count(cast.sales.id) == 0


def test_marking_all_spares_what_came_after_the_page(client, cast):
    shown = tell(cast.sales, 3)
    tell(cast.sales)
    client.as_(cast.sales).post("/notifications/reading", {"until": shown})
    assert queries.unread_count(cast.sales.id) == 1


def test_nobody_touches_another_ones_lines(client, cast):
    id = tell(cast.sales)
    http = client.as_(cast.manager)
    assert "第0条" not in http.get("/notifications").text
    assert http.post(f"/notifications/{id}/reading").status_code == 404
    http.post("/notifications/reading", {"until": id})
    assert db.session.get(Notification, id).read_at is None


@pytest.mark.parametrize("path", ["/notifications", "/notifications/unread"])
def test_signed_out_people_have_none(client, path):
    assert client.as_(None).get(path).status_code in (302, 303)


def test_asking_for_the_number_is_not_being_here(client, cast):
    from datetime import timedelta

    from sqlalchemy import select

    from smallcrm.core import clock
    from smallcrm.users.models import UserSession

    http = client.as_(cast.sales)
    seen = select(UserSession.last_seen_at).where(UserSession.user_id == cast.sales.id)
    before = db.session.scalar(seen)
    with clock.shifted(timedelta(hours=1)):
        http.get("/notifications/unread", htmx=True)
        assert db.session.scalar(seen) == before
        http.get("/notifications")
        db.session.rollback()
        assert db.session.scalar(seen) > before
