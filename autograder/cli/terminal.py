"""What people see in the terminal; plain lines when the output is piped."""

from __future__ import annotations

import contextlib
import shlex
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Column, Table

from autograder.gradebook.people import Matching
from autograder.gradebook.records import Row, Student
from autograder.grading.grade import ClassResult, Notices, Progress
from autograder.grading.regrade import Regrade
from autograder.intake import Intake
from autograder.model import Status
from autograder.outputs.report.stats import lesson_parts, lesson_title
from autograder.text import counted, number, printable

SHOWN_PROBLEMS = 12
SHOWN_SLOWEST = 3
LINE_SECONDS = 30.0
"""How often a piped run says how far it is."""
COLUMNS = ("all", "graded", "problems", "not graded", "median", "mean", "of")
COLUMNS_WHERE_NARROW = ("all", "graded", "not graded", "median")
FULL_WIDTH = 76
NUMBERS_WIDTH = 60
"""What the columns of numbers take of a line."""


def plain(text: str) -> str:
    """A student's text for the terminal: no control characters, no markup."""
    return escape(printable(text, instead="\N{REPLACEMENT CHARACTER}"))


def print_intake(console: Console, intake: Intake) -> None:
    """What was recognised, what not, and why, before anything is graded."""
    _print_sources(console, intake)
    table = _table(console, "Recognised")
    table.add_column("lesson", overflow="fold")
    for name in ("students", "notebooks"):
        table.add_column(name, justify="right")
    by_lesson: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in intake.submissions:
        if one.lesson is not None:
            by_lesson[one.lesson].append((one.key, one.name))
    names = _lesson_names(by_lesson, console.width - NUMBERS_WIDTH // 2)
    for lesson, found in sorted(by_lesson.items()):
        table.add_row(names[lesson], str(len({key for key, _ in found})), str(len(found)))
    if by_lesson:
        console.print(table)
    problems = [one for one in intake.submissions if one.problem]
    if problems:
        console.print(f"Not recognised: {len(problems)}")
        _listed(console, [f"  {plain(one.problem)}" for one in problems])
    if intake.passed_over:
        console.print(f"Passed over, as nobody's work: {len(intake.passed_over)}")
        lines = [f"  {plain(path)}: {plain(reason)}" for path, reason in intake.passed_over]
        _listed(console, lines, "")
    for remark in intake.remarks:
        console.print(f"Note: {plain(remark)}", soft_wrap=True, highlight=False)
    if not intake.submissions:
        console.print("There is nothing to grade here: no notebook and no archive was found.")


def _print_sources(console: Console, intake: Intake) -> None:
    """As which layout each class was read: the moment to stop and give ``--layout``."""
    table = _table(console, "Read as")
    table.add_column("layout", overflow="fold")
    for name in ("students", "notebooks"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("in", overflow="fold")
    for one in intake.sources:
        table.add_row(one.title, str(one.students), str(one.notebooks), plain(Path(one.path).name))
    if intake.sources:
        console.print(table)


def _table(console: Console, title: str) -> Table:
    """A table with one rule below its head; without any where the output is piped."""
    return Table(
        title=title, title_justify="left", pad_edge=False, title_style="bold",
        box=box.SIMPLE_HEAD if console.is_terminal else None,
    )  # fmt: skip


def _lesson_names(lessons: Iterable[str], width: int) -> dict[str, str]:
    """Lessons by their titles, or all by their numbers where the line is short."""
    titles = {lesson: lesson_title(lesson) for lesson in lessons}
    if any(len(title) > width for title in titles.values()):
        titles = {lesson: lesson_parts(lesson)[0] or title for lesson, title in titles.items()}
    return {lesson: plain(title) or "not recognised" for lesson, title in titles.items()}


@contextlib.contextmanager
def progress_bar(console: Console) -> Iterator[Callable[[Progress], None]]:
    """Count and bar first, then rate and the slowest so far; a line now and then when piped."""
    if not console.is_terminal:
        yield _Lines(console).update
        return
    columns = (
        MofNCompleteColumn(), BarColumn(bar_width=20), TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[rate]}"),
        # What is left of the line goes to names, which are cut.
        TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True)),
    )  # fmt: skip
    with RichProgress(*columns, console=console, expand=True) as bar:
        task = bar.add_task("", total=None, rate="", start=False)
        slowest: list[tuple[float, str]] = []

        def update(step: Progress) -> None:
            nonlocal slowest
            if step.starting:
                bar.update(task, total=step.total, description=_starting(step.starting))
                return
            # The clock starts with the first notebook, not with the workers.
            bar.start_task(task)
            slowest = sorted([*slowest, (step.seconds, step.submission)])[-SHOWN_SLOWEST:]
            names = ", ".join(f"{plain(name)} {seconds:.1f} s" for seconds, name in slowest[::-1])
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed or 0.0
            bar.update(
                task,
                completed=step.done,
                total=step.total,
                rate=f"{60 * speed:.0f}/min",
                description=f"slowest: {names}",
            )
            if step.problem:
                bar.console.print(f"{plain(step.submission)}: {plain(step.problem)}")

        yield update


class _Lines:
    """Progress as plain lines, at most one in ``LINE_SECONDS``."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.printed = time.monotonic()

    def update(self, step: Progress) -> None:
        if step.starting:
            self._say(f"{_starting(step.starting)}, {step.total} notebooks to grade")
        elif step.problem:
            self._say(f"{plain(step.submission)}: {plain(step.problem)}")
        elif time.monotonic() - self.printed >= LINE_SECONDS:
            self._say(f"{step.done} of {step.total} graded")

    def _say(self, line: str) -> None:
        self.printed = time.monotonic()
        self.console.print(line, soft_wrap=True, highlight=False)


def _starting(workers: int) -> str:
    return f"starting {counted(workers, 'worker')}"


def print_summary(console: Console, result: ClassResult, out: Path, command: str = "") -> None:
    """The class at a glance, problems first, and where to look."""
    _print_on_hold(console, result.rows)
    _print_problems(console, result.rows)
    _print_notices(console, result.notices)
    table = _table(console, "Points")
    table.add_column("lesson", overflow="fold")
    columns = COLUMNS if console.width >= FULL_WIDTH else COLUMNS_WHERE_NARROW
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    by_lesson: dict[str, list[Row]] = defaultdict(list)
    for row in result.rows:
        by_lesson[row.submission.lesson or ""].append(row)
    names = _lesson_names(by_lesson, console.width - NUMBERS_WIDTH)
    for lesson, rows in sorted(by_lesson.items()):
        cells = _lesson_cells(rows)
        table.add_row(names[lesson], *(cells[name] for name in columns))
    console.print(table)
    console.print(
        f"{result.graded} graded now in {result.seconds:.1f} s; {result.notices.recorded}."
    )
    if result.interrupted:
        again = command or "the same command"
        console.print(f"Stopped. Everything graded so far is kept: run {again} again to go on.")
    for name, meaning in (("report.html", "the class"), ("grades.csv", "points"),
                          ("feedback", "a page for each student")):  # fmt: skip
        if (out / name).exists():
            console.print(f"  {out / name}  {meaning}", soft_wrap=True, highlight=False)
    if result.rows:
        desk = f"autograder desk --out {shlex.quote(str(out))}"
        console.print(f"To read and decide: {desk}", soft_wrap=True, highlight=False)


def _lesson_cells(rows: Sequence[Row]) -> dict[str, str]:
    """What each of ``COLUMNS`` says of one lesson."""
    totals = [row.total for row in rows if row.outcome and row.total is not None]
    states = [row.status for row in rows]
    best = max((row.outcome.max_points for row in rows if row.outcome), default=0.0)
    return {
        "all": str(len(rows)),
        "graded": str(states.count(Status.GRADED)),
        "problems": str(states.count(Status.WITH_PROBLEMS)),
        "not graded": str(states.count(Status.NOT_GRADED)),
        "median": f"{statistics.median(totals):.1f}" if totals else "",
        "mean": f"{statistics.fmean(totals):.1f}" if totals else "",
        "of": number(best) if totals else "",
    }


def _print_on_hold(console: Console, rows: Iterable[Row]) -> None:
    """What a person decided for work that has been replaced comes first of all."""
    held = [(row, mark) for row in rows for mark in row.on_hold]
    if not held:
        return
    marks, verb = ("1 hand mark", "is") if len(held) == 1 else (f"{len(held)} hand marks", "are")
    console.print(f"{marks} given for an earlier attempt {verb} on hold; the tests count:")
    lines = []
    for row, mark in held:
        sections = row.outcome.sections if row.outcome else ()
        gave = next((one.points for one in sections if one.exercise == mark.exercise), None)
        lines.append(
            f"  {plain(row.student.name)}, {mark.exercise}: {mark.points:g} by {plain(mark.who)}, "
            f"tests now give {_points(gave)}; `autograder adjust --keep` confirms it"
        )
    _listed(console, lines)


def _print_notices(console: Console, notices: Notices) -> None:
    for remark in notices.remarks:
        console.print(f"Note: {plain(remark)}", soft_wrap=True, highlight=False)
    if notices.conflicts:
        console.print(f"Not matched: {len(notices.conflicts)}")
        _listed(console, [f"  {plain(sentence)}" for sentence in notices.conflicts])
    if notices.weak:
        console.print(f"Matched without an id, please look: {len(notices.weak)}")
        _listed(console, [f"  {plain(sentence)}" for sentence in notices.weak])
    if notices.as_released:
        console.print(f"Handed in as released, unsaved work? {len(notices.as_released)}")
        _listed(console, [f"  {name}" for name in notices.as_released])
    for lesson, names in notices.not_handed_in.items():
        if names:
            console.print(
                f"Nothing handed in for {_lesson_names([lesson], 0)[lesson]}: {len(names)}"
            )
            _listed(console, [f"  {plain(name)}" for name in names])


def print_people(
    console: Console, matching: Matching, not_handed_in: Mapping[str, Sequence[Student]]
) -> None:
    """Every student with all identifiers, then what needs a look."""
    for student in sorted(matching.students, key=lambda one: one.name.casefold()):
        ids = ", ".join(f"{one.kind.replace('_', ' ')} {one.value}" for one in student.identifiers)
        place = "" if student.on_roster else " (not on the roster)"
        console.print(
            f"{plain(student.name)}{place}: {plain(ids)}", soft_wrap=True, highlight=False
        )
    absent = {
        lesson: tuple(one.name for one in students) for lesson, students in not_handed_in.items()
    }
    _print_notices(
        console, Notices(weak=matching.weak, conflicts=matching.conflicts, not_handed_in=absent)
    )


def _print_problems(console: Console, rows: Iterable[Row]) -> None:
    refused = [row for row in rows if row.outcome is None]
    troubled = [row for row in rows if row.status == Status.WITH_PROBLEMS]
    if refused:
        console.print(f"Not graded: {len(refused)}")
        _listed(console, [f"  {row.submission.name}: {plain(row.problem)}" for row in refused])
    if troubled:
        console.print(f"Graded with problems: {len(troubled)}")
        lines = [
            f"  {row.submission.name}: {plain(event.sentence)}"
            for row in troubled
            for event in list(row.events())[:1]
        ]
        _listed(console, lines)


def _listed(
    console: Console, lines: Sequence[str], where: str = "; the report lists them all"
) -> None:
    for line in lines[:SHOWN_PROBLEMS]:
        console.print(line, soft_wrap=True, highlight=False)
    if len(lines) > SHOWN_PROBLEMS:
        console.print(f"  and {len(lines) - SHOWN_PROBLEMS} more{where}.")


def print_regrade(console: Console, result: Regrade) -> None:
    """Who moves, by how much, and which test did it."""
    console.print(
        f"{result.replayed} notebooks replayed, {len(result.moves)} of {result.submissions} "
        "submissions change."
    )
    for move in result.moves:
        known = move.before is not None and move.after is not None
        moved = f" ({(move.after or 0) - (move.before or 0):+g})" if known else ""
        console.print(
            f"{move.submission}, {move.lesson}: {_points(move.before)} to {_points(move.after)}"
            + moved
            + (f". {plain(move.problem)}" if move.problem else ""),
            soft_wrap=True,
            highlight=False,
        )
        for test in move.tests:
            points = f"{_points(test.before)} to {_points(test.after)}"
            console.print(
                f"    {test.exercise}: {test.test} {points}", soft_wrap=True, highlight=False
            )
    if result.applied:
        console.print("Applied.")
    elif result.moves:
        console.print("Nothing was changed. Add --apply to let these points count.")


def _points(points: float | None) -> str:
    return "none" if points is None else number(points)


def summary_json(result: ClassResult, out: Path) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "out": str(out),
        "graded_now": result.graded,
        "interrupted": result.interrupted,
        "new": result.notices.recorded.new,
        "changed": result.notices.recorded.changed,
        "as_before": result.notices.recorded.as_before,
        "not_handed_in": result.notices.not_handed_in,
        "as_released": result.notices.as_released,
        "seconds": round(result.seconds, 3),
        "submissions": [
            {
                "submission": row.submission.name,
                "student": row.student.name,
                "lesson": row.submission.lesson,
                "status": row.status,
                "total": row.total,
                "points": row.points_by_exercise(),
                "on_hold": {mark.exercise: mark.points for mark in row.on_hold},
                "reason": row.problem,
                "events": [event.sentence for event in row.events()],
            }
            for row in result.rows
        ],
    }
