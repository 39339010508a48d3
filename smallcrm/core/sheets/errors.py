"""What to tell someone whose file cannot be read."""

from flask_babel import lazy_gettext as _l

from smallcrm.core.errors import Refused

SENTENCES = {
    "busy": _l("Several large files are being read right now. Try again in a minute."),
    "damaged": _l("The file is damaged or incomplete. Open it in Excel or WPS, save it again and upload that copy."),
    "far_cell": _l(
        "Some cell lies far away from the table. Delete everything to the right of and below the table, save, and "
        "upload again."
    ),
    "no_such_sheet": _l("The file has no sheet named “%(name)s”."),
    "not_a_spreadsheet": _l("This is not a spreadsheet. Upload an Excel, WPS or CSV file."),
    "old_format": _l("The file comes from a very old Excel version. Save it as .xlsx and upload that."),
    "password": _l("The file is protected by a password. Remove the password in Excel or WPS and upload it again."),
    "too_large": _l("The file is too large when unpacked. Split it into several files, or save it as CSV."),
    "too_many_columns": _l("The table has more than %(limit)s columns. Delete the columns you do not need."),
    "too_many_parts": _l("The file has more than %(limit)s parts inside. Copy the table into a new file."),
    "too_many_rows": _l("The table has more than %(limit)s rows. Split it into several files."),
    "too_slow": _l("Reading the file took too long. Split it into several files, or save it as CSV."),
    "unknown_encoding": _l("The encoding “%(name)s” is not known."),
    "web_page": _l("This is a web page or XML, whatever its name says. Open it in Excel or WPS and save it as .xlsx."),
}


class SheetError(Refused):
    """The file cannot be read. `code` is a key of `SENTENCES`. str() gives that sentence in the user's language."""

    status = 422

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return str(SENTENCES[self.code]) % self.values
