"""The only part of the desk that writes, and all that it writes are decisions.

A decision rests on what the page showed: the attempts, their points and the decisions before it.
The page says so in ``basis``; within the transaction that stores the decision it is compared with
the gradebook. Two browsers, two desks or a run that grades meanwhile cannot overwrite unseen.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from autograder.desk.reading import Desk, Snapshot
from autograder.errors import InvalidInput
from autograder.gradebook.decisions import check_points, given, link, read_number, user
from autograder.gradebook.records import HandMark, Row

STALE = (
    "Nothing was stored: since you opened this page, {who} was decided, graded or handed in "
    "again. Go back to see what holds now."
)
REMEMBERED = 200
LONGEST_REASON = 2_000


class Stale(InvalidInput):
    """The page that a decision was made on no longer shows what holds."""


class Stored(NamedTuple):
    """Decisions that were made together, and can be taken back together."""

    marks: tuple[int, ...]
    sentence: str


class Decisions:
    """What is decided at one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stored: OrderedDict[str, Stored] = OrderedDict()

    def stored(self, batch: str) -> Stored | None:
        """What was decided together under this name, to say so and to offer to take it back."""
        return self._stored.get(batch)

    def give(self, form: Mapping[str, str]) -> str:
        """Give points for one exercise to one student or to a group, all or none.

        Returns:
            A name under which ``stored`` knows it.

        Raises:
            ValueError: the form does not fit, or the page was stale.
        """
        snapshot = self._desk.snapshot()
        exercise = form.get("exercise", "")
        if exercise not in snapshot.exercises:
            raise InvalidInput(f"exercise is {exercise!r}; this class has no such exercise")
        rows = _targets(snapshot, exercise, form)
        why = form.get("why", "").strip()[:LONGEST_REASON]
        points = read_number(form.get("points", ""))
        check_points(exercise, points, snapshot.most.get(exercise, float("inf")), why)
        marks = self._kept(snapshot, rows, exercise, points, why, form.get("basis", ""))
        who = rows[0].student.name if len(rows) == 1 else f"{len(rows)} students"
        return self._remember(marks, f"Stored: {points:g} points in {exercise} for {who}.")

    def _kept(
        self, snapshot: Snapshot, rows: Sequence[Row], exercise: str, points: float, why: str,
        basis: str,
    ) -> list[int]:  # fmt: skip
        students = [row.student.id for row in rows]
        with self._desk.open() as book:
            who = user()
            marks = [given(book, row, exercise, points, why, who) for row in rows]
            with book.transaction():
                now = book.standings(snapshot.matching).basis(students, exercise)
                if now == basis:
                    ids = book.add_hand_marks(marks)
            if now != basis:
                self._desk.read(book)
                raise Stale(STALE.format(who=_called(rows)))
            self._desk.decided(book, set(students))
        self._desk.decisions += len(ids)
        return ids

    def undo(self, form: Mapping[str, str]) -> str:
        """Take decisions back; what counted before each of them counts again.

        Raises:
            ValueError: one of them is no longer the latest; nothing is taken back.
        """
        ids = [int(one) for one in form.get("marks", "").split(",") if one.isdecimal()]
        snapshot = self._desk.snapshot()
        with self._desk.open() as book:
            with book.transaction():
                standing = book.standing_marks(ids)
                if not ids or len(standing) != len(ids):
                    raise Stale("Nothing was taken back: it has been decided again since.")
                book.withdraw(ids, user())
            self._desk.decided(book, _students(snapshot, standing))
        self._desk.decisions += len(ids)
        what = f"{standing[0].points:g} points in {standing[0].exercise}"
        many = "" if len(ids) == 1 else f" for {len(ids)} students"
        return self._remember([], f"Taken back: {what}{many}.")

    def link(self, form: Mapping[str, str]) -> str:
        """Decide that a student who is on no roster is somebody of the class.

        Raises:
            ValueError: there is no such student, or several fit.
        """
        sentence = link(self._desk.out, form.get("student", ""), form.get("other", "").strip())
        self._desk.read()
        self._desk.decisions += 1
        return self._remember([], f"Stored: {sentence}.")

    def _remember(self, marks: Sequence[int], sentence: str) -> str:
        batch = secrets.token_hex(8)
        self._stored[batch] = Stored(tuple(marks), sentence)
        while len(self._stored) > REMEMBERED:
            self._stored.popitem(last=False)
        return batch


def _targets(snapshot: Snapshot, exercise: str, form: Mapping[str, str]) -> list[Row]:
    """The rows that a form is about: a group's, or a student's row of the exercise's lesson."""
    if group := form.get("group", ""):
        found = next((one for one in snapshot.groups(exercise) if one.id == group), None)
        if found is None:
            raise Stale(STALE.format(who="this group"))
        return [answer.row for answer in found.answers]
    student = form.get("student", "")
    rows = snapshot.of_student.get(int(student), []) if student.isdecimal() else []
    lesson = snapshot.exercises[exercise]
    fitting = [row for row in rows if row.submission.lesson in (lesson, None)]
    fitting.sort(key=lambda row: row.submission.lesson is None)
    if not fitting:
        raise InvalidInput(f"student is {student!r}, who handed in nothing for {exercise}")
    return fitting[:1]


def _called(rows: Sequence[Row]) -> str:
    return rows[0].student.name if len(rows) == 1 else f"one of these {len(rows)} answers"


def _students(snapshot: Snapshot, marks: Collection[HandMark]) -> set[int]:
    student_of = snapshot.matching.student_of
    return {student_of[one.person].id for one in marks if one.person in student_of}
