"""The page of all charts, each chart's own page and Excel file, and the summary of any list."""

import time
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, g, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core import i18n
from ..core.web import error_response, page
from ..entities import Entity, by_slug
from ..records.conditions import BadListing
from ..transfer import exports
from ..transfer.downloads import sent_once
from . import charts, files, periods, tiles
from .charts import Chart, Scope
from .summary import Summary
from .views import View

bp = Blueprint("reports", __name__, url_prefix="/reports")

# The page draws what it has counted by then (seconds); the other charts come by themselves. A small company sees all of
# them at once, a large one waits for no slow one.
PATIENCE = 0.06
FORMS = ("", "chart", "table")


@bp.errorhandler(BadListing)
def _bad_listing(error: BadListing) -> Response:
    return error_response(400, str(error))


@bp.get("")
def index() -> Response:
    scope = _scope()
    whole = bool(request.args.get("whole"))
    started = time.monotonic()
    numbers = tiles.numbers(scope)
    views = [
        _view(chart, scope, count=whole or time.monotonic() - started < PATIENCE, short=True)
        for chart in charts.offered(scope)
    ]
    return page("reports/index.html", block="charts", scope=scope, numbers=numbers, views=views, **_choices(scope))


@bp.get("/<chart>")
def show(chart: str) -> Response:
    scope = _scope()
    view = _view(_chart(chart), scope, count=True, short=bool(request.args.get("short")))
    return page("reports/chart.html", block="chart", scope=scope, view=view, **_choices(scope))


@bp.get("/<chart>.xlsx", endpoint="file")
def download(chart: str) -> Response:
    wanted = _chart(chart)
    asked = _scope()
    scope = Scope(asked.user, asked.period, asked.department, exporting=True)
    listing = scope.listing(wanted.sources[0])
    figures = charts.figures(wanted, scope)
    path = files.write(str(wanted.title), figures, rate=wanted.rate)
    fields = [listing.entity[key] for key in (wanted.group, wanted.split) if key]
    files.log(wanted.key, listing, fields, figures)
    days = scope.period.days if any(source.during for source in wanted.sources) else i18n.today().isoformat()
    return sent_once(path, f"{wanted.title} {days}.xlsx")


@bp.get("/of/<slug>")
def of(slug: str) -> Response:
    summary = Summary.asked(_entity(slug), g.user, request.args)
    view = summary.view(as_table=_as_table())
    return page("reports/summary.html", block="chart", summary=summary, view=view, entity=summary.entity)


@bp.get("/of/<slug>.xlsx", endpoint="of_file")
def download_of(slug: str) -> Response:
    summary = Summary.asked(_entity(slug), g.user, request.args, exporting=True)
    figures = summary.figures()
    path = files.write(str(summary.entity.label), figures)
    files.log(f"of/{slug}", summary.listing, summary.fields, figures)
    return sent_once(path, exports.file_name(summary.entity, "xlsx"))


def _scope() -> Scope:
    period = periods.asked(request.args)
    raw = request.args.get("department", "")
    if raw and (not raw.isdecimal() or int(raw) not in dict(charts.departments(g.user))):
        raise BadListing(_("There is no such department, or you do not see it."))
    return Scope(g.user, period, int(raw) if raw else None)


def _choices(scope: Scope) -> dict[str, Any]:
    """What the lines over the charts offer, for the page that is asked for."""
    spans = [periods.named(name) for name in periods.NAMES if name != periods.CUSTOM]
    departments = charts.departments(scope.user)
    return {
        "spans": [
            (str(periods.NAMES[span.name]), scope.during(span), span.name == scope.period.name) for span in spans
        ],
        "departments": departments,
        "department": dict(departments).get(scope.department or 0, "").strip(),
    }


def _chart(key: str) -> Chart:
    return charts.CHARTS.get(key) or abort(404)


def _entity(slug: str) -> Entity:
    return by_slug(slug) or abort(404)


def _as_table() -> bool:
    form = request.args.get("as", "")
    if form not in FORMS:
        raise BadListing(_("“%(name)s” is not a view of a chart.", name=form[:40]))
    # Bookmarks from before lists had views said it so.
    return form == "table" or request.args.get("view") == "table"


def _view(chart: Chart, scope: Scope, *, count: bool, short: bool) -> View:
    path = f"/reports/{chart.key}"
    wider = f"{'/reports' if short else path}?{urlencode(scope.during(periods.named('this_year')).parameters())}"
    timed = any(source.during for source in chart.sources)
    return View(
        key=chart.key,
        title=str(chart.title),
        note=str(chart.note),
        path=path,
        parameters=scope.parameters(),
        figures=charts.figures(chart, scope) if count else None,
        as_table=_as_table(),
        short=short,
        wide=chart.wide,
        rate=chart.rate,
        may_export=scope.reaches(chart.sources, "export"),
        nothing=_("Nothing in this period yet.") if timed else _("Nothing to count here."),
        otherwise=(_("Look at this year"), wider) if timed and scope.period.name != "this_year" else None,
    )
