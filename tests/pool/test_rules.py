"""The rules of the pool: who gets what, when it goes there by itself, and who hears of it."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from werkzeug.exceptions import NotFound

from smallcrm import access
from smallcrm.access import Forbidden
from smallcrm.activity.models import Activity
from smallcrm.core import clock, settings
from smallcrm.core.db import db, write
from smallcrm.core.errors import Invalid, Refused
from smallcrm.customers.models import Contact, Customer
from smallcrm.entities import find, modules
from smallcrm.follow_ups.models import FollowUp
from smallcrm.notifications.models import Notification
from smallcrm.pool import idle, operations, rules
from smallcrm.records import operations as records
from smallcrm.users.models import RoleRight, User


def told(user, kind):
    lines = select(Notification).where(Notification.user_id == user.id, Notification.kind == kind)
    return db.session.scalars(lines.order_by(Notification.id)).all()


class Test_releasing:
    def test_takes_the_owner_and_keeps_who_it_was_and_why(self, customer, cast, released):
        released(customer, cast.sales, note="明年再说")
        assert (customer.owner_id, customer.previous_owner_id) == (None, cast.sales.id)
        assert (customer.pool_reason, customer.pool_note) == ("no_need", "明年再说")
        assert customer.pooled_at is not None and customer.owner_since is None and customer.idle_since is None

    def test_drops_the_plan_of_the_one_who_gave_up(self, customer, cast, released):
        assert released(customer, cast.sales).next_follow_up_at is None

    def test_takes_contacts_and_follow_ups_along(self, customer, cast, make, released):
        contact = make("contacts", name="张伟", customer=customer.id)
        said = make("follow_ups", customer=customer.id, kind="phone", content="再联系")
        released(customer, cast.sales)
        assert db.session.get(Contact, contact.id).owner_id is None
        assert db.session.get(FollowUp, said.id).owner_id is None

    def test_asks_for_a_reason_of_the_list_that_is_not_the_programs_own(self, customer, cast):
        for reason in ("", "idle", "没有这个"):
            with pytest.raises(Invalid) as refused, write():
                operations.release(customer, reason, "", cast.sales)
            assert set(refused.value.errors) == {"reason"}

    def test_is_a_line_of_the_history(self, customer, cast, released):
        released(customer, cast.sales)
        line = db.session.scalars(select(Activity).order_by(Activity.id.desc())).first()
        assert (line.action, line.kind, line.actor_id) == ("released", "owner", cast.sales.id)
        assert line.changes["owner"] == [cast.sales.id, None] and line.changes["pool_reason"] == [None, "no_need"]

    def test_needs_the_right_and_the_record_in_reach(self, customer, cast):
        for person in (cast.colleague, cast.stranger, cast.support, cast.readonly):
            with pytest.raises(Forbidden), write():
                operations.release(customer, "no_need", "", person)

    def test_by_a_manager_tells_the_one_who_had_it(self, customer, cast):
        with write():
            operations.release(customer, "other", "", cast.manager)
        (line,) = told(cast.sales, "pool_taken")
        assert line.params["actor"] == "李经理" and line.params["name"] == "杭州鑫源科技"

    def test_is_the_only_way_to_give_a_record_up(self, customer, cast):
        with pytest.raises(Invalid) as refused, write():
            records.change(customer, {"owner": ""}, cast.sales)
        assert "owner" in refused.value.errors


class Test_claiming:
    def test_makes_it_ones_own_with_everything_that_belongs_to_it(self, customer, cast, make, released):
        contact = make("contacts", name="张伟", customer=customer.id)
        released(customer, cast.sales)
        with write():
            operations.claim(find("customers"), customer.id, cast.stranger)
        assert customer.owner_id == cast.stranger.id and customer.department_id == cast.stranger.department_id
        assert db.session.get(Contact, contact.id).owner_id == cast.stranger.id
        assert customer.pooled_at is None and customer.pool_reason is None and customer.owner_since is not None

    def test_loses_to_whoever_was_quicker_and_says_who_it_was(self, customer, cast, released):
        released(customer, cast.sales)
        with write():
            operations.claim(find("customers"), customer.id, cast.stranger)
        with pytest.raises(Refused, match="韩梅"), write():
            operations.claim(find("customers"), customer.id, cast.colleague)

    def test_finds_nothing_where_a_record_was_never_in_the_pool_or_is_deleted(self, customer, cast, released):
        with pytest.raises(NotFound), write():
            operations.claim(find("customers"), customer.id, cast.stranger)
        released(customer, cast.sales)
        with write():
            records.delete(customer, cast.admin)
        with pytest.raises(NotFound), write():
            operations.claim(find("customers"), customer.id, cast.stranger)

    def test_tells_nobody_whose_it_is_once_the_moment_has_passed(self, customer, cast, released):
        released(customer, cast.sales)
        with write():
            operations.claim(find("customers"), customer.id, cast.stranger)
        with clock.shifted(timedelta(hours=2)), pytest.raises(NotFound), write():
            operations.claim(find("customers"), customer.id, cast.colleague)

    def test_does_not_tell_of_what_was_in_the_pool_long_ago(self, customer, cast, released):
        released(customer, cast.sales)
        with write():
            operations.claim(find("customers"), customer.id, cast.stranger)
        with write():
            records.change(customer, {"owner": str(cast.sales.id)}, cast.stranger)
        with pytest.raises(NotFound), write():
            operations.claim(find("customers"), customer.id, cast.colleague)

    def test_reaches_as_far_as_the_right_does(self, customer, cast, released):
        released(customer, cast.sales)
        claiming = update(RoleRight).where(RoleRight.action == "claim", RoleRight.role_id == cast.sales.role_id)
        with write() as session:
            session.execute(claiming.values(scope="department"))
        # 韩梅 is in another department; for her it never was there, before and after somebody has claimed it.
        for _before_and_after in range(2):
            with pytest.raises(NotFound), write():
                operations.claim(find("customers"), customer.id, cast.stranger)
            if customer.owner_id is None:
                with write():
                    operations.claim(find("customers"), customer.id, cast.sales)

    def test_needs_the_right(self, customer, cast, released):
        released(customer, cast.sales)
        for person in (cast.support, cast.readonly):
            with pytest.raises(Forbidden), write():
                operations.claim(find("customers"), customer.id, person)

    def test_by_fifty_at_once_has_one_winner(self, app, customer, cast, released):
        released(customer, cast.sales)
        id, people = customer.id, [cast.colleague.id, cast.stranger.id]
        won, lost, start = [], [], threading.Barrier(50)

        def run(person: int) -> None:
            with app.app_context():
                start.wait()
                try:
                    with write():
                        operations.claim(find("customers"), id, db.session.get(User, person))
                    won.append(person)
                except Refused as refused:
                    lost.append(str(refused))
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=run, args=(people[i % 2],)) for i in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        db.session.rollback()
        assert len(won) == 1 and len(lost) == 49
        assert db.session.get(Customer, id).owner_id == won[0]
        claims = select(Activity).where(Activity.record_id == id, Activity.action == "claimed")
        assert len(db.session.scalars(claims).all()) == 1


class Test_what_stays_idle:
    def test_is_announced_and_then_released(self, customer, cast, automatic):
        automatic()
        today = clock.today(settings.zone())
        with clock.shifted(timedelta(days=26)):
            assert idle.look() == (0, 0)
        with clock.shifted(timedelta(days=27)):
            assert idle.look() == (1, 0)
            assert idle.look() == (0, 0)
        (line,) = told(cast.sales, "pool_warning")
        assert line.params["names"] == ["杭州鑫源科技"]
        assert line.params["day"] == (today + timedelta(days=30)).isoformat()
        with clock.shifted(timedelta(days=29)):
            assert idle.look() == (0, 0)
        with clock.shifted(timedelta(days=30)):
            assert idle.look() == (0, 1)
        assert (customer.owner_id, customer.pool_reason, customer.previous_owner_id) == (None, "idle", cast.sales.id)
        assert told(cast.sales, "pool_released")[0].params["names"] == ["杭州鑫源科技"]
        line = db.session.scalars(select(Activity).order_by(Activity.id.desc())).first()
        assert (line.action, line.actor_id, line.source) == ("pooled", None, "pool")

    def test_is_saved_by_a_follow_up(self, customer, cast, make, automatic):
        automatic()
        with clock.shifted(timedelta(days=29)):
            idle.look()
            make("follow_ups", customer=customer.id, kind="phone", content="说好下周去")
        with clock.shifted(timedelta(days=40)):
            assert idle.look() == (0, 0)
        with clock.shifted(timedelta(days=57)):
            assert idle.look() == (1, 0)

    def test_is_not_saved_by_a_change_of_a_field_of_a_customer(self, customer, cast, automatic):
        automatic()
        with clock.shifted(timedelta(days=20)), write():
            records.change(customer, {"notes": "看看"}, cast.sales)
        with clock.shifted(timedelta(days=28)):
            assert idle.look() == (1, 0)

    def test_never_goes_unwarned_even_if_the_program_was_off(self, customer, cast, automatic):
        automatic()
        with clock.shifted(timedelta(days=200)):
            assert idle.look() == (1, 0)
        with clock.shifted(timedelta(days=202)):
            assert idle.look() == (0, 0)
        with clock.shifted(timedelta(days=203)):
            assert idle.look() == (0, 1)

    def test_goes_without_a_word_only_if_the_company_wants_no_warning(self, customer, automatic):
        automatic(warn_days=0)
        with clock.shifted(timedelta(days=31)):
            assert idle.look() == (0, 1)

    def test_stays_if_it_has_bought_or_is_locked(self, make, cast, automatic):
        automatic()
        won, locked, lost = (make("customers", name=name) for name in ("成交的", "锁定的", "普通的"))
        with write():
            records.change(won, {"status": "won"}, cast.sales)
            operations.lock(locked, cast.manager)
        with clock.shifted(timedelta(days=100)):
            idle.look()
        with clock.shifted(timedelta(days=104)):
            idle.look()
        assert (won.owner_id, locked.owner_id, lost.owner_id) == (cast.sales.id, cast.sales.id, None)

    def test_counts_anew_after_unlocking(self, customer, cast, automatic):
        automatic()
        with write():
            operations.lock(customer, cast.manager)
        with clock.shifted(timedelta(days=100)):
            with write():
                operations.unlock(customer, cast.manager)
            assert idle.look() == (0, 0)

    def test_does_nothing_while_the_rule_is_off(self, customer):
        with clock.shifted(timedelta(days=400)):
            assert idle.look() == (0, 0)

    def test_is_warned_again_under_a_new_rule(self, customer, cast, automatic):
        automatic()
        with clock.shifted(timedelta(days=28)):
            idle.look()
        with write():
            rules.keep(find("customers"), rules.Rule(True, 20, 5), cast.admin)
        with clock.shifted(timedelta(days=60)):
            assert idle.look() == (1, 0)

    def test_goes_in_parts_when_there_is_much(self, make, cast, automatic):
        automatic(warn_days=0)
        with write():
            for number in range(130):
                records.create(find("customers"), {"name": f"客户{number}"}, cast.sales)
        with clock.shifted(timedelta(days=31)):
            assert idle.look() == (0, 130)
        assert told(cast.sales, "pool_released")[0].params["count"] == 130

    def test_says_the_day_on_which_it_goes(self, customer, automatic):
        automatic()
        rule, entity = rules.of(find("customers")), find("customers")
        today = clock.today(settings.zone())
        assert rules.leaves_on(entity, customer, rule) == today + timedelta(days=30)
        with clock.shifted(timedelta(days=27)):
            idle.look()
            db.session.expire_all()
            assert rules.leaves_on(entity, customer, rule) == today + timedelta(days=30)
        with clock.shifted(timedelta(days=30)):
            assert idle.look() == (0, 1)
            db.session.expire_all()
            assert rules.leaves_on(entity, customer, rule) is None


class Test_a_module_made_in_the_browser:
    def test_has_a_pool_once_it_is_switched_on(self, devices, make, cast, released):
        device = make("shebei", name="一号机床")
        released(device, cast.sales)
        assert db.session.scalar(select(devices.model.id).where(access.in_pool(devices, cast.stranger))) == device.id
        with write():
            operations.claim(devices, device.id, cast.stranger)
        assert device.owner_id == cast.stranger.id

    def test_counts_any_change_by_a_person_as_care(self, devices, make, cast):
        device = make("shebei", name="一号机床")
        with write():
            settings.put("pool.shebei", {"automatic": True, "days": 30, "warn_days": 3})
        with clock.shifted(timedelta(days=20)), write():
            records.change(device, {"name": "二号机床"}, cast.sales)
        with clock.shifted(timedelta(days=40)):
            assert idle.look() == (0, 0)
        with clock.shifted(timedelta(days=48)):
            assert idle.look() == (1, 0)

    def test_has_none_of_the_pools_fields_before(self, cast):
        with write():
            modules.add_entity("设备", "box", cast.admin, title="名称")
        assert find("shebei").get("pooled_at") is None and find("shebei").get("owner_since") is None


def test_a_status_won_by_a_slip_does_not_keep_a_customer_for_ever(customer, cast):
    with write():
        records.change(customer, {"status": "won"}, cast.sales)
    assert customer.won_at is not None
    with write():
        records.undo(customer, cast.sales)
    assert customer.won_at is None
