"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the source: its code is this test's only code."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from smallcrm import SLICES

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`((?:smallcrm|tests)/[\w/.-]+\.\w+)`")
PATIENCE = 120


def blocks():
    """(file it belongs to, language, content) of every code block: the file is the one named last before it."""
    path = language = None
    lines: list[str] = []
    for line in GUIDE.splitlines():
        if language is None and line.startswith("```"):
            language, lines = line[3:], []
        elif line == "```":
            yield path, language, "\n".join(lines) + "\n"
            language = None
        elif language is not None:
            lines.append(line)
        elif found := NAMED.findall(line):
            path = found[-1]


def add_lines(path: Path, difference: str) -> None:
    """Put the + lines of a difference behind the line before them, which the file must have once."""
    kept, *_rest = (line[1:] for line in difference.splitlines() if line.startswith(" "))
    added = [line[1:] for line in difference.splitlines() if line.startswith("+")]
    text = path.read_text(encoding="utf-8")
    assert text.splitlines().count(kept) == 1, f"{path.name} has no line {kept!r}"
    path.write_text(text.replace(f"{kept}\n", "\n".join([kept, *added]) + "\n"), encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The source with every recipe followed, up to the migration."""
    folder = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in ("smallcrm", "migrations", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path, language, content in blocks():
        if language in ("python", "html", "po"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")
        elif language == "diff":
            add_lines(folder / path, content)
    (folder / "tests/vehicles/__init__.py").touch()
    compiled = run(folder, "smallcrm", "translations", "compile")
    assert compiled.returncode == 0, compiled.stderr
    return folder


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("SMALLCRM_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=folder,
        env={**environ, "PYTHONPATH": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )


def passes(folder: Path, *tests: str) -> None:
    done = run(folder, "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *tests)
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_new_type_works_in_the_engine_with_no_other_edit(copy):
    program = """
from smallcrm import create_app
from smallcrm.config import Settings
from smallcrm.core.db import db, write
from smallcrm.entities import find
from smallcrm.entities.operations import add_field

app = create_app(Settings.load({"data": "probed"}, environ={}))
with app.app_context():
    db.create_all()
    field = add_field("contacts", "plate", "座驾", None)
    print(field.text(field.parse(" 沪a-12345 ")), field.parse(""))
    try:
        field.check(field.parse("12345"))
    except ValueError as error:
        print(error)
    Contact = find("contacts").model
    with write() as session:
        for name, plate in (("张三", "沪a·12345"), ("李四", "京B99999")):
            person = Contact(name=name, custom={})
            field.set(person, field.parse(plate))
            session.add(person)
    print([p.name for p in db.session.query(Contact).filter(field.condition(Contact, "contains", ["a·123"]))])
"""
    (copy / "probed").mkdir()
    (copy / "probe.py").write_text(program, encoding="utf-8")
    done = run(copy, "probe")
    assert done.stdout.splitlines() == [
        "沪A·12345 None",
        "车牌格式应类似 沪A·12345。",
        "['张三']",
    ], done.stderr


def test_the_new_room_passes_its_own_test_and_those_of_the_house(copy):
    passes(
        copy,
        "tests/vehicles",
        "tests/test_architecture.py::test_a_room_imports_only_from_rooms_above_it",
        "tests/test_architecture.py::test_nobody_imports_routes_of_another_room",
        "tests/test_access_matrix.py::test_every_route_has_an_entry",
    )


def test_the_migration_is_written_and_agrees_with_the_models(copy):
    made = run(copy, "smallcrm", "schema", "new", "Add vehicles", "--data", "data")
    assert made.returncode == 0, made.stderr
    (written,) = (copy / "migrations/versions").glob("*_add_vehicles.py")
    assert "create_table" in written.read_text(encoding="utf-8")
    passes(copy, "tests/runtime/test_migrations.py::test_the_migrations_make_what_the_models_say")


def test_nothing_of_the_new_room_is_left_untranslated(copy):
    said = run(copy, "smallcrm", "translations", "check").stdout
    assert [line for line in said.splitlines() if re.search(r"/(vehicles/|plates\.py)", line)] == []


def test_the_rooms_of_the_guide_are_the_rooms_of_the_house():
    table = re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)
    assert [room for room in table if room in SLICES] == list(SLICES)
    assert [room for room in table if not (ROOT / "smallcrm" / room).is_dir()] == []


def test_every_file_the_guide_names_exists_or_is_made_by_it():
    made = {path for path, language, _content in blocks() if language in ("python", "html", "po")}
    named = re.findall(r"`((?:smallcrm|tests|packaging|migrations)/[\w/.-]+\.\w+)`", GUIDE)
    assert [path for path in named if path not in made and not (ROOT / path).exists()] == []
