"""Amounts, days and moments as people and sheets write them."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smallcrm.core import clock, i18n
from smallcrm.entities import FieldError

from .making import field, quick, refused, understood


@pytest.mark.parametrize(
    "raw, value",
    [
        ("1", "1"),
        ("-1", "-1"),
        ("1,234.50", "1234.50"),
        ("１２３４．５", "1234.5"),
        ("1，234", "1234"),
        ("12,3456", "123456"),
        ("¥1,200", "1200"),
        ("￥1200元", "1200"),
        ("RMB 1200", "1200"),
        ("1200 人民币", "1200"),
        ("-¥5", "-5"),
        ("¥-5", "-5"),
        ("(1,200.00)", "-1200"),
        ("（12）", "-12"),
        ("1.2万", "12000"),
        ("1.2 万元", "12000"),
        ("3亿", "300000000"),
        ("2千", "2000"),
        ("5百万", "5000000"),
        ("5w", "50000"),
        ("3K", "3000"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("1234.565", "1234.57"),
        (0.1 + 0.2, "0.3"),
        (12, "12"),
        (12.0, "12"),
        (Decimal("3.14159"), "3.14"),
        ("0", "0"),
        ("999999999999.99", "999999999999.99"),
    ],
)
def test_amounts_as_people_write_them(app, raw, value):
    assert understood("money", raw) == Decimal(value)


@pytest.mark.parametrize(
    "raw",
    ["十二", "1,2", "12B", "1.2.3", "--1", "(1", "1)", "NaN", "Infinity", "1e9999", "9e99", "1_000", "5千米", "元"]
    + [float("nan"), float("inf"), 10**30, "9" * 10_000, "1" + "0" * 12],
)
def test_what_is_no_amount(app, raw):
    refused("money", raw)


def test_a_huge_power_of_ten_is_refused_before_it_is_computed(app):
    for kind in ("integer", "decimal", "money", "percent"):
        refused(kind, "1e999")
        with pytest.raises(FieldError):
            field(kind).operand("gte", "1e999")


@pytest.mark.parametrize("raw, value", [("12.5%", "12.5"), ("12.5", "12.5"), ("１２％", "12"), ("0.05%", "0.05")])
def test_percents(app, raw, value):
    assert understood("percent", raw) == Decimal(value)


def test_whole_numbers_have_no_decimals(app):
    assert understood("integer", "12.0") == 12
    assert understood("integer", "1.5万") == 15000
    refused("integer", "12.5")


def test_limits_of_numbers(app):
    assert understood("integer", "5", min="1", max="10") == 5
    assert "10" in refused("integer", "11", min="1", max="10")
    assert "1" in refused("integer", "0", min="1", max="10")


def test_numbers_are_shown_with_thousands_and_the_chosen_decimals(app):
    assert field("money").text(Decimal("1234.5")) == "¥1,234.50"
    assert field("money", decimals=0).text(Decimal("2.5")) == "¥3"
    assert field("decimal", decimals=4).text(Decimal("1234.56789")) == "1,234.5679"
    assert field("integer").text(Decimal("1234567")) == "1,234,567"
    assert field("percent").text(Decimal("12.50")) == "12.5%"
    assert field("percent").text(Decimal("100")) == "100%"
    assert field("money").form_value(Decimal("1200.00")) == "1200"


@quick
@given(value=st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_an_amount_survives_storage_and_forms(app, value):
    money = field("money")
    assert money.load(money.dump(value)) == value
    assert money.parse(money.form_value(value)) == value
    assert money.parse(money.text(value)) == value


@pytest.mark.parametrize(
    "raw",
    [
        "2026-11-22",
        "2026/11/22",
        "2026.11.22",
        "2026年11月22日",
        "2026年 11月 22日",
        "２０２６－１１－２２",
        "20261122",
        20261122,
        "2026-11-22 00:00:00",
        "2026-11-22 星期日",
        "2026年11月22日（星期日）",
        "2026-11-22T15:04:05Z",
        46348,
        46348.75,
        date(2026, 11, 22),
        datetime(2026, 11, 22, 15, 4),
    ],
)
def test_a_day_as_people_and_sheets_write_it(app, raw):
    assert understood("date", raw) == date(2026, 11, 22)


@pytest.mark.parametrize(
    "raw",
    [
        "2026-13-01",
        "2026-02-30",
        "2026-11",
        "22.11.2026",
        "12.5",
        12.5,
        "明年",
        "1899-01-01",
        "9999-12-31",
        "0001-01-01",
    ]
    + [datetime(9999, 12, 31, 23, 59), date(1, 1, 1), 12, True, float("nan"), "2026-11-22 25:00"],
)
@pytest.mark.parametrize("kind", ["date", "datetime"])
def test_what_is_no_day(app, kind, raw):
    refused(kind, raw)


def test_days_without_a_year_and_near_days(app):
    today = i18n.today()
    assert understood("date", "3月5日") == date(today.year, 3, 5)
    assert understood("date", "3-5") == date(today.year, 3, 5)
    assert understood("date", "3月5号") == date(today.year, 3, 5)
    assert understood("date", "明天") == today + timedelta(days=1)
    assert understood("date", "昨天") == today - timedelta(days=1)
    assert understood("date", "后天") == today + timedelta(days=2)
    assert understood("datetime", "明天 下午3点") == datetime.combine(
        today + timedelta(days=1), time(15), tzinfo=i18n.zone()
    )


@pytest.mark.parametrize(
    "raw, at",
    [
        ("2026-11-22 15:04", "15:04:00"),
        ("2026/11/22 15:04:05", "15:04:05"),
        ("2026年11月22日 15时04分", "15:04:00"),
        ("2026年11月22日 15时04分05秒", "15:04:05"),
        ("2026-11-22 下午3:04", "15:04:00"),
        ("2026-11-22 下午3点", "15:00:00"),
        ("2026-11-22 下午3点半", "15:30:00"),
        ("2026-11-22 中午12:00", "12:00:00"),
        ("2026-11-22 中午1点", "13:00:00"),
        ("2026-11-22 凌晨12:30", "00:30:00"),
        ("2026-11-22 晚上8点", "20:00:00"),
        ("2026-11-22 3:04 PM", "15:04:00"),
        ("2026-11-22 12:30 AM", "00:30:00"),
        ("2026-11-22T07:04:00Z", "15:04:00"),
        ("2026-11-22T09:04:00+02:00", "15:04:00"),
        ("2026-11-22T09:04:00+0200", "15:04:00"),
        ("2026-11-22", "00:00:00"),
        (46348.999999, "23:59:59.9"),
        (46348.5, "12:00:00"),
        (datetime(2026, 11, 22, 15, 4, 5, 999), "15:04:05"),
        (datetime(2026, 11, 22, 7, 4, tzinfo=UTC), "15:04:00"),
    ],
)
def test_a_moment_is_on_the_company_s_wall_clock(app, raw, at):
    value = understood("datetime", raw)
    assert value.tzinfo is not None
    local = value.astimezone(i18n.zone())
    wanted = datetime.fromisoformat(f"2026-11-22T{at}" if "." not in at else "2026-11-23T00:00:00")
    assert local.replace(tzinfo=None) == wanted


@pytest.mark.parametrize("raw", ["2026-11-22T09:04:00+99:99", "2026-11-22T09:04:00+24:00", "2026-11-22 10:61"])
def test_impossible_times_and_zones(app, raw):
    refused("datetime", raw)


@quick
@given(day=st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_a_day_survives_storage_and_text(app, day):
    kept = field("date")
    assert kept.load(kept.dump(day)) == day
    assert kept.parse(kept.text(day)) == day


@quick
@given(moment=st.datetimes(datetime(1901, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)))
def test_a_moment_survives_storage(app, moment):
    kept = field("datetime")
    assert kept.load(kept.dump(moment)) == moment


def test_a_default_may_be_the_day_of_creation(app):
    kept = field("date")
    assert kept.read_default("now") == "now"
    with clock.shifted(timedelta(days=3)):
        assert kept.stated_default("now")() == i18n.today()
    assert kept.stated_default(kept.read_default("2026-11-22")) == date(2026, 11, 22)
