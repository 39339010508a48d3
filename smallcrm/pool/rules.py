"""When records go to the pool by themselves: what the company decided for each entity."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select, update

from ..core import audit, clock, i18n, settings
from ..core.db import db
from ..core.errors import Invalid
from ..entities import Entity
from ..users.models import User

LONGEST = 3650


@dataclass(frozen=True)
class Rule:
    """`days` times 24 hours without care, then into the pool; the owner hears of it `warn_days` before.

    Nobody loses a record unwarned: when the program was off or the rule is new, the warning comes first and the
    record stays for `warn_days` after it.
    """

    automatic: bool = False
    days: int = 30
    warn_days: int = 3


def of(entity: Entity) -> Rule:
    """The rule in force; not automatic until somebody switches it on."""
    kept: dict[str, Any] = settings.get(f"pool.{entity.key}", {})
    return Rule(**{**asdict(Rule()), **kept})


def parse(automatic: bool, days: str, warn_days: str) -> Rule:
    """The rule that a form describes. Raises Invalid with the form's field names."""
    errors = {}
    if not days.isdecimal() or not 1 <= int(days[:6]) <= LONGEST:
        errors["days"] = _("Enter a number of days from 1 to %(most)s.", most=LONGEST)
    if not warn_days.isdecimal() or ("days" not in errors and int(warn_days[:6]) >= int(days[:6])):
        errors["warn_days"] = _("The warning comes 0 or more days before, and fewer than the days above.")
    if errors:
        raise Invalid(errors)
    return Rule(automatic, int(days), int(warn_days))


def keep(entity: Entity, rule: Rule, by: User) -> None:
    """Put a rule in force; inside write()."""
    before = of(entity)
    if before == rule:
        return
    settings.put(f"pool.{entity.key}", asdict(rule))
    # A warning belongs to the rule it was given under: under the new one everybody is warned first.
    warned = update(entity.model).where(entity.rows(), entity.model.pool_warned_at.is_not(None))
    db.session.execute(warned.values(pool_warned_at=None).execution_options(synchronize_session=False))
    changes = {key: [value, asdict(rule)[key]] for key, value in asdict(before).items() if value != asdict(rule)[key]}
    audit.note("pool_rule_changed", by, entity=entity.key, changes=changes)


def exempt(entity: Entity, record: Any) -> bool:
    """Whether a record never goes by itself: it has bought, or somebody locked it."""
    dealt = entity.get(entity.dealt) if entity.dealt else None
    return record.locked_at is not None or (dealt is not None and dealt.get(record) is not None)


def leaves_on(entity: Entity, record: Any, rule: Rule) -> date | None:
    """The day on which an owned record goes to the pool if nobody cares for it, in the company's time zone.

    None when it does not go by itself.
    """
    if not rule.automatic or record.owner_id is None or record.idle_since is None or exempt(entity, record):
        return None
    leaves = record.idle_since + timedelta(days=rule.days)
    ahead, warned = timedelta(days=rule.warn_days), record.pool_warned_at
    if warned is not None and warned >= record.idle_since:
        leaves = max(leaves, warned + ahead)
    else:
        leaves = max(leaves, clock.now() + ahead)
    return i18n.local(leaves).date()


def to_warn(entity: Entity, rule: Rule) -> ColumnElement[bool]:
    """The owned records whose owner has to hear now that they will go, and has not yet."""
    model = entity.model
    unwarned = or_(model.pool_warned_at.is_(None), model.pool_warned_at < model.idle_since)
    return and_(_idle(entity, rule.days - rule.warn_days), unwarned)


def to_release(entity: Entity, rule: Rule) -> ColumnElement[bool]:
    """The owned records that go now: idle for long enough, and their owner warned early enough."""
    model = entity.model
    if rule.warn_days == 0:
        return _idle(entity, rule.days)
    since_warning = model.pool_warned_at < _ago(rule.warn_days)
    return and_(_idle(entity, rule.days), model.pool_warned_at >= model.idle_since, since_warning)


def leaving(entity: Entity, rule: Rule) -> dict[str, str]:
    """The filters of the list of what goes to the pool within `warn_days` days, as its URL has them."""
    last = i18n.today() - timedelta(days=rule.days - rule.warn_days)
    filters = {"f.idle_since.lte": last.isoformat(), "f.locked_at.empty": "1"}
    return filters | ({f"f.{entity.dealt}.empty": "1"} if entity.dealt and entity.get(entity.dealt) else {})


def foretold(entity: Entity, rule: Rule) -> int:
    """How many records would be warned about at once if `rule` came into force now; counted to 10,000."""
    limited = select(entity.model.id).where(_idle(entity, rule.days - rule.warn_days)).limit(10_000).subquery()
    return db.session.scalar(select(func.count()).select_from(limited)) or 0


def _idle(entity: Entity, days: int) -> ColumnElement[bool]:
    model = entity.model
    found = [
        entity.rows(),
        entity.live(),
        model.owner_id.is_not(None),
        model.locked_at.is_(None),
        model.idle_since < _ago(days),
    ]
    dealt = entity.get(entity.dealt) if entity.dealt else None
    if dealt is not None:
        found.append(dealt.is_empty(dealt.column(model)))
    return and_(*found)


def _ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)
