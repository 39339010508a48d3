import itertools

import pytest
from sqlalchemy import select, update
from werkzeug.exceptions import Forbidden

from smallcrm.core.db import db, write
from smallcrm.core.errors import Invalid, Refused
from smallcrm.users import operations
from smallcrm.users.models import Role, RolePower, User, UserSession
from smallcrm.users.operations import Person
from smallcrm.users.signals import person_disabled, person_moved


@pytest.fixture
def roles(app):
    return {role.key: role.id for role in db.session.scalars(select(Role))}


def known(user, **changes):
    """What is known about somebody, as the form sends it."""
    values = {name: getattr(user, name) for name in ("name", "email", "phone", "role_id", "department_id")}
    return Person(**{**values, **changes})


def make_owner(user_id):
    with write() as session:
        session.execute(update(User).where(User.id == user_id).values(is_owner=True))


def give_power(role_id, power="manage_users"):
    with write() as session:
        session.add(RolePower(role_id=role_id, power=power))


def test_who_may_manage_whom(person, ids):
    names = [name for name in ids if name.isascii()]
    allowed = {(by, to) for by, to in itertools.product(names, names) if operations.may_manage(person(by), person(to))}
    assert allowed == {("owner", to) for to in names} | {("admin", to) for to in names if to not in ("owner", "admin")}


def test_a_manager_of_users_reaches_only_strictly_lower_roles(person, roles):
    give_power(roles["manager"])
    manager = person("manager")
    assert operations.may_manage(manager, person("sales"))
    assert not operations.may_manage(manager, person("manager"))
    assert not operations.may_manage(manager, person("admin"))
    assert not operations.may_manage(manager, person("owner"))
    assert not operations.may_manage(manager, person("support"))
    assert operations.may_grant(manager, roles["sales"])
    assert not operations.may_grant(manager, roles["manager"])
    assert not operations.may_grant(manager, roles["admin"])


def test_nobody_grants_more_than_they_have(person, roles):
    give_power(roles["manager"])
    with pytest.raises(Forbidden):
        operations.change(person("sales").id, known(person("sales"), role_id=roles["admin"]), person("manager"))
    with pytest.raises(Forbidden):
        operations.add(Person("新人", "new@example.cn", "", roles["admin"], None), person("admin"))
    assert person("sales").role_id == roles["sales"]
    assert db.session.scalar(select(User).where(User.email == "new@example.cn")) is None


def test_an_invited_colleague_cannot_sign_in_yet(person, roles, ids):
    user, secret = operations.add(
        Person(" 新人 ", " New@Example.CN ", "138", roles["sales"], ids["总部"]), person("admin")
    )
    assert (user.name, user.email, user.status, user.password_hash) == ("新人", "new@example.cn", "invited", None)
    assert len(secret) >= 43


def test_an_e_mail_address_belongs_to_one_person(person, roles):
    with pytest.raises(Invalid) as invalid:
        operations.add(Person("x", "SALES@example.cn", "", roles["sales"], None), person("admin"))
    assert "email" in invalid.value.errors


def test_a_new_role_signs_somebody_out(client, person, roles):
    sales = client.as_(person("sales"))
    operations.change(person("sales").id, known(person("sales"), role_id=roles["manager"]), person("admin"))
    assert sales.get("/profile").status_code == 303


def test_moving_somebody_is_announced(person, ids):
    heard = []

    def listener(user, **facts):
        heard.append((user.id, facts))

    with person_moved.connected_to(listener):
        operations.change(ids["sales"], known(person("sales"), department_id=ids["销售二部"]), person("admin"))
        operations.change(ids["sales"], known(person("sales"), name="王小芳"), person("admin"))
    assert heard == [(ids["sales"], {"old": ids["销售一部"], "new": ids["销售二部"]})]


def test_somebody_disabled_is_out_at_the_next_request_of_every_device(client, person, ids):
    devices = [client.as_(person("sales")) for _ in range(3)]
    heard = []

    def listener(user, **_facts):
        heard.append(user.id)

    with person_disabled.connected_to(listener):
        operations.disable(ids["sales"], person("admin"))
    assert [device.get("/profile").status_code for device in devices] == [303, 303, 303]
    assert heard == [ids["sales"]]
    assert not db.session.scalars(select(UserSession).where(UserSession.user_id == ids["sales"])).all()


def test_an_enabled_account_has_its_old_password_and_no_old_session(client, person, password, ids):
    device = client.as_(person("sales"))
    operations.disable(ids["sales"], person("admin"))
    operations.enable(ids["sales"], person("admin"))
    assert device.get("/profile").status_code == 303
    answer = client.post("/sign-in", {"email": "sales@example.cn", "password": password})
    assert answer.headers["Location"] == "/"


def test_nobody_disables_or_demotes_themselves(person, ids, roles):
    make_owner(ids["admin"])
    with pytest.raises(Refused):
        operations.disable(ids["owner"], person("owner"))
    with pytest.raises(Refused):
        operations.change(ids["owner"], known(person("owner"), role_id=roles["sales"]), person("owner"))
    with pytest.raises(Forbidden):
        operations.disable(ids["manager"], person("manager"))


def test_an_owner_keeps_the_role_until_ownership_is_withdrawn(person, ids, roles):
    make_owner(ids["admin"])
    with pytest.raises(Refused):
        operations.change(ids["admin"], known(person("admin"), role_id=roles["sales"]), person("owner"))
    operations.withdraw_ownership(ids["admin"], person("owner"))
    operations.change(ids["admin"], known(person("admin"), role_id=roles["sales"]), person("owner"))
    assert person("admin").role.key == "sales"


def test_only_an_active_administrator_becomes_an_owner_and_only_by_an_owner(person, ids):
    with pytest.raises(Refused):
        operations.grant_ownership(ids["sales"], person("owner"))
    with pytest.raises(Forbidden):
        operations.grant_ownership(ids["sales"], person("admin"))
    operations.grant_ownership(ids["admin"], person("owner"))
    assert person("admin").is_owner


def test_the_last_owner_stays(person, ids):
    with pytest.raises(Refused):
        operations.withdraw_ownership(ids["owner"], person("owner"))
    assert person("owner").is_owner


@pytest.mark.parametrize("verb", [operations.disable, operations.withdraw_ownership])
def test_of_two_owners_who_remove_each_other_at_once_one_survives(person, ids, at_once, verb):
    make_owner(ids["admin"])
    pair = [ids["owner"], ids["admin"]]

    def remove(number):
        return verb(pair[1 - number], db.session.get(User, pair[number]))

    results = at_once(2, remove)
    assert sum(result is None for result in results) == 1
    db.session.rollback()
    left = db.session.scalars(select(User).where(User.is_owner, User.status == "active")).all()
    assert len(left) == 1


def test_an_administrator_who_was_disabled_meanwhile_does_nothing_more(person, ids):
    admin = person("admin")
    operations.disable(ids["admin"], person("owner"))
    with pytest.raises(Forbidden):
        operations.disable(ids["sales"], admin)
    assert person("sales").status == "active"
