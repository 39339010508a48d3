"""One button takes the example data away, and nothing else."""

import pytest
from sqlalchemy import func, select, text

from smallcrm.activity.models import Activity
from smallcrm.core.db import db, write
from smallcrm.core.errors import Refused
from smallcrm.customers.models import Contact, Customer
from smallcrm.demo import loading
from smallcrm.demo.models import DemoRow
from smallcrm.demo.removal import remove
from smallcrm.entities import find
from smallcrm.entities.attachments import Attachment
from smallcrm.follow_ups.models import FollowUp, Task
from smallcrm.records import operations
from smallcrm.users.models import Department, User

# What counts up for ever, and the index's own pages: what it finds is compared instead.
NOT_COMPARED = ("sqlite_sequence", "search_index")


def everything():
    """Every row of every table, and which rows the search index holds."""
    names = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")).all()
    rows = {
        name: sorted(map(tuple, db.session.execute(text(f"SELECT * FROM {name}"))), key=repr)
        for name in names
        if not name.startswith(NOT_COMPARED)
    }
    rows["searchable"] = db.session.scalars(text("SELECT id FROM search_index_docsize ORDER BY id")).all()
    return rows


def differences(before, after):
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def colleague(name):
    return db.session.scalars(select(User).where(User.name == name, User.email.like("%@example.cn"))).all()[-1]


@pytest.fixture
def an_example_customer(example):
    return db.session.scalars(select(Customer).where(Customer.status == "following").order_by(Customer.id)).first()


def test_loading_and_removing_leaves_the_database_as_it_was(app, cast):
    before = everything()
    loading.load(cast.owner)
    assert {"customers", "users", "departments", "activities", "searchable"} <= differences(before, everything())
    removed = remove(cast.owner)
    assert differences(before, everything()) == set()
    assert removed.records["customers"] == 300
    assert (removed.users, removed.departments, removed.kept) == (8, 6, [])
    assert not loading.is_loaded()


def test_real_records_stay_untouched(example, cast, make):
    customer = make("customers", by=cast.sales, name="真正的客户", phone="13800138000", address="浙江省杭州市")
    make("contacts", by=cast.sales, name="真人", customer=str(customer.id))
    make("follow_ups", by=cast.sales, customer=str(customer.id), content="真的说过话", next_follow_up_at="2099-01-01")
    make("tasks", by=cast.sales, title="真要做的事", record=f"customers:{customer.id}")
    with write():
        operations.change(customer, {"level": "A"}, cast.sales)
    mine = select(Customer.id).where(Customer.name == "真正的客户")
    before = everything()
    remove(cast.owner)
    after = everything()
    assert db.session.scalars(select(Customer.id)).all() == db.session.scalars(mine).all()
    for table in ("customers", "contacts", "follow_ups", "tasks", "activities", "duplicate_keys", "reminders"):
        assert after[table], table
        assert set(after[table]) < set(before[table]), table
    assert len(after["activities"]) == 6
    assert len(after["searchable"]) == 4
    # A number was taken since: the count of that day goes on.
    assert len(after["counters"]) == 1


def test_what_people_added_to_example_records_goes_with_them(example, cast, make, an_example_customer):
    here = {"customer": str(an_example_customer.id)}
    with write():
        operations.create(find("follow_ups"), {**here, "content": "试着写一条"}, cast.owner)
        operations.create(find("contacts"), {**here, "name": "试着加的人"}, cast.owner)
        link = f"customers:{an_example_customer.id}"
        operations.create(find("tasks"), {"title": "试着加的任务", "record": link}, cast.owner)
        file = Attachment(token="t" * 32, sha256="0" * 64, name="a.pdf", media_type="x/y", size=1, created_by_id=1)
        file.entity, file.record_id = "customers", an_example_customer.id
        db.session.add(file)
    remove(cast.owner)
    for model in (Customer, Contact, FollowUp, Task, Activity, Attachment, DemoRow):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0, model


def test_what_lies_in_the_recycle_bin_goes_too(example, cast, an_example_customer):
    with write():
        operations.delete(an_example_customer, cast.owner)
    remove(cast.owner)
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 0


def test_the_repetition_of_an_example_task_goes_with_it(example, cast):
    repeating = select(Task).where(Task.repeat.is_not(None), Task.done_at.is_(None), Task.owner_id == cast.owner.id)
    with write():
        assert db.session.scalars(repeating).first().complete(cast.owner) is not None
    remove(cast.owner)
    assert db.session.scalar(select(func.count()).select_from(Task)) == 0


def test_a_colleague_who_owns_a_real_record_stays_with_the_department(example, cast, make):
    wang = colleague("王芳")
    make("customers", by=cast.owner, name="真正的客户", owner=str(wang.id))
    removed = remove(cast.owner)
    assert removed.kept == ["王芳", "销售一部", "销售中心"]
    assert (removed.users, removed.departments) == (7, 4)
    assert db.session.scalars(select(Customer.name)).all() == ["真正的客户"]
    assert db.session.get(User, wang.id).department.path() == "总部 / 销售中心 / 销售一部"
    assert not loading.is_loaded()


def test_a_colleague_whom_history_names_stays(example, cast, make):
    wang = colleague("王芳")
    customer = make("customers", by=cast.owner, name="真正的客户", owner=str(wang.id))
    with write():
        operations.change(customer, {"owner": str(cast.owner.id)}, cast.owner)
    with write():
        customer.department_id = cast.owner.department_id
    assert "王芳" in remove(cast.owner).kept


def test_a_colleague_with_a_password_has_become_somebody(example, cast):
    with write():
        colleague("刘洋").password_hash = "$argon2id$…"
    assert "刘洋" in remove(cast.owner).kept


def test_a_real_person_in_an_example_department_keeps_it(example, cast):
    market = db.session.scalars(select(Department).where(Department.name == "市场部")).one()
    with write():
        cast.sales.department_id = market.id
    assert remove(cast.owner).kept == ["市场部"]


def test_an_example_contact_that_a_real_follow_up_names_stays(example, cast, make, an_example_customer):
    contact = db.session.scalars(select(Contact).where(Contact.customer_id == an_example_customer.id)).first()
    real = make("customers", by=cast.owner, name="真正的客户")
    make("follow_ups", by=cast.owner, customer=str(real.id), content="一起谈的", contact=str(contact.id))
    removed = remove(cast.owner)
    assert contact.name in removed.kept
    assert an_example_customer.name in removed.kept
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 2
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 1


def test_removing_twice_is_refused(example, cast):
    remove(cast.owner)
    with pytest.raises(Refused):
        remove(cast.owner)


def test_the_button_removes_it_and_says_so(example, client, cast):
    http = client.as_(cast.admin)
    answer = http.post("/example-data/removal")
    assert answer.status_code == 303
    with http.http.session_transaction() as session:
        (_kind, message), *_rest = session["_flashes"]
        assert "300" in message["text"]
    assert not loading.is_loaded()
    assert http.post("/example-data/removal").status_code == 409


@pytest.mark.parametrize("person", ["manager", "sales", "support", "readonly"])
def test_only_who_manages_settings_may_remove_it(example, client, cast, person):
    assert client.as_(getattr(cast, person)).post("/example-data/removal").status_code == 403
    assert loading.is_loaded()


def test_the_way_out_is_shown_to_who_may_take_it(example, cast):
    from flask import g, render_template

    for person, shown in ((cast.admin, True), (cast.sales, False)):
        with example.test_request_context("/"):
            g.user = person
            assert ("/example-data/removal" in render_template("demo/_remove.html")) == shown
    remove(cast.admin)
    with example.test_request_context("/"):
        g.user = cast.admin
        assert render_template("demo/_remove.html").strip() == ""
