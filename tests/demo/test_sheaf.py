"""A sheaf leaves the rows that the one door leaves."""

import json
import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from smallcrm import search
from smallcrm.core import clock, i18n
from smallcrm.core.db import db, write
from smallcrm.demo.chronicle import Chronicle
from smallcrm.demo.sheaf import Sheaf
from smallcrm.demo.story import Changed, Said, Story, Todo
from smallcrm.entities import find
from smallcrm.records import operations
from smallcrm.users.models import User

START = datetime(2026, 11, 20, 2, 0, 5, tzinfo=UTC)
TABLES = ("customers", "contacts", "follow_ups", "tasks", "activities", "duplicate_keys", "counters")
CUSTOMER = {
    "name": "杭州澄川精密有限公司",
    "short_name": "澄川精密",
    "status": "new",
    "level": "B",
    "phone": "0571-99000001",
    "address": {"region": "330108", "detail": "江畔路1号"},
    "tags": ["展会", "月结"],
    "notes": "仓库只在上午收货。",
}
CONTACTS = ({"name": "王芳", "phone": "15400000001", "decision_role": "buyer"}, {"name": "李强", "wechat": "liqiang"})
FIRST = "电话联系王芳，要先发资料。"
SECOND = "微信沟通，下单了。"


def moment(minutes):
    return START + timedelta(minutes=minutes)


def story(ids):
    sales, other, next_at = ids["sales"], ids["stranger"], moment(3 * 24 * 60)
    return Story(
        at=START,
        by=sales,
        owner=sales,
        values=CUSTOMER,
        contacts=list(CONTACTS),
        said=[
            Said(moment(10), sales, "phone", FIRST, 0, next_at, "first"),
            Said(moment(30), sales, "wechat", SECOND, None, None, "order"),
        ],
        changed=[
            Changed(moment(31), sales, {"status": "won"}),
            Changed(moment(40), ids["owner"], {"owner": other}),
        ],
        todos=[Todo("寄样品", moment(35), moment(600), sales, "high", "monthly")],
    )


def through_the_door(cast):
    """The same life, minute by minute."""

    def at(minutes, seconds=0):
        return clock.shifted(START + timedelta(minutes=minutes, seconds=seconds) - clock.now())

    with write():
        with at(0):
            customer = operations.create(find("customers"), CUSTOMER, cast.sales)
        here = {"customer": str(customer.id)}
        for place, values in enumerate(CONTACTS):
            with at(0, 20 * (place + 1)):
                operations.create(find("contacts"), {**values, **here}, cast.sales)
        contact = db.session.scalars(select(find("contacts").model.id)).first()
        said = {**here, "kind": "phone", "content": FIRST, "contact": str(contact), "happened_at": moment(10)}
        with at(10):
            operations.create(find("follow_ups"), {**said, "next_follow_up_at": moment(3 * 24 * 60)}, cast.sales)
        said = {**here, "kind": "wechat", "content": SECOND, "happened_at": moment(30)}
        with at(30):
            operations.create(find("follow_ups"), said, cast.sales)
        with at(31):
            operations.change(customer, {"status": "won"}, cast.sales)
        task = {"title": "寄样品", "due_at": moment(600), "record": f"customers:{customer.id}", "priority": "high"}
        with at(35):
            operations.create(find("tasks"), {**task, "repeat": "monthly", "owner": str(cast.sales.id)}, cast.sales)
        with at(40):
            operations.change(customer, {"owner": str(cast.stranger.id)}, cast.owner)


def in_a_sheaf(ids):
    with write() as session:
        departments = {id: department for id, department in session.execute(select(User.id, User.department_id))}
        sheaf = Sheaf(session, i18n.local, departments)
        Chronicle(sheaf, {id: id for id in departments}).write(story(ids))
        sheaf.write()


MOMENT = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$")


def rows():
    """Every row; moments to the second, because the door's clock runs while it works."""
    found = {}
    for table in TABLES:
        lines = db.session.execute(text(f"SELECT * FROM {table}")).mappings()
        found[table] = sorted(
            (
                {
                    key: value[:19] if isinstance(value, str) and MOMENT.match(value) else value
                    for key, value in line.items()
                }
                for line in lines
            ),
            key=str,
        )
        for line in found[table]:
            for key in ("changes", "address", "tags"):
                if line.get(key):
                    line[key] = json.loads(re.sub(r"(\d\d:\d\d:\d\d)\.\d+", r"\1", line[key]))
    return found


def found_by_search():
    everywhere = text("SELECT rowid FROM search_index WHERE search_index MATCH :term")
    queries = ("澄川", "9900", "15400000001", "资料", "下单", "样品", "KH2026")
    return {query: sorted(db.session.scalars(everywhere, {"term": search.match(query)})) for query in queries}


def test_a_sheaf_leaves_the_rows_that_the_one_door_leaves(app, cast, company, afresh):
    through_the_door(cast)
    expected, expected_found = rows(), found_by_search()
    afresh()
    in_a_sheaf(company.ids)
    made = rows()
    for table in TABLES:
        assert len(made[table]) == len(expected[table]), table
        for mine, theirs in zip(made[table], expected[table], strict=True):
            differing = [
                (key, mine[key], theirs[key]) for key in theirs if mine[key] != theirs[key] and key != "version"
            ]
            assert differing == [], table
    assert found_by_search() == expected_found
    assert all(expected_found.values())


def test_every_change_in_a_sheaf_is_a_version_of_its_own(app, company):
    in_a_sheaf(company.ids)
    of_customer = "SELECT version FROM activities WHERE entity = 'customers' ORDER BY id"
    versions = list(db.session.scalars(text(of_customer)))
    assert versions == sorted(set(versions))
    assert db.session.scalar(text("SELECT version FROM customers")) == versions[-1]


def test_a_sheaf_goes_on_where_ids_and_numbers_stopped(app, make, company):
    with clock.shifted(START - clock.now()):
        first = make("customers", name="先来的公司")
    in_a_sheaf(company.ids)
    second = db.session.scalars(select(find("customers").model).order_by(find("customers").model.id.desc())).first()
    assert second.id == first.id + 1
    assert (first.number, second.number) == ("KH202611200001", "KH202611200002")
    with clock.shifted(START - clock.now()):
        assert make("customers", name="后来的公司").number == "KH202611200003"
