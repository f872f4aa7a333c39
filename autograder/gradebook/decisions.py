"""Points that a person decides: kept beside what was computed, with who, when and why."""

from __future__ import annotations

import csv
import difflib
import getpass
import io
import math
import time
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path

from autograder.errors import InvalidInput
from autograder.gradebook.attempts import Attempt
from autograder.gradebook.people import Decision, described, squashed
from autograder.gradebook.records import HandMark, Row, Student
from autograder.gradebook.settings import is_called
from autograder.gradebook.store import Gradebook

SUGGESTED = 4
WANTED_COLUMNS = ("student", "exercise", "points", "why")


def adjust(
    out: Path, student: str, exercise: str, points: float, why: str, who: str = ""
) -> list[HandMark]:
    """Set the points of one exercise of one student; the latest decision counts.

    Args:
        out: the folder with the gradebook.
        student: a name, an identifier such as an e-mail, the name of a submission, or the unique
            beginning of one of these. A group's submission stands for each member.
        exercise: which exercise.
        points: what it is worth.
        why: one sentence that the student reads.
        who: who decides; the user's name when empty.

    Raises:
        ValueError: naming the argument that does not fit.
    """
    with Gradebook.open(out) as book:
        return _keep(book, _decided(book, student, exercise, points, why, who))


def keep(out: Path, student: str, exercise: str, who: str = "") -> list[HandMark]:
    """Confirm points on hold: they count for the attempt that counts now.

    Raises:
        ValueError: nobody is called so, or nothing is on hold there.
    """
    with Gradebook.open(out) as book:
        confirmed: list[HandMark] = []
        for person in find_students(book, student):
            held = [
                (row, mark)
                for row in book.rows()
                if row.student.id == person.id
                for mark in row.on_hold
                if mark.exercise == exercise
            ]
            for row, mark in held:
                confirmed.append(
                    given(book, row, exercise, mark.points, mark.why, who or user(), mark.person)
                )
        if not confirmed:
            raise InvalidInput(f"{student} has no points on hold for {exercise}")
        return _keep(book, confirmed)


def adjust_from(out: Path, path: Path, who: str = "") -> list[HandMark]:
    """Set many points at once, from a CSV such as ``marks --todo`` writes; all or none.

    Rows without points are left alone.

    Raises:
        ValueError: the file cannot be read, or a line does not fit; every such line is named.
    """
    lines = _read_csv(path)
    made: list[HandMark] = []
    problems = []
    with Gradebook.open(out) as book:
        for number, line in lines:
            if not line["points"].strip():
                continue
            try:
                points = read_number(line["points"])
                made += _decided(book, line["student"], line["exercise"], points, line["why"], who)
            except InvalidInput as error:
                problems.append(f"line {number}: {error}")
        if problems:
            raise InvalidInput(f"{path}: {'; '.join(problems)}. Nothing was changed")
        return _keep(book, made)


def _read_csv(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        first = text.partition("\n")[0]
        reader = csv.DictReader(
            io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ","
        )
        absent = [name for name in WANTED_COLUMNS if name not in (reader.fieldnames or ())]
        if absent:
            raise InvalidInput(f"{path}: there is no column {', '.join(absent)}")
        return [
            (reader.line_num, {name: line.get(name) or "" for name in WANTED_COLUMNS})
            for line in reader
        ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from None


def read_number(text: str) -> float:
    """Read points as people write them, with a point or a comma.

    Raises:
        ValueError: it is no number.
    """
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise InvalidInput(f"points is {text!r}, which is no number") from None


def _keep(book: Gradebook, marks: list[HandMark]) -> list[HandMark]:
    with book.transaction():
        for mark in marks:
            book.add_hand_mark(mark)
    return marks


def _decided(
    book: Gradebook, student: str, exercise: str, points: float, why: str, who: str
) -> list[HandMark]:
    made = []
    for person in find_students(book, student):
        rows = [row for row in book.rows() if row.student.id == person.id]
        row = _row_of(book, rows, exercise)
        check_points(exercise, points, max_points(book.rows(), exercise), why)
        made.append(given(book, row, exercise, points, why.strip(), who or user()))
    return made


def check_points(exercise: str, points: float, most: float, why: str) -> None:
    """Refuse points that an exercise cannot have, and points without a reason.

    Raises:
        ValueError: naming the argument that does not fit.
    """
    if not why.strip():
        raise InvalidInput("why is empty; say in one sentence why the points change")
    if not (math.isfinite(points) and 0 <= points <= most):
        raise InvalidInput(f"points is {points:g}; {exercise} has 0 to {most:g} points")


def given(
    book: Gradebook, row: Row, exercise: str, points: float, why: str, who: str, person: int = 0
) -> HandMark:
    """A decision about the attempt that counts now."""
    one = row.submission
    code = book.code_digest(one.content_hash, one.lesson, exercise)
    return HandMark(
        person=person or row.student.id,
        exercise=exercise,
        points=points,
        why=why,
        who=who,
        made_at=time.time(),
        content_hash=one.content_hash,
        code=code,
    )


def _row_of(book: Gradebook, rows: Sequence[Row], exercise: str) -> Row:
    """The student's row of the exercise's lesson, else the one of a file without a lesson."""
    packages = book.packages()
    for row in rows:
        lesson = packages.get(row.submission.lesson or "")
        if lesson is not None and exercise in lesson.exercises:
            return row
    broken = [row for row in rows if row.outcome is None and row.submission.lesson is None]
    lessons = {row.submission.lesson for row in rows} - {None}
    known = [
        name
        for lesson, package in packages.items()
        if broken or lesson in lessons
        for name in package.exercises
    ]
    if broken and exercise in known:
        return broken[-1]
    handed_in = ", ".join(known) or "handed in nothing"
    raise InvalidInput(f"exercise is {exercise!r}; this student has {handed_in}")


def max_points(rows: Iterable[Row], exercise: str) -> float:
    """The exercise's points at most, as anybody's tests show."""
    sections = (part for row in rows if row.outcome for part in row.outcome.sections)
    return max((one.max_points for one in sections if one.exercise == exercise), default=math.inf)


def find_students(book: Gradebook, text: str) -> list[Student]:
    """Who is meant: by name, identifier or submission, in full or by a unique beginning.

    Returns:
        One student, or the members of the group whose submission is named.

    Raises:
        ValueError: nobody or several are meant; similar names are suggested.
    """
    matching = book.matching()
    attempts = book.attempts()
    named = [one for one in attempts if one.submission.name == text]
    if named:
        return _members(book, named[-1:])
    rows = {row.student.id: row.student for row in book.rows() if row.submission.name == text}
    if rows:
        return list(rows.values())
    exact = [one for one in matching.students if is_called(one, text)]
    if not exact:
        exact = [one for one in matching.students if squashed(one.name) == squashed(text) != ""]
    begins = exact or [one for one in matching.students if _begins(one, text)]
    if not begins:
        begun = [
            one for one in attempts if one.submission.name.casefold().startswith(text.casefold())
        ]
        names = {one.submission.name for one in begun}
        if len(names) == 1:
            return _members(book, begun[-1:])
    if len(begins) == 1:
        return begins
    if begins:
        several = ", ".join(described(one) for one in begins[:SUGGESTED])
        raise InvalidInput(f"student is {text!r}, which fits {len(begins)}: {several}")
    raise InvalidInput(_nobody(text, matching.students, attempts))


def _members(book: Gradebook, attempts: Iterable[Attempt]) -> list[Student]:
    students = book.matching().student_of
    found = {students[person].id: students[person] for one in attempts for person in one.people}
    return list(found.values())


def _begins(student: Student, text: str) -> bool:
    folded = text.strip().casefold()
    ways = [one.folded for one in student.identifiers] + [student.name.casefold()]
    return bool(folded) and any(way.startswith(folded) for way in ways)


def _nobody(text: str, students: Iterable[Student], attempts: Iterable[Attempt]) -> str:
    names = {one.name for one in students} | {one.submission.name for one in attempts}
    by_form = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(text.casefold(), by_form, SUGGESTED)
    hint = f"; close are {', '.join(by_form[name] for name in close)}" if close else ""
    return f"student is {text!r}; the gradebook has no such student or submission{hint}"


def user() -> str:
    """The name of this computer's user: who decides, where nobody says."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "instructor"


def unmatched(book: Gradebook) -> list[Student]:
    """Who handed in and is in no row of the roster; nobody where there is no roster."""
    matching = book.matching()
    if not any(one.on_roster for one in matching.students):
        return []
    handed_in = {student for student, _ in book.by_student(matching)}
    return [one for one in matching.students if one.id in handed_in and not one.on_roster]


def link(out: Path, student: str, other: str) -> str:
    """Decide that two students are one person.

    Returns:
        A sentence that says so.

    Raises:
        ValueError: one of them is nobody, or both are rows of the roster.
    """
    with Gradebook.open(out) as book:
        first, second = (_one(book, text) for text in (student, other))
        if first.id == second.id:
            raise InvalidInput(f"{student!r} and {other!r} are one student already")
        if first.on_roster and second.on_roster:
            raise InvalidInput(
                f"{described(first)} and {described(second)} are two rows of the roster, so they "
                "are two students"
            )
        members = _entries_of(book, first), _entries_of(book, second)
        # Splits decided earlier between the two are taken back as well.
        book.decide(
            Decision(kind="link", first=one, second=another) for one, another in product(*members)
        )
        return f"{described(first)} and {described(second)} are one student now"


def split(out: Path, student: str, identifier: str) -> str:
    """Decide that what came with an identifier is another person's.

    Returns:
        A sentence that says so.

    Raises:
        ValueError: there is no such student, or that identifier is not one of several of theirs.
    """
    with Gradebook.open(out) as book:
        who = _one(book, student)
        folded = identifier.strip().casefold()
        entries = {entry.id: entry for entry in book.entries()}
        own = [entries[id_] for id_ in _entries_of(book, who)]
        leaving = [one for one in own if any(part.folded == folded for part in one.identifiers)]
        staying = [one for one in own if one not in leaving]
        if not leaving or not staying:
            known = "; ".join(
                ", ".join(part.value for part in entry.identifiers) for entry in own
            )  # fmt: skip
            raise InvalidInput(
                f"identifier is {identifier!r}, which does not part {described(who)}: {known}"
            )
        book.decide(
            Decision(kind="split", first=a.id, second=b.id) for a, b in product(staying, leaving)
        )
        return f"{identifier} is not {who.name} any more"


def rename(out: Path, student: str, name: str) -> str:
    """Decide what a student is called.

    Returns:
        A sentence that says so.

    Raises:
        ValueError: there is no such student, or the name is empty.
    """
    if not name.strip():
        raise InvalidInput("name is empty")
    with Gradebook.open(out) as book:
        who = _one(book, student)
        book.decide([Decision(kind="rename", first=who.id, name=name.strip())])
        return f"{who.name} is called {name.strip()} now"


def _one(book: Gradebook, text: str) -> Student:
    students = find_students(book, text)
    if len(students) > 1:
        raise InvalidInput(f"student is {text!r}, a group: name one of its members")
    return students[0]


def _entries_of(book: Gradebook, student: Student) -> list[int]:
    return [id_ for id_, one in book.matching().student_of.items() if one.id == student.id]
