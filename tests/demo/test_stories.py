"""The invented companies, people and talks, without a database."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smallcrm.demo import loading, sentences, words
from smallcrm.demo.conversation import DRAWN, Conversation, strides
from smallcrm.demo.names import UNUSED_PREFIXES, Names, cities
from smallcrm.demo.workdays import Workdays, dice
from smallcrm.entities import identity, regions
from smallcrm.entities.types import Phone

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SLOTS = {*DRAWN, "who", "rival", "next", "half"}


def stories(now=NOW):
    return loading.tell(Workdays(now, SHANGHAI, dice(1)))


@pytest.fixture(scope="module")
def told():
    return stories()


def test_every_city_and_district_is_in_the_table_of_regions():
    for city in cities()[0]:
        assert city.name in regions.words(city.code)
        assert city.districts
        assert all(regions.regions()[code].level == 3 for code in city.districts)


def test_company_names_name_their_place_and_are_all_different():
    names = Names(dice(1))
    companies = [names.company() for _ in range(2000)]
    assert len({company.name for company in companies}) == 2000
    for company in companies:
        assert company.city.name in company.name
        assert company.brand in company.name
        assert company.name.endswith(("公司", "厂", "经营部"))
        assert identity.company_key(company.name)
        assert len(company.goods) in (2, 3)
        assert all(goods in words.GOODS for goods in company.goods)


def test_phone_numbers_are_accepted_and_can_be_nobodys():
    names, field = Names(dice(2)), Phone("")
    for _ in range(300):
        mobile, landline = names.mobile(), names.landline(names.company().city)
        for number in (mobile, landline):
            assert field.parse(number) == number
            field.check(number)
        assert len(mobile) == 11
        assert mobile.startswith(UNUSED_PREFIXES)
        assert re.fullmatch(r"0\d{2,3}-99\d{6}", landline)


def test_every_slot_of_every_sentence_is_known():
    every = [*sentences.OPENINGS.values(), *sentences.BODIES.values(), *sentences.ENDINGS.values(), sentences.TASKS]
    for phrase in (phrase for phrases in every for phrase in phrases):
        assert set(re.findall(r"{(\w*)}", phrase)) <= SLOTS, phrase
        forced, colon, _rest = phrase.partition(":")
        assert not colon or forced in sentences.OPENINGS, phrase


def test_a_conversation_uses_every_sentence_before_one_comes_again():
    names = Names(dice(3))
    talk = Conversation(dice(4), names.company(), [names.person("buyer"), names.person("decider")])
    drawn = [talk._phrase("care", sentences.BODIES["care"]) for _ in sentences.BODIES["care"]]
    assert sorted(drawn) == sorted(sentences.BODIES["care"])
    assert strides(16) == (1, 3, 5, 7, 9, 11, 13, 15)


def test_there_are_300_customers_along_a_funnel(told):
    assert len(told) == 300
    last = Counter()
    for story in told:
        statuses = [change.values["status"] for change in story.changed if "status" in change.values]
        last[statuses[-1] if statuses else story.values["status"]] += 1
    assert last["following"] > last["won"] > last["interested"] > last["lost"]
    assert all(last[status] for status in ("new", "paused"))


def test_no_follow_up_says_what_another_said(told):
    texts = [said.content for story in told for said in story.said]
    assert len(texts) > 2000
    assert len(set(texts)) == len(texts)
    assert not [text for text in texts if "{" in text or "=" in text or ":" in text or "，，" in text]


def test_a_life_happens_in_order_and_before_now(told):
    for story in told:
        moments = [story.at, *(said.at for said in story.said)]
        assert moments == sorted(moments)
        assert moments[-1] <= NOW
        assert all(change.at <= NOW for change in story.changed)
        assert all(said.next_at is None or said.next_at > said.at for said in story.said)
    assert min(story.at for story in told) < NOW - timedelta(days=600)


def test_work_is_done_on_working_days(told):
    for said in (said for story in told for said in story.said):
        there = said.at.astimezone(SHANGHAI)
        assert there.weekday() < 5
        assert 8 <= there.hour <= 19


def test_the_same_seed_tells_the_same_stories(told):
    assert stories() == told


def test_another_day_moves_the_stories_and_keeps_the_people(told):
    later = stories(NOW + timedelta(days=12, hours=5))
    assert [story.values["name"] for story in later] == [story.values["name"] for story in told]
    assert [len(story.contacts) for story in later] == [len(story.contacts) for story in told]
    assert later[0].at - told[0].at > timedelta(days=9)


@pytest.mark.parametrize(
    ("days", "words_"), [(0, "今天晚些时候"), (1, "明天"), (2, "后天"), (3, "周五"), (7, "下周二"), (30, "12月24号")]
)
def test_days_are_called_as_people_call_them(days, words_):
    calendar = Workdays(NOW, SHANGHAI, dice(1))  # a Tuesday
    assert calendar.words(NOW + timedelta(days=days), NOW) == words_
