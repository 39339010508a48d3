"""Bringing files in through the pages, as a person does."""

import io
import re

import pytest
from sqlalchemy import select

from smallcrm.core.db import db
from smallcrm.core.sheets.writing import Column, SheetOut, write_xlsx
from smallcrm.transfer.models import Import


def sheet(labels, rows, name="客户.xlsx"):
    """(content, file name) of an .xlsx with one sheet."""
    out = io.BytesIO()
    write_xlsx(out, [SheetOut("Sheet1", [Column(label) for label in labels], rows)])
    return out.getvalue(), name


def text(content, name="客户.csv", encoding="utf-8"):
    """(content, file name) of a text file."""
    return content.encode(encoding), name


def token_of(response):
    """The import that a redirect leads to."""
    return re.search(r"/imports/([0-9a-f]{32})", response.headers["Location"])[1]


class Bringing:
    """One person's way through the pages of an import."""

    def __init__(self, http):
        self.http = http
        self.token = ""

    def upload(self, entity, file):
        content, name = file
        response = self.http.post("/imports", {"entity": entity, "file": (io.BytesIO(content), name)})
        assert response.status_code == 303, response.text
        self.token = token_of(response)
        return self

    @property
    def row(self):
        db.session.rollback()
        return db.session.scalars(select(Import).where(Import.token == self.token)).one()

    def check(self, mapping=None, **options):
        """Send the columns (by default as they were suggested) and options; the trial run."""
        row = self.row
        data = {f"column-{place}": key for place, key in (mapping or row.mapping).items()}
        response = self.http.post(f"/imports/{self.token}/columns", {**data, **row.options, **options})
        assert response.status_code == 303, response.text
        return self

    def run(self):
        assert self.http.post(f"/imports/{self.token}/run").status_code == 303
        return self

    def page(self, place=""):
        response = self.http.get(f"/imports/{self.token}{place}")
        assert response.status_code == 200
        return response

    def problems(self):
        """The rows of the first sheet of the file of problems, labels first."""
        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(self.page("/problems.xlsx").data))
        return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


@pytest.fixture
def bring(client, cast):
    """bring(entity, file, person=…, mapping=…, **options): an import that has run."""

    def make(entity, file, by=None, mapping=None, **options):
        bringing = Bringing(client.as_(by or cast.sales)).upload(entity, file).check(mapping, **options)
        return bringing.run()

    return make


@pytest.fixture
def queued(app, monkeypatch):
    """Jobs wait in the queue, as in a real server, until `queued()` does them."""
    from smallcrm.core.jobs import run_pending

    monkeypatch.setitem(app.config, "JOBS_IMMEDIATE", False)
    app.extensions["smallcrm.jobs"].flush()
    yield lambda: run_pending(app)
    app.extensions["smallcrm.jobs"].flush()
