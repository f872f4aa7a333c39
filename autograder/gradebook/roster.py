"""The roster: a CSV that says who is in the class, from whatever system it was exported.

Read are gradebooks of Canvas (``Student,ID,SIS User ID,SIS Login ID,Section``), rosters of
Gradescope (``First Name,Last Name,SID,Email,Role``), Moodle's participants and grading worksheet
(``Identifier,Full name,Email address``) and any other CSV with columns of such names.
"""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from autograder.errors import InvalidInput
from autograder.gradebook.people import squashed
from autograder.intake.submission import Identifier, IdentifierKind

MAX_BYTES = 32 * 1024 * 1024
COLUMNS = {
    "name": ("student", "name", "full name", "student name"),
    "first": ("first", "first name", "firstname", "given name"),
    "last": ("last", "last name", "lastname", "surname", "family name"),
    "email": ("email", "e-mail", "email address", "e-mail address", "student email"),
    "sid": ("sid", "sis user id", "student id", "id number", "student number", "matriculation"),
    "login": ("login", "sis login id", "username", "user name", "login id"),
    "section": ("section", "sections", "group", "groups", "section name"),
    "role": ("role",),
    "identifier": ("identifier",),
    "canvas_id": ("canvas_id",),
}
"""What a column holds, by the names that systems give it."""
CANVAS_HEADS = (("Student", "ID"), ("LastName", "FirstName", "ID"))
STAFF = {"instructor", "ta", "reader", "teacher", "non-editing teacher", "manager"}
TEST_STUDENT = "student, test"
"""The one that Canvas adds to every course."""
PARTICIPANT = re.compile(r"\D*(\d+)")
POINTS_POSSIBLE = "points possible"
UNIQUE = (IdentifierKind.SID, IdentifierKind.EMAIL, IdentifierKind.LOGIN, IdentifierKind.CANVAS_ID)


class RosterRow(msgspec.Struct, frozen=True, kw_only=True):
    """One student as the roster has it."""

    line: int
    identifiers: tuple[Identifier, ...]
    section: str = ""


class RosterFile(msgspec.Struct, frozen=True, kw_only=True):
    """A roster as it was read: its cells, for exports that fill its columns, and its students."""

    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    """The rows below the header; ``cells[row.line - 2]`` is that student's."""
    students: tuple[RosterRow, ...]
    separator: str = ","

    @property
    def from_canvas(self) -> bool:
        """True for a gradebook that Canvas exported."""
        return any(self.header[: len(head)] == head for head in CANVAS_HEADS)

    @property
    def from_moodle(self) -> bool:
        """True for a grading worksheet, which Moodle takes back with its Grade column filled."""
        return self.header[:1] == ("Identifier",) and "Grade" in self.header


def roster_text(path: Path) -> str:
    """The text of a roster file, to be parsed and kept.

    Raises:
        ValueError: it cannot be read, or is no text.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"The roster {path} cannot be read: {error.strerror}.") from None
    if len(raw) > MAX_BYTES:
        raise InvalidInput(f"The roster {path} is larger than {MAX_BYTES // 2**20} MiB.")
    try:
        # Excel writes UTF-16 as "Unicode text".
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(
            f"The roster {path} cannot be read: it is not UTF-8; save it as CSV UTF-8."
        ) from None


def parse_roster(text: str, name: str) -> RosterFile:
    """Read the text of a roster; ``name`` is what messages call it.

    Raises:
        ValueError: there are no usable columns, or two rows have one id.
    """
    first = text.partition("\n")[0]
    # Where a comma is the decimal sign, systems separate columns by semicolons.
    separator = max(",;\t", key=first.count)
    try:
        rows = [tuple(row) for row in csv.reader(io.StringIO(text), delimiter=separator)]
    except csv.Error as error:
        raise InvalidInput(f"The roster {name} is not a CSV file: {error}.") from None
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    canvas = any(header[: len(head)] == head for head in CANVAS_HEADS)
    places = _places(header, canvas)
    if not places.keys() & {"name", "last", "email", "sid", "login"}:
        raise InvalidInput(
            f"The roster {name} has no usable columns. Its columns are "
            f"{', '.join(header) or 'none'}; wanted are name (or first and last), email, sid, "
            "login."
        )
    students = tuple(_students(rows[1:], places))
    _check_unique(students, name)
    return RosterFile(header=header, cells=tuple(rows[1:]), students=students, separator=separator)


def _places(header: Iterable[str], canvas: bool) -> dict[str, int]:
    """What a column holds to its place; of several columns of one kind the first counts."""
    known = {name: kind for kind, names in COLUMNS.items() for name in names}
    if canvas:
        known["id"] = "canvas_id"
    places: dict[str, int] = {}
    for at, title in enumerate(header):
        kind = known.get(title.casefold().strip())
        if kind:
            places.setdefault(kind, at)
    return places


def _students(
    rows: Iterable[tuple[str, ...]], places: Mapping[str, int]
) -> Iterator[RosterRow]:  # fmt: skip
    for line, row in enumerate(rows, 2):
        cells = {kind: row[at].strip() for kind, at in places.items() if at < len(row)}
        if any(POINTS_POSSIBLE in cell.casefold() for cell in row[:1]):
            continue
        if cells.get("role", "").casefold() in STAFF:
            continue
        if cells.get("name", "").casefold() == TEST_STUDENT:
            continue
        identifiers = tuple(_identifiers(cells))
        if identifiers:
            yield RosterRow(line=line, identifiers=identifiers, section=cells.get("section", ""))


def _identifiers(cells: Mapping[str, str]) -> Iterator[Identifier]:
    for kind in (IdentifierKind.SID, IdentifierKind.EMAIL, IdentifierKind.CANVAS_ID):
        if cells.get(kind):
            yield Identifier(kind, cells[kind])
    participant = PARTICIPANT.fullmatch(cells.get("identifier", ""))
    if participant:
        yield Identifier(IdentifierKind.MOODLE_ID, participant[1])
    if login := cells.get("login"):
        yield Identifier(IdentifierKind.LOGIN, login)
        if "@" in login and not cells.get("email"):
            yield Identifier(IdentifierKind.EMAIL, login)
    name = cells.get("name") or " ".join(filter(None, (cells.get("first"), cells.get("last"))))
    if name:
        yield Identifier(IdentifierKind.NAME, natural_name(name))


def natural_name(name: str) -> str:
    """``Adams, Alice`` as people say it: ``Alice Adams``."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and squashed(first) else name


def _check_unique(students: Sequence[RosterRow], name: str) -> None:
    lines: dict[Identifier, list[int]] = defaultdict(list)
    for student in students:
        for one in student.identifiers:
            if one.kind in UNIQUE:
                lines[Identifier(one.kind, one.folded)].append(student.line)
    alike: dict[tuple[Identifier, ...], list[int]] = defaultdict(list)
    for student in students:
        alike[student.identifiers].append(student.line)
    for found in alike.values():
        if len(found) > 1:
            raise InvalidInput(
                f"The roster {name} has one name in lines {' and '.join(map(str, found))} and "
                "nothing to tell these students apart: add a column sid or email."
            )
    for one, found in lines.items():
        if len(found) > 1:
            raise InvalidInput(
                f"The roster {name} has {one.kind.replace('_', ' ')} {one.value} in lines "
                f"{' and '.join(map(str, found))}: one student has one row."
            )
