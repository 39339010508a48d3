"""Write smallcrm/users/weak_passwords.txt: pieces that people build weak passwords from.

The list is made from patterns, not copied from leaked lists: words everybody uses, pinyin names with years, keyboard
walks, sequences, dates. Run it again after changing a pattern: ``python packaging/password_blocklist.py``.
"""

from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "smallcrm" / "users" / "weak_passwords.txt"

WORDS = """
password passwd passwort passw0rd pass login admin administrator root guest user test tester testing demo default
changeme letmein welcome hello secret master manager superman batman dragon monkey shadow sunshine princess football
baseball basketball soccer hockey michael jordan jennifer charlie daniel thomas robert andrew joshua ashley jessica
freedom whatever trustno1 iloveyou lovely love forever angel flower summer winter spring autumn monday friday computer
internet samsung iphone apple google windows microsoft facebook twitter china beijing shanghai company office system
server oracle mysql qwerty asdfgh zxcvbn access mustang starwars pokemon naruto matrix killer hunter ranger george
ginger pepper cookie cheese chocolate banana orange purple silver golden diamond lucky money dollar business customer
sales salesman boss secure security private temp temporary temp1234 new newpass mypassword thisismypassword
smallcrm crm customers excel wechat weixin qqqq alipay taobao jingdong douyin kuaishou huawei xiaomi tencent alibaba
""".split()

PINYIN = """
woaini woaiwoziji woaiwojia wodemima mima mimamima woshishui wohenhao nihao nihaoma zhongguo beijing shanghai guangzhou
shenzhen hangzhou nanjing chengdu chongqing wuhan tianjin suzhou xian woailaopo laopo laogong baobao baobei xiaobao
xiaoming xiaohong xiaoli xiaowang tiantian kaixin kuaile xingfu pingan jiankang facai gongxifacai wanshiruyi dajiahao
wangluo diannao shouji gongsi kehu xiaoshou laoban jingli guanliyuan caiwu renshi bangong xitong yonghu denglu
aini aiqing yongyuan shengri shengrikuaile xinnian chunjie mingtian jintian zaijian haohaoxuexi tiantianxiangshang
woshizhongguoren woaibeijing woaizhongguo qinaide meili piaoliang shuaige meinv tongxue pengyou mama baba yeye nainai
""".split()

SURNAMES = """
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he gao lin luo zheng liang xie song tang deng han
feng cao peng zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lu ding ren shen yao jin tan fan shi liao
""".split()

GIVEN = """
wei fang na min jing li qiang lei jun yang yong yan jie juan tao ming chao xia ping gang hua fei ling bo hui jian lin
xin yu hao bin kai long peng ting xue ying dan mei hong bing dong feng
""".split()

ENDINGS = """
1 12 123 1234 12345 123456 1234567 12345678 123456789 0 00 01 007 11 111 1111 22 222 33 321 520 521 1314 5201314 66 666
6666 77 777 88 888 8888 99 999 168 518 1688 233 ! !! @ # 123! 123@ @123 #123 a abc abcd qwe
""".split()

YEARS = [str(year) for year in range(1950, 2036)]
ROWS = ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "!@#$%^&*()_+")
WALKS = """
1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsx qazwsxedc qazwsxedcrfv zaq12wsx zaq1xsw2 1q2w3e 1q2w3e4r 1q2w3e4r5t
1q2w3e4r5t6y q1w2e3 q1w2e3r4 q1w2e3r4t5 qweasd qweasdzxc asdqwe 123qwe qwe123 123qweasd qwe123asd 1234qwer qwer1234
asdf1234 1234asdf zxcv1234 741852963 147258369 159357 789456123 123654 147852369 258456 159753 963852741 a1b2c3
a1b2c3d4 a1s2d3f4 z1x2c3 z1x2c3v4 poiuyt lkjhgf mnbvcx poiuytrewq lkjhgfdsa mnbvcxz 1a2b3c 1a2b3c4d abc123 123abc
aa123456 a123456 a12345678 a123456789 q123456 w123456 z123456 qq123456 as123456 zxc123456 asd123456 qwe123456
abc123456 abcd1234 abcd123456 1234abcd woaini1314 woaini520 woaini521 woaini5201314 iloveu520 loveyou1314 5201314
1314520 7758521 7758258 3344520 1314521 201314 20131420 52013145 5841314520 147258 000000 11223344 112233 123123
123321 1234321 123454321 121212 131313 101010 102030 135790 246810 13579 24680 9876543210 010203 01234567890 112211
""".split()


def walks() -> Iterator[str]:
    """Stretches of keyboard rows, the alphabet and the digits, there and back."""
    lines = (*ROWS, "abcdefghijklmnopqrstuvwxyz", "01234567890123456789")
    for line in lines:
        for way in (line, line[::-1]):
            for start in range(len(way)):
                for end in range(start + 4, min(len(way), start + 14) + 1):
                    yield way[start:end]


def repeats() -> Iterator[str]:
    """One character or one pair, over and over."""
    characters = "abcdefghijklmnopqrstuvwxyz0123456789"
    for character in characters:
        for length in range(4, 13):
            yield character * length
    for first in "0123456789":
        for second in "0123456789":
            for times in (2, 3, 4):
                yield (first + second) * times


def named() -> Iterator[str]:
    """Names in pinyin, alone and with years."""
    for surname in SURNAMES:
        for given in GIVEN:
            yield surname + given
        for year in YEARS[10:]:
            yield surname + year
    for surname in SURNAMES[:8]:
        for given in GIVEN[:10]:
            for year in YEARS[20:56]:
                yield surname + given + year


def dressed() -> Iterator[str]:
    """Favourite words with favourite endings and years."""
    for word in (*WORDS, *PINYIN):
        yield word
        yield from (word + ending for ending in ENDINGS)
    for word in (*WORDS[:30], *PINYIN[:40]):
        yield from (word + year for year in YEARS[50:])


def dates() -> Iterator[str]:
    """Years, and days of the year as people write them."""
    yield from YEARS
    for month in range(1, 13):
        for day in range(1, 32):
            yield f"{month:02}{day:02}"


def phones() -> Iterator[str]:
    """What mobile numbers begin with, and the hotlines everybody knows."""
    for prefix in ("13", "15", "17", "18", "19"):
        for digit in "0123456789":
            yield f"{prefix}{digit}0000"
            yield f"{prefix}{digit}00000000"
            yield f"{prefix}{digit}88888888"
            yield f"{prefix}{digit}12345678"
    yield from ("10086", "10010", "10000", "95588", "95533", "95555", "12306", "12345", "400800")


def entries() -> list[str]:
    """All pieces of at least four characters, lower case, sorted, each once."""
    found = {*WALKS, *walks(), *repeats(), *named(), *dressed(), *dates(), *phones()}
    return sorted(piece.lower() for piece in found if len(piece) >= 4)


if __name__ == "__main__":
    TARGET.write_text("\n".join(entries()) + "\n", encoding="utf-8")
