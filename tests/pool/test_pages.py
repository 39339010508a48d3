"""The pages of the pool: each once as it should go, and where it is refused."""

import re
from datetime import timedelta

from smallcrm.core import clock, settings
from smallcrm.core.db import write
from smallcrm.entities import find
from smallcrm.pool import operations
from smallcrm.records import operations as records


def headings(text):
    return re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', text)


class Test_the_list:
    def test_says_first_what_decides_a_claim(self, client, cast, customer, released):
        released(customer, cast.sales, "price")
        text = client.as_(cast.stranger).get("/pool/customers").text
        assert headings(text) == ["客户名称", "状态", "退回原因", "进入时间", "客户级别", "电话", "来源", "前负责人"]
        for words in ("杭州鑫源科技", "新客户", "价格或预算", "138****8000", "A 级", "王芳", "共 1 条"):
            assert words in text
        assert f'action="/pool/customers/{customer.id}/claim"' in text

    def test_has_the_newest_first_and_other_orders_by_what_is_open(self, client, cast, make, released):
        for days, name in ((3, "三天前"), (1, "一天前"), (2, "两天前")):
            with clock.shifted(timedelta(days=-days)):
                released(make("customers", name=name), cast.sales)
        http = client.as_(cast.stranger)

        def order(query=""):
            return re.findall("[三一两]天前", re.sub("(?s)^.*<tbody", "", http.get(f"/pool/customers{query}").text))

        assert order() == ["一天前", "两天前", "三天前"]
        assert order("?sort=pooled_at") == ["三天前", "两天前", "一天前"]

    def test_is_narrowed_by_name_and_by_choices_and_says_when_nothing_fits(self, client, cast, make, released):
        released(make("customers", name="杭州鑫源科技", level="A"), cast.sales, "price")
        released(make("customers", name="宁波远航物流", level="B"), cast.sales, "no_need")
        http = client.as_(cast.stranger)
        for query, found in (
            ("q=远航", {"宁波远航物流"}),
            ("f.pool_reason.in=price", {"杭州鑫源科技"}),
            ("f.level.in=B&f.pool_reason.in=no_need", {"宁波远航物流"}),
            ("q=&f.level.in=&f.pool_reason.in=", {"杭州鑫源科技", "宁波远航物流"}),
            ("f.previous_owner.in=me", set()),
            ("q=%25", set()),
        ):
            for htmx in (False, True):
                text = http.get(f"/pool/customers?{query}", htmx=htmx).text
                assert {name for name in ("杭州鑫源科技", "宁波远航物流") if name in text} == found, query
                assert ("没有符合" in text) is (not found)
        assert "<html" not in http.get("/pool/customers?q=远航", htmx=True).text

    def test_leaves_out_of_the_address_what_was_not_chosen(self, client, cast):
        answer = client.as_(cast.sales).get("/pool/customers?q=&f.level.in=B&f.source.in=", htmx=True)
        assert answer.headers["HX-Push-Url"] == "/pool/customers?f.level.in=B"

    def test_keeps_a_condition_that_has_no_control_of_its_own(self, client, cast, customer, released):
        released(customer, cast.sales)
        text = client.as_(cast.stranger).get(f"/pool/customers?f.previous_owner.in={cast.sales.id}").text
        assert f'<input type="hidden" name="f.previous_owner.in" value="{cast.sales.id}">' in text
        assert "杭州鑫源科技" in text and "s-filter-remove" in text

    def test_goes_on_page_by_page(self, client, cast, make, released):
        for number in range(60):
            released(make("customers", name=f"第{number:02}家"), cast.sales)
        http = client.as_(cast.stranger)
        first = http.get("/pool/customers").text
        after = re.search('rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
        second = http.get(after).text
        names = [set(re.findall("第[0-9]{2}家", page)) for page in (first, second)]
        assert (len(names[0]), len(names[1])) == (50, 10) and not names[0] & names[1]
        assert "共 60 条" in first and "第一页" in second

    def test_tells_why_it_is_empty(self, client, cast):
        text = client.as_(cast.stranger).get("/pool/customers").text
        assert "公海里还没有客户" in text and "<tbody" not in text

    def test_has_tabs_when_there_are_several_pools(self, client, cast, customer, released, devices, make):
        released(customer, cast.sales)
        released(make("shebei", name="一号机床"), cast.sales)
        http = client.as_(cast.stranger)
        assert http.get("/pool").headers["Location"].endswith("/pool/customers")
        text = http.get("/pool/shebei").text
        assert "一号机床" in text and "杭州鑫源科技" not in text
        assert 'href="/pool/customers"' in text and 'href="/pool/shebei" aria-current="page"' in text

    def test_refuses_what_it_does_not_have(self, client, cast):
        for query in ("sort=phone", "f.name.nothing=1", "after=nonsense"):
            assert client.as_(cast.sales).get(f"/pool/customers?{query}").status_code == 400


class Test_the_page_before_a_claim:
    def test_leads_on_to_the_next_of_the_list_and_to_nothing_outside_the_pool(self, client, cast, make, released):
        made = [make("customers", name=f"客户{i}") for i in range(3)]
        for minutes, record in ((-3, made[0]), (-1, made[2])):
            with clock.shifted(timedelta(minutes=minutes)):
                released(record, cast.sales)
        http = client.as_(cast.stranger)
        text = http.get(f"/pool/customers/{made[2].id}/neighbours").text
        assert f'href="/pool/customers/{made[0].id}"' in text and "已经是列表的第一条" in text
        assert "客户1" not in text
        assert http.get(f"/pool/customers/{made[1].id}/neighbours").status_code == 404
        assert http.get(f"/pool/customers/{made[2].id}/neighbours?sort=phone").text.strip() == ""
        assert client.as_(cast.readonly).get(f"/pool/customers/{made[2].id}/neighbours").status_code == 403

    def test_tells_who_has_had_it_and_why_they_gave_it_up(self, client, cast, customer, released):
        with clock.shifted(timedelta(days=-20)):
            released(customer, cast.sales, "unreachable", note="前台不转，周三下午再试")
        with clock.shifted(timedelta(days=-10)), write():
            operations.claim(find("customers"), customer.id, cast.colleague)
        with clock.shifted(timedelta(days=-3)):
            released(customer, cast.colleague, "price")
        text = client.as_(cast.stranger).get(f"/pool/customers/{customer.id}").text
        history = text[text.index("历任负责人") :]
        for words in ("李雷", "价格或预算", "7 天", "王芳", "联系不上", "前台不转，周三下午再试"):
            assert words in history
        assert history.index("李雷") < history.index("王芳")

    def test_says_when_nobody_has_had_it(self, client, cast, make):
        with write():
            made = records.create(find("customers"), {"name": "没人要的"}, cast.owner, owner=None)
        assert "还没有人负责过" in client.as_(cast.stranger).get(f"/pool/customers/{made.id}").text

    def test_leads_who_may_read_it_to_the_record(self, client, cast, customer, released):
        released(customer, cast.sales)
        link = f'href="/customers/{customer.id}"'
        assert link in client.as_(cast.manager).get(f"/pool/customers/{customer.id}").text
        assert link not in client.as_(cast.stranger).get(f"/pool/customers/{customer.id}").text

    def test_is_gone_once_it_is_claimed(self, client, cast, customer, released):
        released(customer, cast.sales)
        http = client.as_(cast.stranger)
        assert http.get(f"/pool/customers/{customer.id}").status_code == 200
        client.as_(cast.colleague).post(f"/pool/customers/{customer.id}/claim")
        assert http.get(f"/pool/customers/{customer.id}").status_code == 404


class Test_claiming:
    def test_leads_to_the_record_and_says_so(self, client, cast, customer, released):
        released(customer, cast.sales)
        http = client.as_(cast.stranger)
        answer = http.post(f"/pool/customers/{customer.id}/claim")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/customers/{customer.id}")
        assert "已领取“杭州鑫源科技”" in http.get(f"/customers/{customer.id}").text
        assert "杭州鑫源科技" not in http.get("/pool/customers").text

    def test_by_htmx_goes_there_without_a_full_load(self, client, cast, customer, released):
        released(customer, cast.sales)
        answer = client.as_(cast.stranger).post(f"/pool/customers/{customer.id}/claim", htmx=True)
        assert (answer.status_code, answer.headers["HX-Location"]) == (204, f"/customers/{customer.id}")

    def test_too_late_leads_back_to_the_list_and_says_who_was_quicker(self, client, cast, customer, released):
        released(customer, cast.sales)
        client.as_(cast.stranger).post(f"/pool/customers/{customer.id}/claim")
        http = client.as_(cast.colleague)
        answer = http.post(f"/pool/customers/{customer.id}/claim")
        assert answer.headers["Location"] == "/pool/customers"
        assert "“杭州鑫源科技”已被韩梅抢先领取" in http.get("/pool/customers").text

    def test_twice_leads_to_ones_own_record(self, client, cast, customer, released):
        released(customer, cast.sales)
        http = client.as_(cast.stranger)
        for _press in range(2):
            answer = http.post(f"/pool/customers/{customer.id}/claim")
            assert answer.headers["Location"] == f"/customers/{customer.id}"


class Test_releasing:
    def test_works_as_a_page_of_its_own(self, client, cast, customer):
        http = client.as_(cast.sales)
        text = http.get(f"/customers/{customer.id}/release").text
        assert "<html" in text and "你将不能再查看" in text and "超时未跟进" not in text
        answer = http.post(f"/customers/{customer.id}/release", {"reason": "price", "note": " 明年\n再说 "})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/customers")
        assert customer.owner_id is None and customer.pool_note == "明年 再说"

    def test_opens_in_a_dialog_of_the_record(self, client, cast, customer):
        http = client.as_(cast.sales)
        text = http.get(f"/customers/{customer.id}").text
        assert f'href="/customers/{customer.id}/release" data-open="release"' in text and '<dialog id="release"' in text
        assert "<html" not in http.get(f"/customers/{customer.id}/release", htmx=True).text
        answer = http.post(f"/customers/{customer.id}/release", {"reason": "price"}, htmx=True)
        assert (answer.status_code, answer.headers["HX-Location"]) == (204, "/customers")

    def test_keeps_what_was_typed_when_something_is_missing(self, client, cast, customer):
        http = client.as_(cast.sales)
        answer = http.post(f"/customers/{customer.id}/release", {"note": "留给下一位"})
        assert answer.status_code == 422
        assert "请选择退回原因" in answer.text and "留给下一位</textarea>" in answer.text
        answer = http.post(f"/customers/{customer.id}/release", {"reason": "price", "note": "长" * 201}, htmx=True)
        assert answer.status_code == 422 and "最多 200 个字" in answer.text
        assert re.search('value="price" checked', answer.text)

    def test_is_taken_back_at_once_with_the_plan_there_was(self, client, cast, customer):
        http = client.as_(cast.sales)
        http.post(f"/customers/{customer.id}/release", {"reason": "price"})
        assert customer.next_follow_up_at is None
        undo = re.search('action="([^"]+/claim)"', http.get("/customers").text)[1]
        assert http.post(undo).headers["Location"] == f"/customers/{customer.id}"
        assert customer.owner_id == cast.sales.id and f"{customer.next_follow_up_at:%Y-%m-%d}" == "2030-01-01"

    def test_by_a_manager_offers_no_way_to_keep_it_oneself(self, client, cast, customer):
        http = client.as_(cast.manager)
        http.post(f"/customers/{customer.id}/release", {"reason": "other"})
        text = http.get("/customers").text
        assert "“杭州鑫源科技”已退回公海" in text and "/claim" not in text

    def test_tells_who_sees_everything_nothing_wrong(self, client, cast, customer):
        assert "你将不能再查看" not in client.as_(cast.admin).get(f"/customers/{customer.id}/release").text

    def test_a_plan_of_somebody_else_does_not_come_back(self, client, cast, customer, released):
        released(customer, cast.sales)
        client.as_(cast.stranger).post(f"/pool/customers/{customer.id}/claim")
        assert customer.next_follow_up_at is None


class Test_the_page_of_a_record:
    def test_in_the_pool_says_so_once_with_reason_and_former_owner(self, client, cast, customer, released):
        released(customer, cast.sales, "unreachable", note="前台不转")
        text = client.as_(cast.admin).get(f"/customers/{customer.id}").text
        meta = re.search('(?s)<div class="s-page-meta">.*?</header>', text)[0]
        for words in ("在公海", "联系不上", "前负责人 王芳", "进入时间"):
            assert words in meta
        assert "无负责人" not in text and text.count("联系不上") == 2  # and once on the timeline
        assert "前台不转" in text

    def test_in_the_pool_has_claiming_as_the_main_action(self, client, cast, customer, released):
        released(customer, cast.sales)
        text = client.as_(cast.admin).get(f"/customers/{customer.id}").text
        assert re.search(r'claim"(?s:.*?)s-btn-primary', text)
        assert re.search('s-btn-default" href="#composer"', text) and not re.search('primary" href="#composer"', text)
        # Who may not claim it goes on writing.
        text = client.as_(cast.support).get(f"/customers/{customer.id}").text
        assert "/claim" not in text and re.search('primary" href="#composer"', text)
        assert "/pool/" not in text

    def test_says_when_it_goes_and_how_soon(self, client, cast, customer, automatic):
        http = client.as_(cast.sales)
        assert "进入公海" not in http.get(f"/customers/{customer.id}").text
        automatic()
        text = http.get(f"/customers/{customer.id}").text
        gone = clock.today(settings.zone()) + timedelta(days=30)
        assert f'<time class="s-date" title="{gone}">30 天后进入公海</time>' in text
        with clock.shifted(timedelta(days=29)):
            http = client.as_(cast.sales)
            text = http.get(f"/customers/{customer.id}").text
        assert "s-date tone-soon" in text and "3 天后进入公海" in text

    def test_says_that_it_is_locked_and_is_unlocked_again(self, client, cast, customer, automatic):
        automatic()
        http = client.as_(cast.manager)
        assert http.post(f"/customers/{customer.id}/lock").status_code == 303
        text = http.get(f"/customers/{customer.id}").text
        assert "已锁定，不会进入公海" in text and re.search("s-pool-state.*已锁定", text)
        assert f'action="/customers/{customer.id}/unlock"' in text
        assert "/unlock" not in client.as_(cast.sales).get(f"/customers/{customer.id}").text
        http.post(f"/customers/{customer.id}/unlock")
        assert customer.locked_at is None and "30 天后进入公海" in http.get(f"/customers/{customer.id}").text

    def test_counts_no_gap_that_nobody_can_fill(self, client, cast, customer):
        text = client.as_(cast.sales).get(f"/customers/{customer.id}").text
        unfilled = text[text.index("项未填写") : text.index("创建与修改")]
        for label in ("锁定时间", "退回说明", "进入公海时间", "前负责人", "最后跟进", "成交时间"):
            assert label not in unfilled
        assert "微信" in unfilled

    def test_of_a_module_of_ones_own_has_it_all(self, client, cast, devices, make):
        device = make("shebei", name="一号机床")
        http = client.as_(cast.sales)
        assert f'href="/shebei/{device.id}/release"' in http.get(f"/shebei/{device.id}").text
        http.post(f"/shebei/{device.id}/release", {"reason": "no_need"})
        assert "一号机床" in http.get("/pool/shebei").text
        assert http.get(f"/pool/shebei/{device.id}").status_code == 200
        http.post(f"/pool/shebei/{device.id}/claim")
        assert device.owner_id == cast.sales.id


class Test_who_still_sees_it:
    def test_is_said_before_it_is_released(self, client, cast, customer):
        path = f"/customers/{customer.id}/release"
        lost = "你将不能再查看"
        said = [lost in client.as_(who).get(path).text for who in (cast.sales, cast.manager, cast.admin)]
        assert said == [True, False, False]

    def test_is_so_afterwards(self, client, cast, customer, released):
        released(customer, cast.sales, "price")
        answers = [client.as_(who).get(f"/customers/{customer.id}") for who in (cast.manager, cast.sales)]
        assert [answer.status_code for answer in answers] == [200, 404]
