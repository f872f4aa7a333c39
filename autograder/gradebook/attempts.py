"""Hand-ins over all runs: which are new, which are known, and which still have to be graded."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from autograder.gradebook.gradings import Gradings
from autograder.gradebook.people import Entry, Matching
from autograder.gradebook.records import Policy, Task
from autograder.gradebook.register import Register
from autograder.gradebook.schema import add_person, person_key
from autograder.intake import Submission
from autograder.intake.submission import Person, TimeSource, short_hash

News = Literal["new", "changed", "as before"]


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One hand-in as the gradebook has it."""

    id: int
    """In the order of arrival."""
    submission: Submission
    people: tuple[int, ...]
    """The entries of those who handed in."""
    grading: int | None
    problem: str
    seconds: float

    @property
    def order(self) -> tuple[float, int, int, int]:
        """Later attempts are larger: by time, the source's number, place in it, then arrival."""
        submission = self.submission
        number = -1 if submission.number is None else submission.number
        return (submission.submitted_at or 0.0, number, submission.place, self.id)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What a run found, compared with what was known."""

    new: int = 0
    """Students' lessons that were never handed in before."""
    changed: int = 0
    """Those with one more attempt."""
    as_before: int = 0

    def __str__(self) -> str:
        return f"{self.new} new, {self.changed} changed, {self.as_before} as before"


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A graded attempt that the same folder no longer holds."""

    id: int
    name: str
    lesson: str


class Attempts(Register, Gradings):
    """Attempts are never forgotten: which one counts is decided among those of all runs."""

    def record_submissions(self, run: int, submissions: Iterable[Submission]) -> Recorded:
        """Add what a run found; what is known already stays one attempt, whatever it is called."""
        submissions = list(submissions)
        news: dict[tuple[frozenset[int], str], News] = {}
        with self.transaction():
            names = self._names()
            for submission in submissions:
                people = frozenset(add_person(self._db, person) for person in submission.people)
                submission = _named_apart(submission, people, names)
                earlier = self._attempts_of(people, submission.lesson or "")
                same = next((row for row in earlier if _same(row, submission)), None)
                if same is None:
                    self._insert(run, submission, people)
                else:
                    self._update(run, same["id"], submission)
                key = (people, submission.lesson or "")
                if key not in news:
                    news[key] = "as before" if earlier else "new"
                if same is None and news[key] == "as before":
                    news[key] = "changed"
            self._drop_replaced_problems(run, {submission.root for submission in submissions})
        counted = list(news.values())
        return Recorded(
            new=counted.count("new"),
            changed=counted.count("changed"),
            as_before=counted.count("as before"),
        )

    def _names(self) -> dict[str, frozenset[int]]:
        """Who has each name of a row, page and folder of results."""
        names: dict[str, set[int]] = defaultdict(set)
        for row in self._all(
            "SELECT name, person FROM attempts JOIN attempt_people ON attempt = attempts.id"
        ):
            names[row["name"].casefold()].add(row["person"])
        return {name: frozenset(people) for name, people in names.items()}

    def _attempts_of(self, people: frozenset[int], lesson: str) -> list[sqlite3.Row]:
        rows = self._all(
            """SELECT a.*, GROUP_CONCAT(p.person) AS people FROM attempts AS a
               JOIN attempt_people AS p ON p.attempt = a.id
               WHERE a.lesson = ? AND a.id IN
                   (SELECT attempt FROM attempt_people WHERE person = ?)
               GROUP BY a.id ORDER BY a.id""",
            lesson,
            min(people),
        )
        return [row for row in rows if _ids(row["people"]) == people]

    def _insert(self, run: int, submission: Submission, people: Iterable[int]) -> None:
        values = (*_values(submission), run)
        placeholders = ", ".join("?" * len(values))
        cursor = self._db.execute(
            f"INSERT INTO attempts ({', '.join(_COLUMNS)}, run) VALUES ({placeholders})", values
        )
        self._db.executemany(
            "INSERT INTO attempt_people VALUES (?, ?)",
            [(cursor.lastrowid, person) for person in people],
        )
        self._saw(run, int(cursor.lastrowid or 0))

    def _update(self, run: int, attempt: int, submission: Submission) -> None:
        columns = ", ".join(f"{column} = ?" for column in _COLUMNS)
        self._db.execute(
            f"UPDATE attempts SET {columns}, run = ? WHERE id = ?",
            (*_values(submission), run, attempt),
        )
        self._saw(run, attempt)

    def _saw(self, run: int, attempt: int) -> None:
        """Remember who was there at once: they are several people."""
        self._db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (attempt, run))

    def _drop_replaced_problems(self, run: int, roots: Iterable[str]) -> None:
        """A file that could not be read and is gone leaves nothing.

        It stays where a person has given points for it.
        """
        student_of = self.matching().student_of
        marked = {
            student_of[row["person"]].id
            for row in self._all("SELECT person FROM hand_marks WHERE content_hash = ''")
        }
        rows = self._all(
            """SELECT a.id, a.root, p.person FROM attempts AS a
               JOIN attempt_people AS p ON p.attempt = a.id
               WHERE a.run < ? AND a.content_hash IS NULL""",
            run,
        )
        here = set(roots)
        gone = {row["id"] for row in rows if row["root"] in here}
        gone -= {row["id"] for row in rows if student_of[row["person"]].id in marked}
        self.drop_attempts(gone)

    def missing(self, submissions: Sequence[Submission]) -> list[Missing]:
        """Graded attempts of the same folders whose students these submissions do not have.

        A lesson that is absent as a whole is another week's download, not a loss.
        """
        here: set[tuple[str, str]] = set()
        for submission in submissions:
            lessons = [submission.lesson] if submission.lesson else self.lessons()
            here |= {(person_key(who), lesson) for who in submission.people for lesson in lessons}
        given = {(submission.root, submission.lesson) for submission in submissions}
        rows = self._all(
            """SELECT a.id, a.name, a.lesson, a.root, p.key FROM attempts AS a
               JOIN attempt_people AS ap ON ap.attempt = a.id JOIN people AS p ON p.id = ap.person
               WHERE a.grading IS NOT NULL ORDER BY a.name, a.id"""
        )
        gone = {
            row["id"]: Missing(id=row["id"], name=row["name"], lesson=row["lesson"])
            for row in rows
            if (row["root"], row["lesson"]) in given and (row["key"], row["lesson"]) not in here
        }
        return list(gone.values())

    def keep_missing(self, attempts: Iterable[int]) -> None:
        """Keep attempts that their folder no longer holds; nobody is asked about them again."""
        with self.transaction():
            self._db.executemany(
                "UPDATE attempts SET root = '' WHERE id = ?", [(attempt,) for attempt in attempts]
            )

    def drop_attempts(self, attempts: Iterable[int]) -> None:
        """Forget these attempts; what the tests gave for their notebooks stays known."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM attempts WHERE id = ?", [(attempt,) for attempt in attempts]
            )

    def link_known(self, engine: str, digests: Mapping[str, str]) -> None:
        """Point attempts at gradings by these tests that exist already."""
        with self.transaction():
            for lesson, digest in digests.items():
                self._db.execute(
                    """UPDATE attempts SET grading = g.id FROM gradings AS g
                       WHERE g.content_hash = attempts.content_hash AND g.digest = ?
                       AND g.engine = ? AND lesson = ?""",
                    (digest, engine, lesson),
                )

    def tasks(
        self, engine: str, digests: Mapping[str, str], policy: Policy, fresh: bool = False
    ) -> list[Task]:
        """Every notebook of these lessons that can count and that these tests have not judged.

        Args:
            engine: the engine's name.
            digests: the lessons to grade, each with the digest of its tests.
            policy: which of a student's attempts counts.
            fresh: also those that were judged already.
        """
        pending: dict[tuple[str, str], Task] = {}
        for attempt in self.may_count(policy):
            content, lesson = attempt.submission.content_hash, attempt.submission.lesson
            if not content or lesson is None or lesson not in digests:
                continue
            if fresh or not self.is_graded(content, lesson, engine, digests):
                task = Task(content_hash=content, lesson=lesson, submission=attempt.submission.name)
                pending.setdefault((content, lesson), task)
        return list(pending.values())

    def of_other_tests(self, digests: Mapping[str, str], policy: Policy) -> dict[str, int]:
        """How many attempts that can count were judged by other tests, by lesson."""
        judged = {row["id"]: row["digest"] for row in self._all("SELECT id, digest FROM gradings")}
        counts: dict[str, int] = defaultdict(int)
        for attempt in self.may_count(policy):
            lesson = attempt.submission.lesson or ""
            digest = judged.get(attempt.grading or 0)
            if digest is not None and digest != digests.get(lesson, digest):
                counts[lesson] += 1
        return dict(counts)

    def may_count(self, policy: Policy) -> list[Attempt]:
        """The attempts that can count for at least one student, in the order of names."""
        chosen: dict[int, Attempt] = {}
        for attempts in self.by_student(self.matching()).values():
            picked = {"latest": attempts[-1:], "first": attempts[:1], "best": attempts}[policy]
            chosen |= {attempt.id: attempt for attempt in picked}
        return sorted(chosen.values(), key=lambda attempt: (attempt.submission.name, attempt.id))

    def by_student(self, matching: Matching) -> dict[tuple[int, str], list[Attempt]]:
        """Each student's attempts by lesson, the earliest first.

        Without a lesson, attempts are not tries of one thing: each broken file stands alone.
        """
        groups: dict[tuple[int, str], list[Attempt]] = defaultdict(list)
        for attempt in self.attempts():
            lesson = attempt.submission.lesson or f"/{attempt.id}"
            for student in {matching.student_of[person].id for person in attempt.people}:
                groups[student, lesson].append(attempt)
        return {
            key: sorted(attempts, key=lambda attempt: attempt.order)
            for key, attempts in groups.items()
        }

    def attempts(self) -> list[Attempt]:
        """Everything that was ever handed in."""
        entries = {entry.id: entry for entry in self.entries()}
        rows = self._all(
            """SELECT a.*, GROUP_CONCAT(p.person) AS people, g.problem AS grading_problem,
                   g.seconds AS seconds
               FROM attempts AS a JOIN attempt_people AS p ON p.attempt = a.id
               LEFT JOIN gradings AS g ON g.id = a.grading GROUP BY a.id ORDER BY a.id"""
        )
        return [_attempt(row, entries) for row in rows]


_COLUMNS = (
    "name", "lesson", "layout", "number", "source", "root", "submitted_at", "time_source", "late",
    "content_hash", "problem", "place", "notes",
)  # fmt: skip


def _values(submission: Submission) -> tuple[Any, ...]:
    number = submission.number
    return (
        submission.name, submission.lesson or "", submission.layout,
        None if number is None else str(number), submission.source, submission.root,
        submission.submitted_at, submission.time_source, submission.late,
        submission.content_hash or None, submission.problem, submission.place,
        msgspec.json.encode(submission.notes).decode(),
    )  # fmt: skip


def _ids(text: str) -> frozenset[int]:
    return frozenset(map(int, text.split(",")))


def _same(row: sqlite3.Row, submission: Submission) -> bool:
    """True when a known attempt is this submission, perhaps under another name or number."""
    if (row["content_hash"] or "") != submission.content_hash:
        return False
    if not submission.content_hash:
        return bool(row["source"] == submission.source)
    sources = (TimeSource(row["time_source"]), submission.time_source)
    both_stated = all(source.is_platform for source in sources)
    return not both_stated or row["submitted_at"] == submission.submitted_at


def _named_apart(
    submission: Submission, people: frozenset[int], names: dict[str, frozenset[int]]
) -> Submission:
    """The submission under a name that nobody else has here."""
    taken = names.get(submission.name.casefold(), frozenset())
    if taken and not taken & people:
        keys = sorted(person_key(person) for person in submission.people)
        submission = msgspec.structs.replace(
            submission, name=f"{submission.name}-{short_hash(str(keys))}"
        )
    name = submission.name.casefold()
    names[name] = names.get(name, frozenset()) | people
    return submission


def _attempt(row: sqlite3.Row, entries: Mapping[int, Entry]) -> Attempt:
    ids = tuple(sorted(_ids(row["people"])))
    people = tuple(Person(entries[id_].identifiers) for id_ in ids)
    submission = Submission(
        name=row["name"], root=row["root"], source=row["source"], lesson=row["lesson"] or None,
        submitted_at=row["submitted_at"], time_source=TimeSource(row["time_source"]),
        late=bool(row["late"]),
        content_hash=row["content_hash"] or "", problem=row["problem"], people=people,
        layout=row["layout"], number=None if row["number"] is None else int(row["number"]),
        place=row["place"], notes=msgspec.json.decode(row["notes"], type=tuple[str, ...]),
    )  # fmt: skip
    return Attempt(
        id=row["id"],
        submission=submission,
        people=ids,
        grading=row["grading"],
        problem=row["problem"] or row["grading_problem"] or "",
        seconds=row["seconds"] or 0.0,
    )


def names_of(missing: Collection[Missing], limit: int = 5) -> str:
    """The first few names, and how many more there are."""
    names = list(dict.fromkeys(attempt.name for attempt in missing))
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
