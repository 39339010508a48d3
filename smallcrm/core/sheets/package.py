"""The parts of an .xlsx file around its worksheets, and the names that worksheets may have."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from smallcrm.core.sheets.table import letter

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAME_LENGTH = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")


def sheet_name(wanted: str, taken: Sequence[str]) -> str:
    """A name Excel accepts, as close to `wanted` as it goes and different from those `taken`."""
    base = _NOT_IN_NAMES.sub(" ", wanted).strip().strip("'").strip() or "Sheet"
    if base.lower() == "history":
        # Excel keeps this one for itself.
        base += "_"
    used = {name.lower() for name in taken}
    name, number = _cut(base, ""), 1
    while name.lower() in used:
        number += 1
        name = _cut(base, f" ({number})")
    return name


def _cut(base: str, ending: str) -> str:
    """Excel counts in UTF-16 units."""
    room = _NAME_LENGTH - len(ending)
    while len(base.encode("utf-16-le")) // 2 > room:
        base = base[:-1]
    return base.rstrip("' ") + ending


def sheet_path(number: int) -> str:
    """Where worksheet `number`, counted from 1, lies inside the file."""
    return f"xl/worksheets/sheet{number}.xml"


def area(rows: int, columns: int) -> str:
    """A1:… for a table of that size, at least one cell."""
    return f"A1:{letter(max(columns, 1) - 1)}{max(rows, 1)}"


def parts(names: Sequence[str], sizes: Sequence[tuple[int, int]], styles: str) -> list[tuple[str, str]]:
    """(path, content) of everything but the worksheets; `sizes` are rows and columns of each, header included."""
    return [
        ("[Content_Types].xml", _content_types(len(names))),
        ("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])),
        ("xl/workbook.xml", _workbook(names, sizes)),
        ("xl/_rels/workbook.xml.rels", _workbook_relations(len(names))),
        ("xl/styles.xml", styles),
    ]


def _content_types(count: int) -> str:
    overrides = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")]
    overrides += [(sheet_path(number), "worksheet") for number in range(1, count + 1)]
    listed = "".join(f'<Override PartName="/{path}" ContentType="{_TYPES}.{kind}+xml"/>' for path, kind in overrides)
    return (
        f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{path}"/>'
        for number, (kind, path) in enumerate(targets, 1)
    )
    return f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _workbook_relations(count: int) -> str:
    sheets = [("worksheet", sheet_path(number).removeprefix("xl/")) for number in range(1, count + 1)]
    return _relations([*sheets, ("styles", "styles.xml")])


def _workbook(names: Sequence[str], sizes: Sequence[tuple[int, int]]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, 1)
    )
    # Excel wants the filtered area also as a hidden name.
    filters = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{index}" hidden="1">'
        f"{escape(_absolute(names[index], *size))}</definedName>"
        for index, size in enumerate(sizes)
    )
    return (
        f'{_DECLARATION}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets>'
        f"<definedNames>{filters}</definedNames></workbook>"
    )


def _absolute(name: str, rows: int, columns: int) -> str:
    quoted = name.replace("'", "''")
    return f"'{quoted}'!$A$1:${letter(max(columns, 1) - 1)}${max(rows, 1)}"
