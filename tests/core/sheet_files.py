"""Where the real files are, and files that nobody would send by accident."""

import os
import zipfile
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SMALLCRM_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared test files are not at {SHARED}")

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELATIONSHIPS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def make_xlsx(path: Path, sheet_data: str, *, shared: str = "", more: dict[str, bytes] | None = None) -> Path:
    """A workbook whose one sheet has `sheet_data` inside <sheetData>, written part by part."""
    relations = f'<Relationship Id="rId1" Type="{_TYPE}worksheet" Target="worksheets/sheet1.xml"/>'
    if shared:
        relations += f'<Relationship Id="rId2" Type="{_TYPE}sharedStrings" Target="sharedStrings.xml"/>'
    package = f'<Relationship Id="rId1" Type="{_TYPE}officeDocument" Target="xl/workbook.xml"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        archive.writestr("_rels/.rels", _RELATIONSHIPS.format(package))
        archive.writestr("xl/_rels/workbook.xml.rels", _RELATIONSHIPS.format(relations))
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {_MAIN} xmlns:r="{_TYPE[:-1]}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {_MAIN}><sheetData>{sheet_data}</sheetData></worksheet>"
        )
        if shared:
            archive.writestr("xl/sharedStrings.xml", f"<sst {_MAIN}>{shared}</sst>")
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return path


def number_cell(address: str, value: float = 1) -> str:
    """One cell in a row of its own."""
    row = "".join(character for character in address if character.isdigit())
    return f'<row r="{row}"><c r="{address}"><v>{value}</v></c></row>'
