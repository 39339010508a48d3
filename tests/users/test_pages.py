from datetime import timedelta

import pytest
from sqlalchemy import select

from smallcrm.core import clock
from smallcrm.core.db import db
from smallcrm.users import operations
from smallcrm.users.models import Department, Role, User

FRESH = "zhe shi yi ge xin mima ju zi"

ADMIN_PAGES = [
    "/users",
    "/users/new",
    "/users/{sales}",
    "/users/{sales}/password-reset",
    "/departments",
    "/departments/1",
    "/departments/2",
    "/roles",
]


@pytest.fixture
def admin(client, person):
    return client.as_(person("admin"))


@pytest.fixture
def role(app):
    return lambda key: db.session.scalar(select(Role.id).where(Role.key == key))


@pytest.mark.parametrize("path", ADMIN_PAGES)
@pytest.mark.parametrize(
    "who, status",
    [("owner", 200), ("admin", 200), ("manager", 403), ("sales", 403), ("support", 403), ("readonly", 403)],
)
def test_who_sees_the_pages_about_people(client, person, ids, who, status, path):
    assert client.as_(person(who)).get(path.format(**ids)).status_code == status


@pytest.mark.parametrize("who", ["manager", "sales", "support", "readonly"])
def test_who_does_not_manage_people_changes_nothing(app, client, person, ids, who):
    before = snapshot()
    browser = client.as_(person(who))
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] not in ("users", "departments", "roles"):
            continue
        path = rule.build({name: ids["colleague"] for name in rule.arguments})[1]
        for method in rule.methods - {"HEAD", "OPTIONS", "GET"}:
            assert browser._send(method, path, False, {}).status_code == 403, (method, path)
    assert snapshot() == before


def snapshot():
    db.session.rollback()
    return [
        [tuple(row) for row in db.session.execute(select(table))] for table in (User.__table__, Department.__table__)
    ]


@pytest.mark.parametrize("target, status", [("owner", 403), ("admin", 403), ("sales", 200)])
def test_an_administrator_opens_only_accounts_below(admin, ids, target, status):
    for page in ("", "/password-reset"):
        assert admin.get(f"/users/{ids[target]}{page}").status_code == status
    assert admin.post(f"/users/{ids[target]}/suspension").status_code == (303 if status == 200 else 403)


def test_an_unknown_account_is_not_found(admin):
    for path in ("/users/999", "/users/999/password-reset", "/departments/999"):
        assert admin.get(path).status_code == 404
    assert admin.post("/users/999/suspension").status_code == 404


def test_reading_writes_nothing(admin, client, person, ids):
    owner = client.as_(person("owner"))
    before = snapshot()
    for path in (*ADMIN_PAGES, "/profile", "/profile/password"):
        owner.get(path.format(**ids))
    assert snapshot() == before


def test_the_list_is_searched_and_filtered(admin, ids, role):
    assert "李雷" in admin.get("/users?q=李").text
    page = admin.get("/users?q=李雷").text
    assert "colleague@example.cn" in page and "manager@example.cn" not in page
    page = admin.get(f"/users?department={ids['销售一部']}").text
    assert "colleague@example.cn" in page and "stranger@example.cn" not in page
    page = admin.get(f"/users?role={role('support')}").text
    assert "support@example.cn" in page and "sales@example.cn" not in page
    assert "sales@example.cn" not in admin.get("/users?q=%").text
    assert admin.get("/users?start=abc&department=x").status_code == 200


def test_htmx_gets_only_the_rows(admin):
    page = admin.get("/users?q=王芳", htmx=True).text
    assert "<html" not in page and "王芳" in page


def test_an_invitation_is_shown_once_with_a_code_for_phones(admin, role, ids):
    answer = admin.post(
        "/users",
        {
            "name": "新人",
            "email": "new@example.cn",
            "phone": "",
            "department_id": ids["总部"],
            "role_id": role("sales"),
            "entry": "link",
        },
    )
    assert answer.status_code == 200
    assert "/invitations/" in answer.text
    assert 'src="data:image/svg+xml;base64,' in answer.text


def test_an_initial_password_is_made_and_shown_once(client, admin, role, ids):
    answer = admin.post(
        "/users",
        {
            "name": "新人",
            "email": "new@example.cn",
            "department_id": ids["总部"],
            "role_id": role("sales"),
            "entry": "password",
        },
    )
    password = answer.text.split("<code>")[1].split("</code>")[0]
    assert client.post("/sign-in", {"email": "new@example.cn", "password": password}).status_code == 303


def test_mistakes_are_shown_beside_the_fields_and_nothing_is_lost(admin, role, ids):
    answer = admin.post(
        "/users",
        {
            "name": "新人",
            "email": "sales@example.cn",
            "department_id": ids["总部"],
            "role_id": role("sales"),
            "entry": "link",
        },
    )
    assert answer.status_code == 422
    assert 'value="新人"' in answer.text and 'aria-invalid="true"' in answer.text


def test_a_role_above_cannot_be_sent_either(admin, role, ids, person):
    form = {"name": "王芳", "email": "sales@example.cn", "department_id": ids["总部"], "role_id": role("admin")}
    assert admin.post(f"/users/{ids['sales']}", form).status_code == 422
    assert person("sales").role.key == "sales"


def test_after_a_while_risky_things_ask_for_the_own_password(client, password, person, ids, role):
    client.post("/sign-in", {"email": "admin@example.cn", "password": password})
    form = {"name": "王芳", "email": "sales@example.cn", "department_id": ids["总部"], "role_id": role("support")}
    with clock.shifted(timedelta(minutes=20)):
        assert client.post(f"/users/{ids['sales']}", form).status_code == 422
        assert client.post(f"/users/{ids['sales']}/password-reset", {"entry": "link"}).status_code == 422
        assert client.post(f"/users/{ids['sales']}", {**form, "own_password": "wrong"}).status_code == 422
        assert person("sales").role.key == "sales"
        assert client.post(f"/users/{ids['sales']}", {**form, "own_password": password}).status_code == 303
        assert person("sales").role.key == "support"
        assert client.post(f"/users/{ids['sales']}/password-reset", {"entry": "link"}).status_code == 200


def test_harmless_changes_do_not_ask(client, password, ids, role, person):
    client.post("/sign-in", {"email": "admin@example.cn", "password": password})
    form = {"name": "王小芳", "email": "sales@example.cn", "department_id": ids["总部"], "role_id": role("sales")}
    with clock.shifted(timedelta(minutes=20)):
        assert client.post(f"/users/{ids['sales']}", form).status_code == 303
    assert person("sales").name == "王小芳"


def test_disabling_and_enabling_by_form_and_by_verb(admin, ids, person):
    assert admin.post(f"/users/{ids['sales']}/suspension").status_code == 303
    assert person("sales").status == "disabled"
    assert admin.delete(f"/users/{ids['sales']}/suspension").status_code == 303
    assert person("sales").status == "invited"
    admin.post(f"/users/{ids['sales']}/suspension")
    assert admin.post(f"/users/{ids['sales']}/suspension/deletion").status_code == 303


def test_an_owner_shares_ownership(client, person, ids):
    owner = client.as_(person("owner"))
    assert owner.get(f"/users/{ids['admin']}/ownership").status_code == 200
    assert owner.post(f"/users/{ids['admin']}/ownership").status_code == 303
    assert person("admin").is_owner
    assert owner.post(f"/users/{ids['admin']}/ownership/deletion").status_code == 303
    assert not person("admin").is_owner


def test_a_locked_account_is_opened_by_an_administrator(client, admin, password, ids):
    for _ in range(5):
        client.post("/sign-in", {"email": "sales@example.cn", "password": "wrong"})
    assert f"/users/{ids['sales']}/lock/deletion" in admin.get(f"/users/{ids['sales']}").text
    admin.post(f"/users/{ids['sales']}/lock/deletion")
    assert client.post("/sign-in", {"email": "sales@example.cn", "password": password}).status_code == 303


def test_departments_are_added_moved_and_deleted(admin, ids):
    assert admin.post("/departments", {"name": "售后", "parent_id": ids["总部"]}).status_code == 303
    fresh = db.session.scalar(select(Department.id).where(Department.name == "售后"))
    assert admin.post(f"/departments/{fresh}/promotion").status_code == 303
    assert admin.post(f"/departments/{fresh}", {"name": "售后组", "parent_id": ids["销售二部"]}).status_code == 303
    assert admin.delete(f"/departments/{fresh}").status_code == 303
    assert admin.post(f"/departments/{ids['销售一部']}/deletion").status_code == 409
    assert admin.post("/departments", {"name": "", "parent_id": ids["总部"]}).status_code == 422


def test_my_profile_is_mine(client, person):
    sales = client.as_(person("sales"))
    form = {
        "name": "王小芳",
        "phone": "13800138000",
        "language": "en",
        "theme": "dark",
        "is_owner": "1",
        "role_id": "1",
    }
    assert sales.post("/profile", form).status_code == 303
    me = person("sales")
    assert (me.name, me.language, me.theme, me.is_owner, me.role.key) == ("王小芳", "en", "dark", False, "sales")
    assert sales.post("/profile", {**form, "theme": "pink"}).status_code == 422


def test_changing_the_password_signs_out_the_other_devices(client, person, password):
    here, there = client.as_(person("sales")), client.as_(person("sales"))
    form = {"current": password, "password": FRESH, "repeat": FRESH}
    assert here.post("/profile/password", {**form, "current": "wrong"}).status_code == 422
    assert here.post("/profile/password", {**form, "repeat": "x"}).status_code == 422
    assert here.post("/profile/password", {**form, "password": password, "repeat": password}).status_code == 422
    assert here.post("/profile/password", form).status_code == 303
    assert here.get("/profile").status_code == 200
    assert there.get("/profile").status_code == 303


def test_guessing_the_current_password_is_limited_too(client, person, password):
    sales = client.as_(person("sales"))
    form = {"current": "wrong", "password": FRESH, "repeat": FRESH}
    answers = [sales.post("/profile/password", form).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


def test_devices_are_listed_and_signed_out(client, person, ids):
    here, there, colleague = (client.as_(person(who)) for who in ("sales", "sales", "colleague"))
    from smallcrm.users.models import UserSession

    rows = dict(db.session.execute(select(UserSession.id, UserSession.user_id)).all())
    others = next(id for id, user in rows.items() if user == ids["colleague"])
    theirs = sorted(id for id, user in rows.items() if user == ids["sales"])[1]
    assert here.post(f"/profile/sessions/{others}/deletion").status_code == 404
    assert here.delete(f"/profile/sessions/{theirs}").status_code == 303
    assert there.get("/profile").status_code == 303
    assert colleague.get("/profile").status_code == 200
    again = client.as_(person("sales"))
    assert here.post("/profile/sessions/deletion").status_code == 303
    assert again.get("/profile").status_code == 303
    assert here.get("/profile").status_code == 200


def test_the_device_in_use_is_the_first_of_the_list(client, person):
    here = client.as_(person("sales"))
    client.as_(person("sales"))
    page = here.get("/profile").text
    first = page.split('class="s-rows"')[1].split("</li>")[0]
    assert "本机" in first or "This device" in first


def test_every_right_has_a_column_on_the_roles_page():
    from smallcrm.users.rights import ACTIONS
    from smallcrm.users.routes.departments import ACTION_LABELS

    assert tuple(ACTION_LABELS) == ACTIONS


def test_the_roles_page_says_what_each_may_do(admin):
    page = admin.get("/roles").text
    assert page.count("<table") == 5
    assert "本部门及下级" in page or "Department and below" in page


def test_who_is_disabled_has_no_way_back(admin, ids, person):
    operations.disable(ids["sales"], person("admin"))
    assert admin.post(f"/users/{ids['sales']}/password-reset", {"entry": "link"}).status_code == 409
