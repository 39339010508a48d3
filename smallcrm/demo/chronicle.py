"""Writing stories down: the records and the history that the people in them would have left."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ..entities import find
from .sheaf import Draft, Sheaf
from .story import Changed, Said, Story, Todo, Who

# A date further ahead than this stays when a follow-up names no other; as FollowUp plans it.
STAYS = timedelta(hours=12)

# Why people give a customer back, with a word for the next one.
GIVEN_UP = (
    ("no_need", "今年没有采购计划，明年三月再问"),
    ("unreachable", "电话换了，前台不肯转"),
    ("handover", None),
    ("price", "对方要账期 90 天，我们给不了"),
    ("not_mine", "厂子搬到外省了"),
)


class Chronicle:
    """Puts stories into a sheaf; `ids` gives the user id of each Who. Entities are looked up once for all stories."""

    def __init__(self, sheaf: Sheaf, ids: Mapping[Who, int]) -> None:
        self.sheaf = sheaf
        self.ids = ids
        self.customers = find("customers")
        self.contacts = find("contacts")
        self.follow_ups = find("follow_ups")
        self.tasks = find("tasks")

    def write(self, story: Story) -> Draft:
        """Write down one customer with everything around it; the customer."""
        owner = self.ids[story.owner] if story.owner is not None else None
        customer = self.sheaf.create(
            self.customers,
            {**story.values, "owner": owner},
            self.ids[story.by],
            story.at,
            **_owned(story.at, owner),
            won_at=story.at if story.values["status"] == "won" else None,
        )
        contacts = [self._contact(story, customer, place) for place in range(len(story.contacts))]
        for event in sorted([*story.said, *story.changed], key=lambda event: event.at):
            if isinstance(event, Said):
                self._say(customer, contacts, event)
            else:
                self._change(customer, event)
        for todo in story.todos:
            self.write_task(todo, customer)
        return customer

    def write_task(self, todo: Todo, customer: Draft | None = None) -> None:
        """Write down a task, about a customer or about nothing."""
        owner, day = self.ids[todo.owner], self.sheaf.local(todo.due_at).day
        values = {
            "title": todo.title,
            "due_at": todo.due_at,
            "record": f"customers:{customer.__dict__['id']}" if customer is not None else None,
            "priority": todo.priority,
            "repeat": todo.repeat,
            "owner": owner,
        }
        task = self.sheaf.create(self.tasks, values, owner, todo.at, repeat_day=day if todo.repeat else None)
        if todo.done_at is not None:
            done = {"done_at": todo.done_at}
            self.sheaf.change(task, done, owner, todo.done_at, action="completed", kind="task")

    def _contact(self, story: Story, customer: Draft, place: int) -> Draft:
        values = {**story.contacts[place], "customer": customer.__dict__["id"]}
        at = story.at + timedelta(seconds=20 * (place + 1))
        return self.sheaf.create(self.contacts, values, self.ids[story.by], at, is_primary=place == 0)

    def _say(self, customer: Draft, contacts: list[Draft], said: Said) -> None:
        columns, by = customer.__dict__, self.ids[said.by]
        values = {
            "customer": columns["id"],
            "kind": said.kind,
            "content": said.content,
            "happened_at": said.at,
            "contact": contacts[said.contact].__dict__["id"] if said.contact is not None else None,
            "next_follow_up_at": said.next_at,
        }
        self.sheaf.create(self.follow_ups, values, by, said.at)
        columns.update(last_follow_up_at=said.at, last_follow_up=said.content[:200], version=columns["version"] + 1)
        if columns["owner_id"] is not None:
            columns["idle_since"] = said.at
        planned, wanted = columns["next_follow_up_at"], said.next_at
        if wanted is None and planned is not None and planned > said.at + STAYS:
            wanted = planned
        if wanted != planned:
            self.sheaf.change(customer, {"next_follow_up_at": wanted}, by, said.at, action="planned")

    def _change(self, customer: Draft, change: Changed) -> None:
        columns, values, action = customer.__dict__, dict(change.values), "changed"
        if "owner" in values:
            if values["owner"] is None:
                values["pool_reason"], values["pool_note"] = GIVEN_UP[columns["id"] % len(GIVEN_UP)]
                action = "released"
            values["owner"] = self.ids[values["owner"]] if values["owner"] is not None else None
            columns.update(_owned(change.at, values["owner"], columns["owner_id"]))
        if values.get("status") == "won" and columns["won_at"] is None:
            columns["won_at"] = change.at
        self.sheaf.change(customer, values, self.ids[change.by], change.at, action=action)


def _owned(at: datetime, owner: int | None, before: int | None = None) -> dict[str, Any]:
    """The columns that follow from getting or losing an owner at `at`."""
    if owner is not None:
        return {"owner_since": at, "idle_since": at, "pooled_at": None}
    return {"owner_since": None, "idle_since": None, "pooled_at": at, "previous_owner_id": before}
