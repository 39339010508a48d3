"""Two records that are one real thing become one record: found, compared, merged in one transaction, taken back.

Other pages lead here with addresses alone: `/<slug>/merging` lists what seems to be there twice,
`/<slug>/merging/compare?ids=1,2` compares two to five records (a selection of rows), `/<slug>/<id>/merging` looks for
the other ones of a record.

Who may: whoever may see all of the records, edit the one that stays and delete the others. What refers to the others
moves along whoever may edit it: it would else point into the recycle bin, and what belongs to a customer is seen and
owned by whoever has the customer.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Before the blueprint of records is registered: the routes join it."""
    from . import presentation, routes, tasks  # noqa: F401 - tasks makes its job known

    routes.declare()
    presentation.init_app(app)
