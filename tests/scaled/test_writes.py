"""One writer at a time, forms sent twice, and two people at once."""

import threading

import pytest
from sqlalchemy import func, select, text

from smallcrm import entities
from smallcrm.core.db import WRITER, db, write
from smallcrm.core.errors import Conflict
from smallcrm.customers.models import Customer
from smallcrm.records import operations
from smallcrm.users.models import User

# Seconds after which something hangs.
PATIENCE = 20


def test_what_another_process_writes_waits_for_what_this_one_is_writing(app):
    order, engine = [], db.engine

    def another():
        with engine.begin() as connection:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITER})"))
            order.append("another")

    beside = threading.Thread(target=another)
    with write() as session:
        session.execute(text("SELECT 1"))
        beside.start()
        beside.join(0.1)
        order.append("this")
    beside.join(PATIENCE)
    assert order == ["this", "another"]


def test_reading_waits_for_nobody(app, make):
    kept, engine, seen = make("customers", name="甲公司").id, db.engine, []

    def read():
        with engine.connect() as connection:
            seen.append(connection.scalar(select(Customer.name)))

    with write() as session:
        session.get_one(Customer, kept).name = "乙公司"
        session.flush()
        beside = threading.Thread(target=read)
        beside.start()
        beside.join(PATIENCE)
    assert seen == ["甲公司"]


def test_two_people_changing_the_same_field_see_both_values(cast, make):
    customer = make("customers", name="甲公司", level="A")
    version = customer.version
    with write():
        operations.change(customer, {"level": "B"}, cast.sales, version=version)
    with pytest.raises(Conflict) as conflict, write():
        operations.change(customer, {"level": "C"}, cast.manager, version=version)
    assert conflict.value.fields == {"level": "B"}
    db.session.rollback()
    assert customer.level == "B"


def test_a_form_sent_twice_is_saved_once(client, cast):
    form = {"name": "甲公司", "form_key": "only-once"}
    answers = [client.as_(cast.sales).post("/customers", form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 1


def test_numbers_are_given_once_each_to_two_who_ask_at_once(app, cast):
    entity, by = entities.find("customers"), cast.sales.id

    def create(name):
        with app.app_context():
            with write() as session:
                operations.create(entity, {"name": name}, session.get_one(User, by))

    threads = [threading.Thread(target=create, args=(f"公司{i}",)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    numbers = list(db.session.scalars(select(Customer.number)))
    assert len(numbers) == len(set(numbers)) == 6
