import pytest
from werkzeug.exceptions import NotFound

from smallcrm.core.db import db
from smallcrm.core.errors import Invalid, Refused
from smallcrm.users import departments
from smallcrm.users.models import Department, departments_in_order


def names():
    db.session.rollback()
    return [(depth, department.name) for department, depth in departments_in_order()]


def test_a_new_department_comes_last_below_its_parent(app, ids):
    departments.add(" 销售三部 ", ids["总部"])
    assert names() == [(0, "总部"), (1, "销售一部"), (2, "一部小组"), (1, "销售二部"), (1, "销售三部")]


def test_a_department_moves_with_everything_below_it(app, ids):
    departments.change(ids["销售一部"], "大客户部", ids["销售二部"])
    assert names() == [(0, "总部"), (1, "销售二部"), (2, "大客户部"), (3, "一部小组")]


@pytest.mark.parametrize("target", ["销售一部", "一部小组"])
def test_a_department_cannot_move_below_itself(app, ids, target):
    with pytest.raises(Refused):
        departments.change(ids["销售一部"], "销售一部", ids[target])
    assert names()[1] == (1, "销售一部")


def test_the_topmost_department_stays(app, ids):
    departments.change(ids["总部"], "公司", None)
    assert names()[0] == (0, "公司")
    with pytest.raises(Refused):
        departments.change(ids["总部"], "公司", ids["销售二部"])
    with pytest.raises(Refused):
        departments.delete(ids["总部"])


def test_siblings_change_places(app, ids):
    departments.shift(ids["销售二部"], -1)
    assert names() == [(0, "总部"), (1, "销售二部"), (1, "销售一部"), (2, "一部小组")]
    departments.shift(ids["销售二部"], -1)
    assert names()[1] == (1, "销售二部")


def test_only_an_empty_department_can_be_deleted(app, ids):
    with pytest.raises(Refused, match="一部小组"):
        departments.delete(ids["一部小组"])
    with pytest.raises(Refused, match="销售一部"):
        departments.delete(ids["销售一部"])
    fresh = departments.add("临时组", ids["总部"]).id
    departments.delete(fresh)
    assert db.session.get(Department, fresh) is None
    with pytest.raises(NotFound):
        departments.delete(fresh)


@pytest.mark.parametrize("name", ["", "   ", "部" * 61])
def test_a_department_needs_a_name(app, ids, name):
    with pytest.raises(Invalid):
        departments.add(name, ids["总部"])
