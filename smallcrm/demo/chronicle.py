"""Writing a story down: the records and the history that the people in it would have left."""

from collections.abc import Mapping
from datetime import timedelta

from ..entities import find
from .sheaf import Draft, Sheaf
from .story import Changed, Said, Story, Todo, Who

# A date further ahead than this stays when a follow-up names no other; as FollowUp plans it.
STAYS = timedelta(hours=12)


def write_down(sheaf: Sheaf, story: Story, ids: Mapping[Who, int]) -> Draft:
    """Put one customer with everything around it into the sheaf; the customer. `ids`: the user id of each Who."""
    owner = ids[story.owner] if story.owner is not None else None
    customer = sheaf.create(
        find("customers"),
        {**story.values, "owner": owner},
        ids[story.by],
        story.at,
        owner_since=story.at if owner else None,
        won_at=story.at if story.values["status"] == "won" else None,
    )
    contacts = [_contact(sheaf, story, customer, place, ids) for place in range(len(story.contacts))]
    for event in sorted([*story.said, *story.changed], key=lambda event: event.at):
        if isinstance(event, Said):
            _say(sheaf, customer, contacts, event, ids)
        else:
            _change(sheaf, customer, event, ids)
    for todo in story.todos:
        write_task(sheaf, todo, ids, customer)
    return customer


def write_task(sheaf: Sheaf, todo: Todo, ids: Mapping[Who, int], customer: Draft | None = None) -> None:
    """Put a task into the sheaf."""
    columns = customer.__dict__ if customer is not None else {}
    values = {
        "title": todo.title,
        "due_at": todo.due_at,
        "record": f"customers:{columns['id']}" if columns else None,
        "priority": todo.priority,
        "repeat": todo.repeat,
        "owner": ids[todo.owner],
    }
    day = sheaf.local(todo.due_at).day if todo.repeat else None
    task = sheaf.create(find("tasks"), values, ids[todo.owner], todo.at, repeat_day=day)
    if todo.done_at is not None:
        done = {"done_at": todo.done_at}
        sheaf.change(task, done, ids[todo.owner], todo.done_at, action="completed", kind="task")


def _contact(sheaf: Sheaf, story: Story, customer: Draft, place: int, ids: Mapping[Who, int]) -> Draft:
    values = {**story.contacts[place], "customer": customer.__dict__["id"]}
    at = story.at + timedelta(seconds=20 * (place + 1))
    return sheaf.create(find("contacts"), values, ids[story.by], at, is_primary=place == 0)


def _say(sheaf: Sheaf, customer: Draft, contacts: list[Draft], said: Said, ids: Mapping[Who, int]) -> None:
    columns, by = customer.__dict__, ids[said.by]
    values = {
        "customer": columns["id"],
        "kind": said.kind,
        "content": said.content,
        "happened_at": said.at,
        "contact": contacts[said.contact].__dict__["id"] if said.contact is not None else None,
        "next_follow_up_at": said.next_at,
    }
    sheaf.create(find("follow_ups"), values, by, said.at)
    columns.update(last_follow_up_at=said.at, last_follow_up=said.content[:200], version=columns["version"] + 1)
    planned, wanted = columns["next_follow_up_at"], said.next_at
    if wanted is None and planned is not None and planned > said.at + STAYS:
        wanted = planned
    if wanted != planned:
        sheaf.change(customer, {"next_follow_up_at": wanted}, by, said.at, action="planned")


def _change(sheaf: Sheaf, customer: Draft, change: Changed, ids: Mapping[Who, int]) -> None:
    columns, values = customer.__dict__, dict(change.values)
    if "owner" in values:
        values["owner"] = ids[values["owner"]] if values["owner"] is not None else None
        columns["owner_since"] = change.at if values["owner"] is not None else None
    if values.get("status") == "won" and columns["won_at"] is None:
        columns["won_at"] = change.at
    sheaf.change(customer, values, ids[change.by], change.at)
