"""A firm with something to count, and how a test reads the numbers of a page."""

import html
import re
from datetime import timedelta

import pytest

from smallcrm.core import clock, i18n
from smallcrm.core.db import write
from smallcrm.entities import find
from smallcrm.records import operations


def day(days: int) -> str:
    """The ISO date so many days from today."""
    return (i18n.today() + timedelta(days=days)).isoformat()


@pytest.fixture
def firm(cast, make):
    """Customers, follow-ups and tasks of four people, entered over a year."""
    owners = (cast.sales, cast.sales, cast.sales, cast.colleague, cast.colleague, cast.stranger, None)
    statuses = ("new", "following", "won", "lost", "interested")
    sources = ("referral", "exhibition", "", "search")
    entered = (0, 0, -1, -3, -9, -20, -40, -100, -200, -330)
    for number in range(40):
        owner = owners[number % len(owners)]
        with clock.shifted(timedelta(days=entered[number % len(entered)])):
            customer = make(
                "customers",
                by=cast.owner,
                name=f"第{number:02}号客户",
                owner=str(owner.id) if owner else "",
                status=statuses[number % len(statuses)],
                source=sources[number % len(sources)],
                tags=("重点,展会", "重点", "")[number % 3],
            )
            if number % 2 and owner is not None:
                values = {"customer": str(customer.id), "kind": ("phone", "visit")[number % 4 // 2], "content": "谈过"}
                with write():
                    operations.create(find("follow_ups"), values, owner)
        if number % 4 == 0:
            with write():
                operations.change(customer, {"next_follow_up_at": day(-2 - number % 3)}, cast.owner)
        if number % 5 == 0:
            make("tasks", by=owner or cast.owner, title=f"任务{number}", due_at=day(-1 - number % 2))


LINK = re.compile(
    r'<a[^>]*? href="(/(?!reports)[a-z][\w-]*\?[^"]*|/customers|/follow-ups|/tasks)"[^>]*>(.*?)</a>', re.S
)
NUMBER = re.compile(r'(?:class="s-(?:tile|bar)-value">|<text[^>]*>|^)\s*([\d,]+)\s*<|^\s*([\d,]+)\s*$')


def numbers(page: str) -> list[tuple[str, int]]:
    """(address of a list, the number it is the list of) of every link of a page's main part that says a number."""
    main = page[page.index("<main") : page.index("</main>")] if "<main" in page else page
    found = []
    for address, inside in LINK.findall(main):
        match = NUMBER.search(inside)
        if match:
            found.append((html.unescape(address), int((match[1] or match[2]).replace(",", ""))))
    return found


def listed(http, address: str) -> int:
    """How many records the list at an address says it has."""
    page = http.get(address)
    assert page.status_code == 200, (address, page.text)
    found = re.search(r"共 ([\d,]+) 条", page.text)
    return int(found[1].replace(",", "")) if found else 0
