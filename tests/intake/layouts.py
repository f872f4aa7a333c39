"""Classes laid out as platforms and people lay them out, in real folders or zips.

Each builder takes the path to make, a folder or a ``.zip``, and the hand-ins; see the modules in
``autograder/intake/layouts`` for where the shapes come from.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.intake import Submission
from autograder.intake.submission import IdentifierKind

Files = Mapping[str, bytes]
DOWNLOADED = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Student:
    """Somebody as a platform knows them."""

    name: str
    sid: str = ""
    email: str = ""
    login: str = ""
    id: int = 0


@dataclass(frozen=True)
class HandIn:
    """What one student or a group handed in."""

    students: Sequence[Student]
    files: Files
    at: datetime = datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)
    number: int = 101
    late: bool = False
    group: str = ""


def hand_in(name: str, files: Files, **more: object) -> HandIn:
    """One student's hand-in by the name; ``id`` and ``number`` come from it, unless given."""
    number = sum(map(ord, name)) + 1000
    login = name.split(" ")[0].lower()
    student = Student(name, str(number), f"{login}@example.edu", login, number)
    return HandIn((student,), files, **({"number": 10 * number} | more))  # type: ignore[arg-type]


@dataclass
class Tree:
    """Files by their paths, and how they are written."""

    files: dict[str, bytes] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict)

    def write(self, path: Path, below: str = "") -> Path:
        """A folder, or a zip where the path ends in ``.zip``; all ``below`` a folder if given."""
        files = {f"{below}/{name}" if below else name: text for name, text in self.files.items()}
        times = {f"{below}/{name}" if below else name: when for name, when in self.times.items()}
        if path.suffix == ".zip":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(zipped(files, times))
        else:
            write_files(path, files, times)
        return path


def write_files(folder: Path, files: Files, times: Mapping[str, float] | None = None) -> Path:
    """Files below a folder, stamped with the moment of the download or their own."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ((times or {}).get(name, DOWNLOADED),) * 2)
    return folder


def zipped(files: Files, times: Mapping[str, float] | None = None) -> bytes:
    """A zip of files, each with its time on this computer's clock."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            when = datetime.fromtimestamp((times or {}).get(name, DOWNLOADED))
            info = zipfile.ZipInfo(name, when.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def gradescope_export(entries: Sequence[HandIn]) -> Tree:
    """``submission_metadata.yml`` beside a folder per submission, below the export's folder."""
    lines = ["---"]
    files: dict[str, bytes] = {}
    for one in entries:
        lines += [f"submission_{one.number}:", "  :submitters:"]
        for who in one.students:
            lines += [
                f"  - :name: {who.name}",
                f"    :sid: '{who.sid}'",
                f"    :email: {who.email}",
            ]
        lines += [f"  :created_at: {one.at:%Y-%m-%d %H:%M:%S}.105020000 Z", "  :score: 0.0"]
        lines += ["  :history:", "  - :id: 7", "    :submitters:", "    - :name: Nobody"]
        files |= {f"submission_{one.number}/{name}": text for name, text in one.files.items()}
    return Tree({"submission_metadata.yml": "\n".join(lines).encode() + b"\n"} | files)


def canvas_download(entries: Sequence[HandIn], anonymous: bool = False) -> Tree:
    """Flat files; a file called ``text`` or ``link`` is an entry without an attachment."""
    files: dict[str, bytes] = {}
    for one in entries:
        (who,) = one.students
        name = one.group or "".join(reversed(who.name.lower().split()))
        late = ["LATE"] if one.late else []
        parts = [*late, f"anon_{who.id:05}"] if anonymous else [name, *late, str(who.id)]
        for place, (file, content) in enumerate(one.files.items()):
            if file in ("text", "link"):
                files["_".join([*parts, f"{file}.html"])] = content
            else:
                files["_".join([*parts, str(one.number + place), file])] = content
    return Tree(files)


def moodle_folders(entries: Sequence[HandIn], blind: bool = False, old: bool = False) -> Tree:
    """A folder per participant and plug-in; versions before 4 end its name with an underscore."""
    return Tree(
        {
            f"{_moodle(one, blind)}_assignsubmission_file{'_' if old else ''}/{name}": content
            for one in entries
            for name, content in one.files.items()
        }
    )


def moodle_flat(entries: Sequence[HandIn], blind: bool = False) -> Tree:
    """Files with the participant in front."""
    return Tree(
        {
            f"{_moodle(one, blind)}_assignsubmission_file_{name.replace('/', '_')}": content
            for one in entries
            for name, content in one.files.items()
        }
    )


def _moodle(one: HandIn, blind: bool) -> str:
    name = "Participant" if blind else one.group or one.students[0].name
    return f"{name.replace('_', ' ')}_{one.students[0].id}"


def brightspace_download(entries: Sequence[HandIn], flat: bool = False) -> Tree:
    """Folders, or files, named by numbers, name and moment, beside an index page."""
    files = {"index.html": b"<html>"}
    for one in entries:
        moment = one.at.astimezone()
        clock = f"{moment:%b} {moment.day}, {moment:%Y} {moment.hour % 12 or 12}{moment:%M %p}"
        front = f"{one.students[0].id}-2557369 - {one.students[0].name} - {clock}"
        between = " - " if flat else "/"
        files |= {f"{front}{between}{name}": text for name, text in one.files.items()}
    return Tree(files)


def blackboard_download(entries: Sequence[HandIn], assignment: str = "Lab 5.3.1") -> Tree:
    """Flat files and a page about each attempt."""
    files: dict[str, bytes] = {}
    for one in entries:
        (who,) = one.students
        front = f"{assignment}_{who.login}_attempt_{one.at.astimezone():%Y-%m-%d-%H-%M-%S}"
        page = f"Name: {who.name} ({who.login})\nAssignment: {assignment}\n"
        page += "Submission Field:\nName: Somebody Else (eve)\n"
        files[f"{front}.txt"] = page.encode()
        files |= {f"{front}_{name}": text for name, text in one.files.items()}
    return Tree(files)


def nbgrader_submitted(entries: Sequence[HandIn], assignment: str = "ps1") -> Tree:
    """``submitted/`` after collecting: the time is in a file."""
    files: dict[str, bytes] = {}
    for one in entries:
        folder = f"{one.students[0].login}/{assignment}"
        files[f"{folder}/timestamp.txt"] = f"{one.at:%Y-%m-%d %H:%M:%S}.948203 UTC".encode()
        files |= {f"{folder}/{name}": text for name, text in one.files.items()}
    return Tree(files)


def nbgrader_inbound(entries: Sequence[HandIn], assignment: str = "ps1") -> Tree:
    """The exchange's ``inbound/``: student, assignment, time and a random text."""
    files: dict[str, bytes] = {}
    for one in entries:
        time = f"{one.at:%Y-%m-%d %H:%M:%S}.948203 UTC"
        folder = f"{one.students[0].login}+{assignment}+{time}+AbC-_12x"
        files |= {f"{folder}/{name}": text for name, text in one.files.items()}
        files[f"{folder}/timestamp.txt"] = time.encode()
    return Tree(files)


def classroom_files(entries: Sequence[HandIn], title: str = "Lab 5 - attention") -> Tree:
    """A copy of the teacher's notebook for each student, some copied once more."""
    return Tree(
        {
            f"{'Copy of ' * (place % 2)}{one.students[0].name} - {title}.ipynb": content
            for place, one in enumerate(entries)
            for content in one.files.values()
        }
    )


def student_folders(entries: Sequence[HandIn]) -> Tree:
    """A folder per student."""
    return Tree(
        {
            f"{one.students[0].name}/{name}": content
            for one in entries
            for name, content in one.files.items()
        }
    )


def flat_files(entries: Sequence[HandIn], ending: str = ".ipynb") -> Tree:
    """A file per student."""
    return Tree(
        {
            f"{one.students[0].name}{ending}": content
            for one in entries
            for content in one.files.values()
        }
    )


def canvas_ids(submission: Submission) -> list[str]:
    """The numbers by which Canvas knows those who handed in."""
    found = (one for person in submission.people for one in person.identifiers)
    return [one.value for one in found if one.kind is IdentifierKind.CANVAS_ID]
