"""Boards, groups, months and figures: what they show, from which queries, and how a move changes one field."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import event
from werkzeug.datastructures import MultiDict

from smallcrm.core.db import db, write
from smallcrm.entities import find, modules
from smallcrm.entities import operations as shaping
from smallcrm.records import calendar, figures, grouped, kanban, operations, parts
from smallcrm.records.conditions import BadListing
from smallcrm.records.listing import parse

LEVELS = ["A", "B", "A", "C", "A", None]


@pytest.fixture
def six(make, cast):
    """Six customers of 王芳: three A, one B, one C, one without a level."""
    return [make("customers", name=f"客户{i}号", level=level or "") for i, level in enumerate(LEVELS)]


def asked(user, entity="customers", **arguments):
    return parse(find(entity), user, MultiDict(arguments))


def board(app, listing):
    with app.test_request_context():
        return kanban.values(listing)["board"]


def seen(http, path):
    answer = http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


# --- how a list is divided --------------------------------------------------------------------------------------------


def test_parts_stand_in_the_order_of_the_options_and_leave_out_what_has_no_records(cast, six):
    division = parts.divide(asked(cast.sales, by="level"))
    assert division.keys(20) == (["A", "B", "C", None], False)
    assert division.keys(2) == (["A", "B"], True)
    assert division.keys(2, after="B") == (["C", None], False)


def test_a_part_is_a_list_of_its_own_with_its_own_pages(cast, six):
    division = parts.divide(asked(cast.sales, by="level", sort="-id"))
    first = division.part("A").page(2)
    rest = division.part("A", first.cursor).page(2)
    assert [row.id for row in first.rows] + [row.id for row in rest.rows] == [six[4].id, six[2].id, six[0].id]
    assert [row.id for row in division.part(None).page(9).rows] == [six[5].id]


def test_parts_of_people_and_of_months_are_found_from_the_records(cast, make):
    make("customers", name="甲", owner=cast.stranger.id, next_follow_up_at="2026-10-31 23:30")
    make("customers", name="乙", owner=cast.sales.id, next_follow_up_at="2026-11-01 00:10")
    make("customers", name="丙", owner=cast.sales.id, next_follow_up_at="2026-12-24 09:00")
    people = parts.divide(asked(cast.owner, by="owner"))
    assert people.keys(9) == ([cast.sales.id, cast.stranger.id], False)
    months = parts.divide(asked(cast.owner, by="next_follow_up_at"))
    keys, more = months.keys(2)
    # Months of the company, not of UTC: half past eleven in the evening still belongs to October.
    assert ([months.word(key) for key in keys], more) == (["2026-12", "2026-11"], True)
    assert [months.word(key) for key in months.keys(2, after="2026-11")[0]] == ["2026-10"]
    assert len(months.part(keys[1]).page(9).rows) == 1


@pytest.mark.parametrize("match, more", [("all", {"f.level.in": "A"}), ("any", {"f.level.in": "A", "f.source.in": "referral"})])  # fmt: skip
def test_the_table_of_a_part_holds_its_records_and_no_others(client, cast, six, match, more):
    listing = asked(cast.sales, by="level", match=match, **more)
    text = seen(client.as_(cast.sales), parts.divide(listing).table("B"))
    assert ("客户1号" in text, "客户0号" in text) == (False, False)
    text = seen(client.as_(cast.sales), parts.divide(listing).table("A"))
    assert ("客户1号" in text, "客户0号" in text) == (False, True)


@pytest.mark.parametrize(
    "path",
    [
        "?by=nonsense",
        "?by=name",
        "?by=phone",
        "?kind=kanban&by=name",
        "?kind=kanban&by=created_at",
        "?kind=calendar&on=level",
        "?kind=calendar&month=2026-13",
        "?kind=calendar&month=2026",
        "?kind=calendar&month=九月",
        "?kind=calendar&month=0001-01",
        "?by=level&beyond=Z",
        "?by=created_at&beyond=2026-99",
        "?by=owner&beyond=9999999999999999999999",
        "/cards?kind=kanban&by=level",
        "/cards?kind=kanban&by=level&value=Z",
        "/cards?kind=kanban&by=level&value=A&after=x",
        "/group?by=owner&value=-1",
        "/group?by=owner&value=1&after=AAAA",
        "/group?value=A",
        "/groups",
        "/figures",
        "/figures?by=level",
        "/figures?by=level&value=' OR 1=1",
        "/figures?by=level" + "&value=A" * 99,
    ],
)
def test_what_a_list_has_not_is_a_sentence(client, cast, six, path):
    answer = client.as_(cast.sales).get(f"/customers{path}")
    assert answer.status_code == 400, path
    assert "s-alert" in answer.text or "<h1>" in answer.text


# --- boards -----------------------------------------------------------------------------------------------------------


def test_a_board_has_a_column_for_every_option_and_one_for_those_without(app, client, cast, six):
    found = board(app, asked(cast.sales, kind="kanban", by="level"))
    assert [column.word for column in found.columns] == ["~", "A", "B", "C", "D"]
    text = seen(client.as_(cast.sales), "/customers?kind=kanban&by=level")
    assert text.count("data-version=") == 6


def test_an_empty_column_for_those_without_comes_last_and_not_at_all_where_the_field_is_required(app, cast, make):
    make("customers", name="甲", level="A")
    assert [c.word for c in board(app, asked(cast.sales, kind="kanban", by="level")).columns][-1] == "~"
    words = [column.word for column in board(app, asked(cast.sales, kind="kanban", by="status")).columns]
    assert ("~" in words) is not find("customers")["status"].required


def test_a_retired_option_keeps_its_column_as_long_as_it_has_cards(app, cast, six):
    def words():
        return [column.word for column in board(app, asked(cast.sales, kind="kanban", by="level")).columns]

    shaping.set_options("customers", "level", _levels(retired=("A", "D")), cast.admin)
    assert words() == ["~", "A", "B", "C"]


def _levels(retired):
    return [{"value": v, "label": f"{v} 级", "colour": "grey", "retired": v in retired} for v in "ABCD"]


def test_columns_are_paged_by_twenty(client, cast, make):
    for number in range(23):
        make("customers", name=f"宁波{number:02}号店", level="B")
    http = client.as_(cast.sales)
    text = seen(http, "/customers?kind=kanban&by=level")
    assert text.count("s-card-title") == 20 and "加载更多" in text
    more = text.split('hx-get="/customers/cards?')[1].split('"')[0].replace("&amp;", "&")
    rest = seen(http, f"/customers/cards?{more}")
    assert rest.count("s-card-title") == 3 and "加载更多" not in rest


def test_a_board_has_a_column_for_every_colleague_until_there_are_too_many(app, cast, six, monkeypatch):
    found = board(app, asked(cast.owner, kind="kanban", by="owner"))
    assert str(cast.stranger.id) in [column.word for column in found.columns] and not found.cut
    monkeypatch.setattr(kanban, "MOST_COLUMNS", 3)
    found = board(app, asked(cast.owner, kind="kanban", by="level"))
    assert found.cut and len(found.columns) == 4


def test_who_may_not_edit_gets_no_handles(client, cast, six):
    text = seen(client.as_(cast.readonly), "/customers?kind=kanban&by=level")
    assert "data-board=" not in text and "s-card-move" not in text and text.count("s-card-title") == 6


# --- moves ------------------------------------------------------------------------------------------------------------


def place(http, record, value, field="level", version=None, json=True):
    data = {"field": field, "value": value, "version": version or record.version}
    return http.post(f"/customers/{record.id}/place", data, headers={"Accept": "application/json"} if json else {})


def test_a_move_changes_the_one_field_and_can_be_taken_back(client, cast, six):
    http, record = client.as_(cast.sales), six[1]
    answer = place(http, record, "A")
    assert answer.status_code == 200 and "客户1号" in answer.json["text"]
    db.session.refresh(record)
    assert (record.level, record.version) == ("A", answer.json["version"])
    assert http.post(answer.json["undo"]).status_code == 303
    db.session.refresh(record)
    assert record.level == "B"


def test_a_move_to_the_column_without_a_value_empties_the_field(client, cast, six):
    assert place(client.as_(cast.sales), six[1], "~").status_code == 200
    db.session.refresh(six[1])
    assert six[1].level is None


def test_a_card_that_somebody_else_moved_is_not_moved_over_their_decision(client, cast, six):
    version = six[1].version
    with write():
        operations.change(db.session.get(find("customers").model, six[1].id), {"level": ["C"]}, cast.owner)
    answer = place(client.as_(cast.sales), six[1], "A", version=version)
    assert answer.status_code == 409 and answer.json["error"]["message"]
    db.session.refresh(six[1])
    assert six[1].level == "C"


def test_what_the_field_does_not_accept_is_refused_with_its_reason(client, cast, six):
    answer = place(client.as_(cast.sales), six[1], "Z")
    assert answer.status_code == 422 and "level" in answer.json["error"]["fields"]
    answer = place(client.as_(cast.sales), six[1], "~", field="owner")
    assert answer.status_code == 422 and "公海" in answer.json["error"]["message"]


@pytest.mark.parametrize("field", ["name", "notes", "created_by", "nonsense", ""])
def test_only_what_makes_columns_or_days_can_be_moved_by(client, cast, six, field):
    assert place(client.as_(cast.sales), six[1], "x", field=field).status_code == 404


def test_without_scripts_a_page_offers_the_columns_and_leads_back_to_the_board(client, cast, six):
    http, back = client.as_(cast.sales), "/customers?kind=kanban&by=level"
    text = seen(http, f"/customers/{six[1].id}/place?field=level&next={back.replace('&', '%26')}")
    assert 'value="A"' in text and 'value="~"' in text
    answer = http.post(f"/customers/{six[1].id}/place", {"field": "level", "value": "A", "next": back})
    assert (answer.status_code, answer.location) == (303, back)
    answer = place(http, six[1], "Z", json=False)
    assert answer.status_code == 422 and 'role="alert"' in answer.text


# --- months -----------------------------------------------------------------------------------------------------------


def month(app, listing, word="2026-11"):
    with app.test_request_context(f"/?month={word}"):
        return {f"{day.day}": day for day in calendar.values(listing)["calendar"].days}


def test_entries_lie_on_the_days_of_the_company_and_only_those_that_are_shown(app, cast, make):
    make("customers", name="前一天", next_follow_up_at="2026-11-10 23:59")
    make("customers", name="当天", next_follow_up_at="2026-11-11 00:00")
    make("customers", name="去年", next_follow_up_at="2025-11-11 10:00")
    make("customers", name="没有")
    days = month(app, asked(cast.sales, kind="calendar", on="next_follow_up_at"))
    assert (min(days), max(days), len(days)) == ("2026-10-26", "2026-12-06", 42)
    assert "前一天" in days["2026-11-10"].entries and "23:59" in days["2026-11-10"].entries
    assert "当天" in days["2026-11-11"].entries and "00:00" not in days["2026-11-11"].entries
    assert not any("去年" in day.entries or "没有" in day.entries for day in days.values())


@pytest.mark.parametrize("at_once", [300, 5])
def test_a_full_day_shows_a_few_and_says_how_many_more(app, client, cast, make, monkeypatch, at_once):
    monkeypatch.setattr(calendar, "AT_ONCE", at_once)
    for number in range(7):
        make("customers", name=f"宁波{number}号店", next_follow_up_at=f"2026-11-11 1{number}:00")
    day = month(app, asked(cast.sales, kind="calendar", on="next_follow_up_at"))["2026-11-11"]
    assert day.entries.count("<li") == 4 and day.more == "3"
    assert day.entries.index("宁波0号店") < day.entries.index("宁波3号店")
    assert seen(client.as_(cast.sales), day.href).count("<tr data-href") == 7


def test_more_than_can_be_counted_on_one_day_is_said_so(app, cast, make, monkeypatch):
    monkeypatch.setattr(calendar, "AT_ONCE", 5)
    monkeypatch.setattr(calendar, "COUNTED", 6)
    for number in range(7):
        make("customers", name=f"宁波{number}号店", next_follow_up_at="2026-11-11 10:00")
    assert month(app, asked(cast.sales, kind="calendar", on="next_follow_up_at"))["2026-11-11"].more == "2+"


def test_an_entry_moved_to_another_day_keeps_its_hour(client, cast, make):
    record = make("customers", name="甲", next_follow_up_at="2026-11-11 16:45")
    assert place(client.as_(cast.sales), record, "2026-11-13", field="next_follow_up_at").status_code == 200
    db.session.refresh(record)
    assert record.next_follow_up_at == datetime(2026, 11, 13, 8, 45, tzinfo=UTC)
    assert place(client.as_(cast.sales), record, "2026-13-13", field="next_follow_up_at").status_code == 422


# --- figures ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def machines(make, cast):
    """A module of the company's own with a choice, an amount and a percentage: five machines."""
    modules.add_entity("设备", "tool", cast.admin)
    shaping.add_field("shebei", "choice", "状况", cast.admin, options=["在用", "报废"])
    shaping.add_field("shebei", "money", "价格", cast.admin)
    shaping.add_field("shebei", "percent", "折旧", cast.admin)
    keys = {str(field.label): field.key for field in find("shebei").fields}
    state = {str(o.label): o.value for o in find("shebei")[keys["状况"]].options}
    rows = [
        ("在用", "100.10", "10"),
        ("在用", "0.20", ""),
        ("报废", "", "20"),
        ("在用", "1000000.05", "12.5"),
        ("", "7", ""),
    ]
    for number, (word, price, share) in enumerate(rows):
        title = find("shebei").title_key
        raw = {title: f"机器{number}", keys["状况"]: state.get(word, ""), keys["价格"]: price, keys["折旧"]: share}
        make("shebei", **raw)
    return keys, state


def listed(user, keys, **arguments):
    title = find("shebei").title_key
    return asked(user, "shebei", columns=",".join([title, keys["价格"], keys["折旧"]]), **arguments)


def test_sums_are_exact_and_leave_out_what_is_empty(cast, machines):
    keys, _state = machines
    found = figures.of_list(listed(cast.sales, keys))
    price = found.tallies[keys["价格"]]
    field = find("shebei")[keys["价格"]]
    assert (found.words, price.filled, price.sum(field)) == ("5", 4, Decimal("1000107.35"))
    assert price.average(field) == Decimal("250026.8375")


def test_a_custom_module_has_a_board_with_sums_and_a_foot(client, cast, machines):
    keys, state = machines
    columns = f"columns={find('shebei').title_key},{keys['价格']},{keys['折旧']}"
    http = client.as_(cast.sales)
    assert seen(http, f"/shebei?kind=kanban&by={keys['状况']}&{columns}").count("s-card-title") == 5
    text = seen(http, f"/shebei/figures?kind=kanban&by={keys['状况']}&{columns}&value={state['在用']}&value=~")
    assert "¥1,000,100.35" in text and "¥7.00" in text
    foot = seen(http, f"/shebei/totals?{columns}")
    assert "¥1,000,107.35" in foot and "14.17%" in foot and "42.5" not in foot
    assert "f.by" not in seen(http, f"/shebei?by={keys['状况']}&{columns}")


def test_of_more_records_than_are_added_up_only_counts_are_given_until_asked_for(client, cast, machines, monkeypatch):
    keys, state = machines
    monkeypatch.setattr(figures, "ADDED_UP", 3)
    monkeypatch.setattr(figures, "COUNTED", 2)
    listing = listed(cast.sales, keys, by=keys["状况"])
    division = parts.divide(listing)
    found = figures.of_parts(division, [state["在用"], state["报废"]])
    assert [one.words for one in found] == ["2+", "1"] and not found[0].tallies
    assert [one.words for one in figures.of_parts(division, [state["在用"], state["报废"]], exactly=True)] == ["3", "1"]
    columns = f"columns={find('shebei').title_key},{keys['价格']}"
    text = seen(client.as_(cast.sales), f"/shebei/totals?{columns}")
    assert "超过" in text and "计算" in text and "¥" not in text
    assert "¥1,000,107.35" in seen(client.as_(cast.sales), f"/shebei/totals?{columns}&exactly=1")


def test_columns_that_are_no_numbers_have_no_foot(client, cast, six):
    assert 'id="totals"' not in seen(client.as_(cast.sales), "/customers")


# --- what a person may not read ---------------------------------------------------------------------------------------


def test_a_field_that_may_not_be_read_divides_and_adds_up_nothing(cast, six, machines, monkeypatch):
    keys, _state = machines
    hidden = {"level", keys["价格"]}
    monkeypatch.setattr("smallcrm.access.readable_fields", lambda entity, user: [f for f in entity.fields if f.key not in hidden])  # fmt: skip
    with pytest.raises(BadListing):
        asked(cast.sales, by="level")
    assert "level" not in [field.key for field in parts.columns_offered(find("customers"), cast.sales)]
    assert keys["价格"] not in figures.of_list(listed(cast.sales, keys)).tallies


# --- queries ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def plans(app):
    """The plan of every query that runs meanwhile."""
    found = []

    def explain(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith("SELECT") and " customers" in statement:
            own = connection.connection.cursor()
            own.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.append((statement, [row[3] for row in own.fetchall()]))
            own.close()

    event.listen(db.engine, "before_cursor_execute", explain)
    yield found
    event.remove(db.engine, "before_cursor_execute", explain)


def without_index(plans):
    return [
        (statement, line)
        for statement, plan in plans
        for line in plan
        if line.startswith("SCAN customers") and "INDEX" not in line
    ]


def unordered(plans):
    return [(statement, plan) for statement, plan in plans if any("TEMP B-TREE" in line for line in plan)]


@pytest.mark.parametrize("by", ["status", "level", "owner"])
def test_each_column_of_a_board_is_one_walk_of_an_index(app, cast, six, plans, by):
    board(app, asked(cast.owner, kind="kanban", by=by))
    cards = [plan for plan in plans if "LIMIT" in plan[0] and "version" in plan[0]]
    assert cards and not without_index(plans) and not unordered(cards)


@pytest.mark.parametrize("by", ["status", "owner", "created_at", "next_follow_up_at"])
def test_groups_are_found_by_leaping_through_an_index(app, cast, six, plans, by):
    with app.test_request_context():
        grouped.divide(asked(cast.owner, by=by)).keys(20)
    assert plans and not without_index(plans) and not unordered(plans)


def test_a_month_asks_the_index_of_its_date(app, cast, six, plans):
    month(app, asked(cast.owner, kind="calendar", on="next_follow_up_at"))
    ranges = [plan for statement, plan in plans if "next_follow_up_at >=" in statement]
    assert ranges and all("next_follow_up_at" in " ".join(plan) for plan in ranges)
    assert not without_index(plans) and not unordered(plans)


def test_a_board_asks_as_many_questions_as_it_has_columns(app, cast, make, plans):
    for number in range(60):
        make("customers", name=f"宁波{number}号店", level="ABCD"[number % 4])
    plans.clear()
    board(app, asked(cast.owner, kind="kanban", by="level"))
    assert len([statement for statement, _plan in plans]) <= 7
