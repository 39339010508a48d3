"""Changing a cell of a list: rights, versions, what two people change at once, what is said of the row afterwards."""

import re

import pytest

from smallcrm import activity
from smallcrm.entities import find, modules, operations


def version_of(text: str, id: int) -> str | None:
    """The version that a list gives the row of a record; None for a row whose cells cannot be changed."""
    row = re.search(rf'<tr data-href="/\w+/{id}"([^>]*)>', text)
    assert row, f"no row of {id}"
    found = re.search(r'data-version="(\d+)"', row[1])
    return found[1] if found else None


def history(record) -> list:
    from smallcrm.activity.models import Activity
    from smallcrm.core.db import db

    wanted = db.select(Activity).where(Activity.record_id == record.id, Activity.action != "created")
    return list(db.session.scalars(wanted.order_by(Activity.id)))


def test_a_list_says_which_cells_can_be_changed_and_from_which_version(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    text = client.as_(cast.sales).get("/customers?columns=name,level,number,created_at").text
    assert version_of(text, customer.id) == "1"
    assert 'data-field="level" data-edit' in text and 'data-field="name" data-edit' in text
    assert 'data-field="number" data-label' in text, "numbers are given, not typed"
    assert 'data-field="created_at" data-edit' not in text


def test_rows_that_may_only_be_seen_have_no_version(client, cast, make):
    customer = make("customers", name="甲公司")
    assert version_of(client.as_(cast.readonly).get("/customers").text, customer.id) is None
    assert version_of(client.as_(cast.manager).get("/customers").text, customer.id) == "1"


def test_somebody_who_sees_more_than_they_may_change_gets_the_rows_marked(client, cast, make, app):
    from smallcrm.core.db import write
    from smallcrm.users.models import RoleRight

    mine, theirs = make("customers", name="我的"), make("customers", cast.manager, name="经理的")
    with write() as session:
        session.merge(RoleRight(role_id=cast.sales.role_id, entity="customers", action="view", scope="all"))
    text = client.as_(cast.sales).get("/customers").text
    assert version_of(text, mine.id) == "1" and version_of(text, theirs.id) is None
    refused = client.as_(cast.sales).get(f"/customers/{theirs.id}/cells/level?version=1", htmx=True)
    assert refused.status_code == 403 and "没有" in refused.text


def test_a_cell_is_changed_and_its_whole_row_comes_back(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    http = client.as_(cast.sales)
    path = f"/customers/{customer.id}/cells/level"
    control = http.get(f"{path}?version=1", htmx=True).text
    assert 'name="level"' in control and 'name="version" value="1"' in control
    saved = http.post(f"{path}?cells=name,level,updated_at", {"level": "B", "version": "1"}, htmx=True)
    assert saved.status_code == 200 and "B 级" in saved.text and 'data-version="2"' in saved.text
    assert 'data-field="updated_at"' in saved.text and "data-left" not in saved.text
    assert f"/customers/{customer.id}/reversals/2" in saved.headers["HX-Trigger"]


def test_a_value_that_cannot_be_is_said_in_the_cell_with_what_was_typed(client, cast, make):
    customer = make("customers", name="甲公司", phone="13800138000")
    answer = client.as_(cast.sales).post(
        f"/customers/{customer.id}/cells/phone", {"phone": "1380013800", "version": "1"}, htmx=True
    )
    assert answer.status_code == 422
    assert 'value="1380013800"' in answer.text and "s-note-error" in answer.text
    empty = client.as_(cast.sales).post(f"/customers/{customer.id}/cells/name", {"name": "", "version": "1"}, htmx=True)
    assert empty.status_code == 422 and 'role="alert"' in empty.text


def test_two_people_changing_different_cells_of_a_row_disturb_nobody(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    path = f"/customers/{customer.id}/cells"
    client.as_(cast.manager).post(f"{path}/source", {"source": "wechat", "version": "1"}, htmx=True)
    answer = client.as_(cast.sales).post(
        f"{path}/level?cells=name,level,source", {"level": "B", "version": "1"}, htmx=True
    )
    assert answer.status_code == 200 and "B 级" in answer.text and "微信" in answer.text
    assert 'data-version="3"' in answer.text


def test_two_people_changing_the_same_cell_choose_between_both_values(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    path = f"/customers/{customer.id}/cells/level"
    client.as_(cast.manager).post(path, {"level": "B", "version": "1"}, htmx=True)
    http = client.as_(cast.sales)
    # What is typed over is what the list showed, so that nothing is overwritten unseen.
    assert re.search(r'value="A"[^>]* checked', http.get(f"{path}?version=1", htmx=True).text)
    clash = http.post(path, {"level": "C", "version": "1"}, htmx=True)
    assert clash.status_code == 409
    assert "C 级" in clash.text and "B 级" in clash.text and 'name="version" value="2"' in clash.text
    theirs = http.post(path, {"level": "C", "version": "2", "keep-level": "theirs"}, htmx=True)
    assert theirs.status_code == 200 and find("customers")["level"].get(customer) == "B"
    mine = http.post(path, {"level": "C", "version": "2", "keep-level": "mine"}, htmx=True)
    assert mine.status_code == 200 and find("customers")["level"].get(customer) == "C"
    assert [line.changes["level"] for line in history(customer)] == [["A", "B"], ["B", "C"]]


def test_a_change_sent_twice_is_one_line_of_history(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    http = client.as_(cast.sales)
    answers = [
        http.post(f"/customers/{customer.id}/cells/level?cells=level", {"level": "B", "version": "1"}, htmx=True)
        for _try in range(3)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all('data-version="2"' in answer.text for answer in answers)
    assert len(history(customer)) == 1


def test_undoing_takes_back_ones_own_change_and_no_later_one_of_somebody_else(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    path = f"/customers/{customer.id}"
    http = client.as_(cast.sales)
    http.post(f"{path}/cells/level", {"level": "B", "version": "1"}, htmx=True)
    client.as_(cast.manager).post(f"{path}/cells/source", {"source": "wechat", "version": "2"}, htmx=True)
    undone = http.post(f"{path}/reversals/2?cells=level,source", htmx=True)
    assert undone.status_code == 200 and "A 级" in undone.text and "微信" in undone.text
    again = http.post(f"{path}/reversals/2", htmx=True)
    assert again.status_code == 409 and find("customers")["level"].get(customer) == "A"
    assert http.post(f"{path}/reversals/99").status_code == 409


def test_a_row_that_no_longer_fits_the_list_says_so(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    http = client.as_(cast.sales)
    path = f"/customers/{customer.id}/cells/level?f.level.in=A&cells=name,level"
    left = http.post(path, {"level": "B", "version": "1"}, htmx=True)
    assert "data-left" in left.text and "B 级" in left.text
    back = http.post(path, {"level": "A", "version": "2"}, htmx=True)
    assert "data-left" not in back.text


def test_giving_a_record_away_leaves_no_row_to_show(client, cast, make):
    customer = make("customers", name="甲公司")
    answer = client.as_(cast.sales).post(
        f"/customers/{customer.id}/cells/owner", {"owner": str(cast.stranger.id), "version": "1"}, htmx=True
    )
    assert answer.status_code == 200 and "data-gone" in answer.text and "<tr" not in answer.text


def test_a_field_that_was_added_at_run_time_is_changed_as_any_other(client, cast, make):
    key = operations.add_field("customers", "text", "颜色", cast.admin).key
    customer = make("customers", name="甲公司", **{key: "红"})
    http = client.as_(cast.sales)
    path = f"/customers/{customer.id}/cells/{key}"
    assert f'data-field="{key}" data-edit' in http.get(f"/customers?columns=name,{key}").text
    saved = http.post(f"{path}?cells={key}", {key: "蓝", "version": "1"}, htmx=True)
    assert saved.status_code == 200 and "蓝" in saved.text
    clash = http.post(path, {key: "绿", "version": "1"}, htmx=True)
    assert clash.status_code == 409 and "蓝" in clash.text and "绿" in clash.text


def test_the_rows_of_a_module_that_was_made_at_run_time_are_changed_in_its_list(client, cast, make):
    module = modules.add_entity("车辆", "car", cast.admin)
    plate = operations.add_field(module.key, "text", "车牌", cast.admin).key
    car = make(module.key, cast.owner, **{module.title_key: "一号车", plate: "浙A"})
    http = client.as_(cast.owner)
    assert version_of(http.get(f"/{module.slug}").text, car.id) == "1"
    saved = http.post(f"/{module.slug}/{car.id}/cells/{plate}?cells={plate}", {plate: "浙B", "version": "1"}, htmx=True)
    assert saved.status_code == 200 and "浙B" in saved.text and 'data-version="2"' in saved.text


@pytest.mark.parametrize("version", ["", "x", "0"])
def test_a_cell_without_the_version_it_was_made_from_is_not_saved(client, cast, make, version):
    customer = make("customers", name="甲公司", level="A")
    answer = client.as_(cast.sales).post(
        f"/customers/{customer.id}/cells/level", {"level": "B", "version": version}, htmx=True
    )
    assert answer.status_code == 400 and activity.last_change("customers", customer.id) is None


def test_fields_that_are_not_typed_have_no_cell(client, cast, make):
    customer = make("customers", name="甲公司")
    http = client.as_(cast.sales)
    for key in ("number", "created_at", "nothing"):
        assert http.get(f"/customers/{customer.id}/cells/{key}?version=1", htmx=True).status_code == 404
        sent = http.post(f"/customers/{customer.id}/cells/{key}", {key: "1", "version": "1"}, htmx=True)
        assert sent.status_code == 404


def test_without_javascript_a_cell_leads_to_the_form(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    http = client.as_(cast.sales)
    assert http.get(f"/customers/{customer.id}/cells/level").headers["Location"].endswith("/edit#level")
    saved = http.post(f"/customers/{customer.id}/cells/level", {"level": "B", "version": "1"})
    assert saved.status_code == 303


def test_every_form_over_a_record_carries_the_version_it_was_made_from(client, cast, make):
    customer = make("customers", name="甲公司")
    made = {
        "customers": customer,
        "contacts": make("contacts", name="张伟", customer=str(customer.id)),
        "tasks": make("tasks", title="寄样品"),
    }
    http = client.as_(cast.sales)
    for key, record in made.items():
        entity = find(key)
        base = f"/{entity.slug}/{record.id}"
        assert f'name="version" value="{record.version}"' in http.get(f"{base}/edit").text
        assert (
            f'name="version" value="{record.version}"' in http.get(f"{base}/fields/{entity.title_key}", htmx=True).text
        )


def test_what_a_form_offers_to_take_back_is_its_own_change(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    path = f"/customers/{customer.id}"
    http = client.as_(cast.sales)
    http.post(path, {"name": "甲公司", "level": "B", "version": "1"})
    client.as_(cast.manager).post(f"{path}/cells/source", {"source": "wechat", "version": "2"})
    assert f'action="{path}/reversals/2"' in http.get(path).text
    assert http.post(f"{path}/reversals/2").status_code == 303
    assert find("customers")["level"].get(customer) == "A"
    assert find("customers")["source"].get(customer) == "wechat"
