"""What leaves as .xlsx or .csv: every text stays a text, every number a number, and all of it comes back."""

import io
import json
import random
import re
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from smallcrm.core.sheets import reading
from smallcrm.core.sheets.guard import guarded, unguarded
from smallcrm.core.sheets.package import sheet_name
from smallcrm.core.sheets.text import TextTable
from smallcrm.core.sheets.writing import Column, SheetOut, write_csv, write_xlsx

from .sheet_files import SHARED, needs_shared

FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+86 138 0013 8000",
    "-2+3",
    "@SUM(1+1)",
    '=HYPERLINK("http://127.0.0.1/?x="&A1,"click")',
    '=WEBSERVICE("http://127.0.0.1/")',
    "{=1+1}",
    "\t=1",
    "\r=1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "＝1+1",
    "＋1",
    "%0A=1",
    "|calc",
    "note\n=1+1",
    "'=1",
    "''=1",
    "DDE",
    "http://example.com",
    "mailto:a@example.com",
]
TEXTS = (
    st.text(min_size=1, max_size=60)
    | st.sampled_from(FORMULAS)
    | st.builds("{}{}".format, st.sampled_from("=+-@\t '"), st.text())
)


def workbook(columns, rows, **options):
    file = io.BytesIO()
    write_xlsx(file, [SheetOut("客户", columns, rows)], **options)
    file.seek(0)
    return openpyxl.load_workbook(file)


def cells(values, column=Column("值")):
    """What openpyxl finds when `values` were written one below the other."""
    sheet = workbook([column], [[value] for value in values]).active
    return [sheet.cell(row, 1) for row in range(2, len(values) + 2)]


def kept(text: str) -> str | None:
    """A text as a cell can hold it: line ends are \\n, NUL is gone, what XML cannot say is replaced."""
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("[\ud800-\udfff\ufffe\uffff]", "\ufffd", text) or None


# Texts


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=40))
def test_any_text_is_a_text_cell_and_the_same_again(texts):
    for text, cell in zip(texts, cells(texts), strict=True):
        assert cell.data_type in ("s", "n") and (cell.data_type == "s" or cell.value is None)
        assert cell.hyperlink is None
        # openpyxl leaves Excel's escapes in inline texts as they are; Excel and our reader do not.
        assert unescape(cell.value or "") == (kept(text) or "")


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.integers(), st.floats(), st.decimals(), st.booleans(), st.dates(), st.datetimes(), st.times()))
def test_any_value_is_never_a_formula(value):
    assert cells([value])[0].data_type in ("s", "n", "d", "b")


def test_ten_thousand_odd_texts_come_back_through_our_own_reader(tmp_path):
    chance = random.Random(20)
    alphabet = "=+-@'\"_x0041&<>; \t\n客户\u3000\u00a0é😀\x01\x1f\x7f\x85\u2028"
    texts = ["".join(chance.choices(alphabet, k=chance.randint(1, 20))) for _ in range(10_000)] + FORMULAS
    path = tmp_path / "odd.xlsx"
    write_xlsx(path, [SheetOut("odd", [Column("n"), Column("text")], enumerate(texts))])
    found = [row[1] for row in reading.rows(path)][1:]
    assert found == [kept(text) for text in texts]


@needs_shared
def test_naughty_strings_survive_both_ways(tmp_path):
    texts = [text for text in json.loads((SHARED / "6-security" / "blns.json").read_bytes()) if text]
    columns = [Column("n"), Column("text")]
    write_xlsx(tmp_path / "naughty.xlsx", [SheetOut("naughty", columns, enumerate(texts))])
    write_csv(tmp_path / "naughty.csv", columns, enumerate(texts))
    assert [row[1] for row in reading.rows(tmp_path / "naughty.xlsx")][1:] == [kept(text) for text in texts]
    assert [row[1] for row in reading.rows(tmp_path / "naughty.csv")][1:] == texts


def test_a_text_longer_than_a_cell_is_cut_where_excel_would_refuse_the_file():
    (cell,) = cells(["😀" * 20_000])
    assert cell.value.endswith("😀…")
    assert len(cell.value.encode("utf-16-le")) // 2 <= 32_767


def test_phones_and_long_numbers_in_texts_stay_texts():
    found = cells(["13800138000", "007", "110101199003071234"], Column("手机", format="@"))
    assert [(cell.value, cell.data_type, cell.number_format) for cell in found] == [
        ("13800138000", "s", "@"),
        ("007", "s", "@"),
        ("110101199003071234", "s", "@"),
    ]


# Other values


@pytest.mark.parametrize(
    "value, kind, found",
    [
        (12, "n", 12),
        (-0.5, "n", -0.5),
        (Decimal("1234.50"), "n", 1234.5),
        (999_999_999_999_999, "n", 999_999_999_999_999),
        (110101199003071234, "s", "110101199003071234"),
        (Decimal("0.1234567890123456"), "s", "0.1234567890123456"),
        (float("nan"), "s", "nan"),
        (Decimal("NaN"), "s", "NaN"),
        (True, "b", True),
        (None, "n", None),
        ("", "n", None),
        (date(2026, 11, 22), "d", datetime(2026, 11, 22)),
        (datetime(2026, 11, 22, 9, 30), "d", datetime(2026, 11, 22, 9, 30)),
        (time(9, 30), "d", time(9, 30)),
        (date(1899, 5, 1), "s", "1899-05-01"),
    ],
)
def test_values_have_their_type(value, kind, found):
    (cell,) = cells([value])
    assert (cell.data_type, cell.value) == (kind, found)


def test_values_come_back_through_our_own_reader(tmp_path):
    row = ["甲", 12, 0.1, True, date(2026, 11, 22), datetime(2026, 11, 22, 9, 30, 15), time(9, 30)]
    write_xlsx(tmp_path / "types.xlsx", [SheetOut("t", [Column(str(number)) for number in range(7)], [row])])
    assert list(reading.rows(tmp_path / "types.xlsx"))[1] == row


def test_a_column_has_its_number_format():
    (cell,) = cells([Decimal("1234.5")], Column("金额", format="#,##0.00"))
    assert (cell.value, cell.number_format) == (1234.5, "#,##0.00")


@pytest.mark.parametrize("value, error", [(datetime(2026, 1, 1, tzinfo=UTC), ValueError), ([1], TypeError)])
def test_what_has_no_meaning_in_a_cell_is_our_mistake(value, error):
    with pytest.raises(error):
        cells([value])


# Sheets


def test_the_header_is_bold_frozen_and_filtered_and_columns_are_wide_enough():
    sheet = workbook([Column("公司名称"), Column("x", width=5)], [["深圳市南山科技有限公司", 1], ["b", 2]]).active
    assert sheet["A1"].font.bold and not sheet["A2"].font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"
    assert sheet.column_dimensions["A"].width >= 22
    assert sheet.column_dimensions["B"].width == 5


def test_several_sheets_with_names_excel_accepts(tmp_path):
    names = ["客户/联系人", "客户/联系人", "", "x" * 40, "History", "😀" * 20, "it's"]
    assert write_xlsx(tmp_path / "many.xlsx", [SheetOut(name, [Column("a")], [["1"]]) for name in names]) == len(names)
    found = openpyxl.load_workbook(tmp_path / "many.xlsx").sheetnames
    assert found == ["客户 联系人", "客户 联系人 (2)", "Sheet", "x" * 31, "History_", "😀" * 15, "it's"]


@given(st.text(max_size=40), st.text(max_size=40))
def test_sheet_names_are_always_valid_and_different(first, second):
    one = sheet_name(first, [])
    two = sheet_name(second, [one])
    assert one.lower() != two.lower()
    for name in (one, two):
        assert 0 < len(name.encode("utf-16-le")) // 2 <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)


def test_a_table_too_long_for_one_sheet_goes_on_in_the_next():
    book = workbook([Column("n")], ([number] for number in range(7)), rows_per_sheet=3)
    assert book.sheetnames == ["客户", "客户 (2)", "客户 (3)"]
    assert [[cell.value for cell in sheet["A"]] for sheet in book] == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]


def test_a_table_that_fills_its_sheet_exactly_needs_no_second():
    assert workbook([Column("n")], ([number] for number in range(3)), rows_per_sheet=3).sheetnames == ["客户"]


def test_a_list_without_rows_still_has_its_header():
    assert [cell.value for cell in workbook([Column("a"), Column("b")], []).active[1]] == ["a", "b"]


def test_no_part_of_the_file_names_a_formula_or_a_link():
    file = io.BytesIO()
    write_xlsx(file, [SheetOut("s", [Column("=1+1")], [[text] for text in FORMULAS])])
    with zipfile.ZipFile(file) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        assert b"<f" not in sheet and b"hyperlink" not in sheet
        assert not [name for name in archive.namelist() if "external" in name.lower()]


# CSV


@given(st.text() | TEXTS)
def test_the_guard_comes_off_without_a_trace(text):
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    "text", [text for text in FORMULAS if text not in ("{=1+1}", "DDE", "http://example.com", "mailto:a@example.com")]
)
def test_what_could_start_a_formula_is_guarded(text):
    assert guarded(text) != text
    assert "'" in guarded(text)


@pytest.mark.parametrize("text", ["公司", "a=b", "1+1", "12-5", "a@example.com", "50%", "don't", "'quoted'", ""])
def test_ordinary_texts_are_left_alone(text):
    assert guarded(text) == text


def test_csv_has_a_mark_for_excel_and_numbers_stay_numbers():
    file = io.BytesIO()
    row = ["=1+1", -5, Decimal("-1.50"), None, date(2026, 11, 22), datetime(2026, 11, 22, 9, 30), "a\nb"]
    assert write_csv(file, [Column("甲")], [row]) == 1
    assert file.getvalue().decode("utf-8") == (
        '\ufeff"甲"\r\n"\'=1+1",-5,-1.50,"","2026-11-22","2026-11-22 09:30:00","a\nb"\r\n'
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=20))
def test_any_text_comes_back_from_csv(tmp_path, rows):
    path = Path(tmp_path / "any.csv")
    write_csv(path, [Column("a"), Column("b")], rows)
    wanted = [[text.replace("\0", "") or None for text in row] for row in rows]
    found = [row + [None] * (2 - len(row)) for row in TextTable(str(path)).rows()]
    assert found == [["a", "b"], *wanted]
