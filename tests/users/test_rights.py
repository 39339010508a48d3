import pytest
from sqlalchemy import select

from smallcrm.core.db import db, write
from smallcrm.users import rights
from smallcrm.users.models import Role, RolePower, RoleRight, department_paths, subtree_ids


@pytest.fixture
def roles(app):
    return {role.key: role.id for role in db.session.scalars(select(Role))}


@pytest.mark.parametrize(
    "role, action, scope",
    [
        ("admin", "delete", "all"),
        ("manager", "export", "department_below"),
        ("sales", "view", "own"),
        ("support", "view", "all"),
        ("support", "edit", "own"),
        ("support", "delete", "none"),
        ("readonly", "view", "all"),
        ("readonly", "create", "none"),
    ],
)
def test_what_the_shipped_roles_may_do(roles, role, action, scope):
    assert rights.scope_of(roles[role], "customer", action) == scope


def test_a_row_of_an_entity_comes_before_the_general_one(roles):
    with write() as session:
        session.add(RoleRight(role_id=roles["sales"], entity="contract", action="view", scope="all"))
    assert rights.scope_of(roles["sales"], "contract", "view") == "all"
    assert rights.scope_of(roles["sales"], "customer", "view") == "own"
    assert rights.role_scopes(roles["sales"])["contract", "view"] == "all"


def test_the_order_of_the_shipped_roles(roles):
    above = {(a, b) for a in roles for b in roles if rights.stands_above(roles[a], roles[b])}
    assert above == {
        ("admin", "manager"),
        ("admin", "sales"),
        ("admin", "support"),
        ("admin", "readonly"),
        ("manager", "sales"),
        ("support", "readonly"),
    }


def test_one_more_power_lifts_a_role(roles):
    with write() as session:
        session.add(RolePower(role_id=roles["sales"], power="see_audit"))
    assert not rights.stands_above(roles["manager"], roles["sales"])
    assert rights.stands_above(roles["admin"], roles["sales"])


def test_nobody_stands_above_each_other(roles):
    for a in roles.values():
        for b in roles.values():
            assert not (rights.stands_above(a, b) and rights.stands_above(b, a))
            assert not rights.stands_above(a, a)


def test_seeding_twice_changes_nothing(roles):
    with write():
        rights.seed_roles()
    assert {role.key: role.id for role in db.session.scalars(select(Role))} == roles


def test_a_department_reaches_everything_below_it(app, ids):
    assert set(subtree_ids(ids["总部"])) == {ids["总部"], ids["销售一部"], ids["销售二部"], ids["一部小组"]}
    assert subtree_ids(ids["销售一部"]) == [ids["销售一部"], ids["一部小组"]]
    assert subtree_ids(ids["销售二部"]) == [ids["销售二部"]]
    assert department_paths()[ids["一部小组"]] == ["总部", "销售一部", "一部小组"]


def test_a_person_reaches_the_own_department_and_below(person, ids):
    assert person("manager").department_subtree_ids() == [ids["销售一部"], ids["一部小组"]]
    assert not person("manager").can("manage_users")
    assert person("admin").can("manage_users")


def test_asking_twice_in_a_request_asks_the_database_once(app, roles):
    from sqlalchemy import event

    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with app.test_request_context("/"):
        rights.forget_request()
        for _ in range(5):
            rights.role_scopes(roles["sales"])
    assert len([statement for statement in asked if "role_rights" in statement]) == 1
