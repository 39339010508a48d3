"""What the tests of the pool share."""

import pytest

from smallcrm.core import settings
from smallcrm.core.db import write
from smallcrm.entities import find, modules
from smallcrm.pool import operations


@pytest.fixture
def released():
    """released(record, by, reason, note): the record, in the pool."""

    def release(record, by, reason="no_need", note=""):
        with write():
            operations.release(record, reason, note, by)
        return record

    return release


@pytest.fixture
def automatic():
    """automatic(days=…): customers go to the pool by themselves from now on."""

    def switch_on(**changes):
        with write():
            settings.put("pool.customers", {"automatic": True, "days": 30, "warn_days": 3, **changes})

    return switch_on


@pytest.fixture
def customer(make):
    return make("customers", name="杭州鑫源科技", phone="13800138000", level="A", next_follow_up_at="2030-01-01 09:00")


@pytest.fixture
def devices(cast):
    with write():
        modules.add_entity("设备", "box", cast.admin, title="名称")
        modules.set_pooled("shebei", True, cast.admin)
    return find("shebei")
