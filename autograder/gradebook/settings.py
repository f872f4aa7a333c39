"""The class's settings: ``class.toml``, or what commands were told where there is none.

::

    timezone = "America/Los_Angeles"
    roster = "canvas.csv"
    policy = "latest"
    show_expected = true

    [late]
    rule = "10%/day"
    grace = "15min"
    cap = "50%"
    nothing_after = "7 days"

    [due]
    "5.3.1" = 2026-11-20
    "5.3.2" = "2026-11-27T18:00"

    [[extension]]
    student = "ada@uni.edu"
    lesson = "5.3.1"
    due = 2026-11-23
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from autograder.errors import InvalidInput
from autograder.gradebook.late_rule import (
    LatePolicy,
    due_moment,
    known_zone,
    local_zone,
    parse_policy,
)
from autograder.gradebook.records import Policy, Row, Student
from autograder.text import counted

FILE_NAME = "class.toml"
EVERY_LESSON = "*"
KEYS: dict[str, tuple[str, ...]] = {
    "": ("timezone", "roster", "policy", "show_expected", "late", "due", "extension"),
    "late": ("rule", "grace", "cap", "nothing_after"),
    "extension": ("student", "lesson", "due", "why"),
}


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """More time for one student and lesson."""

    student: str
    """As the file names the student: an identifier or the full name."""
    lesson: str
    due: float
    why: str = ""


class ClassSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is decided once for a class."""

    timezone: str = ""
    roster: str = ""
    policy: Policy | None = None
    due: dict[str, LatePolicy] = {}
    """The late rule of each lesson by its slug, or of all by ``*``."""
    extensions: tuple[Extension, ...] = ()
    show_expected: bool = True
    """Whether feedback pages show what a call should have given, beside what it gave."""

    def late_policy(self, student: Student, lesson: str | None) -> LatePolicy | None:
        """The due date and late rule that hold for one student and lesson."""
        policy = self.due.get(lesson or "") or self.due.get(EVERY_LESSON)
        for extension in self.extensions:
            if policy and extension.lesson == lesson and is_called(student, extension.student):
                policy = msgspec.structs.replace(policy, due=extension.due)
        return policy


def is_called(student: Student, text: str) -> bool:
    """True when ``text`` is one of the student's identifiers or the name, written in full."""
    folded = text.strip().casefold()
    known = {one.folded for one in student.identifiers} | {student.name.casefold()}
    return folded in known


def read_class(path: Path, lessons: Iterable[str]) -> ClassSettings:
    """Read a class file.

    Args:
        path: the file, in TOML.
        lessons: the slugs that may be named, in full or by number such as ``5.3.1``.

    Raises:
        ValueError: with file, line, key and what would do.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(f"The class file {path} cannot be read: {error}.") from None
    return _ClassFile(path, text, tuple(lessons)).settings(content)


class _ClassFile:
    """Turns the parsed file into settings; knows at which line a key stands."""

    def __init__(self, path: Path, text: str, lessons: tuple[str, ...]) -> None:
        self.path = path
        self.lines = text.splitlines()
        self.lessons = lessons
        self.zone = ""

    def settings(self, content: Mapping[str, Any]) -> ClassSettings:
        self.check_keys(content, "")
        self.zone = self.text(content, "timezone") or local_zone()
        if not known_zone(self.zone):
            self.fail("timezone", f"there is no time zone {self.zone!r}; write Europe/Berlin")
        policy = content.get("policy")
        if policy not in (None, "latest", "best", "first"):
            self.fail("policy", f"policy is {policy!r}; it is latest, best or first")
        roster = self.text(content, "roster")
        shown = content.get("show_expected", True)
        if not isinstance(shown, bool):
            self.fail("show_expected", f"show_expected is {shown!r}; it is true or false")
        return ClassSettings(
            timezone=self.zone,
            roster=str(self.path.parent / roster) if roster else "",
            policy=policy,
            due=self.due(self.table(content, "due"), self.table(content, "late")),
            extensions=tuple(self.extensions(content.get("extension", []))),
            show_expected=shown,
        )

    def due(self, dates: Mapping[str, Any], late: Mapping[str, Any]) -> dict[str, LatePolicy]:
        self.check_keys(late, "late")
        rule = {key: self.text(late, key, "[late]") for key in KEYS["late"]}
        found = {}
        for key, value in dates.items():
            moment, lesson = _iso(value), self.lesson(key, key)
            try:
                found[lesson] = parse_policy(
                    moment, rule["rule"], rule["grace"], rule["cap"], rule["nothing_after"],
                    self.zone,
                )  # fmt: skip
            except InvalidInput as error:
                name = str(error).partition(" ")[0]
                self.fail("rule" if name == "late" else key if name == "due" else name, str(error))
        if late and not dates:
            self.fail("[late]", "there is a late rule, and [due] has no date")
        return found

    def extensions(self, tables: Any) -> Iterable[Extension]:
        if not isinstance(tables, list):
            self.fail("extension", "write each extension below a line [[extension]]")
        for number, table in enumerate(tables):
            after = f"[[extension]]#{number}"
            self.check_keys(table, "extension", after)
            for key in ("student", "lesson", "due"):
                if key not in table:
                    self.fail(after, f"this extension has no {key}", after)
            try:
                due = due_moment(_iso(table["due"]), self.zone)
            except InvalidInput as error:
                self.fail("due", str(error), after)
            student, lesson = (self.text(table, key, after) for key in ("student", "lesson"))
            yield Extension(
                student=student,
                lesson=self.lesson(lesson, "lesson", after),
                due=due,
                why=self.text(table, "why", after),
            )

    def check_keys(self, table: Any, name: str, after: str = "") -> None:
        if not isinstance(table, dict):
            self.fail(name, f"{name} is not a table", after)
        for key in table:
            if key not in KEYS[name]:
                near = difflib.get_close_matches(key, KEYS[name], 1)
                hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(KEYS[name])}"
                self.fail(key, f"there is no setting {key!r}{hint}", after or f"[{name}]")

    def table(self, content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = content.get(key, {})
        if not isinstance(value, dict):
            self.fail(key, f"{key} is not a table; write its entries below a line [{key}]")
        return value

    def text(self, table: Mapping[str, Any], key: str, after: str = "") -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            self.fail(key, f'{key} is {value!r}; write it as text: "..."', after)
        return value

    def lesson(self, text: str, key: str, after: str = "") -> str:
        """The slug that is meant."""
        try:
            return find_lesson(text, self.lessons)
        except InvalidInput as error:
            self.fail(key, str(error), after)

    def fail(self, key: str, what: str, after: str = "") -> NoReturn:
        """Raise with the line of ``key``, looked for below the heading ``after``."""
        heading, _, number = after.partition("#")
        headings = [
            at for at, line in enumerate(self.lines, 1) if heading and line.strip() == heading
        ]
        start = (headings or [1])[min(int(number or 0), max(0, len(headings) - 1))]
        named = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key.strip('[]'))}[\"']?\s*(=|\]|\.)")
        below = range(start, len(self.lines) + 1)
        found = (at for at in below if named.match(self.lines[at - 1]))
        line = start if key == after else next(found, start)
        raise InvalidInput(f"{self.path}, line {line}: {what}.")


def find_lesson(text: str, lessons: Iterable[str]) -> str:
    """The slug of the lesson called ``text``: the slug itself, or its number such as ``5.3.1``.

    Raises:
        ValueError: there is no such lesson.
    """
    known = tuple(sorted(lessons))
    wanted = text.strip().casefold()
    beginning = wanted.replace(".", "-") + "-"
    fitting = [slug for slug in known if slug == wanted or slug.startswith(beginning)]
    if wanted in known:
        return wanted
    if len(fitting) == 1:
        return fitting[0]
    raise InvalidInput(f"lesson is {text!r}; the lessons are {', '.join(known) or 'none yet'}")


def rule_lines(settings: ClassSettings, rows: Iterable[Row]) -> list[str]:
    """Each lesson's due date and late rule, and whom it concerned, a sentence each."""
    by_lesson: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_lesson[row.submission.lesson or ""].append(row)
    lines = []
    for lesson, own in sorted(by_lesson.items()):
        policy = settings.late_policy(Student(), lesson)
        if policy is None or not lesson:
            continue
        extended = sum(one.lesson == lesson for one in settings.extensions)
        more = f", {extended} with more time" if extended else ""
        rule = str(policy).replace("Due", "due", 1)
        lines.append(f"{_short(lesson)} {rule} {_effect(own).capitalize()}{more}.")
    return lines


def _effect(rows: Sequence[Row]) -> str:
    late = [row.lateness for row in rows if row.lateness]
    text = f"{len(late) or 'none'} of {len(rows)} late"
    begun = [one.periods for one in late if one.periods]
    if not begun:
        return text
    low, high, unit = min(begun), max(begun), late[0].period
    span = "" if low == high else f"{low} to "
    return f"{text}, by {span}{counted(high, unit)}"


def _short(lesson: str) -> str:
    """``5.3.1`` of ``5-3-1-mixture-of-experts``."""
    number = re.match(r"\d+(?:-\d+)+(?=-)", lesson)
    return number[0].replace("-", ".") if number else lesson


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
