"""From a list to a record, on to the next one, and back; what one comes back to later."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.at("desk")
def test_a_list_is_walked_record_by_record_and_what_matters_is_starred(browse, example, visit, watch):
    page = browse(example, "owner")
    page.goto("/customers?f.level.in=A&sort=name")
    names = page.locator("#rows .s-title").all_inner_texts()
    elsewhere = page.locator("#rows .s-title a").nth(5).get_attribute("href")
    page.locator("#rows .s-title a").nth(1).click()
    title = page.locator("main h1")
    expect(title).to_have_text(names[1])
    page.get_by_role("link", name=f"下一条：{names[2]}").click()
    expect(title).to_have_text(names[2])
    page.reload()
    expect(page.locator("a[rel=prev]")).to_be_visible()
    page.keyboard.press("k")
    expect(title).to_have_text(names[1])
    page.locator("a[rel=prev]").click()
    expect(title).to_have_text(names[0])
    expect(page.get_by_role("button", name="已经是列表的第一条")).to_be_disabled()

    star = page.get_by_role("button", name=f"收藏“{names[0]}”")
    page.keyboard.press("s")
    expect(star).to_have_attribute("aria-pressed", "true")
    visit(page)
    page.locator(".s-back").click()
    expect(page).to_have_url(re.compile(r"/customers\?.*f\.level\.in=A"))

    # A record that was not opened from the list has no neighbours there.
    page.goto(elsewhere)
    expect(title).to_have_text(names[5])
    assert f"{elsewhere}/neighbours" not in " ".join(watch.sent)
    page.goto("/recent")
    expect(page.locator("#opened .s-row-title")).to_have_text([names[5], names[0], names[1], names[2]])
    expect(page.locator("#starred .s-row-title")).to_have_text([names[0]])
    visit(page)
    page.goto("/customers?view=favourites")
    expect(page.locator("#rows .s-title")).to_have_text([names[0]])
    page.goto("/recent")
    page.locator("#starred").get_by_role("button", name=f"收藏“{names[0]}”").click()
    expect(page.locator("#starred [aria-pressed=false]")).to_be_visible()
    page.reload()
    expect(page.locator("#starred .s-row-title")).to_have_count(0)
