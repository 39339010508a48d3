import subprocess
import sys
from pathlib import Path

import pytest

from smallcrm.core import settings
from smallcrm.core.db import write
from smallcrm.users import passwords

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "password",
    [
        "a123456",
        "woaini1314",
        "woaini1314woaini1314",
        "password123456789",
        "Password!Password!",
        "P@ssw0rdP@ssw0rd",
        "1234567890123456789",
        "qwertyuiopasdfghjkl",
        "1qaz2wsx3edc4rfv5tgb",
        "aaaaaaaaaaaaaaaaaaaa",
        "abababababababababab",
        "abcdefghijklmnopqrstuvwxyz",
        "zhangwei19900101",
        "wangfang1988wangfang",
        "13800138000138001380",
        "19900101199001011990",
        "xinyuanmaoyi123456",
        "lilei@xinyuan.cn1234",
        "adminadminadmin2026",
        "iloveyouiloveyou520",
        "5201314520131452013",
        "smallcrmsmallcrm1",
        "q1w2e3r4t5y6q1w2e3r4",
        "gongxifacai88888888",
        "shengrikuaile2024!!",
        "hello123hello123hello",
        "11112222333344445555",
        "asdfghjkl;asdfghjkl;",
        "welcome2026welcome1",
        "woaiwojia5201314",
    ],
)
def test_what_people_usually_choose_is_refused(app, password):
    assert passwords.problem(password, ("李雷", "lilei@xinyuan.cn", "xinyuanmaoyi", "13800138000"))


@pytest.mark.parametrize(
    "password",
    [
        "qu nian xiatian de huoche",
        "correct horse battery staple",
        "mǎ mǎ hū hū guò zhōu mò",
        "Tr0ub4dor&3-xkcd-fan",
        "v6dd-njpx-87q3-ryuz",
        "去年夏天坐火车去了大理古城看洱海",
        "lao zhang jia de mao hen pang",
        "kJ8#mQ2$vX9!pL4",
        "           zhe li you kong ge           ",
        "😀 huo che piao zhen nan mai",
    ],
)
def test_long_and_unusual_is_accepted_whatever_the_characters(app, password):
    assert passwords.problem(password, ("李雷", "lilei@xinyuan.cn", "鑫源贸易")) is None


def test_fifteen_characters_are_needed_unless_the_company_lowers_it(app):
    assert "15" in passwords.problem("kJ8#mQ2$vX9!pL")
    with write():
        settings.put("security.min_password", 10)
    assert passwords.problem("kJ8#mQ2$vX") is None
    with write():
        settings.put("security.min_password", 3)
    assert passwords.problem("kJ8#mQ2")


def test_more_than_128_characters_are_refused_and_never_cut(app):
    assert passwords.problem("kJ8#mQ2$" * 17)
    longest = ("kJ8#mQ2$vX9!pL4z" * 8)[:128]
    hashed = passwords.hash_password(longest)
    assert passwords.verify(hashed, longest)
    assert not passwords.verify(hashed, longest + "x")
    assert not passwords.verify(hashed, longest[:-1])


def test_the_same_keys_on_another_keyboard_are_the_same_password(app):
    hashed = passwords.hash_password("ｑｕ nian xiatian １２")
    assert hashed.startswith("$argon2id$v=19$")
    assert passwords.verify(hashed, "qu nian xiatian 12")


def test_an_unknown_person_never_fits_and_a_broken_hash_neither(app):
    assert not passwords.verify(None, "qu nian xiatian de huoche")
    assert not passwords.verify("not a hash", "qu nian xiatian de huoche")


def test_the_shipped_cost_is_what_the_bar_asks():
    from smallcrm.users import PASSWORD_COST

    assert PASSWORD_COST == (65536, 3, 1)


def test_a_made_password_passes_its_own_rules(app):
    made = {passwords.readable_secret() for _ in range(20)}
    assert len(made) == 20
    assert all(passwords.problem(each) is None for each in made)


def test_the_list_of_weak_pieces_is_what_the_script_writes():
    pieces = passwords.weak_pieces()
    assert len(pieces) >= 10_000
    assert {"woaini1314", "a123456", "zhangwei1990", "1qaz2wsx", "password"} <= pieces
    script = ROOT / "packaging" / "password_blocklist.py"
    code = f"import runpy; print('\\n'.join(runpy.run_path({str(script)!r})['entries']()))"
    written = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert frozenset(written.stdout.split()) == pieces
