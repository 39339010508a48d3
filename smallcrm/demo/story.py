"""The life of one customer as plain data: who it is, what was said, what changed, what is to be done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from . import words
from .conversation import Conversation
from .names import Company, Names, Somebody, spelled
from .workdays import Workdays

# A colleague: a word in the example data, a user id in the bulk generator.
Who = str | int

PATHS = {
    "new": ("first", "first"),
    "following": ("first", "needs", "needs", "sample", "quote"),
    "interested": ("first", "needs", "sample", "quote", "negotiation"),
    "won": ("first", "needs", "sample", "quote", "negotiation", "order"),
    "paused": ("first", "needs", "quote", "pause"),
    "lost": ("first", "needs", "quote", "negotiation", "lost"),
}
AFTER_THE_ORDER = ("delivery", "care", "repeat", "delivery", "care", "care", "repeat", "complaint", "care")
STATUS_AT = {"order": "won", "pause": "paused", "lost": "lost"}
WARM = ("sample", "quote", "negotiation")
SOURCES = (
    ("referral", 24),
    ("exhibition", 16),
    ("search", 10),
    ("advertising", 5),
    ("website", 8),
    ("wechat", 8),
    ("short_video", 6),
    ("marketplace", 11),
    ("phone_enquiry", 5),
    ("email_enquiry", 2),
    ("cold_visit", 5),
)
SCALES = (("1-20", 18), ("21-50", 28), ("51-200", 32), ("201-500", 14), ("501-2000", 6), ("2001+", 2))
ROLES = ("decider", "buyer", "influencer", "user", "finance", "gatekeeper")


@dataclass(slots=True)
class Plan:
    """What becomes of a customer. Days count from today; `age` and `last` back from it, `next` (or None) ahead."""

    status: str
    level: str | None
    owner: Who | None
    age: int
    last: int
    follow_ups: int
    contacts: int
    next: int | None
    created_by: Who
    earlier_owner: Who | None = None
    tasks: int = 0


@dataclass(slots=True)
class Said:
    """A follow-up; `contact` is the place in the story's list of contacts."""

    at: datetime
    by: Who
    kind: str
    content: str
    contact: int | None
    next_at: datetime | None
    stage: str


@dataclass(slots=True)
class Changed:
    """A change of the customer's own fields {field key: new value}; an owner is a Who."""

    at: datetime
    by: Who
    values: dict[str, Any]


@dataclass(slots=True)
class Todo:
    """A task; done when `done_at` is set."""

    title: str
    at: datetime
    due_at: datetime
    owner: Who
    priority: str = "normal"
    repeat: str | None = None
    done_at: datetime | None = None


@dataclass(slots=True)
class Story:
    """A customer from its first day: `values` and `owner` as they were then."""

    at: datetime
    by: Who
    owner: Who | None
    values: dict[str, Any]
    contacts: list[dict[str, Any]]
    said: list[Said] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    todos: list[Todo] = field(default_factory=list)


class Teller:
    """Tells stories. `rng` decides what happens to the customer told next; names are never given twice."""

    def __init__(self, rng: Random, days: Workdays, names: Names, *, no_text_twice: bool = False) -> None:
        """`no_text_twice`: over all customers; without it over each customer's own follow-ups."""
        self.rng = rng
        self.days = days
        self.names = names
        self.written: set[str] | None = set() if no_text_twice else None

    def tell(self, plan: Plan) -> Story:
        """One customer's whole life as `plan` says."""
        company = self.names.company()
        people = [self.names.person(role) for role in self._roles(plan.contacts)]
        started = self.days.past(-plan.age)
        owner = plan.earlier_owner or plan.owner
        story = Story(
            at=started,
            by=plan.created_by,
            owner=owner,
            values=self._values(plan, company),
            contacts=[self._contact(person, company, first=not i) for i, person in enumerate(people)],
        )
        talk = Conversation(self.rng, company, people, self.written)
        if plan.follow_ups and (owner or plan.created_by):
            self._say(plan, story, talk, people)
        elif plan.next is not None:
            story.values["next_follow_up_at"] = self.days.due(plan.next)
        self._hand_over(plan, story)
        for _ in range(plan.tasks):
            story.todos.append(self._todo(plan, story, talk.task(people[0])))
        return story

    # --- who it is ------------------------------------------------------------------------------------------------

    def _values(self, plan: Plan, company: Company) -> dict[str, Any]:
        rng, names = self.rng, self.names
        chance = rng.random
        domain = f"{spelled(company.brand)}{spelled(company.city.name)}.example.cn"
        values: dict[str, Any] = {
            "name": company.name,
            "short_name": company.short if chance() < 0.7 else None,
            "status": "new" if plan.follow_ups else plan.status,
            "level": plan.level,
            "type": "dealer" if company.industry == "trade" and chance() < 0.4 else "end_customer",
            "source": weighted(rng, SOURCES),
            "industry": company.industry,
            "scale": weighted(rng, SCALES) if chance() < 0.8 else None,
            "phone": names.landline(company.city) if chance() < 0.55 else names.mobile(),
            "other_phone": names.landline(company.city) if chance() < 0.12 else None,
            "email": f"info@{domain}" if chance() < 0.35 else None,
            "website": f"http://www.{domain}" if chance() < 0.3 else None,
            "address": names.address(company.city) if chance() < 0.9 else None,
            "tax_number": self._tax_number(company) if plan.status == "won" and chance() < 0.8 else None,
            "tags": rng.sample(words.TAGS, rng.choice((1, 1, 2))) if chance() < 0.4 else None,
            "notes": rng.choice(words.CUSTOMER_NOTES) if chance() < 0.25 else None,
        }
        return {key: value for key, value in values.items() if value is not None}

    def _tax_number(self, company: Company) -> str:
        # The last character of a real number is a checksum that can never be Z.
        middle = "".join(self.rng.choices("0123456789ABCDEFGH", k=7))
        return f"91{company.city.districts[0]}MA{middle}Z"

    def _roles(self, count: int) -> list[str]:
        first = "decider" if self.rng.random() < 0.45 else "buyer"
        others = [role for role in ROLES if role != first]
        return [first, *self.rng.sample(others[:3], min(count - 1, 3))][:count]

    def _contact(self, person: Somebody, company: Company, *, first: bool) -> dict[str, Any]:
        rng, chance = self.rng, self.rng.random
        login = spelled(person.name)
        values: dict[str, Any] = {
            "name": person.name,
            "job_title": person.job,
            "unit": person.unit if chance() < 0.6 else None,
            "phone": self.names.mobile() if first or chance() < 0.85 else None,
            "other_phone": f"{self.names.landline(company.city)} 转 {rng.randrange(101, 899)}"
            if chance() < 0.1
            else None,
            "wechat": f"{login}_example{rng.randrange(10, 99)}" if chance() < 0.45 else None,
            "email": f"{login}@{spelled(company.brand)}.example.cn" if chance() < 0.25 else None,
            "decision_role": person.role if first or chance() < 0.8 else None,
            "gender": person.gender if chance() < 0.7 else None,
            "birthday": self._birthday() if chance() < 0.12 else None,
            "notes": rng.choice(words.CONTACT_NOTES) if chance() < 0.15 else None,
        }
        return {key: value for key, value in values.items() if value is not None}

    def _birthday(self) -> date:
        born = self.days.today - timedelta(days=self.rng.randrange(25 * 365, 58 * 365))
        return born.replace(day=self.rng.randrange(1, 29))

    # --- what happened --------------------------------------------------------------------------------------------

    def _say(self, plan: Plan, story: Story, talk: Conversation, people: Sequence[Somebody]) -> None:
        moments = self._moments(plan, story.at)
        stages = self._stages(plan.status, len(moments))
        handed_over = len(moments) // 2 if plan.earlier_owner else 0
        status = "new"
        for i, (at, stage) in enumerate(zip(moments, stages, strict=True)):
            by = (plan.earlier_owner if i < handed_over else plan.owner) or plan.earlier_owner or plan.created_by
            next_at = self._next(plan, moments, i) if stage != "lost" else None
            contact = 0 if len(people) == 1 or self.rng.random() < 0.75 else self.rng.randrange(len(people))
            agreed = self.days.words(next_at, at) if next_at else None
            kind, content = talk.write(stage, people[contact], self.days.half(at), agreed)
            known = contact if self.rng.random() < 0.6 else None
            story.said.append(Said(at, by, kind, content, known, next_at, stage))
            status = self._advance(story, plan, status, story.said[-1])

    def _moments(self, plan: Plan, started: datetime) -> list[datetime]:
        """When somebody spoke to them: the first time soon after they came, the last time `plan.last` days ago."""
        count = min(plan.follow_ups, plan.age - plan.last + 1)
        between = self.rng.sample(range(plan.last, plan.age + 1), count)
        between.sort(reverse=True)
        between[-1] = plan.last
        if count > 1:
            between[0] = max(plan.age - self.rng.randrange(4), between[1])
        soonest, latest = started + timedelta(minutes=2), self.days.now
        moments = (max(self.days.past(-day), soonest + timedelta(minutes=9 * i)) for i, day in enumerate(between))
        # Once a day is enough; days that fell on a weekend have moved together.
        return sorted({self.days.date(moment): min(moment, latest) for moment in moments}.values())

    def _stages(self, status: str, count: int) -> list[str]:
        path = PATHS[status]
        if count <= len(path):
            closed = path[-1] in STATUS_AT
            return [*path[: count - 1], path[-1]] if closed else list(path[:count])
        if path[-1] not in STATUS_AT:
            return [path[i * len(path) // count] for i in range(count)]
        talks = path[:-1]
        before = count - 1 if status != "won" else min(count - 1, 5 + self.rng.randrange(4))
        later = count - before - 1
        start = self.rng.choice((0, 0, 3))
        cycle = [AFTER_THE_ORDER[(start + i) % len(AFTER_THE_ORDER)] for i in range(later)]
        return [*(talks[i * len(talks) // before] for i in range(before)), path[-1], *cycle]

    def _next(self, plan: Plan, moments: Sequence[datetime], i: int) -> datetime | None:
        if i + 1 == len(moments):
            return self.days.due(plan.next) if plan.next is not None else None
        if self.rng.random() < 0.25:
            return None
        coming = moments[i + 1]
        kept = coming.replace(minute=coming.minute // 30 * 30, second=0, microsecond=0)
        return kept if kept > moments[i] else None

    def _advance(self, story: Story, plan: Plan, status: str, said: Said) -> str:
        """Write down the change of status that this talk brought, if any; the status afterwards."""
        wanted = STATUS_AT.get(said.stage)
        if wanted is None and said.stage in WARM and plan.status in ("interested", "won", "lost"):
            wanted = "interested" if status in ("new", "following") else None
        if wanted is None and status == "new" and plan.status != "new":
            wanted = "following"
        if wanted is None or wanted == status:
            return status
        story.changed.append(Changed(said.at + timedelta(seconds=1), said.by, {"status": wanted}))
        return wanted

    def _hand_over(self, plan: Plan, story: Story) -> None:
        if plan.earlier_owner is None:
            return
        before = story.said[len(story.said) // 2 - 1].at if len(story.said) > 1 else story.at
        if plan.owner is None and story.said:
            before = story.said[-1].at
        by = plan.created_by if plan.owner is not None else plan.earlier_owner
        story.changed.append(Changed(before + timedelta(minutes=25), by, {"owner": plan.owner}))
        story.changed.sort(key=lambda change: change.at)

    def _todo(self, plan: Plan, story: Story, title: str) -> Todo:
        at = story.said[-1].at + timedelta(minutes=3) if story.said else story.at
        owner = plan.owner or plan.created_by
        priority = self.rng.choice(("high", "normal", "normal", "normal", "low"))
        return Todo(title, at, self.days.due(self.rng.choice((-2, -1, 0, 0, 1, 2, 3, 5, 8))), owner, priority)


def weighted(rng: Random, table: Sequence[tuple[Any, int]]) -> Any:
    """One of `table` by weight."""
    values, weights = zip(*table, strict=True)
    return rng.choices(values, weights)[0]
