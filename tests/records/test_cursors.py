"""The way from page to page of a list."""

import base64

import pytest
from werkzeug.datastructures import MultiDict

from smallcrm.entities import find
from smallcrm.records import listing


@pytest.mark.parametrize(
    "cursor", ['["\\ud800",1]', "[1e400,1]", f"[{10**40},1]", '["x",true]', "[true,1]", "[null,-1]"]
)
def test_a_cursor_that_nobody_was_given_is_a_bad_address(cursor, client, cast, make):
    make("customers", name="甲公司")
    http = client.as_(cast.sales)
    after = base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")
    for sort in ("id", "name", "-created_at", "owner"):
        assert http.get(f"/customers?sort={sort}&after={after}").status_code == 400, sort


def test_long_names_can_be_paged_through(app, cast, make):
    for i in range(3):
        make("customers", name="𠮷" * 119 + str(i))
    seen, after = [], ""
    while True:
        arguments = MultiDict({"sort": "name", "after": after})
        page = listing.parse(find("customers"), cast.sales, arguments).page(1)
        seen += [row.id for row in page.rows]
        after = page.cursor
        if not after:
            break
    assert len(set(seen)) == 3
