"""Bringing the example data: a company at work for two years, seen from today."""

from flask_babel import gettext as _
from sqlalchemy import insert, select

from ..core import clock, i18n
from ..core.db import db, write
from ..core.errors import Refused
from ..customers.models import Customer
from ..entities import Entity, every, find
from ..records import events
from ..users.models import Department, Role, User, UserStatus
from . import plans
from .chronicle import Chronicle
from .models import BATCH, DEPARTMENTS, USERS, DemoRow
from .names import Names
from .sheaf import Sheaf
from .story import Story, Teller, Who
from .workdays import Workdays, dice

SEED = 20


def is_loaded() -> bool:
    """Whether there is example data."""
    return db.session.scalar(select(DemoRow.record_id).limit(1)) is not None


def load(owner: User) -> None:
    """Add the example data for a company that has no customers yet; `owner` gets some of them.

    One write transaction of about two seconds. Raises Refused when there are customers already: example data never
    mixes into a company at work.
    """
    days = Workdays(clock.now(), i18n.zone(), dice(SEED))
    stories, own = tell(days), list(plans.own_tasks(dice(SEED), days))
    every()  # a schema that is not known before write() would be built for every question inside it
    with write() as session:
        if is_loaded() or session.scalar(select(Customer.id).limit(1)) is not None:
            raise Refused(_("Example data can only be added as long as there are no customers."))
        ids = _people(owner)
        departments = {id: where for id, where in session.execute(select(User.id, User.department_id))}
        sheaf = Sheaf(session, days.local, departments, source=BATCH, batch=BATCH)
        chronicle = Chronicle(sheaf, ids)
        for story in stories:
            chronicle.write(story)
        for todo in own:
            chronicle.write_task(todo)
        made = {key: [draft.__dict__["id"] for draft in drafts] for key, drafts in sheaf.drafts.items()}
        sheaf.write()
        for key, record_ids in made.items():
            _mark(key, record_ids)
        for key in made:
            _arm_reminders(find(key), owner)


def tell(days: Workdays) -> list[Story]:
    """The stories of all customers, always the same ones, moved to today."""
    teller = Teller(days.rng, days, Names(dice(SEED)), no_text_twice=True)
    stories = []
    for place, plan in enumerate(plans.plans(dice(SEED))):
        # Each its own dice: what depends on the day of the week must not shift the customers after it.
        teller.rng = days.rng = dice(SEED * 1_000_003 + place)
        stories.append(teller.tell(plan))
    return stories


def _people(owner: User) -> dict[Who, int]:
    """Make the departments and colleagues; word → user id."""
    top = select(Department.id).where(Department.parent_id.is_(None)).order_by(Department.id)
    root = db.session.scalars(top.limit(1)).first()
    departments: dict[str, int | None] = {"": root}
    for position, (name, above) in enumerate(plans.DEPARTMENTS):
        department = Department(name=name, parent_id=departments[above], position=position)
        db.session.add(department)
        db.session.flush()
        departments[name] = department.id
        _mark(DEPARTMENTS, [department.id])
    roles = {key: id for key, id in db.session.execute(select(Role.key, Role.id))}
    ids: dict[Who, int] = {plans.OWNER: owner.id}
    for colleague in plans.COLLEAGUES:
        user = User(
            name=colleague.name,
            email=_free_email(colleague.key),
            phone=colleague.phone,
            role_id=roles[colleague.role],
            department_id=departments[colleague.department],
            # Neither a password nor an invitation: nobody can sign in as them (SECURITY.md T41).
            status=UserStatus.invited,
        )
        db.session.add(user)
        db.session.flush()
        ids[colleague.key] = user.id
        _mark(USERS, [user.id])
    return ids


def _free_email(key: str) -> str:
    taken = set(db.session.scalars(select(User.email).where(User.email.startswith(key))))
    wanted = (f"{key}{count or ''}@example.cn" for count in range(len(taken) + 1))
    return next(email for email in wanted if email not in taken)


def _mark(entity: str, ids: list[int]) -> None:
    if ids:
        db.session.execute(insert(DemoRow), [{"entity": entity, "record_id": id} for id in ids])


def _arm_reminders(entity: Entity, owner: User) -> None:
    """Tell the rooms that listen about the dates; not about owners, or everybody would be told of new customers."""
    dates = [field for field in entity.fields if field.settings.get("remind")]
    if not dates:
        return
    marked = select(DemoRow.record_id).where(DemoRow.entity == entity.key)
    for record in db.session.scalars(select(entity.model).where(entity.rows(), entity.model.id.in_(marked))):
        changes = {field.key: (None, field.get(record)) for field in dates if field.get(record) is not None}
        if changes:
            events.record_saved.send(
                record, entity=entity, changes=changes, by=owner, created=True, source=BATCH, batch=BATCH
            )
