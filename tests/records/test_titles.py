"""Whoever names a record instead of its number learns nothing of records that they do not see."""

import pytest

from smallcrm.core.errors import Invalid
from smallcrm.entities import FieldError, find


def refusal(make, customer):
    with pytest.raises(Invalid) as refused:
        make("contacts", name="张伟", customer=customer)
    return refused.value.errors["customer"].replace(customer, "…")


def test_a_hidden_title_is_refused_like_one_that_does_not_exist(make, cast):
    make("customers", by=cast.stranger, name="别人的公司")
    assert refusal(make, "别人的公司") == refusal(make, "没有的公司")


def test_a_title_that_only_others_have_too_still_means_mine(make, cast):
    make("customers", by=cast.stranger, name="同名公司")
    mine = make("customers", name="同名公司")
    assert make("contacts", name="张伟", customer="同名公司").customer_id == mine.id


def test_a_list_is_not_filtered_by_titles(client, make, cast):
    make("customers", by=cast.stranger, name="别人的公司")
    field = find("contacts")["customer"]
    with pytest.raises(FieldError):
        field.operand("in", "别人的公司")
    assert client.as_(cast.sales).get("/contacts?f.customer.in=别人的公司").status_code == 400
