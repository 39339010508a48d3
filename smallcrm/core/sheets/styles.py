"""The number formats of a workbook that is being written."""

from xml.sax.saxutils import quoteattr

HEADER, DATE, DATETIME, TIME = 1, 2, 3, 4
_DEFAULT_FORMATS = ("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm:ss")
# Numbers below are Excel's own formats.
_FIRST_FORMAT = 164


class Styles:
    """The number formats in use, each with a style id: the index of its cell format in the workbook."""

    def __init__(self) -> None:
        self._formats = list(_DEFAULT_FORMATS)

    def id_of(self, number_format: str) -> int:
        """The style id for a number format, new or known."""
        if number_format not in self._formats:
            self._formats.append(number_format)
        return self._formats.index(number_format) + DATE

    def xml(self) -> str:
        """The styles part of the workbook."""
        codes = list(enumerate(self._formats, _FIRST_FORMAT))
        formats = "".join(f'<numFmt numFmtId="{number}" formatCode={quoteattr(code)}/>' for number, code in codes)
        cells = "".join(
            f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
            for number, _code in codes
        )
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f'<numFmts count="{len(codes)}">{formats}</numFmts>'
            '<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
            '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill>'
            '<fill><patternFill patternType="gray125"/></fill></fills>'
            '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            f'<cellXfs count="{len(codes) + 2}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
            '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
            f"{cells}</cellXfs>"
            '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
        )
