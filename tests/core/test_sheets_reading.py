"""Files that people have: every kind, encoding and oddity is read as the person who made it sees it."""

import csv
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time
from pathlib import Path

import pytest

from smallcrm.core.sheets import child, reading
from smallcrm.core.sheets.charsets import CODECS, detect_encoding
from smallcrm.core.sheets.errors import SENTENCES, SheetError
from smallcrm.core.sheets.table import body, ended, find_header, letter
from smallcrm.core.sheets.text import TextTable, detect_delimiter

from .sheet_files import SHARED, make_xlsx, needs_shared

NASTY = SHARED / "4-nasty"
PEOPLE = "公司名称,联系人,手机\n深圳市南山科技有限公司,王小明,13800138000\n杭州西湖软件有限公司,李芳,13912345678\n"


def text_rows(path: Path, **choices) -> list[list]:
    return list(ended(TextTable(str(path), **choices).rows(), max_rows=10**6, max_columns=300))


def written(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


# Every real file


@pytest.fixture(scope="module")
def outcomes():
    """What inspecting each shared file gives: an Inspection or a SheetError. Two children at a time."""
    files = sorted(path for path in SHARED.rglob("*") if path.is_file() and path.name != "README.md")
    with ThreadPoolExecutor(2) as pool:
        return dict(zip([str(path.relative_to(SHARED)) for path in files], pool.map(outcome, files), strict=True))


def outcome(path: Path):
    try:
        return reading.inspect(path)
    except SheetError as error:
        return error


REFUSED = {
    "4-nasty/calamine/issue252.xlsx": "damaged",
    "4-nasty/calamine/issue_385.xls": "password",
    "4-nasty/calamine/pass_protected.xlsx": "password",
    "4-nasty/notify/non_spreadsheet_files__actually_a_png.csv": "not_a_spreadsheet",
    "4-nasty/notify/non_spreadsheet_files__actually_a_png.xlsx": "not_a_spreadsheet",
    "4-nasty/notify/spreadsheet_files__conversions__originals__ods_QQQ1234567.ods": "far_cell",
    "4-nasty/sheetjs/password_2002_128_enhanced.xls": "password",
    "4-nasty/sheetjs/password_2002_40_basecrypto.xls": "password",
    "4-nasty/xlrd/biff4_no_format_no_window2.xls": "old_format",
    "6-security/patt_BRUTELOGIC-XSS-STRINGS.txt": "web_page",
    "6-security/patt_IntrudersXSS.txt": "web_page",
    "6-security/patt_RSNAKE_XSS.txt": "web_page",
    "6-security/patt_SVG_XSS1.svg": "web_page",
    "6-security/patt_xss.htm": "web_page",
}


@needs_shared
def test_every_shared_file_is_read_or_refused_for_a_reason(outcomes):
    refused = {name: found.code for name, found in outcomes.items() if isinstance(found, SheetError)}
    pages = {name: "web_page" for name in outcomes if name.endswith(".xml")}
    assert refused == REFUSED | pages


@needs_shared
def test_the_header_is_found_below_titles_and_instructions(outcomes):
    headers = {
        "4-nasty/agate/test_skip_lines.xlsx": (3, "number"),
        "4-nasty/calamine/temperature-in-middle.xlsx": (3, ""),
        "4-nasty/calamine/minimal_package.xlsx": (2, "BKG_NUM"),
        "4-nasty/xlsx2csv/empty_row.xlsx": (1, "Date"),
        "1-companies/tpex_上櫃公司.csv": (0, "公司代號"),
    }
    found = {name: (outcomes[name].header_row_guess, outcomes[name].columns[0].label) for name in headers}
    assert found == headers


@needs_shared
def test_a_list_of_829_companies_has_39_columns_with_samples(outcomes):
    found = outcomes["derived-transcoded/tpex_上櫃公司.big5.csv"]
    assert (found.kind, found.encoding, found.delimiter, found.row_count) == ("csv", "big5", ",", 829)
    assert len(found.columns) == 39
    assert found.columns[2] == reading.Column(2, "C", "公司簡稱", ("茂生農經", "安心", "德麥", "漢來美食", "台翰"))


@needs_shared
def test_hidden_sheets_come_last(outcomes):
    found = outcomes["4-nasty/notify/spreadsheet_files__conversions__originals__xlsx_hidden_sheet.xlsx"]
    assert found.sheets == (reading.Sheet("Sheet2", hidden=False), reading.Sheet("Sheet1", hidden=True))
    assert found.sheet == "Sheet2"


@needs_shared
def test_the_other_kinds_are_told_by_content(outcomes):
    kinds = {name.rsplit(".")[-1].lower(): found.kind for name, found in outcomes.items() if hasattr(found, "kind")}
    assert {kind: kinds[kind] for kind in ("et", "ods", "xls", "xlsb", "xlsx", "tsv")} == {
        "et": "xls",
        "ods": "ods",
        "xls": "xls",
        "xlsb": "xlsb",
        "xlsx": "xlsx",
        "tsv": "tsv",
    }


# Expected results that others wrote


@needs_shared
@pytest.mark.parametrize("path", sorted((NASTY / "csv-spectrum").glob("*.csv")), ids=lambda path: path.stem)
def test_csv_spectrum_reads_as_expected(path):
    expected = json.loads((path.parent / "expected" / f"{path.stem}.json").read_bytes().decode("utf-8"))
    header, *rows = text_rows(path)
    found = [dict(zip(header, [cell or "" for cell in row] + [""] * len(header), strict=False)) for row in rows]
    if path.stem == "location_coordinates":
        # The corpus itself has two different phone numbers here.
        expected[0 if isinstance(expected, list) else "Contact Phone Number"] = "2095257564"
    assert found == (expected if isinstance(expected, list) else [expected])


def plain_texts(rows) -> list[list[str]]:
    """Cells as a CSV file has them, without empty tails."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    for row in texts:
        while row and not row[-1]:
            row.pop()
    return texts


@needs_shared
@pytest.mark.parametrize(
    "original, sheet",
    [("xlsx_hidden_sheet.xlsx", None), ("xls_hidden_sheet.xls", None), ("ods_hidden_sheet.ods", "Sheet1")],
)
def test_notify_conversions_read_as_expected(original, sheet):
    folder = NASTY / "notify"
    expected = folder / f"spreadsheet_files__conversions__expected_converted__{original.split('.')[0]}.csv"
    with open(expected, newline="") as file:
        wanted = plain_texts(csv.reader(file))
    found = reading.rows(folder / f"spreadsheet_files__conversions__originals__{original}", sheet=sheet)
    assert plain_texts(found) == wanted


@needs_shared
def test_merged_cells_repeat_their_value():
    folder = NASTY / "notify"
    with open(folder / "spreadsheet_files__conversions__expected_converted__xlsx_merged_cells.csv", newline="") as file:
        wanted = plain_texts(csv.reader(file))
    found = reading.rows(folder / "spreadsheet_files__conversions__originals__xlsx_merged_cells.xlsx")
    assert plain_texts(found) == wanted


@needs_shared
@pytest.mark.parametrize(
    "path", sorted((NASTY / "notify").glob("spreadsheet_files__equivalents__*")), ids=lambda path: path.suffix
)
def test_the_same_table_is_the_same_in_every_format(path):
    assert plain_texts(reading.rows(path)) == [
        ["phone number", "name", "favourite colour", "fruit"],
        ["07739 468 050", "Pete", "Coral", "tomato"],
        ["07527 125 974", "Not Pete", "Magenta", "Avacado"],
        ["07512 058 823", "Still Not Pete", "Crimson", "Pear"],
    ]


@needs_shared
@pytest.mark.parametrize("name", ["1904__1904.xls", "1904__1904.xlsx"])
def test_dates_counted_from_1904_are_right(name):
    assert [row[1] for row in reading.rows(NASTY / "sheetjs" / name)][:2] == [date(1904, 1, 2), date(1904, 1, 12)]


@needs_shared
def test_real_chinese_texts_show_their_encoding():
    found = {path.name.split("__")[0]: set() for path in (NASTY / "encoding").iterdir()}
    for path in (NASTY / "encoding").iterdir():
        found[path.name.split("__")[0]].add(detect_encoding(str(path)))
    assert found == {"Big5": {"big5"}, "GB2312": {"gb18030"}}


# Text files


@pytest.mark.parametrize(
    "encoding, name",
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_chinese_in_any_encoding_is_read(tmp_path, encoding, name):
    path = written(tmp_path / "people.csv", PEOPLE, encoding)
    assert detect_encoding(str(path)) == name
    assert text_rows(path)[1] == ["深圳市南山科技有限公司", "王小明", "13800138000"]


def test_traditional_chinese_in_big5_is_read(tmp_path):
    path = written(tmp_path / "people.csv", "公司名稱,聯絡人\n茂生農經股份有限公司,陳小姐\n", "big5")
    assert text_rows(path)[1] == ["茂生農經股份有限公司", "陳小姐"]


def test_western_text_in_latin_1_is_read(tmp_path):
    path = written(tmp_path / "people.csv", "name,city\nJosé Müller,Köln\nAnaïs Lefèvre,Orléans\n", "latin-1")
    assert text_rows(path)[1] == ["José Müller", "Köln"]


def test_one_damaged_character_does_not_change_the_encoding(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE.encode("gb18030") * 20 + b"\xff\n")
    assert detect_encoding(str(path)) == "gb18030"


def test_the_user_can_choose_encoding_and_delimiter(tmp_path):
    path = written(tmp_path / "people.csv", "a;b,c\n1;2,3\n", "gb18030")
    assert text_rows(path, encoding="GBK", delimiter=";") == [["a", "b,c"], ["1", "2,3"]]
    with pytest.raises(SheetError) as refused:
        reading.inspect(path, encoding="klingon")
    assert refused.value.code == "unknown_encoding"


@pytest.mark.parametrize(
    "content, rows",
    [
        ("a,b\r1,2\r3,4\r", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ('a,b\n"one\ntwo",2\n', [["a", "b"], ["one\ntwo", "2"]]),
        ('a,b\r\n"one\r\ntwo",2\r\n', [["a", "b"], ["one\r\ntwo", "2"]]),
        ("company,phone\n" * 9 + "\0one,2\0\n", [["company", "phone"]] * 9 + [["one", "2"]]),
        ("a,b\n1,2,3,,\n4\n", [["a", "b"], ["1", "2", "3"], ["4"]]),
        ("a,b\n\n1,2\n,\n\n", [["a", "b"], [], ["1", "2"]]),
        ("sep=;\na;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]),
        ('a,b\n"unclosed,2\n3,4\n', [["a", "b"], ['"unclosed', "2"], ["3", "4"]]),
        ('a,b\n5" pipe,2\n', [["a", "b"], ['5" pipe', "2"]]),
        ("", []),
        ("\n\n", []),
    ],
)
def test_line_ends_quotes_and_gaps(tmp_path, content, rows):
    assert text_rows(written(tmp_path / "odd.csv", content)) == rows


@pytest.mark.parametrize(
    "sample, delimiter",
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a\tb\n1\t2, 3\n", "\t"),
        ("name;price\nx;1,50\ny;2,75\n", ";"),
        ("a|b|c\n1|2|3\n", "|"),
        ("客户导入模板\n说明：请勿删除表头\n公司;电话;备注\n甲;1;a,b\n乙;2;c,d\n", ";"),
        ("one column\nonly\n", ","),
    ],
)
def test_the_delimiter_is_the_one_that_cuts_evenly(sample, delimiter):
    assert detect_delimiter(sample) == delimiter


# Tables


@pytest.mark.parametrize(
    "rows, header",
    [
        ([["公司", "电话"], ["甲", "1"]], 0),
        ([["客户导入模板"], ["说明", None, "请勿修改"], ["公司", "联系人", "电话", "地址"], ["甲", "王", "1", "x"]], 2),
        ([["客户", "客户", "客户", "客户"], ["公司", "联系人", "电话", "地址"], ["甲", "王", "1", "x"]], 1),
        ([[], [], ["公司", "电话"], ["甲", "1"]], 2),
        ([[1, 2, 3], [4, 5, 6]], None),
        ([["2024-01-01", "13800138000"], ["2024-01-02", "13900139000"]], None),
        ([], None),
    ],
)
def test_the_header_row(rows, header):
    assert find_header(rows) == header


def test_rows_below_the_header_keep_their_numbers():
    rows = [["title"], ["a", "b"], [1], [], [2]]
    assert list(body(rows, 1)) == [(3, [1]), (5, [2])]


def test_letters_of_columns():
    assert [letter(position) for position in (0, 25, 26, 299, 16_383)] == ["A", "Z", "AA", "KN", "XFD"]


# Workbooks


def test_cells_come_as_plain_values(tmp_path):
    cells = [
        '<c r="A1"><v>13800138000</v></c>',
        '<c r="B1"><v>1.38E+10</v></c>',
        '<c r="C1"><v>0.30000000000000004</v></c>',
        '<c r="D1" t="b"><v>1</v></c>',
        '<c r="E1" t="inlineStr"><is><t>007</t></is></c>',
        '<c r="F1" t="e"><v>#DIV/0!</v></c>',
        '<c r="G1" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>',
    ]
    path = make_xlsx(tmp_path / "plain.xlsx", f'<row r="1">{"".join(cells)}</row>')
    (row,) = reading.rows(path)
    assert row == [13800138000, 13800000000, 0.3, True, "007", None, "ab"]
    assert [type(cell) for cell in row[:4]] == [int, int, float, bool]


@needs_shared
def test_dates_and_times_arrive_as_such():
    rows = list(reading.rows(NASTY / "xlsx2csv" / "timeformat.xlsx"))
    assert rows[0] == [datetime(2017, 8, 3, 14, 35), time(14, 40, 30)]
    assert rows[1] == [date(2017, 8, 3), time(11, 30)]


def test_a_file_needs_no_suffix(tmp_path):
    make_xlsx(tmp_path / "named.xlsx", '<row r="1"><c r="B1"><v>1</v></c></row>').rename(tmp_path / "5f3a")
    assert list(reading.rows(tmp_path / "5f3a")) == [[None, 1]]


def test_only_the_wanted_rows_are_read(tmp_path):
    path = written(tmp_path / "many.csv", "a,b\n" * 50_000)
    assert list(reading.rows(path, limit_rows=3)) == [["a", "b"]] * 3
    rows = reading.rows(path)
    assert next(rows) == ["a", "b"]
    rows.close()


def test_a_sheet_that_is_not_there_is_named(tmp_path):
    path = make_xlsx(tmp_path / "one.xlsx", "")
    with pytest.raises(SheetError) as refused:
        reading.inspect(path, sheet="客户")
    assert refused.value.code == "no_such_sheet"
    assert "客户" in str(refused.value)


def test_a_missing_file_is_our_own_mistake(tmp_path):
    with pytest.raises(FileNotFoundError):
        reading.inspect(tmp_path / "nothing.xlsx")


def test_samples_of_a_sparse_column_come_from_the_whole_sheet(tmp_path):
    lines = ["company,phone"] + [f"c{number}," for number in range(500)] + ["last,13800138000"]
    found = reading.inspect(written(tmp_path / "sparse.csv", "\n".join(lines)))
    assert found.columns[1] == reading.Column(1, "B", "phone", ("13800138000",))
    assert found.row_count == 502


# The child


def test_the_child_starts_without_the_web_framework():
    """Every upload waits for it."""
    modules = ", ".join(f"smallcrm.core.sheets.{name}" for name in ("child", "workbook", "text"))
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"flask", "sqlalchemy", "babel", "dataclasses"} & set(loaded)


def test_each_reason_has_a_sentence_in_both_languages():
    from babel.messages.pofile import read_po

    path = Path(child.__file__).parents[2] / "translations" / "zh_CN" / "sheets.po"
    with open(path, "rb") as file:
        translated = {message.id for message in read_po(file) if message.string}
    assert {sentence._args[0] for sentence in SENTENCES.values()} <= translated
    assert set(CODECS) == {"utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "latin-1"}
