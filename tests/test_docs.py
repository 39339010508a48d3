"""The documents are true: commands parse or run, settings and screen words exist, links lead somewhere."""

import ast
import os
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from bench.__main__ import parser as bench_arguments
from smallcrm import __version__
from smallcrm.cli import cli
from smallcrm.config import NOT_IN_FILE, PREFIX, Settings
from smallcrm.core.translations import ROOMS, extracted

ROOT = Path(__file__).resolve().parents[1]
GUIDES = sorted((ROOT / "docs").rglob("*.md"))
DOCUMENTS = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")), *GUIDES]
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
# What is not ours and may be told to people.
OTHER_PROGRAMS = {"cp", "git", "ruff", "mypy"}
# Short and changing nothing but a data folder: these are really run.
RUN = {"setup", "config"}


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def shell_lines() -> list[str]:
    """Every line of every block of commands, once."""
    blocks = [re.findall(r"^```sh\n(.*?)^```", text_of(path), re.MULTILINE | re.DOTALL) for path in DOCUMENTS]
    return list(dict.fromkeys(line for found in blocks for block in found for line in block.splitlines()))


def understood(arguments: list[str]) -> str:
    """The command that the command line makes of these arguments, its options checked. Raises click's errors."""
    if not arguments or arguments[0].startswith("-"):
        arguments = ["serve", *arguments]
    command, name = cli, ""
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), arguments[0])
        assert found is not None, f"there is no command {arguments[0]}"
        name, command, arguments = f"{name} {arguments[0]}".strip(), found, arguments[1:]
    command.make_context(name, list(arguments))
    return name


@pytest.mark.parametrize("line", shell_lines())
def test_a_command_is_one_we_have(line, tmp_path):
    words = shlex.split(line)
    if words[0] in OTHER_PROGRAMS:
        return
    assert words[:2] == ["python3", "run.py"]
    arguments = words[2:]
    if arguments[:1] == ["test"]:
        assert [word for word in arguments[1:] if word.startswith("tests/") and not (ROOT / word).exists()] == []
        return
    if arguments[:1] == ["bench"]:
        bench_arguments().parse_args(arguments[1:])
        return
    if understood(arguments) in RUN:
        # The example company has tests of its own.
        arguments = [word for word in arguments if word != "--example-data"]
        done = subprocess.run(
            [sys.executable, "-m", "smallcrm", *arguments, "--data", str(tmp_path / "data")],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
            input="three-words-suffice\n",
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr


def test_the_settings_of_the_program_and_of_the_guides_are_the_same():
    wanted = [each.name for each in fields(Settings) if each.name not in NOT_IN_FILE - {"data"}]
    for language in ("zh", "en"):
        table = re.findall(
            r"^\| `(\w+)` \| `--([\w-]+)` \| `(\w+)` \| (.+?) \|",
            text_of(ROOT / f"docs/{language}/admin.md"),
            re.MULTILINE,
        )
        assert sorted(row[0] for row in table) == sorted(wanted)
        for name, flag, variable, default in table:
            assert (flag, variable) == (name.replace("_", "-"), PREFIX + name.upper())
            value = getattr(Settings, name, None)
            if value not in (None, ""):
                assert default == f"`{str(value).lower() if isinstance(value, bool) else value}`", name


@pytest.mark.parametrize("name", NAMES)
def test_settings_and_flags_that_are_named_exist(name):
    text = text_of(ROOT / name)
    known = {each.name for each in fields(Settings)}
    assert [v for v in re.findall(rf"{PREFIX}(\w+)", text) if v.lower() not in known] == []
    options = {option for command in every_command() for p in command.params for option in [*p.opts, *p.secondary_opts]}
    options |= {option for action in bench_arguments()._actions for option in action.option_strings}
    foreign = {"--fix", "--version", "--help"}
    assert [flag for flag in re.findall(r"`[^`]*?(--[a-z][a-z-]+)", text) if flag not in options | foreign] == []


def every_command(group=cli):
    for command in group.commands.values():
        yield command
        if isinstance(command, click.Group):
            yield from every_command(command)


@pytest.mark.parametrize("name", NAMES)
def test_links_and_images_lead_somewhere(name):
    path = ROOT / name
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(path)):
        if target.startswith("https://"):
            continue
        file, _hash, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        if not found.is_file() or (anchor and anchor not in anchors(found)):
            broken.append(target)
    assert broken == []


def anchors(path: Path) -> set[str]:
    """The anchors a reader on the web gets from the headings."""
    titles = [title for _level, title in headings(path)]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def headings(path: Path) -> list[tuple[int, str]]:
    text = re.sub(r"^```.*?^```", "", text_of(path), flags=re.MULTILINE | re.DOTALL)
    return [(len(level), title) for level, title in re.findall(r"^(#+) (.+)$", text, re.MULTILINE)]


@pytest.mark.parametrize("name", ["guide.md", "admin.md"])
def test_the_guides_have_the_same_headings_steps_and_tables_in_both_languages(name):
    chinese, english = ROOT / "docs/zh" / name, ROOT / "docs/en" / name
    assert [level for level, _title in headings(chinese)] == [level for level, _title in headings(english)]
    for pattern in (r"^\|", r"^\d\. ", r"^- ", r"^```", r"`/[\w-]+`"):
        assert len(re.findall(pattern, text_of(chinese), re.MULTILINE)) == len(
            re.findall(pattern, text_of(english), re.MULTILINE)
        ), pattern


@pytest.mark.parametrize("name", NAMES)
def test_addresses_that_are_named_have_a_page(name, app):
    urls = app.url_map.bind("localhost")
    lost = []
    for address in re.findall(r"`(/[a-z][\w/-]*)`", text_of(ROOT / name)):
        try:
            endpoint, _values = urls.match(address)
        except (NotFound, MethodNotAllowed, RequestRedirect) as error:
            endpoint = repr(error)
        # The pages over any module answer to every word; only names of modules lead anywhere.
        if "." not in endpoint or endpoint == "records.index":
            lost.append((address, endpoint))
    assert lost == []


def shown() -> dict[str, set[str]]:
    """What can stand on the screen, by language."""
    english = {each for _place, text in extracted() for each in ([text] if isinstance(text, str) else text)}
    chinese = set()
    for path in ROOMS.glob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
                chinese.update(strings)
    # run.py speaks both, before there are translations.
    for node in ast.walk(ast.parse(text_of(ROOT / "run.py"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            english.add(node.value)
            chinese.add(node.value)
    return {"zh": chinese - {""}, "en": english - {""}}


PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
# What stands in a placeholder: the name of a module, a number.
NAME = r"[^（()]{1,12}"
# Parts of sentences (of error messages) are recognised from this length on.
PART = {"zh": 4, "en": 12}


def says(shown_texts: set[str], words: str, part: int) -> bool:
    for text in shown_texts:
        pattern = NAME.join(re.escape(each) for each in PLACEHOLDER.split(text))
        literal = PLACEHOLDER.sub("", text).strip()
        if text == words or (len(literal) >= 2 and re.fullmatch(pattern, words)):
            return True
        if len(words) >= part and words in text:
            return True
    return False


@pytest.mark.parametrize(("language", "quotes"), [("zh", "「([^」]+)」"), ("en", "“([^”]+)”")])
def test_quoted_words_stand_on_the_screen(language, quotes):
    texts = shown()[language]
    unknown = []
    for path in sorted((ROOT / "docs" / language).glob("*.md")):
        for words in re.findall(quotes, text_of(path)):
            plain = " ".join(words.split())
            if not says(texts, plain, PART[language]):
                unknown.append(f"{path.name}: {plain}")
    assert unknown == []


def test_pictures_are_real_and_small():
    pictures = sorted((ROOT / "docs/images").glob("*.png"))
    named = {match for path in DOCUMENTS for match in re.findall(r"images/([\w-]+\.png)", text_of(path))}
    assert named <= {path.name for path in pictures}
    for path in pictures:
        head = path.read_bytes()
        assert head.startswith(b"\x89PNG") and len(head) < 200_000, path.name
        width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
        assert (width, height) == ((1440, 900) if "desktop" in path.name else (390, 844)), path.name


def test_the_changelog_has_this_version():
    assert f"## [{__version__}]" in text_of(ROOT / "CHANGELOG.md")


@pytest.mark.parametrize("name", NAMES)
def test_no_address_of_a_package_index_and_no_path_of_a_machine(name):
    text = text_of(ROOT / name)
    assert re.findall(r"pypi|/simple|npmjs|/home/|/root/|/work/|C:\\", text) == []
