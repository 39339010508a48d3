"""Write smallcrm/search/readings.txt: how Chinese characters are read, for the search by pinyin.

    python packaging/readings.py

Made from the tables of pypinyin, which take 59 MB of memory when a program loads them; ours take less than one. A
character keeps the readings that words really use (share of pypinyin's phrases), the commonest first. Surnames and
place names that are read otherwise are listed here.
"""

import json
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "smallcrm/search/readings.txt"
# A reading is kept when this share of the words with the character read it so.
SHARE = 0.04
MOST = 3
# Extension B: 13,000 characters of old books. The later ones hold characters of today's names.
RARE = (0x20000, 0x2A700)

# Read so when they stand first: character, readings, the likelier first.
SURNAMES = """
单 shan dan|曾 zeng ceng|解 xie jie|仇 qiu chou|区 ou qu|查 zha cha|朴 piao pu|盖 ge gai|缪 miao mou|翟 zhai di
召 shao zhao|冼 xian|尉 wei yu|黑 he hei|种 chong zhong|秘 bi mi|员 yuan yun|乐 yue le|折 she zhe|覃 qin tan
洗 xian xi|繁 po fan|隗 wei kui|逄 pang|句 gou ju|纪 ji|晟 sheng cheng|祭 zhai ji|谌 chen shen|钭 tou|郇 xun huan
郗 xi chi|阚 kan|佴 nai|厍 she|訾 zi|乜 nie|牟 mou mu|宓 mi fu|瞿 qu|葛 ge|华 hua|任 ren|盛 sheng|石 shi|车 che
都 du|长 chang zhang|重 chong zhong|石 shi|教 jiao|强 qiang jiang|藏 zang|撒 sa|佟 tong|幺 yao|贾 jia gu|那 na
卜 bu|卡 ka qia|朝 chao|乘 cheng|不 fou|相 xiang|率 shuai|尹 yin|蕃 fan|费 fei bi|呙 guo|干 gan|哈 ha|薄 bo|柏 bai bo
鲍 bao|底 di|弗 fu|甘 gan|广 guang|过 guo|和 he|红 hong|会 hui gui|济 ji|颉 xie jie|禁 jin|靳 jin|可 ke|令 ling
陆 lu|闵 min|莫 mo|宁 ning|能 nai neng|瓯 ou|裴 pei|蒲 pu|戚 qi|秦 qin|曲 qu|阙 que|阮 ruan|色 se|沙 sha|少 shao
舍 she|什 shi|殳 shu|粟 su|眭 sui|遂 sui|邰 tai|澹 tan|万 wan|韦 wei|洪 hong|燕 yan|应 ying|於 yu|虞 yu|郁 yu
芮 rui|臧 zang|占 zhan|祝 zhu|庄 zhuang|禚 zhuo|子 zi|宗 zong|俞 yu|於 yu|侍 shi
"""
# Words read otherwise than their characters, wherever they stand.
WORDS = """
重庆 chong qing|重阳 chong yang|厦门 xia men|银行 yin hang|商行 shang hang|行业 hang ye|长沙 chang sha
长春 chang chun|长城 chang cheng|长江 chang jiang|长安 chang an|长乐 chang le|长治 chang zhi|长兴 chang xing
成都 cheng du|首都 shou du|大都会 da du hui|都市 du shi|都江堰 du jiang yan|花都 hua du|六安 lu an|六合 lu he
番禺 pan yu|铅山 yan shan|洪洞 hong tong|蔚县 yu xian|乐亭 lao ting|乐清 yue qing|音乐 yin yue|乐器 yue qi
莘县 shen xian|莘庄 xin zhuang|单县 shan xian|东阿 dong e|阿胶 e jiao|尉犁 yu li|丽水 li shui|会稽 kuai ji
会计 kuai ji|涡阳 guo yang|荥经 ying jing|浚县 xun xian|泌阳 bi yang|渑池 mian chi|监利 jian li|筠连 jun lian
犍为 qian wei|大埔 da bu|黄埔 huang pu|吴堡 wu bu|十里堡 shi li pu|珲春 hun chun|台州 tai zhou|天台 tian tai
朝阳 chao yang|西藏 xi zang|藏族 zang zu|曾母 zeng mu|都匀 du yun|大城县 dai cheng xian|大夫 dai fu|吐鲁番 tu lu fan
万俟 mo qi|尉迟 yu chi|长孙 zhang sun|澹台 tan tai|令狐 ling hu|单于 chan yu|宿迁 su qian|宿州 su zhou
重工 zhong gong|重型 zhong xing|重点 zhong dian|车行 che hang|洋行 yang hang|行星 xing xing|行政 xing zheng
旅行 lv xing|发行 fa xing|自行车 zi xing che|出行 chu xing|执行 zhi xing|银杏 yin xing|调味 tiao wei|调料 tiao liao
空调 kong tiao|调研 diao yan|调度 diao du|参茸 shen rong|人参 ren shen|海参 hai shen|党参 dang shen|龟兹 qiu ci
龟裂 jun lie|身份 shen fen|石家庄 shi jia zhuang|便宜 pian yi|便利 bian li|便民 bian min|校对 jiao dui|学校 xue xiao
盛世 sheng shi|盛大 sheng da|省会 sheng hui|反省 fan xing|厂长 chang zhang|部长 bu zhang|校长 xiao zhang
董事长 dong shi zhang|店长 dian zhang|组长 zu zhang|院长 yuan zhang|成长 cheng zhang|增长 zeng zhang|所长 suo zhang
系统 xi tong|关系 guan xi|广厦 guang sha|大厦 da sha|少年 shao nian|少林 shao lin|少儿 shao er|给水 ji shui
供给 gong ji|传媒 chuan mei|传播 chuan bo|传统 chuan tong|传动 chuan dong|自传 zi zhuan|弹簧 tan huang|子弹 zi dan
率先 shuai xian|效率 xiao lv|藏品 cang pin|收藏 shou cang|相机 xiang ji|宝藏 bao zang|降解 jiang jie|下降 xia jiang
剥离 bo li|削片 xiao pian|削皮 xiao pi|中华 zhong hua|华为 hua wei|为民 wei min|石化 shi hua|强生 qiang sheng
模具 mu ju|模型 mo xing|模板 mu ban|模特 mo te|压模 ya mu|注塑模 zhu su mu|宁夏 ning xia|勒流 le liu|勒泰 le tai
"""


def plain(syllable: str) -> str:
    """chóng → chong, lǜ → lv."""
    parts = unicodedata.normalize("NFD", syllable.replace("ɡ", "g")).replace("u\u0308", "v")
    return "".join(c for c in parts if c.isascii() and c.isalpha())


def table(name: str) -> dict:
    """One of pypinyin's tables, read without importing it."""
    (folder,) = find_spec("pypinyin").submodule_search_locations
    return json.loads((Path(folder) / f"{name}.json").read_text(encoding="utf-8"))


def used() -> dict[str, Counter[str]]:
    """character → how many phrases read it how."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings in table("phrases_dict").items():
        if len(phrase) == len(readings):
            for character, reading in zip(phrase, readings, strict=True):
                counts[character][plain(reading[0])] += 1
    return counts


def readings() -> Iterable[tuple[str, list[str]]]:
    """Every character with the readings it keeps."""
    counts = used()
    for code, known in sorted(table("pinyin_dict").items(), key=lambda pair: int(pair[0])):
        character = chr(int(code))
        found = [reading for reading in map(plain, known.split(",")) if set(reading) & set("aeiouv")]
        if not character.isalpha() or not found or RARE[0] <= int(code) < RARE[1]:
            continue
        phrases = counts[character]
        kept = [reading for reading, count in phrases.most_common(MOST) if count >= max(2, SHARE * phrases.total())]
        yield character, kept or found[:1]


def main() -> None:
    """Write the file: readings and their characters, then surnames and words with a reading for each character."""
    groups: dict[str, list[str]] = defaultdict(list)
    for character, found in readings():
        groups[" ".join(found)].append(character)
    lines = [f"{key}:{''.join(characters)}" for key, characters in sorted(groups.items())]
    for mark, listed in (("^", SURNAMES), ("=", WORDS)):
        entries = [entry for line in listed.split("\n") for entry in line.split("|") if entry]
        lines += sorted({mark + ":".join(reversed(entry.split(" ", 1))) for entry in entries})
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
