"""What administrators decide about the pool, and what follows."""

import re
from datetime import timedelta

import pytest

from smallcrm.core import clock
from smallcrm.core.db import write
from smallcrm.entities import find, modules
from smallcrm.pool import rules


class Test_the_settings:
    def test_are_kept_and_say_what_follows(self, client, cast, customer):
        http = client.as_(cast.admin)
        sent = {"pooled": "1", "automatic": "1", "days": "45", "warn_days": "5"}
        assert http.post("/settings/pool/customers", sent).status_code == 303
        assert rules.of(find("customers")) == rules.Rule(True, 45, 5)
        text = http.get("/settings/pool").text
        assert 'value="45"' in text and "暂时没有要提醒的" in text

    def test_keep_what_was_typed_and_say_what_is_wrong_beside_it(self, client, cast):
        http = client.as_(cast.admin)
        sent = {"pooled": "1", "automatic": "1", "days": "三十", "warn_days": "3"}
        answer = http.post("/settings/pool/customers", sent)
        assert answer.status_code == 422 and 'value="三十"' in answer.text
        assert "请填写 1 到 3650 之间的天数" in answer.text and not rules.of(find("customers")).automatic
        assert re.search('name="automatic" value="1" checked', answer.text)
        answer = http.post("/settings/pool/customers", {"days": "3", "warn_days": "3"})
        assert answer.status_code == 422 and "且小于上面的天数" in answer.text
        assert not re.search('name="pooled" value="1" checked', answer.text)

    @pytest.mark.parametrize("days", ["", "0", "-1", "3651", "1e3", "９９９９９９", "99999999999999999999"])
    def test_refuse_days_that_are_none(self, client, cast, days):
        answer = client.as_(cast.admin).post("/settings/pool/customers", {"days": days, "warn_days": "0"})
        assert answer.status_code == 422

    def test_foretell_what_a_rule_would_do(self, client, cast, customer):
        with write():
            customer.idle_since = clock.now() - timedelta(days=50)
        http = client.as_(cast.admin)

        def words(query):
            return http.get(f"/settings/pool/customers/forecast?{query}", htmx=True).text

        assert "今天会提醒 1 条的负责人" in words("pooled=1&automatic=1&days=30&warn_days=3")
        assert "有 1 条会立即进入公海" in words("pooled=1&automatic=1&days=30&warn_days=0")
        assert "暂时没有要提醒的" in words("pooled=1&automatic=1&days=90&warn_days=3")
        assert "不会自动进入公海" in words("pooled=1&days=30&warn_days=3")
        for query in ("automatic=1&days=30&warn_days=3", "pooled=1&automatic=1&days=x&warn_days=3"):
            assert re.search(r'role="status"></p>', words(query))
        assert not rules.of(find("customers")).automatic

    def test_give_a_module_a_pool_and_take_it_away(self, client, cast, make):
        with write():
            modules.add_entity("设备", "box", cast.admin, title="名称")
        http = client.as_(cast.admin)
        assert "设备" in http.get("/settings/pool").text
        assert "公海未启用" in http.get("/settings/entities/shebei/edit").text
        http.post("/settings/pool/shebei", {"pooled": "1", "days": "30", "warn_days": "3"})
        assert find("shebei").pooled and "公海已启用" in http.get("/settings/entities/shebei/edit").text
        assert client.as_(cast.sales).get("/pool/shebei").status_code == 200
        http.post("/settings/pool/shebei", {"days": "30", "warn_days": "3"})
        assert not find("shebei").pooled
        assert client.as_(cast.sales).get("/pool/shebei").status_code == 404

    def test_without_any_pool_leave_no_way_to_it(self, client, cast, customer):
        client.as_(cast.admin).post("/settings/pool/customers", {"days": "30", "warn_days": "3"})
        http = client.as_(cast.sales)
        assert http.get("/pool").status_code == 404
        for path in ("/today", "/customers", f"/customers/{customer.id}"):
            text = http.get(path).text
            assert 'href="/pool' not in text and "/release" not in text
        assert http.get(f"/customers/{customer.id}/release").status_code == 404

    def test_have_no_page_for_what_never_lies_in_a_pool(self, client, cast):
        http = client.as_(cast.admin)
        assert http.post("/settings/pool/contacts", {"days": "30", "warn_days": "3"}).status_code == 404
        assert http.get("/settings/pool/contacts/forecast").status_code == 404
        assert "/settings/pool" not in http.get("/settings/entities/contacts/edit").text
