"""What a start may cost: the slow libraries are imported when they are used."""

import subprocess
import sys

from .conftest import environment

SLOW = ("alembic", "babel.messages", "hypothesis", "PIL", "pypinyin", "python_calamine", "segno", "xlsxwriter")


def imported_by(code: str, *arguments: object) -> set[str]:
    """The modules loaded after running `code` in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)", *map(str, arguments)],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_making_the_application_imports_nothing_slow(data):
    loaded = imported_by(
        "import smallcrm, smallcrm.config, smallcrm.core.start, smallcrm.core.server, smallcrm.core.welcome\n"
        "from pathlib import Path\n"
        "smallcrm.create_app(smallcrm.config.Settings(data=Path(sys.argv[1])))",
        data,
    )
    assert [name for name in SLOW if name in loaded] == []


def test_the_command_line_alone_imports_neither_flask_nor_the_database():
    assert not {"flask", "sqlalchemy"} & imported_by("import smallcrm.cli")
