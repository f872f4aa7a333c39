"""The front door: links lead somewhere, commands parse, and the quick ones run as they stand."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from urllib.parse import unquote
from zipfile import ZipFile

import click
import pytest

from autograder.cli.main import main
from autograder.course.lessons import all_exercises, lesson_of, source_path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE = re.compile(r"`autograder ([^`]+)`")
SHELL = ("sh", "bash", "console", "shell")
EXECUTED = ("README.md", "docs/instructors.md")
MINUTES = {
    "check": "tests/course/test_samples.py",
    "build": "tests/course/test_build.py",
}
"""Commands that would write the course or take minutes, and what tests the same; ``build --check``
changes nothing and is run here."""
NO_COMMANDS_OF_OURS = re.compile(r"source \.venv/bin/activate|make (demo|test)\b.*")
WINGS = [path.parent for path in sorted((ROOT / "autograder").glob("*/__init__.py"))]
FOLDERS = ("autograder", "benchmarks", "docs", "examples", "reference")
PLACES = [ROOT, *(ROOT / name for name in FOLDERS), *WINGS]
"""Folders that docs/architecture.md names files in."""
LESSON = "5-3-2-long-context-and-efficient-attention"
NEXT_LESSON = "5-3-1-mixture-of-experts"
STUDENTS = ("ada-lovelace", "alan-turing")
FILLED_IN = "alan-turing,attention_masks,,,7,Filled in by hand,\n"
"""What the instructor writes into the list of what is to be done."""
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section,\
5-3-2 Long context and efficient attention (77)
"Lovelace, Ada",101,s101,ada-lovelace,A,
"Turing, Alan",102,s102,alan-turing,A,
"""

ids = [str(page.relative_to(ROOT)) for page in PAGES]
each_page = pytest.mark.parametrize("page", PAGES, ids=ids)


def anchors(page: Path) -> set[str]:
    """The fragments that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in headings}


def shell_lines(page: Path) -> list[str]:
    """Every line of a page's shell blocks, without the prompt."""
    blocks = [text for language, text in FENCE.findall(page.read_text()) if language in SHELL]
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    found = (line.strip().removeprefix("$ ").removeprefix(".venv/bin/") for line in lines)
    return [line for line in found if line]


def split(line: str) -> tuple[list[str], str]:
    """The arguments of an `autograder ...` line as a shell splits it, and where its output goes."""
    command, _, target = line.partition(" > ")
    return shlex.split(command, comments=True)[1:], target.strip()


def shell_commands(page: Path) -> list[list[str]]:
    """Every `autograder ...` line of a page's shell blocks, split as a shell would."""
    return [split(line)[0] for line in shell_lines(page) if line.startswith("autograder ")]


def mentioned_commands(page: Path) -> list[list[str]]:
    """Every `autograder ...` in running text, where arguments may be left out."""
    return [text.split() for text in INLINE.findall(FENCE.sub("", page.read_text()))]


def command_named(name: str, arguments: list[str]) -> tuple[click.Command, list[str]]:
    """The command and its own arguments; of a group, the command in it that is named next."""
    assert name in main.commands, f"there is no command `autograder {name}`"
    command = main.commands[name]
    if isinstance(command, click.Group) and arguments and arguments[0] in command.commands:
        return command.commands[arguments[0]], arguments[1:]
    return command, arguments


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    targets = [t for t in LINK.findall(FENCE.sub("", page.read_text())) if "://" not in t]
    broken = []
    for target in targets:
        path, _, fragment = unquote(target).partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (found.suffix == ".md" and fragment not in {"", *anchors(found)}):
            broken.append(target)
    assert not broken


@each_page
def test_commands_and_options_exist(page: Path) -> None:
    for name, *arguments in [*shell_commands(page), *mentioned_commands(page)]:
        if name.startswith("-"):  # an option of the program itself
            continue
        command, arguments = command_named(name, arguments)
        options = {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
        given = {a.partition("=")[0] for a in arguments if a.startswith("-")} - {"-h", "--help"}
        assert given <= options, f"`autograder {name}` has no {', '.join(given - options)}"


@each_page
def test_whole_commands_parse(page: Path, course: Path) -> None:
    for name, *arguments in shell_commands(page):
        command, arguments = command_named(name, arguments)
        command.make_context(name, list(arguments))  # click raises UsageError


@each_page
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    named = re.findall(r"`make ([a-z-]+)`", text)
    named += re.findall(r"^make ([a-z-]+)", "".join(t for _, t in FENCE.findall(text)), re.M)
    assert set(named) <= targets


def test_the_exercise_table_lists_exactly_the_exercises() -> None:
    row = r"^\| \[`(\w+)`\]\((\S+)\) \| (\w+) \|.*\[reference\]\((\S+)\), \[answers\]\((\S+)\) \|$"
    rows = re.findall(row, (ROOT / "README.md").read_text(), re.MULTILINE)
    assert tuple(exercise for exercise, *_ in rows) == all_exercises()
    for exercise, solution, kind, reference, answers in rows:
        assert solution == f"solutions/{lesson_of(exercise).slug}/{exercise}.py"
        assert reference == f"reference/{exercise}.py"
        assert answers == f"tests/submissions/{exercise}/"
        assert f"**{kind}.**" in source_path(exercise).read_text(), f"{exercise} is not {kind}"


def test_files_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`([\w./]+\.py)`", text))
    missing = {name for name in named if not any((place / name).exists() for place in PLACES)}
    assert named
    assert not missing


def test_every_module_is_on_the_map() -> None:
    """Of the layouts the folder is named; the sandbox has its own list, in reading order."""
    package = ROOT / "autograder"
    listed = (package / "sandbox" / "__init__.py").read_text()
    page = (ROOT / "docs" / "architecture.md").read_text()
    missing = []
    for path in sorted(package.glob("*/**/*.py")):
        name = path.relative_to(package).as_posix()
        if path.parent.name == "sandbox":
            is_named = f"``{path.stem}``" in listed
        else:
            is_named = f"{name}`" in page or path.parent.name == "layouts"
        if not is_named and not path.name.startswith("__"):
            missing.append(name)
    assert not missing


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder with everything that the pages' commands name, and nothing more."""
    folder = tmp_path_factory.mktemp("course")
    samples = sorted((ROOT / "examples" / "class").glob(f"*/{LESSON}.ipynb"), key=_size)
    readable = [path for path in samples if _size(path)]
    for student, sample in zip(STUDENTS, readable, strict=False):
        place = folder / "submissions" / student / sample.name
        place.parent.mkdir(parents=True)
        shutil.copy(sample, place)
    (folder / "canvas.csv").write_text(ROSTER)
    with ZipFile(folder / "week2.zip", "w") as archive:
        sample = ROOT / "examples" / "class" / "adaeze-obi" / f"{NEXT_LESSON}.ipynb"
        archive.write(sample, f"lovelaceada_101_90001_{NEXT_LESSON}.ipynb")
    (folder / "todo.csv").write_text("student,exercise,points,why\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


def _size(path: Path) -> int:
    return path.stat().st_size


def exit_code(arguments: list[str]) -> object:
    """Run the program in this process, as its own `main`; click always ends it with an exit."""
    with pytest.raises(SystemExit) as ended:
        main.main(arguments, prog_name="autograder")
    return ended.value.code


@pytest.fixture(scope="module")
def executed(course: Path) -> dict[str, object]:
    """Run each quick command of the instructors' pages once, in their order: line to exit code.

    The desk is started and ended at once; no browser is opened. One process grades: each further
    one would import torch for one notebook.
    """
    codes: dict[str, object] = {}
    for page in EXECUTED:
        for line in shell_lines(ROOT / page):
            if not line.startswith("autograder "):
                continue
            command, target = split(line)
            if line not in codes and not is_heavy(command):
                printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
                with (
                    patch("uvicorn.Server.run"),
                    patch("webbrowser.open"),
                    patch("autograder.grading.grade.jobs_of", return_value=1),
                    contextlib.redirect_stdout(printed if target else sys.stdout),
                ):
                    codes[line] = exit_code(command)
                if target:
                    text = printed.buffer.getvalue().decode() + FILLED_IN
                    Path(target).write_text(text)
    return codes


def is_heavy(command: list[str]) -> bool:
    return command[0] in MINUTES and "--check" not in command


def test_the_quick_commands_run_as_they_stand(executed: dict[str, object]) -> None:
    used = {line.split()[1] for line in executed}
    assert used == {
        "build", "grade", "report", "desk", "export", "adjust", "marks", "people", "regrade",
        "doctor",
    }  # fmt: skip
    assert {line: code for line, code in executed.items() if code} == {}


@pytest.mark.parametrize("page", EXECUTED)
def test_no_command_of_the_instructors_pages_is_passed_over(
    page: str, executed: dict[str, object]
) -> None:
    """Found by another way: every line of any block, of any language, that names the program."""
    text = (ROOT / page).read_text()
    blocks = text.split("```")[1::2]
    assert len(text.split("```")) % 2 == 1
    named = [line for block in blocks for line in block.splitlines() if "autograder" in line]
    assert named
    assert [line for line in named if line.strip() not in executed] == []
    others = [line for line in shell_lines(ROOT / page) if line not in executed]
    assert [line for line in others if not NO_COMMANDS_OF_OURS.fullmatch(line)] == []


def test_what_is_not_run_here_is_tested_elsewhere() -> None:
    for test in MINUTES.values():
        assert (ROOT / test).is_file()


def test_they_leave_the_files_that_the_pages_name(
    course: Path, executed: dict[str, object]
) -> None:
    marks = course / "marks"
    for name in (
        "report.html",
        "gradebook.sqlite",
        "feedback/ada-lovelace.html",
        f"results/ada-lovelace/{LESSON}.json",
        "export/marks.csv",
        "export/canvas.csv",
        f"export/gradescope/ada-lovelace/{LESSON}.json",
        f"export/feedback/ada-lovelace/{LESSON}.html",
        f"export/feedback-canvas-{NEXT_LESSON}.zip",
    ):
        assert (marks / name).is_file(), name
    exported = (marks / "export" / "canvas.csv").read_text()
    assert "(77)" in exported
    assert '"Lovelace, Ada",101' in exported
    assert "Right idea, one sign wrong" in (marks / "feedback" / "ada-lovelace.html").read_text()
    assert "Filled in by hand" in (marks / "feedback" / "alan-turing.html").read_text()


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "images").glob("*.png"))
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size < 200_000, picture.name
