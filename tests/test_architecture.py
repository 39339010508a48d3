"""The house stays a house: who may import whom, how long files are, what may not stand in the code."""

import ast
import re
from pathlib import Path

import pytest

from smallcrm import SLICES

PACKAGE = Path(__file__).resolve().parents[1] / "smallcrm"
ROOMS = ("core", *SLICES)
# The outermost files may use everything.
OUTSIDE = {"__init__", "__main__", "cli", "config"}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path, tree: ast.AST):
    """(room, line, whether at import time) of every import of another part of smallcrm."""
    package = ["smallcrm", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *(node.module.split(".") if node.module else [])])
            names = [f"{stem}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "smallcrm" and len(parts) > 1:
                yield parts[1], node.lineno


def test_a_room_imports_only_from_rooms_above_it():
    wrong = []
    for path, tree in modules():
        room = room_of(path)
        if room in OUTSIDE:
            continue
        assert room in ROOMS, f"{path}: add the room to SLICES"
        for other, line in imported_rooms(path, tree):
            if other in ROOMS and other != room and ROOMS.index(other) > ROOMS.index(room):
                wrong.append(f"{path.relative_to(PACKAGE)}:{line} imports {other}")
    # core starts the application, so its starting part names the first room; nothing else may look down.
    allowed = {"core/start.py", "core/welcome.py", "core/migrations.py", "core/translations.py", "core/logs.py"}
    assert [line for line in wrong if line.split(":")[0] not in allowed] == []


def test_nobody_imports_routes_of_another_room():
    wrong = []
    for path, tree in modules():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.ImportFrom)
                and node.level >= 2
                and node.module
                and "routes" in node.module.split(".")
            ):
                wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert wrong == []


BANNED_CALLS = {"eval", "exec", "compile"}
BANNED_MODULES = {"pickle", "marshal", "shelve"}


def test_nothing_dangerous_is_called():
    """SECURITY.md T49: no pickle, eval, shell, unpacking without looking."""
    wrong = []
    for path, tree in modules():
        for node in ast.walk(tree):
            where = f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                plain = isinstance(node.func, ast.Name)
                if (plain and name in BANNED_CALLS) or name in {
                    "system",
                    "extractall",
                    "render_template_string",
                    "popen",
                }:
                    wrong.append(f"{where} {name}()")
                if any(k.arg == "shell" and getattr(k.value, "value", False) is True for k in node.keywords):
                    wrong.append(f"{where} shell=True")
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                wrong += [f"{where} import {n}" for n in names if n.split(".")[0] in BANNED_MODULES]
    assert wrong == []


def test_templates_have_no_inline_code_and_no_unescaped_values():
    wrong = []
    for path in PACKAGE.joinpath("templates").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for pattern in (r"\|\s*safe\b", r"\sstyle=", r"\son[a-z]+=", r"hx-on", r"javascript:", r"autoescape\s+false"):
            wrong += [f"{path.name}: {match[0]}" for match in re.finditer(pattern, text)]
    assert wrong == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_stay_short(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 500, f"{lines} lines: perhaps two rooms"
