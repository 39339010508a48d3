"""What stands around every page."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from smallcrm.core import i18n
from smallcrm.core.db import write
from smallcrm.dashboard.today import Section
from smallcrm.entities import find

OPEN_TASKS = "/tasks?f.done_at.empty=1"


def places(html, label):
    nav = re.search(rf'<nav class="[^"]*" aria-label="{label}">.*?</nav>', html, re.S)[0]
    return re.findall(r'<a href="([^"]+)"', nav)


def test_the_sidebar_has_the_entities_one_may_see_and_what_calls_today(client, cast, make):
    make("customers", name="今天的", next_follow_up_at=i18n.today().isoformat())
    make("customers", name="昨天的", next_follow_up_at=(i18n.today() - timedelta(days=1)).isoformat())
    make("customers", name="明天的", next_follow_up_at=(i18n.today() + timedelta(days=1)).isoformat())
    make("tasks", title="今天做", due_at=i18n.today().isoformat())
    html = client.as_(cast.sales).get("/customers").text
    expected = ["/today", "/recent", "/customers", "/pool", "/contacts", "/follow-ups", OPEN_TASKS]
    assert places(html, "主导航")[:7] == expected
    assert re.search(r'href="/today".*?<span class="s-count">3</span>', html)
    assert re.search(r'href="/customers" aria-current="page"', html)


def test_tasks_begin_with_what_is_to_be_done(client, cast, make):
    make("tasks", title="还没做", due_at=i18n.today().isoformat())
    done = make("tasks", title="早做完了", due_at="2026-01-05")
    with write():
        done.complete(cast.sales)
    http = client.as_(cast.sales)
    html = http.get(OPEN_TASKS).text
    assert "还没做" in html and "早做完了" not in html
    assert re.search(rf'href="{re.escape(OPEN_TASKS)}" aria-current="page"', html)
    assert "早做完了" in http.get("/tasks").text


@pytest.mark.parametrize("who, made", [("sales", 4), ("support", 4), ("readonly", 0)])
def test_only_what_one_may_make_is_offered(client, cast, who, made):
    html = client.as_(getattr(cast, who)).get("/today").text
    sheet = re.search(r'<summary class="s-plus".*?</details>', html, re.S)
    assert len(re.findall(r'href="/[a-z-]+/new"', sheet[0] if sheet else "")) == made


@pytest.mark.parametrize("who, shown", [("admin", True), ("manager", False), ("sales", False)])
def test_settings_are_for_those_who_manage_something(client, cast, who, shown):
    assert ('href="/settings"' in client.as_(getattr(cast, who)).get("/today").text) is shown


def test_the_key_for_new_belongs_to_the_list_on_its_own_pages(client, cast):
    http = client.as_(cast.sales)
    assert http.get("/today").text.count('data-key="n"') == 1
    html = http.get("/tasks").text
    assert re.findall(r'href="([^"]+)"[^>]*data-key="n"', html) == ["/tasks/new"]


def test_pages_for_people_who_are_signed_out_have_a_frame_too(client):
    assert client.as_(None).get("/sign-in").status_code in (200, 302, 303)


def test_an_error_of_the_database_is_still_a_page(client, cast):
    http = client.as_(cast.sales)
    with write() as session:
        session.execute(text("DROP TABLE notifications"))
    answer = http.get("/today")
    assert answer.status_code == 500
    assert "已记入日志" in answer.text or "编号" in answer.text


def test_what_was_not_counted_to_the_end_says_so(client, cast):
    with write() as session:
        session.execute(insert(find("customers").model), [{"name": f"公海 {number}"} for number in range(1001)])
    html = client.as_(cast.sales).get("/today").text
    assert re.search(r'href="/pool".*?<span class="s-count s-quiet">999\+</span>', html)


def test_a_part_of_today_tells_thousands_and_where_counting_stopped():
    part = Section("overdue", "逾期", [], 10_001, "/customers")
    assert (replace(part, count=2318).counted, replace(part, count=10_000).counted) == ("2,318", "10,000")
    assert part.counted == "10,000+"
