"""The page after sign-in: who to call, what to do, how it goes."""

import re
from datetime import timedelta

import pytest

from smallcrm.core import clock, i18n
from smallcrm.core.db import write
from smallcrm.records import operations


def in_days(days, hour=""):
    return f"{i18n.today() + timedelta(days=days)} {hour}".strip()


@pytest.fixture
def week(make):
    """王芳's customers: one overdue, two today, one in five days, one in twenty."""
    for name, days in (("逾期公司", -2), ("今天甲", 0), ("今天乙", 0), ("五天后", 5), ("二十天后", 20)):
        make("customers", name=name, phone="138 0013 8000", next_follow_up_at=in_days(days))


def section(html, key):
    found = re.search(rf'<section class="s-section" id="{key}".*?</section>', html, re.S)
    return found[0] if found else ""


def test_the_start_page_leads_to_today(client, cast):
    answer = client.as_(cast.sales).get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/today")
    assert client.as_(None).get("/today").headers["Location"].startswith("/sign-in")


def test_each_customer_stands_where_it_belongs(client, cast, week):
    html = client.as_(cast.sales).get("/today").text
    assert "逾期公司" in section(html, "overdue")
    assert "逾期 2 天" in section(html, "overdue")
    assert "今天甲" in section(html, "today") and "今天乙" in section(html, "today")
    assert "五天后" in section(html, "ahead")
    assert "二十天后" not in html


def test_each_line_calls_and_leads_to_the_composer(client, cast, make):
    plain = make("customers", name="只有总机", phone="0571-88886666", next_follow_up_at=in_days(0)).id
    whole = make("customers", name="有联系人", phone="0571-88886666", next_follow_up_at=in_days(0)).id
    make("contacts", name="张伟", phone="13900139000", customer=str(whole))
    html = section(client.as_(cast.sales).get("/today").text, "today")
    assert 'href="tel:057188886666"' in html
    assert 'href="tel:13900139000"' in html
    assert "拨打 张伟" in html
    assert f'href="/customers/{plain}#composer"' in html and f'href="/customers/{whole}#composer"' in html


def test_numbers_and_more_links_open_lists_with_as_many_rows(client, cast, make, week):
    for n in range(25):
        make("customers", name=f"今天{n:02}", next_follow_up_at=in_days(0))
    http = client.as_(cast.sales)
    html = http.get("/today").text
    today = section(html, "today")
    assert today.count("<li>") == 20
    href = re.search(r'class="s-all" href="([^"]+)"', today)[1].replace("&amp;", "&")
    assert "全部 27 个" in today
    assert http.get(href).text.count("<tr data-href") == 27
    tiles = re.findall(r'<a class="s-tile" href="([^"]+)">.*?s-tile-value">([^<]+)<', html)
    assert [value for _href, value in tiles] == ["30", "30", "0", "0", "0"]
    for href, value in tiles:
        assert http.get(href.replace("&amp;", "&")).text.count("<tr data-href") == int(value)


def test_tasks_that_are_due_stand_beside(client, cast, make):
    make("tasks", title="昨天的", due_at=in_days(-1, "10:00"))
    make("tasks", title="今天的", due_at=in_days(0, "18:00"), repeat="daily")
    make("tasks", title="明天的", due_at=in_days(1))
    done = make("tasks", title="做完的", due_at=in_days(0))
    with write():
        done.complete(cast.sales)
    tasks = section(client.as_(cast.sales).get("/today").text, "tasks")
    assert tasks.index("昨天的") < tasks.index("今天的")
    assert "明天的" not in tasks and "做完的" not in tasks
    assert 'action="/tasks/1/completion"' in tasks


def test_new_customers_stay_until_somebody_follows_up(client, cast, make):
    given = make("customers", by=cast.manager, name="分来的", owner=str(cast.sales.id)).id
    moved = make("customers", by=cast.colleague, name="转来的")
    make("follow_ups", by=cast.colleague, customer=str(moved.id), content="李雷谈过")
    make("customers", name="自己的")
    with clock.shifted(timedelta(minutes=5)):
        with write():
            operations.change(moved, {"owner": str(cast.sales.id)}, cast.manager)
        http = client.as_(cast.sales)
        fresh = section(http.get("/today").text, "fresh")
        assert "分来的" in fresh and "转来的" in fresh and "自己的" not in fresh
        make("follow_ups", customer=str(given), content="打过招呼了")
        fresh = section(http.get("/today").text, "fresh")
        assert "分来的" not in fresh and "转来的" in fresh
    with clock.shifted(timedelta(days=9)):
        assert section(client.as_(cast.sales).get("/today").text, "fresh") == ""


def test_managers_switch_between_their_own_and_their_department(client, cast, make, week):
    make("customers", by=cast.manager, name="经理自己的", next_follow_up_at=in_days(0))
    make("customers", by=cast.stranger, name="二部的", next_follow_up_at=in_days(0))
    http = client.as_(cast.manager)
    own, team = http.get("/today").text, http.get("/today?scope=team").text
    assert "经理自己的" in own and "今天甲" not in own
    assert "经理自己的" in team and "今天甲" in team and "王芳" in section(team, "today")
    assert "二部的" not in team
    assert "我部门" in own


def test_sales_staff_cannot_look_at_others_by_asking(client, cast, make):
    make("customers", by=cast.colleague, name="李雷的", next_follow_up_at=in_days(0))
    make("customers", name="王芳的")
    html = client.as_(cast.sales).get("/today?scope=team").text
    assert "李雷的" not in html
    assert "scope=team" not in html


def test_those_who_only_look_on_see_everybodys_day_without_buttons(client, cast, week, make):
    make("tasks", title="寄样品", due_at=in_days(0))
    html = client.as_(cast.readonly).get("/today").text
    assert "今天甲" in html and "寄样品" in html
    assert "s-log" not in html
    assert "/completion" not in html and "/postponement" not in html


def test_a_newcomer_is_shown_how_to_begin(client, cast):
    html = client.as_(cast.sales).get("/today").text
    assert 'href="/customers/new"' in html
    assert "导入 Excel" in html
    assert "导入 Excel" not in client.as_(cast.support).get("/today").text


def test_a_quiet_week_says_so(client, cast, make):
    make("customers", name="没定时间的")
    assert "这几天没有要联系的客户" in client.as_(cast.sales).get("/today").text


def test_a_retired_field_takes_its_sections_along(client, cast, week):
    from smallcrm.core.db import db
    from smallcrm.entities import schema
    from smallcrm.entities.models import FieldRow

    with write():
        for key in ("next_follow_up_at", "phone", "last_follow_up"):
            db.session.add(FieldRow(entity="customers", key=key, built_in=True, retired_at=clock.now()))
        schema.touch()
    html = client.as_(cast.sales).get("/today").text
    assert "今天甲" not in html
    assert "我的业绩" in html
