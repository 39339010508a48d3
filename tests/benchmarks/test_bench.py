"""The benchmarks still run from end to end. What they measure is not asked: that is no matter of right and wrong."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import data, memory, programs
from bench.client import Failed
from bench.figures import Figure, Goal, alternating
from bench.views import _FilterForm
from smallcrm.core.db import sqlite_module

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"name", "value", "unit", "goal", "ok", "floor", "ratio"}


def bench(*arguments):
    return run([sys.executable, "-m", "bench", *map(str, arguments)])


def run(command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=300)


def test_every_figure_is_a_line_of_json_with_its_floor_and_goal(tmp_path):
    asked = "list,exchange,save,weight"
    done = bench("--quick", "--json", "--customers", 60, "--data", tmp_path / "data", "--only", asked)
    assert done.returncode == 0, done.stderr
    figures = {figure["name"]: figure for figure in map(json.loads, done.stdout.splitlines())}
    assert all(figure.keys() >= KEYS for figure in figures.values())
    assert {"list page, owner", "exchange, sort", "save of one field", "weight of an exchange"} <= figures.keys()
    measured = figures["list page, owner"]
    assert measured["value"] > 0 and measured["floor"] > 0
    assert measured["goal"] == "≤ 1.5 × floor" and measured["ok"] is (measured["ratio"] <= 1.5)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """The data folders of all sizes, made once."""
    return tmp_path_factory.mktemp("cache")


def test_lists_are_asked_at_every_size_and_compared_with_the_smallest(cache):
    asked = "deep page,search everything,kanban,save,view due"
    done = bench("lists", "--json", "--sizes", "30,60", "--rounds", 1, "--repeats", 1, "--data", cache, "--only", asked)
    assert done.returncode == 0, done.stderr
    figures = {figure["name"]: figure for figure in map(json.loads, done.stdout.splitlines())}
    wanted = {
        "customers, deep page, owner, 60",
        "customers, view due, salesperson, 60",
        "search everything, pinyin, 60",
        "customers, kind=kanban&by=level, 60",
        "save of one field, 60",
    }
    assert wanted <= figures.keys()
    assert all(figure["ratio"] > 0 and figure["goal"] == "≤ 1.5 × 30" for figure in figures.values())


@pytest.mark.skipif(not memory.is_known(), reason="only Linux tells")
def test_memory_is_watched_while_everything_is_used(cache):
    done = bench("soak", "--json", "--customers", 30, "--minutes", 0.03, "--data", cache)
    figure = json.loads(done.stdout)
    assert figure["value"] > 0 and figure["floor"] > 0 and done.returncode == (0 if figure["ok"] else 1)


def test_copies_belong_together_as_their_originals_do(cache, tmp_path):
    told, more = data.in_cache(cache, 30), tmp_path / "more"
    run([sys.executable, "-m", "bench.multiply", "--source", str(told), "--data", str(more)])
    with contextlib.closing(sqlite_module().connect(str(more / "crm.db"))) as file:
        asked = (
            "SELECT count(*) FROM customers",
            "SELECT count(*) FROM customers WHERE name LIKE '%五店'",
            "SELECT count(*) FROM contacts JOIN customers ON customers.id = contacts.customer_id "
            "WHERE contacts.owner_id IS NOT customers.owner_id",
        )
        assert [file.execute(each).fetchone()[0] for each in asked] == [300, 30, 0]
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    done = bench("--data", tmp_path)
    assert done.returncode == 1 and str(tmp_path) in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]


def test_a_program_is_stopped_when_measuring_it_fails(tmp_path):
    port, log = programs.free_port(), tmp_path / "log.txt"
    with pytest.raises(Failed, match="out of luck"):
        with programs.running("bench.floor", "--database", tmp_path / "none.db", port=port, log=log) as process:
            programs.wait_until_answering(process, port, "/", log)
            raise Failed("out of luck")
    assert process.poll() is not None


def test_a_program_that_does_not_start_is_told_with_its_last_words(tmp_path):
    port, log = programs.free_port(), tmp_path / "log.txt"
    with programs.running("bench.floor", "--database", port=port, log=log) as process:
        with pytest.raises(Failed, match="expected one argument"):
            programs.wait_until_answering(process, port, "/", log)


@pytest.mark.parametrize(
    "goal, value, ratio, met",
    [
        (Goal(1.5), 9, 1.4, True),
        (Goal(1.5), 9, 1.6, False),
        (Goal(0.6, at_least=True), 9, 0.7, True),
        (Goal(110, of_floor=False), 111, None, False),
    ],
)
def test_a_goal_is_a_ratio_to_the_floor_or_a_value(goal, value, ratio, met):
    assert Figure("any", value, "ms", goal, ratio=ratio).ok is met


def test_figures_are_medians_of_turns_taken():
    ours, floor = iter([9, 0.003, 0.002, 0.9]), iter([9, 0.001, 0.001, 0.001])
    found = alternating("any", lambda: next(ours), lambda: next(floor), None, rounds=1, repeats=3)
    assert (found.value, found.floor, found.ratio) == (3.0, 1.0, 3.0)


def test_the_filters_of_a_form_are_found_with_their_values():
    form = _FilterForm()
    form.feed(
        '<input type="checkbox" name="f.level.in" value="A"><input type="checkbox" name="f.level.in" value="B">'
        '<select name="f.owner.in"><option value="">?</option><option value="me">?</option></select>'
        '<select name="sort"><option value="x">?</option></select><input name="f.name.contains" value="">'
    )
    assert form.found == {"f.level.in": ["A", "B"], "f.owner.in": ["me"], "f.name.contains": []}


@pytest.mark.skipif(not memory.is_known(), reason="only Linux tells")
def test_memory_counts_what_a_program_started():
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    with subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert len(memory.family(process.pid)) == 2
        assert memory.pss(process.pid) > 1
        process.communicate(b"\n")
