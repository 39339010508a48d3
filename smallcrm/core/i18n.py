"""Languages, and dates and amounts as people say them. Chinese first."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_babel import gettext as _
from flask_babel import ngettext as _n
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from . import clock, settings
from .once import once

LANGUAGES = {"zh_CN": "简体中文", "en": "English"}
DEFAULT_LANGUAGE = "zh_CN"


class Sentences(Domain):
    """Flask-Babel's domain, which looks for its catalogue again with every sentence; this one does once a request.

    What it finds it keeps where Flask-Babel's force_locale and refresh clear it.
    """

    def get_translations(self) -> Any:
        context = getattr(g, "_flask_babel", None) if g else None
        known = getattr(context, "babel_translations", None)
        if known is None:
            known = super().get_translations()
            if context is not None:
                context.babel_translations = known
        return known


class Languages(Babel):
    """Flask-Babel with our domain."""

    @cached_property
    def domain_instance(self) -> Sentences:
        return Sentences(domain=self.domain)


babel = Languages()


def choose_language() -> str:
    """The signed-in person's language, else what the browser asks for, else Chinese."""
    if has_request_context():
        person = g.get("user")
        if person is not None and person.language in LANGUAGES:
            return str(person.language)
        chosen = request.cookies.get("language")
        if chosen in LANGUAGES:
            return str(chosen)
        best = request.accept_languages.best_match(["zh", "zh-CN", "zh-TW", "zh-HK", "en"])
        if best and best.startswith("en"):
            return "en"
    return DEFAULT_LANGUAGE


def zone() -> ZoneInfo:
    """The time zone days are counted in: the company's. Asked once per request."""
    if not has_request_context():
        return once("zone", settings.zone)
    if "zone" not in g:
        g.zone = settings.zone()
    return g.zone


def today() -> date:
    """The company's calendar day."""
    return clock.today(zone())


def local(moment: datetime) -> datetime:
    """`moment` on the company's wall clock."""
    return moment.astimezone(zone())


class WallClock:
    """The company's clock while one page is made: today is asked for once, every day is put into words once."""

    def __init__(self) -> None:
        self.now = clock.now()
        self.zone = zone()
        self.today = self.now.astimezone(self.zone).date()
        self._said: dict[date, str] = {}

    def day(self, day: date) -> str:
        """A day as people say it: 今天、明天、昨天, else 11-02, or 2024-11-02 in another year."""
        if day not in self._said:
            self._said[day] = self._say(day)
        return self._said[day]

    def _say(self, day: date) -> str:
        match (day - self.today).days:
            case 0:
                return _("Today")
            case 1:
                return _("Tomorrow")
            case 2:
                return _("The day after tomorrow")
            case -1:
                return _("Yesterday")
        return day.strftime("%m-%d") if day.year == self.today.year else day.isoformat()

    def moment(self, moment: datetime) -> str:
        """A moment as people say it: 今天 15:00、昨天 09:12、11-02 10:30."""
        there = moment.astimezone(self.zone)
        return f"{self.day(there.date())} {there:%H:%M}"

    def ago(self, moment: datetime) -> str:
        """How long ago: 刚刚、5 分钟前、3 小时前, and the day after that."""
        passed = self.now - moment
        if timedelta(0) <= passed < timedelta(minutes=1):
            return _("just now")
        if timedelta(0) <= passed < timedelta(hours=1):
            minutes = int(passed.total_seconds() // 60)
            return _n("%(num)s minute ago", "%(num)s minutes ago", minutes)
        return self.moment(moment)

    def due(self, moment: datetime) -> tuple[str, str]:
        """(words, tone) of a due moment; tone is overdue, soon (today) or idle."""
        there = moment.astimezone(self.zone)
        day, all_day = there.date(), (there.hour, there.minute) == (0, 0)
        if day < self.today:
            late = (self.today - day).days
            return _n("%(num)s day overdue", "%(num)s days overdue", late), "overdue"
        words = self.day(day) if all_day else f"{self.day(day)} {there:%H:%M}"
        if day == self.today:
            return words, "overdue" if moment < self.now and not all_day else "soon"
        return words, "idle"


def day_words(day: date) -> str:
    """As WallClock.day, for one."""
    return WallClock().day(day)


def moment_words(moment: datetime) -> str:
    """As WallClock.moment, for one."""
    return WallClock().moment(moment)


def ago_words(moment: datetime) -> str:
    """As WallClock.ago, for one."""
    return WallClock().ago(moment)


def due_words(moment: datetime) -> tuple[str, str]:
    """As WallClock.due, for one."""
    return WallClock().due(moment)


def exact(moment: datetime) -> str:
    """2026-11-22 15:04 on the company's wall clock."""
    return f"{local(moment):%Y-%m-%d %H:%M}"


def seconds_left(seconds: float) -> str:
    """How long something that shows its progress still takes."""
    if seconds < 60:
        return _n("about %(num)s second left", "about %(num)s seconds left", max(1, round(seconds)))
    return _n("about %(num)s minute left", "about %(num)s minutes left", round(seconds / 60))


def amount(value: Decimal | int | float, places: int = 2) -> str:
    """A number with thousands separators: 3,412 or 12,500.00."""
    return f"{value:,.{places}f}"


def short_amount(value: Decimal | int) -> str:
    """An amount for tiles: ¥12.5 万 in Chinese, ¥125K in English."""
    value = Decimal(value)
    steps: list[tuple[int, str]]
    if str(get_locale()).startswith("zh"):
        steps = [(10**8, " 亿"), (10**4, " 万")]
    else:
        steps = [(10**9, "B"), (10**6, "M"), (10**3, "K")]
    for size, unit in steps:
        if abs(value) >= size:
            text = f"{value / size:.2f}".rstrip("0").rstrip(".")
            return f"¥{text}{unit}"
    return f"¥{value:,.0f}"


def bytes_words(size: int) -> str:
    """A file size: 820 KB, 3.4 MB."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB"


@pass_eval_context
def _sentence(context: EvalContext, message: str, **variables: Any) -> str:
    """gettext of templates, as Jinja's own makes it but in one step; variables are escaped."""
    text = babel.domain_instance.get_translations().ugettext(message)
    if context.autoescape:
        text = Markup(text)  # noqa: S704 - our own sentences
    return text % variables if variables or "%" in text else text


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", DEFAULT_LANGUAGE)
    babel.init_app(app, locale_selector=choose_language)
    filters: dict[str, Any] = {
        "day": day_words,
        "moment": moment_words,
        "ago": ago_words,
        "exact": exact,
        "amount": amount,
        "short_amount": short_amount,
        "bytes": bytes_words,
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(gettext=_sentence, _=_sentence, due_words=due_words, today=today)
