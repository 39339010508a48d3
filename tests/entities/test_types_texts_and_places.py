"""Texts, phones, choices, addresses, people and records as people write them."""

from datetime import date

import pytest

from smallcrm.entities import FieldError, regions
from smallcrm.entities.types import TYPES

from .making import field, refused, understood


def test_texts_are_tidied(app):
    assert understood("text", "  杭州   鑫源\t科技\n") == "杭州 鑫源 科技"
    assert understood("long_text", " 一\r\n二\r三 ") == "一\n二\n三"
    assert understood("text", "a\x00b\x07c\ud800d") == "abcd"
    assert understood("text", "   ") is None
    assert understood("text", 12.0) == "12"


def test_lengths_of_texts(app):
    assert len(understood("text", "字" * 255)) == 255
    assert "256" in refused("text", "字" * 256)
    refused("text", "字" * 11, longest=10)
    refused("long_text", "字" * 20_001)
    assert len(understood("long_text", "字" * 10_000)) == 10_000


@pytest.mark.parametrize(
    "raw, kept",
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("+86-13800138000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("(+86)13800138000", "13800138000"),
        (13800138000, "13800138000"),
        (13800138000.0, "13800138000"),
        ("0571-88886666", "0571-88886666"),
        ("（0571）88886666", "(0571)88886666"),
        ("+86 571 8888 6666", "+86 571 8888 6666"),
        ("0571-88886666转801", "0571-88886666 转 801"),
        ("0571-88886666 分机 801", "0571-88886666 转 801"),
        ("0571-88886666 ext.801", "0571-88886666 转 801"),
        ("0571-88886666-801", "0571-88886666-801"),
        ("400-820-8820", "400-820-8820"),
        ("95588", "95588"),
        ("12345", "12345"),
        ("+1 415 555 2671", "+1 415 555 2671"),
        ("13800138000/0571-88886666", "13800138000 / 0571-88886666"),
        ("13800138000、13900139000", "13800138000 / 13900139000"),
        ("13800138000，13800138000", "13800138000"),
    ],
)
def test_phones_as_people_write_them(app, raw, kept):
    assert understood("phone", raw) == kept
    assert understood("phone", kept) == kept


@pytest.mark.parametrize(
    "raw", ["无", "电话：138", "1380013800", "138001380001", "abc", "12", "1" * 21, "٠٥٧١٨٨٨٨٦٦٦٦"]
)
def test_what_is_no_phone(app, raw):
    refused("phone", raw)


def test_a_phone_is_one_tap_away_and_a_duplicate_in_any_spelling(app):
    phone = field("phone")
    assert phone.html("13800138000") == '<a href="tel:13800138000" class="tel">138 0013 8000</a>'
    assert phone.html("13800138000 / 0571-88886666").count("<a ") == 2
    for spelling in ("+8613800138000", "0086-138-0013-8000", "138 0013 8000 转 12"):
        assert list(phone.identities(phone.parse(spelling))) == ["13800138000"]


@pytest.mark.parametrize("raw, kept", [("a@b.cn", "a@b.cn"), (" mailto:a@b.cn; ", "a@b.cn"), ("ａ@b.cn", "a@b.cn")])
def test_e_mail_addresses(app, raw, kept):
    assert understood("email", raw) == kept


@pytest.mark.parametrize("raw", ["a", "a@b", "a b@c.cn", '"><script>@x.cn', "@b.cn"])
def test_what_is_no_e_mail_address(app, raw):
    refused("email", raw)


def test_web_addresses_lead_only_to_the_web(app):
    assert understood("url", "www.example.cn") == "http://www.example.cn"
    assert understood("url", "https://例子.中国/a?b=c#d") == "https://例子.中国/a?b=c#d"
    for raw in (
        "javascript:alert(1)",
        "javascript://x.cn/%0aalert(1)",
        "data:text/html,x",
        "ftp://a.cn",
        "http://[::1",
    ):
        refused("url", raw)
    assert "href" not in field("url").html("javascript:alert(1)")


def test_a_choice_is_found_by_value_or_label(app):
    assert understood("choice", "a") == "a"
    assert understood("choice", "甲类") == "a"
    assert understood("choice", "Ｂ类") == "b"
    assert understood("choice", "b 类 ") == "b"
    assert "甲类" in refused("choice", "丙类")
    assert field("choice").text("gone") == "gone"


def test_the_stored_value_wins_over_a_label(app):
    swapped = [{"value": "a", "label": "b"}, {"value": "b", "label": "a"}]
    assert understood("choice", "a", options=swapped) == "a"
    assert understood("choice", "b", options=swapped) == "b"


def test_a_retired_option_is_still_shown_but_not_chosen_anew(app):
    assert field("choice").text("old") == "旧"
    assert field("choice").parse("old") == "old"
    refused("choice", "旧")
    refused("multi_choice", "甲类、旧")


def test_several_options(app):
    assert understood("multi_choice", "甲类、B类，甲类") == ["a", "b"]
    assert understood("multi_choice", ["a", "", "b"]) == ["a", "b"]
    assert understood("multi_choice", "") is None
    assert field("multi_choice").text(["a", "b"]).startswith("甲类")


def test_tags_are_free_words(app):
    assert understood("tags", "重点, 展会；重点\n老客户") == ["重点", "展会", "老客户"]
    refused("tags", "字" * 31)
    refused("tags", ",".join(map(str, range(51))))


@pytest.mark.parametrize(
    "raw, value", [("是", True), ("否", False), ("√", True), ("TRUE", True), ("0", False), ("", None)]
)
def test_yes_and_no(app, raw, value):
    assert understood("boolean", raw) is value


def test_a_checkbox_sends_its_last_word(app):
    assert understood("boolean", ["0", "1"]) is True
    assert understood("boolean", ["0"]) is False
    refused("boolean", "也许")


@pytest.mark.parametrize(
    "raw, code, words, rest",
    [
        ("北京市朝阳区建国路88号", "110105", "北京市朝阳区", "建国路88号"),
        ("北京朝阳区建国路88号", "110105", "北京市朝阳区", "建国路88号"),
        ("北京西城", "110102", "北京市西城区", ""),
        ("上海浦东新区张江路", "310115", "上海市浦东新区", "张江路"),
        ("上海市浦东新区世纪大道100号", "310115", "上海市浦东新区", "世纪大道100号"),
        ("天津市和平区南京路", "120101", "天津市和平区", "南京路"),
        ("重庆市忠县忠州街道", "500233", "重庆市忠县", "忠州街道"),
        ("浙江省杭州市滨江区江南大道1号", "330108", "浙江省杭州市滨江区", "江南大道1号"),
        ("浙江杭州滨江区", "330108", "浙江省杭州市滨江区", ""),
        ("杭州滨江", "330108", "浙江省杭州市滨江区", ""),
        ("杭州", "3301", "浙江省杭州市", ""),
        ("广东省 深圳市 南山区 科技园", "440305", "广东省深圳市南山区", "科技园"),
        ("广东省,深圳市,南山区,科技园", "440305", "广东省深圳市南山区", "科技园"),
        ("中国广东省深圳市南山区", "440305", "广东省深圳市南山区", ""),
        ("广东省东莞市长安镇振安路", "441900119", "广东省东莞市长安镇", "振安路"),
        ("东莞市", "4419", "广东省东莞市", ""),
        ("江苏省昆山市玉山镇", "320583", "江苏省苏州市昆山市", "玉山镇"),
        ("义乌市稠城街道", "330782", "浙江省金华市义乌市", "稠城街道"),
        ("海淀区中关村大街1号", "110108", "北京市海淀区", "中关村大街1号"),
        ("吉林市船营区", "220204", "吉林省吉林市船营区", ""),
        ("吉林长春", "2201", "吉林省长春市", ""),
        ("新疆维吾尔自治区乌鲁木齐市天山区", "650102", "新疆维吾尔自治区乌鲁木齐市天山区", ""),
        ("新疆乌鲁木齐天山区人民路", "650102", "新疆维吾尔自治区乌鲁木齐市天山区", "人民路"),
        ("新疆石河子市", "659001", "新疆维吾尔自治区石河子市", ""),
        ("内蒙古呼和浩特市新城区", "150102", "内蒙古自治区呼和浩特市新城区", ""),
        ("内蒙古自治区锡林郭勒盟锡林浩特市", "152502", "内蒙古自治区锡林郭勒盟锡林浩特市", ""),
        ("广西南宁市青秀区", "450103", "广西壮族自治区南宁市青秀区", ""),
        ("宁夏银川市金凤区", "640106", "宁夏回族自治区银川市金凤区", ""),
        ("西藏拉萨市城关区", "540102", "西藏自治区拉萨市城关区", ""),
        ("延边州延吉市", "222401", "吉林省延边朝鲜族自治州延吉市", ""),
        ("云南大理州大理市", "532901", "云南省大理白族自治州大理市", ""),
        ("湖北省仙桃市", "429004", "湖北省仙桃市", ""),
        ("湖北省神农架林区", "429021", "湖北省神农架林区", ""),
        ("海南省儋州市", "4604", "海南省儋州市", ""),
        ("香港", "81", "香港特别行政区", ""),
        ("香港特别行政区中西区中环", "810101", "香港特别行政区香港岛中西区", "中环"),
        ("香港九龙油尖旺区弥敦道", "810201", "香港特别行政区九龙油尖旺区", "弥敦道"),
        ("澳门特别行政区", "82", "澳门特别行政区", ""),
        ("台湾省台北市中正区", "710110", "台湾省台北市中正区", ""),
    ],
)
def test_addresses_are_split_into_division_and_detail(raw, code, words, rest):
    assert regions.split(raw) == (code, rest)
    assert regions.words(code) == words
    assert [region.code for region in regions.chain(code)][-1] == code


@pytest.mark.parametrize(
    "raw", ["人民路12号", "北京路步行街", "南京东路100号", "朝阳区", "鼓楼区中山路", "长安区", "火星"]
)
def test_an_address_that_may_be_anywhere_is_kept_as_it_is(raw):
    assert regions.split(raw) == (None, raw)


def test_every_division_is_found_by_its_own_words():
    same = {}
    for code in regions.regions():
        same.setdefault(regions.words(code), set()).add(code)
    unclear = [codes for words, codes in same.items() if regions.split(words)[0] not in codes]
    assert len(unclear) < 10, unclear


def test_towns_of_cities_without_districts_are_chosen_like_districts():
    assert "长安镇" in {region.name for region in regions.below("4419")}
    assert regions.below("441900119") == () and regions.chain("441900119")[1].name == "东莞市"


def test_addresses_of_forms_and_programs(app):
    assert understood("address", ["33", "3301", "330108", " 江南大道 "]) == {"region": "330108", "detail": "江南大道"}
    assert understood("address", ["33", "", "", ""]) == {"region": "33", "detail": ""}
    assert understood("address", ["", "", "", ""]) is None
    assert understood("address", ["", "", "", "杭州市滨江区江南大道"])["region"] == "330108"
    assert understood("address", {"region": "3301", "detail": "x"}) == {"region": "3301", "detail": "x"}
    refused("address", {"region": "99", "detail": ""})
    refused("address", {"region": ["3301"], "detail": {}})
    assert field("address").text({"region": "330108", "detail": "江南大道 1 号"}) == "浙江省杭州市滨江区江南大道 1 号"


def test_people_by_name_mail_and_id(app, cast):
    assert understood("user", "王芳") == cast.sales.id
    assert understood("user", "sales@example.cn") == cast.sales.id
    assert understood("user", str(cast.sales.id)) == cast.sales.id
    for raw in ("没有此人", "²", "999999", "9" * 30):
        refused("user", raw)


def test_departments_by_name_and_id(app, company):
    assert understood("department", "销售一部") == company.ids["销售一部"]
    for raw in ("没有", "²", "9" * 30):
        refused("department", raw)


def test_records_by_title_and_id(app, make):
    first = make("customers", name="杭州鑫源科技有限公司")
    assert understood("reference", "杭州鑫源科技有限公司") == first.id
    assert understood("reference", str(first.id)) == first.id
    refused("reference", "没有")
    refused("reference", "²")
    make("customers", name="杭州鑫源科技有限公司")
    assert "2" not in refused("reference", "杭州鑫源科技有限公司")


def test_links_to_any_record(app):
    link = TYPES["record_link"]("关于")
    assert link.parse("customers:007") == "customers:7"
    for raw in ("customers", "customers:x", "customers:²", "nothing:1", "customers:" + "9" * 20):
        with pytest.raises(FieldError):
            link.parse(raw)


def test_auto_numbers_count_anew_with_their_dates():
    kept = TYPES["auto_number"]("编号", pattern="SB{YYMM}-{000}")
    assert kept.compose(date(2026, 11, 22), 7) == "SB2611-007"
    assert kept.compose(date(2026, 11, 22), 12345) == "SB2611-12345"
    assert kept.period(date(2026, 11, 1)) == kept.period(date(2026, 11, 30)) != kept.period(date(2026, 12, 1))


@pytest.mark.parametrize("pattern", ["X{YYYY}", "{00}{", "{MMM}-{000}", "{0000}" * 8])
def test_patterns_that_make_no_number(app, pattern):
    (offered,) = TYPES["auto_number"].offers
    with pytest.raises(FieldError):
        offered.read(pattern)
