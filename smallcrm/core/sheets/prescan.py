"""What a file is, by its content, and whether it is safe to hand to the spreadsheet library.

A spreadsheet of one kilobyte can ask for half a terabyte: two cells, A1 and XFD1048576. The child's memory limit stops
that anyway; this look beforehand is cheaper and can name the reason.
"""

import re
import zipfile
import zlib
from typing import IO

from smallcrm.core.sheets.limits import MAX_PARTS, MAX_PICTURES, MAX_RATIO, MAX_UNPACKED, Rejected

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BARE_BIFF = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_OTHERS = (
    b"\x89PNG",
    b"%PDF",
    b"GIF8",
    b"\xff\xd8\xff",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"SQLite format",
    b"{\\rtf",
)
_PICTURES = ("xl/media/", "xl/drawings/", "Pictures/", "xl/embeddings/")
_SHEET = re.compile(r"(?:^|/)xl/worksheets/[^/]+\.xml$", re.IGNORECASE)

# A cell that is not empty (`<c …/>` is) right of column KN or below row 200,000. It matches only in files that are
# refused and begins with a literal, so a good file passes at the speed of the search.
_FAR_CELL = re.compile(
    rb""" r=["'](?:[A-Z]{3,}\d+|(?:K[O-Z]|[L-Z][A-Z])\d+|[A-Z]+(?!200000["'])(?:[2-9]\d{5}|\d{7,}))["'][^>]*(?<!/)>"""
)
_CHUNK = 1 << 20
_OVERLAP = 512


def kind_of(path: str) -> str:
    """xlsx, xlsm, xlsb, ods, xls or text; raises Rejected for anything that holds no table or is protected."""
    with open(path, "rb") as file:
        head = file.read(16)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(path)
    if head.startswith(_OLE):
        return _compound(path)
    if head.startswith(_BARE_BIFF) and head[3:4] == b"\x00":
        raise Rejected("old_format")
    if head.startswith(_OTHERS):
        raise Rejected("not_a_spreadsheet")
    return "text"


def _compound(path: str) -> str:
    """An encrypted .xlsx is an OLE file too, with a stream of that name in its directory."""
    with open(path, "rb") as file:
        content = file.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Rejected("password")
    return "xls"


def _archive(path: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            kind = _kind_inside(archive)
            _check_sizes(archive)
            if kind in ("xlsx", "xlsm"):
                _check_far_cells(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, UnicodeDecodeError) as error:
        raise Rejected("damaged") from error
    return kind


def _kind_inside(archive: zipfile.ZipFile) -> str:
    names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise Rejected("password")
    if "mimetype" in names:
        with archive.open(names["mimetype"]) as part:
            if b"opendocument.spreadsheet" in part.read(200):
                return "ods"
        raise Rejected("not_a_spreadsheet")
    if any(name.endswith("workbook.bin") for name in names):
        return "xlsb"
    if "[content_types].xml" not in names or any(
        name in names for name in ("word/document.xml", "ppt/presentation.xml")
    ):
        raise Rejected("not_a_spreadsheet")
    return "xlsm" if any(name.endswith("vbaproject.bin") for name in names) else "xlsx"


def _check_sizes(archive: zipfile.ZipFile) -> None:
    """Pictures are never unpacked, so a price list with photos is not held to the numbers meant for bombs."""
    entries = archive.infolist()
    parts = [entry for entry in entries if not entry.filename.startswith(_PICTURES)]
    if len(parts) > MAX_PARTS or len(entries) > MAX_PICTURES:
        raise Rejected("too_many_parts", limit=MAX_PARTS if len(parts) > MAX_PARTS else MAX_PICTURES)
    unpacked = sum(entry.file_size for entry in parts)
    stored = sum(entry.compress_size for entry in parts)
    if unpacked > MAX_UNPACKED or (unpacked > 10 * _CHUNK and unpacked > stored * MAX_RATIO):
        raise Rejected("too_large")


def _check_far_cells(archive: zipfile.ZipFile) -> None:
    for entry in archive.infolist():
        if _SHEET.search(entry.filename.replace("\\", "/")):
            with archive.open(entry) as part:
                _search_far_cell(part)


def _search_far_cell(part: IO[bytes]) -> None:
    tail = b""
    while chunk := part.read(_CHUNK):
        window = tail + chunk
        if _FAR_CELL.search(window):
            raise Rejected("far_cell")
        tail = window[-_OVERLAP:]
