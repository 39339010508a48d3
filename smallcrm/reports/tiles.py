"""The numbers over the charts, each beside that of the period before."""

from dataclasses import dataclass

from flask_babel import gettext as _

from . import breakdown
from .charts import TILES, Scope, Source, Tile
from .measures import Measure

# Ten times as many says nothing as a percentage: there was hardly anything before.
LARGEST_CHANGE = 10


@dataclass(frozen=True)
class Number:
    """A tile as it is shown. `note` compares, `tone` says whether that is good, `hint` are the days compared with."""

    label: str
    value: str
    href: str
    note: str
    tone: str
    hint: str


def numbers(scope: Scope) -> list[Number]:
    """The tiles that this person may see."""
    tiles = sorted(TILES.values(), key=lambda tile: tile.position)
    return [_number(scope, tile) for tile in tiles if scope.reaches(_sources(tile))]


def _sources(tile: Tile) -> tuple[Source, ...]:
    return (tile.source, tile.of) if tile.of else (tile.source,)


def _number(scope: Scope, tile: Tile) -> Number:
    timed = all(source.during for source in _sources(tile))
    before = scope.during(scope.period.previous())
    now = _share(scope, tile) if tile.of else _count(scope, tile)
    then = (_share(before, tile) if tile.of else _count(before, tile)) if timed else None
    address = breakdown.href(scope.listing(tile.source)) or ""
    value = "–" if now is None else f"{now:.1f}".removesuffix(".0") + "%" if tile.of else f"{now:,.0f}"
    note, tone = _compared(now, then, tile) if timed else (_("as of now"), "")
    return Number(str(tile.label), value, address, note, tone, before.period.days if timed else "")


def _count(scope: Scope, tile: Tile) -> float:
    return float(breakdown.whole(scope.listing(tile.source), Measure()).count)


def _share(scope: Scope, tile: Tile) -> float | None:
    """Percent; None when there is nothing to have a share of."""
    assert tile.of is not None
    whole = breakdown.whole(scope.listing(tile.of), Measure()).count
    return _count(scope, tile) * 100 / whole if whole else None


def _compared(now: float | None, then: float | None, tile: Tile) -> tuple[str, str]:
    """(the comparison in words, its tone)."""
    if now is None or then is None:
        return _("nothing to compare with"), ""
    if tile.of:
        change, words = now - then, f"{abs(now - then):.1f}"
        if words == "0.0":
            return _("as before"), ""
        text = _("%(points)s points more", points=words) if change > 0 else _("%(points)s points less", points=words)
    else:
        change = now - then
        if not change:
            return _("as before"), ""
        text = _("%(before)s before", before=f"{then:,.0f}")
        if then and abs(change) < LARGEST_CHANGE * then:
            text = f"{'↑' if change > 0 else '↓'} {abs(change) * 100 / then:,.0f}% · {text}"
    return text, "green" if (change > 0) is not tile.less_is_better else "red"
