"""The example company: its departments, eight colleagues, and what becomes of its 300 customers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from .sentences import OWN_TASKS
from .story import Plan, Todo, weighted
from .workdays import Workdays

OWNER = "owner"  # the real person who set the company up
# Name and the department above it ("" is the company itself).
DEPARTMENTS = (
    ("总经办", ""),
    ("销售中心", ""),
    ("销售一部", "销售中心"),
    ("销售二部", "销售中心"),
    ("客服部", ""),
    ("市场部", ""),
)


@dataclass(frozen=True)
class Colleague:
    """An invented colleague; `key` is also the front part of the e-mail address."""

    key: str
    name: str
    role: str
    department: str
    phone: str


COLLEAGUES = (
    Colleague("zhoumin", "周敏", "manager", "销售中心", "15400010101"),
    Colleague("wangfang", "王芳", "sales", "销售一部", "15400010102"),
    Colleague("liuyang", "刘洋", "sales", "销售一部", "15400010103"),
    Colleague("chenxue", "陈雪", "sales", "销售二部", "15400010104"),
    Colleague("zhaopengfei", "赵鹏飞", "sales", "销售二部", "15400010105"),
    Colleague("sunli", "孙丽", "support", "客服部", "15400010106"),
    Colleague("hexiaoyan", "何晓燕", "readonly", "市场部", "15400010107"),
    Colleague("wujing", "吴静", "readonly", "总经办", "15400010108"),
)
MANAGER = "zhoumin"

# Status → how many customers, oldest and newest age in days, follow-ups, days since the last one.
FUNNEL: dict[str, tuple[int, tuple[int, int], tuple[int, int], tuple[int, int]]] = {
    "new": (54, (0, 35), (0, 2), (1, 6)),
    "following": (92, (20, 420), (3, 10), (1, 24)),
    "interested": (42, (25, 330), (6, 16), (1, 10)),
    "won": (62, (90, 725), (8, 36), (1, 35)),
    "paused": (26, (120, 640), (3, 9), (20, 150)),
    "lost": (24, (100, 700), (3, 10), (20, 300)),
}
# Status → weights of: overdue, today, the next seven days, later, no date.
NEXT = {
    "new": (14, 16, 45, 5, 20),
    "following": (16, 9, 38, 25, 12),
    "interested": (10, 15, 50, 20, 5),
    "won": (6, 6, 26, 40, 22),
    "paused": (0, 0, 0, 80, 20),
    "lost": (0, 0, 0, 0, 100),
}
LEVELS = {
    "new": (("A", 5), ("B", 15), ("C", 35), (None, 45)),
    "following": (("A", 12), ("B", 38), ("C", 40), ("D", 10)),
    "interested": (("A", 35), ("B", 45), ("C", 20)),
    "won": (("A", 45), ("B", 40), ("C", 15)),
    "paused": (("B", 25), ("C", 50), ("D", 25)),
    "lost": (("B", 10), ("C", 40), ("D", 50)),
}
OWNERS = (("wangfang", 60), ("liuyang", 55), ("chenxue", 58), ("zhaopengfei", 48), (MANAGER, 22), ("sunli", 14))
FOR_THE_OWNER = 36
GIVEN_TO_THE_OWNER = 3
WITHOUT_OWNER = 12
RELEASED = 5


def plans(rng: Random) -> Iterator[Plan]:
    """The 300 plans, in the order in which the customers came."""
    statuses = [status for status, (count, *_rest) in FUNNEL.items() for _ in range(count)]
    drawn = [_plan(rng, status) for status in statuses]
    rng.shuffle(drawn)
    lively = [i for i, plan in enumerate(drawn) if plan.status in ("new", "following", "interested", "won")]
    quiet = [i for i in lively if drawn[i].status in ("new", "following") and drawn[i].next != 0]
    for i in lively[:FOR_THE_OWNER]:
        drawn[i] = replace(drawn[i], owner=OWNER, created_by=OWNER, earlier_owner=None)
    for age, i in enumerate([i for i in lively[:FOR_THE_OWNER] if drawn[i].status == "new"][:GIVEN_TO_THE_OWNER], 1):
        drawn[i] = replace(drawn[i], age=age, last=age, follow_ups=0, created_by=MANAGER, next=age - 1)
    for i in quiet[-WITHOUT_OWNER:-RELEASED]:
        drawn[i] = replace(drawn[i], owner=None, earlier_owner=None, created_by=MANAGER, follow_ups=0, next=None)
    for i in quiet[-RELEASED:]:
        before = str(drawn[i].owner)
        drawn[i] = replace(
            drawn[i], owner=None, earlier_owner=before, follow_ups=max(2, drawn[i].follow_ups), next=None
        )
    yield from sorted(drawn, key=lambda plan: -plan.age)


def _plan(rng: Random, status: str) -> Plan:
    _count, (youngest, oldest), (fewest, most), (soonest, latest) = FUNNEL[status]
    age = round(rng.triangular(youngest, oldest, youngest + (oldest - youngest) * 0.3))
    last = min(age, rng.randint(soonest, latest))
    next_ = _next(rng, status)
    if next_ is not None and next_ <= 0:
        last = min(age, max(last, rng.randint(1, 6) - next_))
        next_ = next_ if last > -next_ else None
    owner = weighted(rng, OWNERS)
    follow_ups = rng.randint(fewest, most) if age else 0
    handed_over = age > 60 and follow_ups > 3 and rng.random() < 0.13
    return Plan(
        status=status,
        level=weighted(rng, LEVELS[status]),
        owner=owner,
        age=age,
        last=last,
        follow_ups=follow_ups,
        contacts=weighted(rng, ((1, 55), (2, 32), (3, 13))),
        next=next_ if follow_ups or next_ is None or next_ >= 0 else 0,
        created_by=MANAGER if handed_over or rng.random() < 0.15 else owner,
        earlier_owner=weighted(rng, [each for each in OWNERS if each[0] != owner]) if handed_over else None,
        tasks=1 if status in ("following", "interested", "won") and rng.random() < 0.22 else 0,
    )


def _next(rng: Random, status: str) -> int | None:
    kind = rng.choices(("overdue", "today", "week", "later", "none"), NEXT[status])[0]
    if kind == "none":
        return None
    if kind == "later" and status == "paused":
        return rng.randint(20, 100)
    low, high = {"overdue": (-12, -1), "today": (0, 0), "week": (1, 7), "later": (8, 30)}[kind]
    return rng.randint(low, high)


def own_tasks(rng: Random, days: Workdays) -> Iterator[Todo]:
    """What the colleagues have to do besides their customers: some done, some due."""
    for place, (title, repeat) in enumerate(OWN_TASKS):
        for who in (OWNER, COLLEAGUES[1 + place % 4].key):
            due = rng.choice((-6, -1, 0, 1, 2, 4, 6))
            done = due < 0 and rng.random() < 0.6
            yield Todo(
                title=title,
                at=days.past(min(due, 0) - rng.randrange(2, 9)),
                due_at=days.due(due),
                owner=who,
                priority=rng.choice(("normal", "normal", "high", "low")),
                repeat=repeat,
                done_at=days.past(due) if done else None,
            )
