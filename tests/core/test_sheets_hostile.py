"""Files made to hurt: each is refused with its reason, and the server does not feel it."""

import gc
import random
import zipfile
from pathlib import Path

import pytest

from smallcrm.core.sheets import limits, reading, runner
from smallcrm.core.sheets.errors import SheetError

from .sheet_files import CONTENT_TYPES, make_xlsx, number_cell

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(path: Path) -> str:
    with pytest.raises(SheetError) as refused:
        reading.inspect(path)
    assert str(refused.value)
    return refused.value.code


def bomb(path: Path) -> Path:
    return make_xlsx(path, number_cell("A1"), more={"xl/theme.xml": b"0" * 60_000_000})


# Two cells


def test_a_cell_at_the_end_of_the_world_is_refused(tmp_path):
    path = make_xlsx(tmp_path / "far.xlsx", number_cell("A1") + number_cell("XFD1048576"))
    assert path.stat().st_size < 2_000
    assert refusal(path) == "far_cell"


@pytest.mark.parametrize("address", ["A200001", "KO1", "AAA1", "B1048576"])
def test_a_cell_beyond_the_limits_is_refused(tmp_path, address):
    assert refusal(make_xlsx(tmp_path / "far.xlsx", number_cell("A1") + number_cell(address))) == "far_cell"


@pytest.mark.parametrize("address, size", [("A200000", (limits.MAX_ROWS, 1)), ("KN1", (1, limits.MAX_COLUMNS))])
def test_a_cell_at_the_limits_is_read(tmp_path, address, size):
    found = reading.inspect(make_xlsx(tmp_path / "near.xlsx", number_cell(address)))
    assert (found.row_count, len(found.columns)) == size


def test_an_empty_formatted_cell_far_away_does_no_harm(tmp_path):
    """Excel writes them when someone coloured a whole row or column."""
    sheet = number_cell("A1") + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert list(reading.rows(make_xlsx(tmp_path / "formatted.xlsx", sheet))) == [[1]]


def test_what_slips_past_the_first_look_ends_only_the_child(tmp_path):
    """A line end where a space is expected: the library then asks for 512 GB and aborts its process."""
    hidden = number_cell("XFD1048576").replace("<c r", "<c\nr")
    assert refusal(make_xlsx(tmp_path / "far.xlsx", number_cell("A1") + hidden)) == "too_large"


# Bombs


def test_a_file_that_unpacks_to_a_hundred_times_its_size_is_refused(tmp_path):
    assert refusal(bomb(tmp_path / "bomb.xlsx")) == "too_large"


def test_two_hundred_megabytes_of_shared_strings_are_refused(tmp_path):
    path = make_xlsx(tmp_path / "strings.xlsx", number_cell("A1"), shared="<si><t>" + "a" * 210_000_000 + "</t></si>")
    assert refusal(path) == "too_large"


def test_two_hundred_thousand_shared_strings_are_read(tmp_path):
    count = 190_000
    shared = "".join(f"<si><t>text {number}</t></si>" for number in range(count))
    cells = "".join(
        f'<row r="{number + 1}"><c r="A{number + 1}" t="s"><v>{number}</v></c></row>' for number in range(count)
    )
    path = make_xlsx(tmp_path / "strings.xlsx", cells, shared=shared)
    assert reading.inspect(path).row_count == count


def test_a_thousand_parts_are_refused(tmp_path):
    parts = {f"xl/extra/{number}.xml": b"" for number in range(1_000)}
    assert refusal(make_xlsx(tmp_path / "parts.xlsx", number_cell("A1"), more=parts)) == "too_many_parts"


def test_a_price_list_with_four_hundred_photos_is_read(tmp_path):
    photos = {f"xl/media/image{number}.jpeg": random.Random(number).randbytes(500) for number in range(400)}
    assert list(reading.rows(make_xlsx(tmp_path / "photos.xlsx", number_cell("A1"), more=photos))) == [[1]]


def test_an_archive_in_an_archive_is_not_a_spreadsheet(tmp_path):
    inner = bomb(tmp_path / "inner.xlsx")
    with zipfile.ZipFile(tmp_path / "outer.xlsx", "w") as archive:
        archive.write(inner, "inner.xlsx")
    assert refusal(tmp_path / "outer.xlsx") == "not_a_spreadsheet"


def test_sizes_that_lie_are_damage(tmp_path):
    path = bomb(tmp_path / "lie.xlsx")
    path.write_bytes(path.read_bytes().replace((60_000_000).to_bytes(4, "little"), (60).to_bytes(4, "little")))
    found = reading.inspect(path)
    assert found.row_count == 1, "the part that lies is never unpacked"


@pytest.mark.parametrize(
    "entities", ['<!ENTITY a "xxxx">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 50}">' for a, b in zip("abcdef", "bcdefg"))]
)
def test_entities_are_not_expanded(tmp_path, entities):
    path = make_xlsx(tmp_path / "laughs.xlsx", '<row r="1"><c r="A1" t="inlineStr"><is><t>&g;&amp;</t></is></c></row>')
    rewritten = tmp_path / "rewritten.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(rewritten, "w") as target:
        for name in source.namelist():
            prologue = f"<!DOCTYPE worksheet [{entities}]>".encode() if name.endswith("sheet1.xml") else b""
            target.writestr(name, prologue + source.read(name))
    try:
        cells = list(reading.rows(rewritten))
    except SheetError as error:
        assert error.code == "damaged"
    else:
        assert len(str(cells)) < 100


def test_an_external_entity_is_not_fetched(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    path = make_xlsx(tmp_path / "xxe.xlsx", '<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>')
    rewritten = tmp_path / "rewritten.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(rewritten, "w") as target:
        for name in source.namelist():
            entity = f'<!DOCTYPE worksheet [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'.encode()
            target.writestr(name, (entity if name.endswith("sheet1.xml") else b"") + source.read(name))
    assert "canary" not in str(outcome(rewritten))


def outcome(path: Path) -> object:
    try:
        return list(reading.rows(path))
    except SheetError as error:
        return error.code


# Not what they say they are


@pytest.mark.parametrize(
    "content, code",
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "not_a_spreadsheet"),
        (b"%PDF-1.7\n", "not_a_spreadsheet"),
        (OLE + bytes(600), "damaged"),
        (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "web_page"),
        (b'<?xml version="1.0"?><Workbook/>', "web_page"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
        (random.Random(7).randbytes(50_000), "not_a_spreadsheet"),
        (bytes(5_000), "damaged"),
    ],
)
def test_the_content_decides_and_not_the_name(tmp_path, content, code):
    for name in ("a.xlsx", "a.csv"):
        (tmp_path / name).write_bytes(content)
        assert refusal(tmp_path / name) == code


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_truncated_workbook_is_damaged(tmp_path, share):
    content = make_xlsx(tmp_path / "whole.xlsx", number_cell("A1")).read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(content[: int(len(content) * share)])
    assert refusal(tmp_path / "cut.xlsx") == "damaged"


@pytest.mark.parametrize("seed", range(12))
def test_random_damage_never_gets_out_of_the_child(tmp_path, seed):
    """Any answer is right but a crash."""
    path = make_xlsx(tmp_path / "whole.xlsx", "".join(number_cell(f"B{row}") for row in range(1, 50)))
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(20):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content)
    assert isinstance(outcome(path), list | str)


def test_an_archive_without_a_table_is_not_a_spreadsheet(tmp_path):
    with zipfile.ZipFile(tmp_path / "letter.xlsx", "w") as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("word/document.xml", "<document/>")
    assert refusal(tmp_path / "letter.xlsx") == "not_a_spreadsheet"


# Text


def test_a_line_of_ten_thousand_cells_is_refused(tmp_path):
    (tmp_path / "wide.csv").write_text("," * 10_000 + "x\n")
    assert refusal(tmp_path / "wide.csv") == "too_many_columns"


def test_a_file_that_is_one_open_quote_is_read_as_text(tmp_path):
    (tmp_path / "quote.csv").write_text('"' + "a,b\n" * 400_000)
    found = reading.inspect(tmp_path / "quote.csv")
    assert (found.row_count, found.head[0]) == (400_000, ['"a', "b"])


def test_formulas_are_read_as_their_text_or_result(tmp_path):
    (tmp_path / "formula.csv").write_text("name,note\n=1+1,=cmd|' /C calc'!A0\n")
    assert list(reading.rows(tmp_path / "formula.csv"))[1] == ["=1+1", "=cmd|' /C calc'!A0"]
    cell = '<row r="1"><c r="A1"><f>WEBSERVICE("http://127.0.0.1/")</f><v>5</v></c></row>'
    assert list(reading.rows(make_xlsx(tmp_path / "formula.xlsx", cell))) == [[5]]


# The child and the clock


def test_a_child_that_takes_too_long_is_stopped(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n")
    job = {
        "task": "rows",
        "path": str(path),
        "size": 4,
        "sheet": None,
        "encoding": None,
        "delimiter": None,
        "limit": None,
    }
    with pytest.raises(SheetError) as refused:
        list(runner.ask(job, wall_seconds=0))
    assert refused.value.code == "too_slow"


def test_a_reader_that_is_left_early_leaves_nothing_behind(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" * 200_000)
    for _ in range(5):
        rows = reading.rows(path)
        next(rows)
        rows.close()
    # All places are free again: with one still taken, the third of these would wait.
    open_at_once = [reading.rows(path) for _ in range(3)]
    assert [next(rows) for rows in open_at_once] == [["a", "b"]] * 3
    for rows in open_at_once:
        rows.close()


def resident_megabytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 >> 20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the memory of a process is read from /proc")
def test_the_server_does_not_grow(tmp_path):
    far = make_xlsx(tmp_path / "far.xlsx", number_cell("A1") + number_cell("XFD1048576").replace("<c r", "<c\nr"))
    bombs = [bomb(tmp_path / "bomb.xlsx"), far]
    gc.collect()
    before = resident_megabytes()
    for path in bombs * 2:
        refusal(path)
    assert resident_megabytes() - before <= 50
