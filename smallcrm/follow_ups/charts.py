"""What the page of reports says about follow-ups and tasks."""

from flask_babel import lazy_gettext as _l

from ..customers.charts import LATE, owners
from ..reports.charts import Chart, Source, Tile, add, add_tile

SAID = Source("follow_ups", during="happened_at")
LATE_TASKS = Source("tasks", {"f.due_at.period": "past", "f.done_at.empty": "1"}, label=_l("Tasks"), colour="amber")


def declare() -> None:
    """Tell the reports what to count."""
    add_tile(Tile("follow-ups", _l("Follow-ups"), SAID, position=20))
    add_tile(Tile("late-tasks", _l("Tasks overdue"), LATE_TASKS, less_is_better=True, position=60))
    add(
        Chart(
            "follow-ups",
            _l("Follow-ups by person and kind"),
            _l("Follow-ups in this period, by who wrote them"),
            (SAID,),
            "created_by",
            "kind",
            everybody=owners,
            position=30,
        )
    )
    add(
        Chart(
            "overdue",
            _l("Overdue by owner"),
            _l("Customers whose next follow-up is over and open tasks past due, as of now"),
            (LATE, LATE_TASKS),
            "owner",
            position=60,
        )
    )
