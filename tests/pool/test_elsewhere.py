"""What the pool says on other pages: today, notifications, duplicates, the API."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from smallcrm.core import clock
from smallcrm.core.db import db, write
from smallcrm.entities import find
from smallcrm.notifications.models import Notification
from smallcrm.pool import idle
from smallcrm.records import operations as records
from smallcrm.users import api_tokens
from smallcrm.users.models import RoleRight, User


class Test_the_warning:
    @pytest.fixture
    def warned(self, customer, make, cast, automatic):
        """29 days without a word to the customer, and with another one who was called yesterday."""
        automatic()
        spoken = make("customers", name="昨天打过")
        with clock.shifted(timedelta(days=28)):
            make("follow_ups", customer=spoken.id, kind="phone", content="聊过")
        with clock.shifted(timedelta(days=29)):
            idle.look()
            yield customer

    def test_stands_on_the_page_of_today(self, client, cast, warned):
        text = client.as_(cast.sales).get("/today").text
        section = text[text.index('id="leaving"') :]
        assert "即将进入公海" in section and "杭州鑫源科技" in section[: section.index("</section>")]
        assert "3 天后进入公海" in section and "昨天打过" not in section[: section.index("</section>")]
        assert 'id="leaving"' not in client.as_(cast.colleague).get("/today").text

    def test_leads_to_the_customers_it_is_about(self, client, cast, warned):
        http = client.as_(cast.sales)
        line = db.session.scalars(select(Notification).where(Notification.kind == "pool_warning")).one()
        assert re.search("杭州鑫源科技|1 条若仍未跟进，将于 [0-9-]+ 进入公海", http.get("/notifications").text)
        where = http.post(f"/notifications/{line.id}/reading", {"open": "1"}).headers["Location"]
        text = http.get(where).text
        assert "杭州鑫源科技" in text and "昨天打过" not in text

    def test_is_settled_by_a_follow_up(self, client, cast, warned):
        http = client.as_(cast.sales)
        http.post(f"/customers/{warned.id}/follow-ups", {"kind": "phone", "content": "说好下周去"})
        assert 'id="leaving"' not in http.get("/today").text
        assert "30 天后进入公海" in http.get(f"/customers/{warned.id}").text

    def test_is_not_on_the_page_of_today_without_a_rule(self, client, cast, customer):
        with clock.shifted(timedelta(days=200)):
            assert 'id="leaving"' not in client.as_(cast.sales).get("/today").text

    def test_of_what_is_gone_leads_to_the_pool_only_who_may_claim(self, client, cast, make, automatic):
        automatic(warn_days=0)
        make("customers", name="销售的")
        theirs = make("customers", name="客服的")
        with write():
            records.apply(find("customers"), theirs, {"owner": (cast.sales.id, cast.support.id)}, cast.owner)
        with clock.shifted(timedelta(days=31)):
            idle.look()
        for who, href in ((cast.sales, "/pool/customers"), (cast.support, "/customers")):
            lines = select(Notification).where(Notification.user_id == who.id, Notification.kind == "pool_released")
            assert db.session.scalars(lines).one().params["href"] == href


class Test_a_duplicate:
    def test_in_the_pool_leads_to_it(self, client, cast, customer, released):
        released(customer, cast.sales)
        http = client.as_(cast.stranger)
        for query in ("name=杭州鑫源科技有限公司", "phone=138 0013 8000"):
            text = http.get(f"/customers/duplicates?{query}").text
            assert f'href="/pool/customers/{customer.id}"' in text and "在公海" in text and "杭州鑫源科技" in text

    def test_in_the_pool_is_masked_for_who_may_not_claim(self, client, cast, customer, released):
        released(customer, cast.sales)
        with write() as session:
            seeing = update(RoleRight).where(RoleRight.role_id == cast.support.role_id, RoleRight.action == "view")
            session.execute(seeing.values(scope="own"))
        text = client.as_(cast.support).get("/customers/duplicates?name=杭州鑫源科技有限公司").text
        assert "在公海" in text and "杭州鑫源科技" not in text and "/pool/" not in text

    def test_in_the_pool_leads_who_may_read_it_to_the_record(self, client, cast, customer, released):
        released(customer, cast.sales)
        text = client.as_(cast.admin).get("/customers/duplicates?name=杭州鑫源科技").text
        assert f'href="/customers/{customer.id}"' in text and "在公海" in text


class Test_the_api:
    @pytest.fixture
    def call(self, app, client):
        """call(person, method, path, body) → the answer."""

        def send(person, method, path, **options):
            with write():
                token = api_tokens.create(db.session.get(User, person.id), "test", "read,write", by=person)
            db.session.rollback()
            headers = {"Authorization": f"Bearer {token}"}
            answer = app.test_client().open(f"/api/v1/{path}", method=method, headers=headers, **options)
            db.session.rollback()
            return answer

        return send

    def test_refuses_to_give_up_without_a_reason(self, call, cast, customer):
        answer = call(cast.sales, "PATCH", f"customers/{customer.id}", json={"owner": None})
        assert answer.status_code == 422 and "退回公海" in str(answer.json)
        assert customer.owner_id == cast.sales.id

    def test_lets_a_manager_give_away_what_lies_in_the_pool(self, call, cast, customer, released):
        released(customer, cast.sales)
        answer = call(cast.manager, "PATCH", f"customers/{customer.id}", json={"owner": cast.colleague.id})
        assert answer.status_code == 200
        assert customer.owner_id == cast.colleague.id and customer.pooled_at is None and customer.pool_reason is None

    def test_shows_the_pool_to_nobody_who_may_only_claim(self, call, cast, customer, released):
        released(customer, cast.sales)
        assert call(cast.stranger, "GET", "customers").json["data"] == []
        assert call(cast.stranger, "PATCH", f"customers/{customer.id}", json={"notes": "x"}).status_code == 404
        assert [row["id"] for row in call(cast.readonly, "GET", "customers").json["data"]] == [customer.id]
