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
    customer = make(
        "customers", name="杭州鑫源科技有限公司", phone="13800138000", address="浙江省杭州市滨江区江南大道1号"
    )
    make("contacts", name="张伟", customer=str(customer.id), phone="13900139000")
    make("follow_ups", customer=str(customer.id), kind="phone", content="周五给方案")
    make("tasks", title="寄样品", record=f"customers:{customer.id}", due_at="2026-12-01 10:00")
    http = client.as_(cast.sales)
    for slug in ("customers", "contacts", "follow-ups", "tasks"):
        for path in ("", "/new", "/1", "/1/edit", "/1/history"):
            assert http.get(f"/{slug}{path}").status_code == 200, (slug, path)
    assert http.get("/search?q=鑫源").status_code == 200
    assert "杭州鑫源科技有限公司" in http.get("/search?q=8000").text


def test_a_form_sent_twice_saves_once(client, cast):
    http = client.as_(cast.sales)
    sent = {"name": "宁波海曙恒达", "form_key": "k" * 20}
    first, second = http.post("/customers", sent), http.post("/customers", {**sent, "anyway": "1"})
    assert first.headers["Location"] == second.headers["Location"]
    assert http.get("/customers").text.count("宁波海曙恒达") == 1


def test_a_likely_duplicate_is_shown_before_it_is_saved(client, cast, make):
    make("customers", by=cast.stranger, name="宁波海曙恒达有限公司")
    http = client.as_(cast.sales)
    warned = http.post("/customers", {"name": "宁波海曙恒达（集团）", "notes": "慢慢写的备注"})
    assert warned.status_code == 422
    assert "韩梅" in warned.text and "宁波海曙恒达有限公司" not in warned.text
    assert "慢慢写的备注" in warned.text
    assert http.post("/customers", {"name": "宁波海曙恒达（集团）", "anyway": "1"}).status_code == 303
    typing = http.get("/customers/duplicates?name=宁波海曙恒达", htmx=True)
    assert "韩梅" in typing.text and "<html" not in typing.text


def test_what_is_wrong_is_said_together_with_what_is_there_already(client, cast, make):
    make("customers", by=cast.stranger, name="宁波海曙恒达有限公司")
    warned = client.as_(cast.sales).post("/customers", {"name": "宁波海曙恒达（集团）", "email": "不是邮箱"})
    assert warned.status_code == 422
    assert "韩梅" in warned.text and 'id="email-note" class="s-note s-note-error"' in warned.text


def test_a_form_sent_twice_is_no_duplicate_of_itself(client, cast):
    http = client.as_(cast.sales)
    sent = {"name": "宁波海曙恒达", "form_key": "k" * 20}
    assert http.post("/customers", sent).headers["Location"] == http.post("/customers", sent).headers["Location"]


def test_what_was_typed_survives_a_refusal(client, cast):
    answer = client.as_(cast.sales).post(
        "/customers",
        {"name": "甲公司", "phone": "1380013800", "tags": "重点", "address": ["33", "3301", "", "江南大道"]},
    )
    assert answer.status_code == 422
    for text in ("甲公司", "1380013800", "重点", "江南大道", "手机号应为 11 位，现在是 10 位"):
        assert text in answer.text
    assert 'value="3301" selected' in answer.text


def test_one_field_is_changed_where_it_is_read(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    http = client.as_(cast.sales)
    path = f"/customers/{customer.id}/fields/level"
    assert 'name="level"' in http.get(path, htmx=True).text
    saved = http.patch(path, {"level": "B", "version": "1"}, htmx=True)
    assert saved.status_code == 200 and "B 级" in saved.text
    assert "toast" in saved.headers["HX-Trigger"]
    refused = http.patch(path, {"level": "没有", "version": "2"}, htmx=True)
    assert refused.status_code == 422
    stale = http.patch(path, {"level": "C", "version": "1"}, htmx=True)
    assert stale.status_code == 409
    assert "keep-level" in stale.text
    plain = http.post(path, {"level": "D", "version": "2"})
    assert plain.status_code == 303
    assert http.patch(f"/customers/{customer.id}/fields/number", {"number": "1"}).status_code == 404


def test_a_conflict_keeps_what_both_typed(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    http = client.as_(cast.manager)
    client.as_(cast.sales).post(f"/customers/{customer.id}", {"name": "甲公司", "level": "B", "version": "1"})
    answer = http.post(
        f"/customers/{customer.id}", {"name": "甲公司", "level": "C", "notes": "我的备注", "version": "1"}
    )
    assert answer.status_code == 409
    assert "我的备注" in answer.text and 'name="keep-level"' in answer.text and 'value="2"' in answer.text
    chosen = {"name": "甲公司", "level": "C", "notes": "我的备注", "version": "2", "keep-level": "theirs"}
    assert http.post(f"/customers/{customer.id}", chosen).status_code == 303
    text = http.get(f"/customers/{customer.id}").text
    assert "B 级" in text and "我的备注" in text


def test_lists_filter_sort_and_turn_pages(client, cast, make):
    for i in range(60):
        make(
            "customers",
            name=f"客户{i:03}",
            level="AB"[i % 2],
            phone=f"1380013{i:04}",
            next_follow_up_at="2026-12-01" if i % 3 else "",
        )
    http = client.as_(cast.sales)
    first = http.get("/customers?f.level.in=A&sort=name")
    names = [f"客户{i:03}" for i in range(0, 60, 2)]
    assert all(name in first.text for name in names) and "客户001" not in first.text
    page, seen = "/customers?sort=next_follow_up_at", []
    while page:
        text = http.get(page).text
        seen += [name for name in text.split("客户") if name[:3].isdigit()]
        following = text.split('rel="next" href="')
        page = following[1].split('"')[0].replace("&amp;", "&") if len(following) > 1 else None
    numbers = [name[:3] for name in seen]
    assert len(numbers) == 60 and len(set(numbers)) == 60
    assert "客户007" in http.get("/customers?q=30007").text
    assert http.get("/customers?f.next_follow_up_at.empty=1").text.count("客户0") == 20
    assert http.get("/customers/filter?f.level.in=A").status_code == 200


def test_a_bad_address_gets_a_sentence_never_a_crash(client, cast, make):
    make("customers", name="甲公司")
    http = client.as_(cast.sales)
    for query in (
        "sort=password_hash",
        "sort=-",
        "f.nothing.in=1",
        "f.level.drop=1",
        "f.created_at.gte=昨天",
        "f.created_at.period=always",
        "f.owner.in=nobody-here",
        "after=%00",
        "after=W10",
        "after=eyJhIjoxfQ",
        "f.level=1",
        "f..in=1",
    ):
        answer = http.get(f"/customers?{query}")
        assert answer.status_code in (200, 400), query
    assert http.get("/customers?q=" + "张" * 500).status_code == 200
    assert http.get("/nothing-here").status_code == 404
    assert http.get("/customers/99999999999999999999").status_code == 404


def test_columns_are_remembered(client, cast, make):
    make("customers", name="甲公司", notes="很长的备注")
    http = client.as_(cast.sales)
    assert http.post("/customers/display", {"columns": ["name", "notes"]}).status_code == 303
    text = http.get("/customers").text
    assert "很长的备注" in text and "来源" not in text.split("<table")[1].split("</thead>")[0]
    http.post("/customers/display", {"reset": "1"})
    assert "很长的备注" not in http.get("/customers").text


def test_pictures_are_stored_shown_small_and_bound_to_the_record(client, cast):
    from io import BytesIO

    from PIL import Image

    picture = BytesIO()
    Image.new("RGB", (800, 600), "blue").save(picture, "PNG")
    http = client.as_(cast.sales)
    picture.seek(0)
    made = http.post(
        "/customers",
        {"name": "甲公司", "images": "", "images.upload": (picture, "现场.png")},
        content_type="multipart/form-data",
    )
    text = http.get(made.headers["Location"]).text
    path = text.split('class="s-thumb" href="')[1].split('"')[0]
    assert http.get(path).mimetype == "image/png"
    small = http.get(f"{path}/thumbnail")
    assert small.mimetype == "image/jpeg" and Image.open(BytesIO(small.data)).width <= 480
    assert client.as_(cast.stranger).get(path).status_code == 404


def test_a_script_cannot_be_uploaded_or_shown(client, cast):
    from io import BytesIO

    http = client.as_(cast.sales)
    for name in ("x.html", "x.php", "x.svg.exe", "noending"):
        answer = http.post(
            "/customers",
            {"name": "甲公司", "images.upload": (BytesIO(b"<script>alert(1)</script>"), name)},
            content_type="multipart/form-data",
        )
        assert answer.status_code in (409, 422), name


def test_the_timeline_tells_who_did_what(client, cast, make):
    customer = make("customers", name="甲公司", level="A")
    make("follow_ups", content="周五给方案", customer=str(customer.id))
    http = client.as_(cast.sales)
    http.post(f"/customers/{customer.id}", {"name": "甲公司", "level": "B", "version": "2"})
    text = http.get(f"/customers/{customer.id}").text
    assert "周五给方案" in text and "B 级" in text
    only = http.get(f"/customers/{customer.id}?kind=follow_up").text
    assert "周五给方案" in only
    assert http.get(f"/customers/{customer.id}?kind=nonsense&before=x_1").status_code == 200


def test_the_page_of_a_task_about_a_customer_shows_its_own_history(client, cast, make):
    customer = make("customers", name="甲公司")
    task = make("tasks", title="寄样品", record=f"customers:{customer.id}")
    assert "s-event" in client.as_(cast.sales).get(f"/tasks/{task.id}").text


def test_a_finished_task_is_no_longer_overdue(client, cast, make):
    task = make("tasks", title="寄样品", due_at="2020-01-05 10:00")
    http = client.as_(cast.sales)
    for path in ("/tasks", f"/tasks/{task.id}"):
        assert "tone-overdue" in http.get(path).text.split("<main")[1]
    http.post(f"/tasks/{task.id}/completion")
    for path in ("/tasks", f"/tasks/{task.id}"):
        text = http.get(path).text.split("<main")[1]
        assert "tone-overdue" not in text and 'title="2020-01-05 10:00">' in text


def test_a_person_can_be_called_from_their_own_page(client, cast, make):
    customer = make("customers", name="宁波远航")
    person = make("contacts", name="张伟", phone="13800138000", customer=str(customer.id))
    html = client.as_(cast.sales).get(f"/contacts/{person.id}").text
    assert 'href="tel:13800138000"' in html
    assert f'data-after-call="/customers/{customer.id}#composer"' in html


def test_a_card_list_is_sorted_in_its_display(client, cast, make):
    for name, level in (("甲公司", "B"), ("乙公司", "A")):
        make("customers", name=name, level=level)
    http = client.as_(cast.sales)
    sheet = http.get("/customers/display?sort=-next_follow_up_at", htmx=True).text
    assert '<option value="-next_follow_up_at" selected>下次跟进：降序</option>' in sheet
    html = http.get("/customers?sort=level").text
    assert html.index("乙公司") < html.index("甲公司")


def test_what_was_said_is_corrected_from_where_it_is_read(client, cast, make):
    customer = make("customers", name="宁波远航")
    said = make("follow_ups", content="报价一百万", customer=str(customer.id))
    link = f'href="/follow-ups/{said.id}/edit?next=/customers/{customer.id}"'
    assert link in client.as_(cast.sales).get(f"/customers/{customer.id}").text
    assert link not in client.as_(cast.manager).get(f"/customers/{customer.id}").text
    address = f"/follow-ups/{said.id}"
    values = {"content": "报价十万", "version": "1", "next": f"/customers/{customer.id}"}
    answer = client.as_(cast.sales).post(address, values)
    assert answer.headers["Location"] == f"/customers/{customer.id}"


def test_who_may_only_read_is_offered_no_writing(client, cast, make):
    make("customers", name="宁波远航")
    assert "#composer" in client.as_(cast.sales).get("/customers").text
    html = client.as_(cast.readonly).get("/customers").text
    assert "宁波远航" in html and "#composer" not in html
