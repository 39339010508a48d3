"""Pages over any entity, through the client."""


def test_a_list_shows_what_the_person_may_see(client, cast, make):
    make("customers", name="杭州鑫源科技有限公司", phone="13800138000")
    make("customers", by=cast.stranger, name="上海别家公司")
    html = client.as_(cast.sales).get("/customers").text
    assert "杭州鑫源科技有限公司" in html
    assert "上海别家公司" not in html


def test_a_customer_is_made_shown_changed_and_deleted(client, cast):
    http = client.as_(cast.sales)
    made = http.post("/customers", {"name": "宁波海曙恒达", "phone": "138 0013 8000", "status": "following"})
    assert made.status_code == 303
    path = made.headers["Location"]
    shown = http.get(path)
    assert shown.status_code == 200
    assert "138 0013 8000" in shown.text
    changed = http.post(path, {"name": "宁波海曙恒达机械", "version": "1"})
    assert changed.status_code == 303
    assert "宁波海曙恒达机械" in http.get(path).text
    assert http.get(f"{path}/history").status_code == 200
    assert http.post(f"{path}/deletion").status_code == 303
    assert http.get(path).status_code == 404
    assert "宁波海曙恒达机械" in http.get("/recycle-bin").text
    assert http.post(f"{path}/restoration").status_code == 303
    assert http.get(path).status_code == 200


def test_every_page_of_every_entity_answers(client, cast, make):
    customer = make("customers", name="杭州鑫源科技有限公司", phone="13800138000", address="浙江省杭州市滨江区江南大道1号")
    make("contacts", name="张伟", customer=str(customer.id), phone="13900139000")
    make("follow_ups", customer=str(customer.id), kind="phone", content="周五给方案")
    make("tasks", title="寄样品", record=f"customers:{customer.id}", due_at="2026-12-01 10:00")
    http = client.as_(cast.sales)
    for slug in ("customers", "contacts", "follow-ups", "tasks"):
        for path in ("", "/new", "/1", "/1/edit", "/1/history"):
            assert http.get(f"/{slug}{path}").status_code == 200, (slug, path)
    assert http.get("/search?q=鑫源").status_code == 200
    assert "杭州鑫源科技有限公司" in http.get("/search?q=8000").text
