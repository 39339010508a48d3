"""What SQLite takes and PostgreSQL does not, NUL in a text and numbers beyond a column, is refused in words there too."""

import pytest

NUL = "a\0b"
BIG = "9" * 18


@pytest.mark.parametrize(
    "path",
    [
        f"/customers?q={NUL}&f.name.contains={NUL}&f.owner.in=9999999999",
        f"/customers?f.brought_by.eq={NUL}&f.bulk_run.eq={BIG}",
        f"/contacts?f.customer.in=99999999999&after={NUL}",
        f"/tasks?f.record.eq=customers:{'9' * 15}",
        "/customers?sort=name&after=WyJhXHUwMDAwYiIsMV0",
        f"/customers/new?images={NUL}&owner=9999999999",
        f"/search?q={NUL}",
        f"/pickers/people?q={NUL}",
        f"/pickers/records/customers?q={NUL}",
        f"/customers/duplicates?name={NUL}&besides={BIG}",
        f"/customers/merging?kind={NUL}&after={BIG}",
        f"/customers/views/{BIG}/edit",
        f"/customers/{BIG}",
        "/files/a%00b",
        f"/bulk/{BIG}",
    ],
)
def test_addresses(path, client, cast, make):
    make("customers", name="杭州鑫源")
    assert client.as_(cast.sales).get(path.replace("\0", "%00")).status_code in (200, 400, 404)


@pytest.mark.parametrize(
    "path, sent",
    [
        ("/customers", {"name": NUL, "form_key": NUL, "images": NUL}),
        ("/customers/bulk/change", {"ids": f"1,{BIG}", "form_key": NUL, "level": "A", "newest": BIG, "seen": BIG}),
        ("/customers/1", {"version": BIG, "notes": NUL}),
        (f"/customers/1/reversals/{BIG}", {}),
        ("/customers/1/release", {"reason": NUL, "note": NUL}),
        ("/customers/views", {"name": NUL, "query": f"f.name.contains={NUL}"}),
        ("/customers/views/first", {"view": "mine", "role": BIG}),
        ("/customers/merging", {"ids": f"1,{'9' * 15}", "form_key": NUL}),
    ],
)
def test_forms(path, sent, client, cast, make):
    make("customers", name="杭州鑫源")
    assert client.as_(cast.sales).post(path, sent).status_code in (200, 303, 400, 403, 404, 409, 422)
