"""What one sees after asking for example data."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from smallcrm import search
from smallcrm.activity.models import Activity
from smallcrm.core import clock, i18n
from smallcrm.core.db import db, write
from smallcrm.core.errors import Refused
from smallcrm.customers.models import Contact, Customer
from smallcrm.demo import loading, plans
from smallcrm.demo.models import USERS, DemoRow
from smallcrm.entities import every, find
from smallcrm.follow_ups.models import FollowUp, Task
from smallcrm.records import duplicates
from smallcrm.users import operations as accounts
from smallcrm.users.models import Department, User
from smallcrm.users.setup import example_loaders


def colleagues():
    marked = select(DemoRow.record_id).where(DemoRow.entity == USERS)
    return db.session.scalars(select(User).where(User.id.in_(marked))).all()


def test_setup_offers_the_example_data(app):
    assert example_loaders.count(loading.load) == 1


def test_eight_colleagues_sit_in_their_departments(example):
    assert sorted(user.name for user in colleagues()) == sorted(each.name for each in plans.COLLEAGUES)
    places = {user.name: user.department.path() for user in colleagues()}
    assert places["王芳"] == "总部 / 销售中心 / 销售一部"
    assert {user.role.key for user in colleagues()} == {"manager", "sales", "support", "readonly"}


def test_nobody_can_sign_in_as_a_colleague(example):
    with example.test_request_context("/", environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        for user in colleagues():
            assert user.password_hash is None
            assert user.status == "invited"
        for password in ("", "password", "zhoumin", "example"):
            assert accounts.sign_in("zhoumin@example.cn", password, "127.0.0.1") is None
    assert db.session.scalar(text("SELECT count(*) FROM user_tokens")) == 0


def test_a_colleague_takes_no_address_that_somebody_has(app, cast):
    with write():
        cast.sales.email = "wangfang@example.cn"
    loading.load(cast.owner)
    assert "wangfang1@example.cn" in [user.email for user in colleagues()]


def test_there_are_300_customers_with_one_to_three_contacts(example):
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 300
    per_customer = select(func.count()).select_from(Contact).group_by(Contact.customer_id)
    counts = db.session.scalars(per_customer).all()
    assert len(counts) == 300
    assert set(counts) == {1, 2, 3}
    primary = select(func.count()).select_from(Contact).where(Contact.is_primary)
    assert db.session.scalar(primary) == 300


def test_every_value_is_one_the_fields_accept(example):
    for entity in every():
        for record in db.session.scalars(entity.select()):
            for field in entity.fields:
                value = field.get(record)
                if value is not None:
                    field.check(value)
                if field.required:
                    assert value is not None, (entity.key, field.key)
                if field.type == "choice" and value is not None:
                    assert value in [option.value for option in field.options], (entity.key, field.key)


def test_the_funnel_is_believable(example):
    counts = Counter(db.session.scalars(select(Customer.status)))
    assert counts == {status: count for status, (count, *_rest) in plans.FUNNEL.items()}
    won = db.session.scalars(select(Customer.won_at).where(Customer.status == "won")).all()
    assert all(won)


def test_today_has_something_to_do_for_everybody_who_sells(example, cast):
    today = clock.now()
    start = i18n.local(today).replace(hour=0, minute=0, second=0, microsecond=0)
    for user in [cast.owner, *(user for user in colleagues() if user.role.key == "sales")]:
        due = db.session.scalars(
            select(Customer.next_follow_up_at).where(
                Customer.owner_id == user.id, Customer.next_follow_up_at.is_not(None)
            )
        ).all()
        assert [moment for moment in due if moment < start], user.name
        assert [moment for moment in due if start <= moment < start + timedelta(days=1)], user.name
        assert [moment for moment in due if start + timedelta(days=1) <= moment < start + timedelta(days=8)], user.name


def test_the_owner_was_given_some_customers_lately(example, cast):
    given = select(func.count()).select_from(Customer)
    given = given.where(Customer.owner_id == cast.owner.id, Customer.created_by_id != cast.owner.id)
    assert db.session.scalar(given.where(Customer.owner_since > clock.now() - timedelta(days=7))) >= 3


def test_some_customers_have_no_owner_and_some_of_them_had_one(example):
    free = db.session.scalars(select(Customer).where(Customer.owner_id.is_(None))).all()
    assert len(free) == plans.WITHOUT_OWNER
    released = select(Activity.record_id).where(Activity.entity == "customers", Activity.kind == "owner")
    ids = set(db.session.scalars(released))
    given_up = [customer for customer in free if customer.id in ids]
    assert 3 <= len(given_up) < len(free)
    assert all(customer.pool_reason and customer.previous_owner_id and customer.pooled_at for customer in given_up)


def test_children_have_the_owner_of_their_customer(example):
    for model in (Contact, FollowUp):
        strays = select(model.id).join(Customer, Customer.id == model.customer_id)
        strays = strays.where(model.owner_id.is_distinct_from(Customer.owner_id))
        assert db.session.scalars(strays).all() == []


def test_customers_show_their_newest_follow_up(example):
    for customer in db.session.scalars(select(Customer)):
        newest = db.session.scalars(
            select(FollowUp)
            .where(FollowUp.customer_id == customer.id)
            .order_by(FollowUp.happened_at.desc(), FollowUp.id.desc())
            .limit(1)
        ).first()
        assert customer.last_follow_up == (newest.content if newest else None)
        assert customer.last_follow_up_at == (newest.happened_at if newest else None)


def test_the_history_adds_up_to_what_is_there(example):
    """Following a customer's lines from the first to the last gives its owner, status and next date."""
    for customer in db.session.scalars(select(Customer)):
        lines = db.session.scalars(
            select(Activity)
            .where(Activity.entity == "customers", Activity.record_id == customer.id)
            .order_by(Activity.at, Activity.id)
        ).all()
        known = {}
        for line in lines:
            for key, (old, new) in line.changes.items():
                assert known.get(key) == old, (customer.name, line.action, key)
                known[key] = new
        entity = find("customers")
        for key in ("owner", "status", "next_follow_up_at", "level"):
            value = entity[key].get(customer)
            assert known.get(key) == (None if value is None else entity[key].dump(value)), (customer.name, key)


def test_nothing_happened_in_the_future(example):
    assert db.session.scalar(select(func.max(Activity.at))) <= clock.now()
    assert db.session.scalar(select(func.max(FollowUp.happened_at))) <= clock.now()


def test_no_page_of_follow_ups_repeats_itself(example):
    texts = db.session.scalars(select(FollowUp.content)).all()
    assert len(texts) == len(set(texts)) > 2000


def test_search_and_duplicates_know_the_example_customers(example, cast):
    customer = db.session.scalars(select(Customer).order_by(Customer.id)).first()
    entity = find("customers")
    brand = re.sub("有限公司|股份|集团|（.*）", "", customer.name)
    found = db.session.scalars(select(Customer.id).where(search.matching(entity, brand)))
    assert customer.id in found.all()
    same = duplicates.like(entity, {"name": customer.name.replace("有限公司", "")}, cast.owner)
    assert customer.id in [each.id for each in same]


def test_dates_ahead_remind_and_past_ones_do_not(example):
    ahead = select(func.count()).select_from(Customer).where(Customer.next_follow_up_at > clock.now())
    tasks = select(func.count()).select_from(Task).where(Task.due_at > clock.now(), Task.done_at.is_(None))
    waiting = text("SELECT count(*) FROM reminders WHERE state = 'waiting'")
    assert db.session.scalar(waiting) == db.session.scalar(ahead) + db.session.scalar(tasks)
    assert db.session.scalar(text("SELECT count(*) FROM notifications")) == 0


def test_the_next_customer_gets_the_next_number(example, make, cast):
    entity = find("customers")
    today = entity["number"].compose(i18n.today(), 0)[:-4]
    before = [number for number in db.session.scalars(select(Customer.number)) if number.startswith(today)]
    made = make("customers", by=cast.owner, name="真正的客户")
    assert made.number == f"{today}{len(before) + 1:04}"


def test_example_data_comes_only_to_a_company_without_customers(app, cast, make):
    make("customers", name="真正的客户")
    with pytest.raises(Refused):
        loading.load(cast.owner)
    assert not loading.is_loaded()
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 1


def test_example_data_comes_only_once(example, cast, company):
    with pytest.raises(Refused):
        loading.load(db.session.get(User, company.ids["owner"]))
    assert db.session.scalar(select(func.count()).select_from(Department)) == 10


def test_the_pages_show_it(example, client, cast):
    http = client.as_(cast.owner)
    busiest = select(FollowUp.customer_id).group_by(FollowUp.customer_id).order_by(func.count().desc()).limit(1)
    customer_id = db.session.scalar(busiest)
    for path in ("/customers", "/contacts", "/follow-ups", "/tasks", f"/customers/{customer_id}"):
        assert http.get(path).status_code == 200, path
