"""The rows of a list as HTML. What is the same in every row is made once: labels, classes, links, buttons."""

from flask_babel import gettext as _
from markupsafe import Markup, escape

from .. import access
from ..entities import Field
from .listing import Listing, Page

# Stands for a row's id in the buttons that are rendered once for the whole page.
ROW_ID = "0row0"
BOX = (
    '<td class="s-pick"><label><input class="form-check-input" type="checkbox" name="ids" value="{}"'
    ' form="selection" aria-label="{}"></label></td>'
)
# Widgets whose value is chosen on another page.
ELSEWHERE = ("record_link",)


def html(page: Page, actions: str = "", *, picks: bool = False) -> Markup:
    """All rows of a page. `actions` is the HTML of one row's buttons with ROW_ID in place of the id.

    With `picks` every row begins with a box that belongs to the form `selection` (records/bulk/_bar.html).

    Measured on 50 rows × 8 columns: joining pieces that field types have made safe costs a quarter of a Jinja loop
    that asks for label and class in every cell.
    """
    entity, columns = page.listing.entity, page.listing.columns
    base = f"{page.listing.path}/"
    cells_of = changeable(page.listing)
    opens = [_open(field, i, field.key == entity.title_key, field in cells_of) for i, field in enumerate(columns)]
    title = next(i for i, field in enumerate(columns) if field.key == entity.title_key)
    before_id, after_id = box(ROW_ID).split(ROW_ID)
    pieces: list[str] = []
    for row, (id, cells) in zip(page.rows, page.cells(), strict=True):
        number = str(id)
        cells[title] = f'<a href="{base}{number}">{cells[title] or "#" + number}</a>'
        version = f' data-version="{row.version}"' if row.editable and cells_of else ""
        pieces.append(f'<tr data-href="{base}{number}"{version}>')
        if picks:
            pieces.append(f"{before_id}{number}{after_id}")
        pieces += [f"{opened}{cell}</td>" for opened, cell in zip(opens, cells, strict=True)]
        if actions:
            pieces.append(f'<td class="s-row-actions">{actions.replace(ROW_ID, number)}</td>')
        pieces.append("</tr>")
    return Markup("".join(pieces))  # noqa: S704 - cells are made safe by their field type, ids are numbers


def box(id: int | str) -> Markup:
    """The cell with which a row is selected."""
    return Markup(BOX).format(id, _("Select this row"))  # noqa: S704 - a constant, its gaps are escaped


def changeable(listing: Listing) -> list[Field]:
    """The fields whose cells the person may change, in the rows that they may change at all."""
    writable = access.writable_fields(listing.entity, listing.user)
    return [field for field in listing.columns if field in writable and field.widget not in ELSEWHERE]


def _open(field: Field, place: int, is_title: bool, changeable: bool) -> str:
    if is_title:
        classes = "s-title"
    else:
        given = (("num", field.summable), ("s-lead", place == 1), ("s-desk", place > 4))
        classes = " ".join(name for name, has in given if has)
    named = f' class="{classes}"' if classes else ""
    edit = " data-edit" if changeable else ""
    return f'<td{named} data-field="{field.key}"{edit} data-label="{escape(str(field.label))}">'
