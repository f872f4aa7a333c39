"""Replay stored submissions under the current tests, and show who moves before anything changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.grading.grade import (
    DEFAULTS,
    Options,
    Progress,
    engine_name,
    locked,
    run_tasks,
    save_result,
)
from autograder.model import GradingPackage


class TestMove(msgspec.Struct, frozen=True, kw_only=True):
    """One test whose points changed; None where it did not exist."""

    __test__ = False

    exercise: str
    test: str
    before: float | None
    after: float | None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One submission whose total or tests changed."""

    submission: str
    student: str
    lesson: str
    before: float | None
    after: float | None
    tests: tuple[TestMove, ...]
    problem: str = ""


class Regrade(msgspec.Struct, frozen=True, kw_only=True):
    """What a regrade did, or would do."""

    moves: tuple[Move, ...]
    replayed: int
    """Notebooks graded again; the others had been graded with exactly these tests."""
    submissions: int
    applied: bool


def regrade(
    out: Path,
    packages: Mapping[str, GradingPackage],
    options: Options = DEFAULTS,
    apply: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> Regrade:
    """Grade every stored submission with ``packages``; change points only with ``apply``.

    All points change together or none do: a regrade that is cut off leaves the old ones.

    Raises:
        GradebookError: there is no gradebook, or it cannot be used.
        PoolError: no engine can be started.
    """
    with Gradebook.open(out) as book, locked(out):
        engine = engine_name(options.engine)
        digests = {lesson: package.digest for lesson, package in packages.items()}
        tasks = book.tasks(engine, digests, book.policy(), options.fresh)
        results = []
        for done, (task, result) in enumerate(run_tasks(book, tasks, packages, options), 1):
            results.append((task, result))
            on_progress(
                Progress(
                    done=done, total=len(tasks), submission=task.submission, seconds=result.seconds
                )
            )
        before = book.rows()
        with book.trial(keep=apply):
            for package in packages.values():
                book.keep_package(package)
            for task, result in results:
                save_result(book, task, digests[task.lesson], engine, result)
            book.link_known(engine, digests)
            after = book.rows()
    return Regrade(
        moves=tuple(_moves(before, after)),
        replayed=len(tasks),
        submissions=len(after),
        applied=apply,
    )


def _moves(before: list[Row], after: list[Row]) -> list[Move]:
    old = {_whose(row): row for row in before}
    moves = []
    for row in after:
        previous = old[_whose(row)]
        tests = _test_moves(previous, row)
        if tests or previous.total != row.total or previous.problem != row.problem:
            moves.append(
                Move(
                    submission=row.submission.name,
                    student=row.submission.student,
                    lesson=row.submission.lesson or "",
                    before=previous.total,
                    after=row.total,
                    tests=tuple(tests),
                    problem=row.problem,
                )
            )
    return sorted(
        moves, key=lambda move: (-abs((move.after or 0) - (move.before or 0)), move.submission)
    )


def _whose(row: Row) -> tuple[int, str]:
    """What stays the same when another attempt comes to count."""
    return row.student.id, row.submission.lesson or row.submission.source


def _test_moves(before: Row, after: Row) -> list[TestMove]:
    old, new = _tests(before), _tests(after)
    return [
        TestMove(
            exercise=exercise,
            test=test,
            before=old.get((exercise, test)),
            after=new.get((exercise, test)),
        )
        for exercise, test in {**old, **new}
        if old.get((exercise, test)) != new.get((exercise, test))
    ]


def _tests(row: Row) -> dict[tuple[str, str], float]:
    return {
        (section.exercise, test.name): test.points
        for section in (row.outcome.sections if row.outcome else ())
        for test in section.tests
    }
