"""Records that others give somebody."""

from smallcrm import entities
from smallcrm.core.db import write
from smallcrm.notifications import wording
from smallcrm.records import operations


def words(told, person):
    return [line.text for line in wording.lines(told(person), person)]


def give(record, to, by, batch=None):
    with write():
        operations.change(record, {"owner": str(to.id)}, by, batch=batch)


def test_the_new_owner_is_told_at_once(make, cast, told):
    customer = make("customers", name="杭州鑫源")
    give(customer, cast.colleague, cast.manager)
    assert words(told, cast.colleague) == ["李经理 把客户“杭州鑫源”分配给了你"]
    assert told(cast.sales) == told(cast.manager) == []


def test_what_is_made_for_somebody_is_told_what_one_makes_oneself_is_not(make, cast, told):
    make("customers", by=cast.manager, name="给王芳的", owner=str(cast.sales.id))
    make("tasks", by=cast.manager, title="寄样品", owner=str(cast.sales.id))
    make("customers", name="自己的")
    assert words(told, cast.sales) == ["李经理 把客户“给王芳的”分配给了你", "李经理 把任务“寄样品”分配给了你"]


def test_an_import_is_one_line(make, cast, told):
    customers, rows = entities.find("customers"), [{"name": f"展会客户{n}"} for n in range(25)]
    with write():
        about = {"source": "import", "batch": "import:1", "owner": cast.sales.id}
        operations.create_many(customers, rows, cast.manager, **about)
    for n in range(3):
        make("customers", name=f"手里的{n}")
    assert words(told, cast.sales) == ["李经理 把 25 个客户分配给了你：展会客户0、展会客户1、展会客户2等"]
    assert wording.lines(told(cast.sales), cast.sales)[0].href == "/customers?f.owner.in=me"


def test_what_follows_its_customer_is_not_announced_by_itself(make, cast, told):
    customer = make("customers", name="杭州鑫源")
    make("contacts", by=cast.manager, name="张伟", customer=str(customer.id))
    make("follow_ups", by=cast.manager, customer=str(customer.id), content="经理打过电话")
    assert told(cast.sales) == []


def test_the_system_gives_too(make, cast, told):
    customer = make("customers", name="杭州鑫源")
    with write():
        changes = {"owner": (cast.sales.id, cast.colleague.id)}
        operations.apply(entities.find("customers"), customer, changes, None)
    assert words(told, cast.colleague) == ["客户“杭州鑫源”现在由你负责"]


def test_a_line_no_longer_leads_to_what_its_reader_may_not_see(make, cast, told):
    customer = make("customers", name="杭州鑫源")
    give(customer, cast.colleague, cast.manager)
    give(customer, cast.stranger, cast.admin)
    [line] = wording.lines(told(cast.colleague), cast.colleague)
    assert line.href is None
