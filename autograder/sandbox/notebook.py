"""One notebook's course through the engine: its exercises, in one round or two, each run fairly."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack

import msgspec

from autograder.cells import Role, Section, SectionCell
from autograder.diagnosis.findings import behaviour, diagnose
from autograder.diagnosis.known import Known
from autograder.model import GradingPackage, SectionOutcome, TestOutcome

from .attempt import Attempt, Children, Clock, Shared, cell_key
from .context import may_depend
from .judging import Case, TestFiles
from .limits import Limits
from .questions import Asked

Untouched = dict[tuple[str, ...], tuple[TestOutcome, ...]]
"""From a test file and released cells, none of them changed, to what the tests said of them."""


class NotebookRun:
    """Grades the exercises of one notebook one after the other.

    Args:
        children: where children come from.
        tests: compiled test files.
        package: the lesson.
        parts: the student's cells by exercise.
        limits: what the notebook may use.
        untouched: outcomes of exercises handed in as released, shared by all notebooks.
        known: for a diagnosis, how sample answers answer the probes.
    """

    def __init__(
        self,
        children: Children,
        tests: TestFiles,
        package: GradingPackage,
        parts: Sequence[Section],
        limits: Limits,
        untouched: Untouched,
        known: Known,
    ) -> None:
        self._shared = Shared(children, limits)
        self._limits = limits
        self._package = package
        self._parts = parts
        self._clock = Clock(limits.submission_seconds)
        self._untouched = untouched
        self._known = known
        self._cases = [tests.cases(package.tests[part.exercise]) for part in parts]

    def grade(self) -> tuple[SectionOutcome, ...]:
        """Grade all exercises."""
        return tuple(self._diagnosed(i, *self._section(i)) for i in range(len(self._parts)))

    def grade_public_tests_first(self) -> tuple[SectionOutcome, ...]:
        """Grade in two rounds, so that no public result follows a hidden test.

        Where students see public results at once, the code of a later exercise could otherwise
        tell by them what it learnt from an earlier hidden test, by the clock say. Cells run twice.
        """
        public = [
            self._judged(index, [case for case in cases if not case.hidden], ask=False)[0]
            for index, cases in enumerate(self._cases)
        ]
        return tuple(self._second_round(index, early) for index, early in enumerate(public))

    def _second_round(self, index: int, early: SectionOutcome) -> SectionOutcome:
        cases = self._cases[index]
        late, said = self._judged(index, [case for case in cases if case.hidden])
        return self._diagnosed(index, _joined(early, late, cases), said)

    def _section(self, index: int) -> tuple[SectionOutcome, Asked]:
        """Grade one exercise; one that was handed in as released is the same for every student."""
        part = self._parts[index]
        tests = self._known_tests(part)
        if tests is not None:
            return SectionOutcome(
                exercise=part.exercise, tests=tests, events=part.problems
            ), Asked()
        later = (other for other in self._parts[index + 1 :] if self._known_tests(other) is None)
        self._shared.following = next((other.cells for other in later), ())
        outcome, said = self._judged(index, self._cases[index])
        # What is about this student (the number of a cell, a machine that was slow) is not kept.
        if _as_released(part) and outcome == SectionOutcome(
            exercise=part.exercise,
            tests=outcome.tests,
            events=part.problems,
            seconds=outcome.seconds,
        ):
            self._untouched[self._key(part)] = outcome.tests
        return outcome, said

    def _known_tests(self, part: Section) -> tuple[TestOutcome, ...] | None:
        """What the tests said of an exercise that was handed in as released, if that is known."""
        return self._untouched.get(self._key(part)) if _as_released(part) else None

    def _key(self, part: Section) -> tuple[str, ...]:
        return (self._package.tests[part.exercise], *(cell.source.strip() for cell in part.cells))

    def _diagnosed(self, index: int, outcome: SectionOutcome, said: Asked) -> SectionOutcome:
        """Say what is wrong with each function, where tests failed and something is known."""
        part = self._parts[index]
        known = self._known.get(part.exercise, ())
        if not known:
            return outcome
        arguments = {case.name: case.arguments for case in self._cases[index]}
        # Not the set-up cells as released: the public tests in one of them are long to parse.
        sources = [
            cell.source for cell in part.cells if not (cell.unchanged and cell.role is Role.SETUP)
        ]
        return msgspec.structs.replace(
            outcome,
            findings=diagnose(known, said.answers, outcome.tests, arguments, sources),
            behaviour=behaviour(said.answers),
            undiagnosed=said.undiagnosed,
        )

    def _judged(
        self, index: int, cases: Sequence[Case], ask: bool = True
    ) -> tuple[SectionOutcome, Asked]:
        """Judge one exercise, and ask its functions if one of the tests failed."""
        started = time.perf_counter()
        part = self._parts[index]
        clock = Clock(self._limits.section_seconds, self._clock)
        known = self._known.get(part.exercise, ()) if ask else ()
        with ExitStack() as children:
            attempt, tests, rerun = self._attempted(index, cases, clock, children)
            if known and not _passed(tests):
                attempt.ask([function.probes for function in known])
        outcome = SectionOutcome(
            exercise=part.exercise,
            tests=tuple(tests),
            events=(*part.problems, *attempt.events),
            prediction=attempt.prediction,
            seconds=round(time.perf_counter() - started, 4),
            rerun=rerun,
        )
        return outcome, attempt.said

    def _attempted(
        self, index: int, cases: Sequence[Case], clock: Clock, children: ExitStack
    ) -> tuple[Attempt, list[TestOutcome], bool]:
        """Judge one exercise alone, and after the earlier ones where that may matter.

        Returns:
            The attempt that counts, its tests, and whether it is the second one.
        """
        part = self._parts[index]
        attempt = Attempt(self._shared, part, part.cells, clock)
        children.callback(attempt.close)
        tests = attempt.judge(cases)
        failed = attempt.needs_context or not _passed(tests)
        if not (failed and clock.left() > 0 and self._may_depend(index, attempt)):
            return attempt, tests, False
        # One child at a time, so that a student has the memory of one.
        attempt.close()
        second = Attempt(self._shared, part, self._after_earlier(index), clock)
        children.callback(second.close)
        again = second.judge(cases)
        gained = _points(again) - _points(tests)
        # A cell that failed alone for want of a name says more about itself in the second run;
        # where the tests passed all the same, only if that is something else.
        says_more = attempt.needs_context and not (_passed(tests) and _alike(attempt, second))
        if gained > 0 or (gained == 0 and says_more):
            return second, again, True
        second.close()
        return attempt, tests, False

    def _may_depend(self, index: int, attempt: Attempt) -> bool:
        own = self._parts[index].cells
        earlier = [cell for part in self._parts[:index] for cell in part.cells]
        mine = {cell_key(cell) for cell in own}
        others = [cell for cell in earlier if cell_key(cell) not in mine]
        if not others:
            return False
        return attempt.needs_context or may_depend(own, others, attempt.asked)

    def _after_earlier(self, index: int) -> list[SectionCell]:
        """Cells of this exercise and all earlier ones, in the order of the student's notebook."""
        cells = {cell_key(c): c for part in self._parts[: index + 1] for c in part.cells}
        setup = [cell for cell in cells.values() if cell.role is Role.SETUP]
        rest = [cell for cell in cells.values() if cell.role is not Role.SETUP]
        return setup + sorted(rest, key=lambda cell: cell.number)


def _as_released(part: Section) -> bool:
    return all(cell.unchanged for cell in part.cells)


def _passed(tests: Sequence[TestOutcome]) -> bool:
    return all(test.passed for test in tests)


def _alike(first: Attempt, second: Attempt) -> bool:
    """Whether the same went wrong in two runs."""
    return [event.sentence for event in first.events] == [event.sentence for event in second.events]


def _points(tests: Sequence[TestOutcome]) -> float:
    return sum(test.points for test in tests)


def _joined(
    public: SectionOutcome, hidden: SectionOutcome, cases: Sequence[Case]
) -> SectionOutcome:
    """One outcome of an exercise that was judged in two rounds, tests in the order of the file."""
    early, late = iter(public.tests), iter(hidden.tests)
    events = {event.sentence: event for event in (*hidden.events, *public.events)}
    said = dict.fromkeys(event.sentence for event in (*public.events, *hidden.events))
    return SectionOutcome(
        exercise=public.exercise,
        tests=tuple(next(late if case.hidden else early) for case in cases),
        events=tuple(events[sentence] for sentence in said),
        prediction=public.prediction,
        seconds=public.seconds + hidden.seconds,
        rerun=public.rerun or hidden.rerun,
    )
