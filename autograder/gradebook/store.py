"""The gradebook: one SQLite file that holds everything; pages and tables are derived from it.

Every result is committed as it arrives, so a run that is killed at any moment goes on where it
was. What sources say about people, what was handed in, what the tests gave and what people decided
are kept apart; a row of the class is worked out from all four.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from autograder.cells import split
from autograder.errors import UnreadableNotebook
from autograder.gradebook.attempts import Attempt, Attempts
from autograder.gradebook.database import FILE_NAME
from autograder.gradebook.late_rule import LatePolicy, lateness
from autograder.gradebook.ledger import Ledger
from autograder.gradebook.records import HandMark, HandMarkState, Policy, Row, Student
from autograder.gradebook.register import ROSTER
from autograder.gradebook.roster import RosterRow, roster_text
from autograder.gradebook.schema import STORED_CLASS, person_key
from autograder.gradebook.settings import FILE_NAME as CLASS_FILE
from autograder.gradebook.settings import ClassSettings, read_class
from autograder.intake import Submission, parse_notebook
from autograder.intake.submission import Person, safe_name
from autograder.model import GradingPackage, NotebookOutcome

__all__ = ["FILE_NAME", "Gradebook"]
CLASS_PATH = "class file"
POLICY = "policy"
NOT_YET = "This has not been graded yet; run the same command again."


class Gradebook(Attempts, Ledger):
    """The open gradebook of one output folder."""

    _known: tuple[object, list[Row]] | None = None

    # The class's settings

    def class_file(self) -> Path | None:
        """The class file that holds here, if there is one."""
        path = Path(self.setting(CLASS_PATH) or self.path.parent / CLASS_FILE)
        return path if path.is_file() else None

    def set_up(
        self,
        class_file: Path | None = None,
        roster: Path | None = None,
        lessons: Sequence[str] = (),
    ) -> ClassSettings:
        """Take the class file and the roster that a command was given; both are remembered.

        Args:
            class_file: None for the one that is known, or ``class.toml`` beside the gradebook.
            roster: None for the one that the class file names.
            lessons: slugs that the class file may name beside those of earlier runs.

        Raises:
            ValueError: one of the files cannot be read or has a wrong key or value.
        """
        path = class_file or self.class_file()
        known = [*self.lessons(), *lessons]
        settings = read_class(path, dict.fromkeys(known)) if path else self.class_settings()
        named = roster or (Path(settings.roster) if settings.roster else None)
        text = roster_text(named) if named else ""
        with self.transaction():
            if named and text != self.setting(ROSTER):
                self.use_roster(text, str(named))
            if class_file is not None:
                self.set(CLASS_PATH, str(class_file.resolve()))
        return settings

    def class_settings(self) -> ClassSettings:
        """What the class file says; without one, what commands were told.

        Raises:
            ValueError: the class file has a wrong key or value.
        """
        path = self.class_file()
        if path is not None:
            return read_class(path, self.lessons())
        text = self.setting(STORED_CLASS)
        return msgspec.json.decode(text, type=ClassSettings) if text else ClassSettings()

    def use_due(self, due: Mapping[str, LatePolicy]) -> None:
        """Remember the due dates that a command was given; none means that nothing is late."""
        settings = msgspec.structs.replace(self.class_settings(), due=dict(due))
        self.set(STORED_CLASS, msgspec.json.encode(settings).decode())

    def policy(self) -> Policy:
        """Which attempt counts: as the class file says, else as the latest run was told."""
        return self.class_settings().policy or self.policy_told()

    def policy_told(self) -> Policy:
        """Which attempt counts, as the latest run that was told anything was told."""
        told: Policy = msgspec.convert(self.setting(POLICY, "latest"), Policy)
        return told

    # The class

    def rows(
        self, settings: ClassSettings | None = None, policy: Policy | None = None
    ) -> list[Row]:
        """One row for each student and lesson, in the order of names.

        Args:
            settings: due dates to use in place of the class's own.
            policy: which attempt counts, in place of the class's own.
        """
        settings = self.class_settings() if settings is None else settings
        policy = self.policy() if policy is None else policy
        state = (self._state(), settings, policy)
        if self._known is None or self._known[0] != state:
            self._known = state, self._rows(settings, policy)
        return self._known[1]

    def remember_rows(self, rows: Sequence[Row]) -> None:
        """Take the rows that the caller has just read of this gradebook for those of now."""
        state = (self._state(), self.class_settings(), self.policy())
        self._known = state, list(rows)

    def _rows(self, settings: ClassSettings, policy: Policy) -> list[Row]:
        matching, packages = self.matching(), self.packages()
        marks, outcomes = self.hand_marks(matching), self.outcomes()
        students = {student.id: student for student in matching.students}
        groups = self.by_student(matching)
        lessons_of_marks = _lessons_of_marks(groups, marks, packages)
        broken: Counter[int] = Counter()
        found = []
        for (student_id, lesson), attempts in groups.items():
            # Files without a lesson are counted through, so that their results have names.
            broken[student_id] += lesson.startswith("/")
            first = broken[student_id] if lesson.startswith("/") else 1
            student, own = students[student_id], marks.get(student_id, {})
            lessons = lessons_of_marks.get((student_id, lesson), [lesson])
            for name in lessons:
                exercises = packages[name].exercises if name in packages else ()
                fitting = [own[exercise] for exercise in exercises if exercise in own]
                rows = [
                    self._row(student, one, place, name, outcomes, fitting, settings)
                    for place, one in enumerate(attempts, first)
                ]
                chosen = _choose(rows, policy)
                found.append(msgspec.structs.replace(chosen, attempts=len(rows)))
        return sorted(found, key=lambda row: (row.submission.name, row.submission.lesson or ""))

    def _row(
        self,
        student: Student,
        attempt: Attempt,
        place: int,
        lesson: str,
        outcomes: Mapping[int, NotebookOutcome],
        marks: Sequence[HandMark],
        settings: ClassSettings,
    ) -> Row:
        one = attempt.submission
        name = f"{one.name}-{safe_name(student.name)}" if len(attempt.people) > 1 else one.name
        submission = msgspec.structs.replace(
            one, name=name, people=(Person(student.identifiers),), attempt=place,
            lesson=None if lesson.startswith("/") else lesson,
        )  # fmt: skip
        outcome = outcomes.get(attempt.grading or 0)
        problem = attempt.problem or ("" if outcome else NOT_YET)
        row = Row(
            submission=submission,
            outcome=outcome,
            problem=problem,
            attempts=1,
            seconds=attempt.seconds,
            hand_marks=(),
            student=student,
        )
        return self.with_marks(row, marks, settings)

    def with_marks(self, row: Row, marks: Sequence[HandMark], settings: ClassSettings) -> Row:
        """The row with these hand marks instead of its own, and what lateness costs then."""
        states = tuple(self._with_state(mark, row.submission) for mark in marks)
        row = msgspec.structs.replace(row, hand_marks=states, lateness=None)
        if row.total is None:
            return row
        policy = settings.late_policy(row.student, row.submission.lesson)
        return msgspec.structs.replace(row, lateness=lateness(policy, row.submission, row.total))

    def _with_state(self, mark: HandMark, submission: Submission) -> HandMark:
        content, lesson = submission.content_hash, submission.lesson
        same = content == mark.content_hash or (
            mark.code != "" and mark.code == self.code_digest(content, lesson, mark.exercise)
        )
        state = HandMarkState.COUNTS if same else HandMarkState.ON_HOLD
        return msgspec.structs.replace(mark, state=state)

    def code_digest(self, content_hash: str, lesson: str | None, exercise: str) -> str:
        """Digest of what a student wrote in an exercise's cells; empty where that is nothing."""
        own = self._own_code(content_hash, lesson).get(exercise)
        return hashlib.sha256("\0".join(own).encode()).hexdigest() if own else ""

    def _own_code(self, content_hash: str, lesson: str | None) -> dict[str, list[str]]:
        """By exercise, the cells that a student wrote or changed; empty where nobody can tell."""
        package = self.packages().get(lesson or "")
        if not content_hash or package is None:
            return {}
        try:
            sections = split(package, parse_notebook(self.notebook(content_hash)))
        except UnreadableNotebook:
            return {}
        return {
            section.exercise: [cell.source for cell in section.cells if not cell.unchanged]
            for section in sections
        }

    def mixed_tests(self) -> dict[str, int]:
        """By lesson, how many attempts that count were judged by tests other than the present.

        Empty unless a run with ``--fresh`` was interrupted.
        """
        digests = {lesson: package.digest for lesson, package in self.packages().items()}
        return self.of_other_tests(digests, self.policy())

    def as_released(self, row: Row) -> bool:
        """True where a student handed in the notebook as it was released: unsaved work, perhaps."""
        one = row.submission
        # The released notebook earns nothing, which `check` holds: no need to read the others.
        if row.outcome is None or row.outcome.points:
            return False
        if any(part.prediction for part in row.outcome.sections):
            return False
        own = self._own_code(one.content_hash, one.lesson)
        return not any(own.get(part.exercise) for part in row.outcome.sections)

    def student_on_roster(self, row: RosterRow) -> Student:
        """The student that a row of the roster in use is."""
        key = person_key(Person(row.identifiers), on_roster=True)
        found = self._one("SELECT id FROM people WHERE key = ?", key)
        return self.matching().student_of[found["id"]]

    def not_handed_in(self) -> dict[str, list[Student]]:
        """For each lesson that anybody handed in, the students of the roster who did not."""
        found: dict[str, set[int]] = defaultdict(set)
        for row in self.rows():
            if row.submission.lesson:
                found[row.submission.lesson].add(row.student.id)
        on_roster = [student for student in self.matching().students if student.on_roster]
        return {
            lesson: [student for student in on_roster if student.id not in handed_in]
            for lesson, handed_in in sorted(found.items())
        }


def _lessons_of_marks(
    groups: Mapping[tuple[int, str], Sequence[Attempt]],
    marks: Mapping[int, Mapping[str, HandMark]],
    packages: Mapping[str, GradingPackage],
) -> dict[tuple[int, str], list[str]]:
    """The lessons for which a file that could not be read was marked by hand.

    A file that is no notebook has no lesson; a student's last one stands for the lessons that a
    person marked and that nothing else was handed in for.
    """
    broken = {student: lesson for student, lesson in groups if lesson.startswith("/")}
    found: dict[tuple[int, str], list[str]] = {}
    for student, lesson in broken.items():
        lessons = [
            name
            for name, package in packages.items()
            if (student, name) not in groups
            and set(package.exercises) & set(marks.get(student, ()))
        ]
        if lessons:
            found[student, lesson] = lessons
    return found


def _choose(rows: Sequence[Row], policy: Policy) -> Row:
    """The attempt that counts; ``rows`` are in the order of hand-in."""
    if policy == "best":
        # The later of two equal attempts counts; one that could not be graded counts least.
        return max(rows, key=lambda row: (-1.0 if row.final is None else row.final,
                                          row.submission.attempt))  # fmt: skip
    return rows[0 if policy == "first" else -1]
