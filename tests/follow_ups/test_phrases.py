"""Common phrases: one's own, and everybody's."""

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from smallcrm.core.db import db, write
from smallcrm.core.errors import Refused
from smallcrm.follow_ups import phrases, queries
from smallcrm.follow_ups.models import Phrase
from smallcrm.users.signals import company_ready


def add(user, text, shared=False):
    with write():
        return phrases.add(user, text, shared=shared)


def texts(user):
    return [phrase.text for phrase in queries.phrases(user)]


def test_a_new_company_has_phrases_in_chinese(cast):
    # Also when it is set up in a terminal that speaks English.
    with write(), force_locale("en"):
        company_ready.send(cast.owner)
    assert "已加微信，发了产品资料。" in texts(cast.sales)


def test_everybody_sees_their_own_and_the_shared_ones(cast):
    add(cast.owner, "大家的", shared=True)
    add(cast.sales, "我的")
    add(cast.stranger, "别人的")
    assert texts(cast.sales) == ["我的", "大家的"]


def test_a_list_has_an_end(cast):
    with write():
        for n in range(phrases.MOST):
            phrases.add(cast.sales, f"第 {n} 条")
    with pytest.raises(Refused):
        add(cast.sales, "再来一条")


def test_moving_changes_places(cast):
    first, second = add(cast.sales, "一"), add(cast.sales, "二")
    with write():
        phrases.move(second, -1)
    assert texts(cast.sales) == ["二", "一"]
    with write():
        phrases.move(second, -1)
        phrases.move(first, 1)
    assert texts(cast.sales) == ["二", "一"]


def test_the_page_adds_changes_moves_and_deletes(client, cast):
    http = client.as_(cast.sales)
    assert http.post("/phrases", {"text": "  已寄   样品 "}).status_code == 303
    assert http.post("/phrases", {"text": "已发报价"}).status_code == 303
    id, text = db.session.execute(select(Phrase.id, Phrase.text).order_by(Phrase.id).limit(1)).one()
    assert text == "已寄 样品"
    assert http.post(f"/phrases/{id}", {"text": "样品已寄出"}).status_code == 303
    assert http.post(f"/phrases/{id}/position", {"to": "down"}).status_code == 303
    page = http.get("/phrases").text
    assert page.index("已发报价") < page.index("样品已寄出")
    assert http.post(f"/phrases/{id}/deletion").status_code == 303
    assert "样品已寄出" not in http.get("/phrases").text
    assert http.post("/phrases", {"text": " "}).status_code == 422
    assert http.post("/phrases", {"text": "长" * 201}).status_code == 422


def test_shared_phrases_belong_to_those_who_manage_settings(client, cast):
    shared, other = add(cast.owner, "大家的", shared=True).id, add(cast.stranger, "别人的").id
    http, admin = client.as_(cast.sales), client.as_(cast.admin)
    assert "大家的" in http.get("/phrases").text
    assert http.post("/phrases", {"text": "也给大家", "shared": "1"}).status_code == 403
    assert http.post(f"/phrases/{shared}/deletion").status_code == 403
    assert http.post(f"/phrases/{other}/deletion").status_code == 404
    assert admin.post(f"/phrases/{shared}/deletion").status_code == 303
    assert db.session.get(Phrase, other) is not None
