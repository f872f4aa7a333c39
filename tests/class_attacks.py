"""The attacks of tests/attacks_on_the_class, and the class that each is tried on.

An attack is a module: YAML in its docstring, and what one student hands in. ``upload`` gives files
by their names; ``plant`` makes things in the student's folder that no upload could. Two honest
students stand beside, and what they get must be what they get where nobody attacks.
"""

from __future__ import annotations

import csv
import functools
import importlib
import io
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import msgspec
import yaml

from autograder.desk.notebooks import Notebooks, rendered
from autograder.desk.pages import notebook_address
from autograder.desk.reading import Desk
from autograder.gradebook.records import Row
from autograder.grading.grade import ClassResult, Options, grade_class
from autograder.intake import Intake
from autograder.outputs.export import export
from autograder.outputs.publish import publish
from tests import fakes
from tests.desk.client import desk_of
from tests.gradebook.builder import at_once
from tests.intake import layouts
from tests.intake.layouts import HandIn, Student, Tree, hand_in, write_files

FOLDER = Path(__file__).parent / "attacks_on_the_class"
NAMES = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
MARK = "pwned"
"""What attackers write into scripts: where it would run, the attack has succeeded."""
KINDS = {
    "identity": "Be somebody else, or undo somebody",
    "name": "Harm by a name",
    "archive": "Harm by an archive",
    "notebook": "Harm by a notebook",
    "folder": "Harm by what lies in a folder",
    "page": "Harm by what is shown",
    "export": "Harm by what is exported",
    "desk": "Act in the marking desk",
}
"""First word of an attack's file name to its group in the table."""
BUILDERS: dict[str, Callable[[list[HandIn]], Tree]] = {
    "folders": layouts.student_folders,
    "files": layouts.flat_files,
    "gradescope": layouts.gradescope_export,
    "canvas": layouts.canvas_download,
    "anonymous": functools.partial(layouts.canvas_download, anonymous=True),
    "moodle": layouts.moodle_folders,
    "brightspace": layouts.brightspace_download,
    "blackboard": layouts.blackboard_download,
    "nbgrader": layouts.nbgrader_submitted,
}
HONEST = {"Ada Lovelace": "pass", "Ben Boole": "fail"}
MALLORY = "Mallory"
ON_ROSTER = ("Lovelace, Ada", "Boole, Ben")
MOST_PAGES = 20
"""Of the desk's pages of one kind, so many are read."""
ROSTER = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lab one (11)\n"
    "    Points Possible,,,,,20\n"
    '"Lovelace, Ada",{ada},{ada},ada,A,7\n'
    '"Boole, Ben",{ben},{ben},ben,A,7\n'
)


@dataclass(frozen=True)
class ClassAttack:
    """What one student tries on the class, and what must come of it."""

    name: str
    intent: str
    outcome: str
    upload: Callable[[], Mapping[str, bytes]]
    plant: Callable[[Path], None] | None
    """Makes what is no ordinary file, in the class's folder."""
    layout: str
    student: str | Student
    """Under what name the attacker hands in, or as whom a platform knows the attacker."""
    late: bool
    said: str
    """A phrase that somebody must be told; empty where the work is graded like any other."""
    total: float | None
    """What each graded row of the attacker's earns."""
    seconds: float
    mebibytes: int
    zipped: bool
    """The instructor gives the class as one zip."""
    fits: str
    """Whose surname on the roster fits the attacker too; nobody is matched, and it is said."""
    check: Callable[[Told], None]
    """What else must hold."""

    @property
    def kind(self) -> str:
        return self.name.partition("_")[0]


def benign() -> Mapping[str, bytes]:
    """What a student hands in who attacks nobody."""
    return {"lab.ipynb": fakes.notebook("pass # mallory")}


def read_class_attack(name: str) -> ClassAttack:
    """The attack in a module of tests/attacks_on_the_class."""
    module = importlib.import_module(f"tests.attacks_on_the_class.{name}")
    head = yaml.safe_load(module.__doc__ or "")
    return ClassAttack(name, **head, **_settings(module))


def _settings(module: ModuleType) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "upload": benign, "plant": None, "LAYOUT": "folders", "STUDENT": MALLORY, "LATE": False,
        "SAID": "", "TOTAL": 20, "SECONDS": 3.0, "MEBIBYTES": 200, "ZIPPED": False,
        "FITS": "", "check": lambda told: None,
    }  # fmt: skip
    return {name.lower(): getattr(module, name, default) for name, default in defaults.items()}


# The class


def write_class(folder: Path, attack: ClassAttack | None, layout: str) -> Path:
    """The honest two and the attacker, or a third honest one, laid out by a platform."""
    files = attack.upload() if attack else benign()
    student = attack.student if attack else MALLORY
    entries = [hand_in(who, {"lab.ipynb": _work(who)}) for who in HONEST]
    known = student if isinstance(student, Student) else hand_in(student, {}).students[0]
    entries.append(HandIn((known,), files, number=70_000, late=bool(attack and attack.late)))
    tree = BUILDERS[layout](entries)
    path = tree.write(folder / ("class.zip" if attack and attack.zipped else "class"))
    if attack and attack.plant:
        attack.plant(path)
    return path


def _work(who: str) -> bytes:
    return fakes.notebook(f"{HONEST[who]} # {who}")


def write_attacks(folder: Path, out: Path, kinds: Collection[str]) -> Path:
    """One graded class of every attack of these kinds that hands something in, each a student's."""
    for name in NAMES:
        attack = read_class_attack(name)
        if attack.kind in kinds and attack.upload is not benign:
            write_files(folder / name, attack.upload())
    with patch("autograder.grading.grade.run_tasks", at_once):
        grade_class([folder], out, fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=1))
    return out


def honest_sources(layout: str) -> list[str]:
    """Where the honest students' notebooks lie, whatever the others hand in."""
    entries = [hand_in(who, {"lab.ipynb": b""}) for who in HONEST]
    return [name for name in BUILDERS[layout](entries).files if name.endswith("lab.ipynb")] or [
        f"{who}.ipynb" for who in HONEST
    ]


@dataclass(frozen=True)
class Told:
    """Everything that came of a class."""

    out: Path
    intake: Intake
    result: ClassResult
    tables: dict[str, list[list[str]]]
    """``grades.csv`` and what was exported, by name."""
    remarks: tuple[str, ...]
    """What the export to Canvas by a roster said."""
    seconds: float
    """Of the processor, for intake, grading by the fake engine, pages and exports."""
    mebibytes: float | None
    """What this process held at most, beyond what it held before; None where nobody tells."""

    def honest_rows(self, layout: str) -> list[Row]:
        sources = honest_sources(layout)
        rows = {row.submission.source: row for row in self.result.rows}
        return [rows[source] for source in sources]

    def other_rows(self, layout: str) -> list[Row]:
        sources = honest_sources(layout)
        return [row for row in self.result.rows if row.submission.source not in sources]


def run_class(path: Path, out: Path) -> Told:
    """Grade, publish and export as the commands do, the fake engine in this process."""
    seen: list[Intake] = []
    started, before = _seconds(), _memory("VmRSS", reset=True)
    with patch("autograder.grading.grade.run_tasks", at_once):
        options = Options(engine=fakes.ENGINE, jobs=1)
        result = grade_class([path], out, fakes.PACKAGES, options, seen.append)
    publish(out)
    tables = {"grades": table(out / "grades.csv")}
    for form in ("csv", "canvas", "gradescope"):
        for path in export(out, form).paths:
            if path.suffix == ".csv":
                tables[form] = table(path)
    by_roster = export(out, "canvas", roster=_roster(out.parent))
    tables["roster"] = table(by_roster.paths[0])
    peak = _memory("VmHWM")
    held = peak - before if peak is not None and before is not None else None
    seconds = _seconds() - started
    return Told(out, seen[0], result, tables, by_roster.remarks, seconds, held)


def _roster(folder: Path) -> Path:
    ada, ben = (str(sum(map(ord, who)) + 1000) for who in HONEST)
    path = folder / "roster.csv"
    path.write_text(ROSTER.format(ada=ada, ben=ben))
    return path


def _seconds() -> float:
    """Seconds of the processor that this process and its ended children have used."""
    return sum(os.times()[:4])


def _memory(field: str, reset: bool = False) -> float | None:
    """Mebibytes that this process holds, or has held since the last reset; on Linux only."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    return int(status.partition(f"{field}:")[2].split()[0]) / 1024


def desk_pages(out: Path) -> dict[str, str]:
    """Every view that the desk has of a class, by its address below the desk's own."""
    # In this process: that a notebook has one of its own is the business of tests/desk.
    with desk_of(out) as browser, patch.object(Notebooks, "_rendered", staticmethod(rendered)):
        ends = time.monotonic() + 60
        while browser.desk.pairs() is None:
            assert time.monotonic() < ends, "the notebooks are not compared within a minute"
            time.sleep(0.01)
        return {path: browser.text(path) for path in desk_paths(browser.desk)}


def desk_paths(desk: Desk) -> Iterator[str]:
    """The addresses of the desk's views, below its own."""
    snapshot = desk.snapshot()
    yield from ("/", "/exercises", "/class")
    for name in snapshot.answers:
        for group in snapshot.groups(name):
            places = range(min(len(group.answers), MOST_PAGES))
            yield from (f"/exercise/{name}?group={group.id}&answer={place}" for place in places)
    for lesson in snapshot.stats:
        for exercise in lesson.exercises:
            yield from (f"/test/{exercise.name}/{test.name}" for test in exercise.tests)
    for student, rows in list(snapshot.of_student.items())[:MOST_PAGES]:
        yield f"/student/{student}"
        yield from filter(None, map(notebook_address, rows))
    yield from (f"/alike/{place}" for place in range(len(desk.pairs() or ())))


# What must hold


def portrait(told: Told, layout: str) -> dict[str, Any]:
    """Everything that the honest students have: rows, names, times, pages, results, exports."""
    rows = told.honest_rows(layout)
    return {
        "rows": [_row(row) for row in rows],
        "pages": [_page(told.out, row) for row in rows],
        "results": [_results(told.out, row) for row in rows],
        **{name: _about(rows, lines) for name, lines in told.tables.items()},
    }


def page_of(told: Told) -> str:
    """The attacker's feedback page, of a class in folders."""
    (row,) = told.other_rows("folders")
    return _page(told.out, row).decode()


def _row(row: Row) -> dict[str, object]:
    """A row without the folder, which each test has anew."""
    known = msgspec.structs.asdict(row.submission)
    del known["root"]
    return known | {"total": row.total, "problem": row.problem, "attempts": row.attempts}


def _page(out: Path, row: Row) -> bytes:
    return (out / "feedback" / f"{row.submission.name}.html").read_bytes()


def _results(out: Path, row: Row) -> list[bytes]:
    places = (out / "results", out / "export" / "gradescope")
    name = f"{row.submission.lesson}.json"
    return [(place / row.submission.name / name).read_bytes() for place in places]


def _about(rows: Iterable[Row], lines: Iterable[list[str]]) -> list[list[str]]:
    """The lines of a table about these students, who are named by a cell."""
    names = {row.submission.name for row in rows} | {row.submission.student for row in rows}
    names |= set(ON_ROSTER)
    return [line for line in lines if names & set(line)]


def table(path: Path) -> list[list[str]]:
    """The lines of a CSV file."""
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


def formulas(told: Told) -> list[str]:
    """Cells with which a spreadsheet would calculate."""
    return [
        cell
        for lines in told.tables.values()
        for line in lines
        for part in line
        for cell in (part, *part.split(";")[1:])
        if cell[:1] in tuple("=+-@\t\r") and not _is_number(cell)
    ]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


ACTING = ("on", "hx-", "data-hx", "data-key", "data-live", "formaction")
"""Attributes that act, of HTML, of htmx and of the desk's own script."""
ACTING_ADDRESSES = ("javascript:", "vbscript:", "data:text")
LOADING = (
    "iframe", "frame", "object", "embed", "base", "form", "link", "meta", "use", "animate", "image",
)  # fmt: skip


class _Running(HTMLParser):
    """Collects what of a page a browser would run, if a student has written it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        for name, value in attrs:
            if name in ("title", "aria-label"):
                continue  # Text for people, such as the name of the frame around a notebook.
            text = (value or "").casefold()
            runs = name.startswith(ACTING) or text.lstrip().startswith(ACTING_ADDRESSES)
            loads = tag in LOADING or name in ("src", "srcset", "poster", "background", "action")
            if MARK in text and (runs or loads or name in ("style", "id", "srcdoc")):
                self.found.append(f"<{tag} {name}={text[:80]}>")

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style") and f"{MARK}(" in data:
            self.found.append(f"<{self._inside}>{data[:80]}")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def running(page: str) -> list[str]:
    """What would run if a browser opened the page."""
    reader = _Running()
    reader.feed(page)
    reader.close()
    return reader.found


def class_table() -> str:
    """The attacks on the class as Markdown, one table for each group."""
    attacks = [read_class_attack(name) for name in NAMES]
    parts = []
    for kind, group in KINDS.items():
        rows = [f"| {one.intent} | {one.outcome} | `{one.name}` |" for one in attacks
                if one.kind == kind]  # fmt: skip
        head = f"### {group}\n\n| the student tries to | what stops it | file |\n|---|---|---|\n"
        parts.append(head + "\n".join(rows))
    return "\n\n".join(parts)
