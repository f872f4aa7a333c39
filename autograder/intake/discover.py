"""From the paths an instructor gives to one list of submissions, problems included."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path, PurePosixPath

import msgspec

from autograder.cells import identify
from autograder.errors import IntakeError, Unreadable, UnreadableNotebook
from autograder.intake import gradescope
from autograder.intake.items import Item, archive_items, file_item, folder_items
from autograder.intake.notebook import parse_notebook
from autograder.intake.submission import Submission, readable, safe_name, short_hash
from autograder.model import GradingPackage

# As Canvas's lib/content_zipper.rb writes them. Its numbers of files have long passed two digits,
# which keeps names such as lab_5_3_1.ipynb out.
CANVAS_NAME = re.compile(
    r"(?:(?P<student>.+?)(?P<late>_LATE)?_(?P<user>\d+)"
    r"|(?P<anonymous_late>LATE_)?(?P<anonymous>anon_[A-Za-z0-9]+))_(?P<number>\d{3,})_.+"
)
OTTER_TIME = re.compile(r"(\d{4})_(\d\d)_(\d\d)T(\d\d)_(\d\d)_(\d\d)")
# What people add to a name when they hand in again: digits, (2), copy, final, attempt, v.
ATTEMPT_WORDS = re.compile(r"copy|final|attempt|versuch|submission|\bv(?=\d)|\btry|[\W\d_]+", re.I)
COPY_NUMBER = re.compile(r"\s*\(\d+\)$")
"""What a computer adds to the name of a second file of one name."""
MAX_CLASS_MEMBERS = 200_000
NOT_FOUND_LIMIT = 3
NAMED_LIMIT = 5

Keep = Callable[[str, bytes], None]


class Intake(msgspec.Struct, frozen=True):
    """Everything found, and remarks about it for the instructor."""

    submissions: tuple[Submission, ...]
    remarks: tuple[str, ...] = ()


class Document(msgspec.Struct, frozen=True):
    """A file that may be a notebook, opened and recognised."""

    path: PurePosixPath
    submitted_at: float | None
    time_source: str
    lesson: str | None = None
    content_hash: str = ""
    problem: str = ""
    """A phrase that follows the file's name."""


def discover(
    paths: Iterable[Path],
    packages: dict[str, GradingPackage],
    keep: Keep | None = None,
) -> Intake:
    """Find every submission under ``paths``.

    Args:
        paths: folders, notebooks or archives, as the instructor names them.
        packages: the lessons to recognise, by slug.
        keep: called with the content hash and the bytes of every notebook recognised, so that
            thousands of notebooks need not be held in memory.

    Raises:
        IntakeError: a path does not exist or is not readable at all.
    """
    reader = _Reader(packages, keep)
    found: list[Submission] = []
    for path in paths:
        found += reader.read_path(path)
    return _settle(found)


class _Reader:
    def __init__(self, packages: dict[str, GradingPackage], keep: Keep | None) -> None:
        self.packages = packages
        self.keep = keep
        self.root = ""
        self.folder = ""
        self.from_canvas = False

    def read_path(self, path: Path) -> list[Submission]:
        if not path.exists():
            raise IntakeError(f"There is no file or folder {path}.")
        path = path.resolve()
        self.root = self.folder = str(path)
        if path.is_dir():
            return self.read_class(folder_items(path), PurePosixPath())
        if path.suffix.lower() == ".zip" and (members := self.class_archive(path)):
            return self.read_class(members, PurePosixPath())
        self.folder = str(path.parent)
        item = file_item(path, PurePosixPath(path.name))
        self.from_canvas = _is_canvas([item])
        return self.read_file(item, PurePosixPath())

    def class_archive(self, path: Path) -> list[Item]:
        """The members of an archive that holds a whole class, or nothing if it is one student's."""
        try:
            items = archive_items(path, MAX_CLASS_MEMBERS)
        except Unreadable as error:
            raise IntakeError(f"{path} {error}.") from None
        exported = any(item.path.name == gradescope.FILE_NAME for item in items)
        nested = any(item.path.suffix.lower() == ".zip" for item in items)
        several = exported or nested or _is_canvas(items)
        return items if several or _several_students(self.open_folder(items)) else []

    def read_class(self, items: list[Item], where: PurePosixPath) -> list[Submission]:
        """A folder that holds the work of several students, or Gradescope exports."""
        export = _export_of(items)
        if export is not None:
            return self.read_gradescope(export, items, where)
        folders = _by_folder(items)
        if folders and all(map(_export_of, folders.values())):
            exports = [self.read_class(folders[name], where / name) for name in folders]
            return [one for export in exports for one in export]
        return self.read_people(items, where)

    def read_people(self, items: list[Item], where: PurePosixPath) -> list[Submission]:
        """A file or a folder for each student."""
        self.from_canvas = _is_canvas(items)
        found: list[Submission] = []
        for item in items:
            if len(item.path.parts) == 1:
                found += self.read_file(item, where)
        for name, content in _by_folder(items).items():
            found += self.read_folder(name, content, where)
        return found

    def read_file(self, item: Item, where: PurePosixPath) -> list[Submission]:
        """One file in a class folder: a notebook, an archive, or neither."""
        exercise = (
            item.path.name.split(".ipynb")[0] if ".ipynb" in item.path.name else item.path.stem
        )
        canvas = CANVAS_NAME.fullmatch(item.path.name) if self.from_canvas else None
        if canvas:
            return [_without_file_time(_fill(_canvas_base(canvas, exercise, self.root), one, where))
                    for one in self.open(item)]  # fmt: skip
        base = Submission(
            name=safe_name(exercise),
            student=readable(exercise),
            key=f"{self.folder}/{where / exercise}",
            root=self.root,
        )
        return [_fill(base, document, where) for document in self.open(item)]

    def read_folder(self, name: str, items: list[Item], where: PurePosixPath) -> list[Submission]:
        """A folder in a class folder: one student's work, or a class within the class."""
        documents = self.open_folder(items)
        if _several_students(documents):
            return self.read_people(items, where / name)
        base = Submission(
            name=safe_name(name),
            student=readable(name),
            key=f"{self.folder}/{where / name}",
            root=self.root,
        )
        return [_fill(base, document, where / name) for document in documents]

    def read_gradescope(
        self, export: Item, items: list[Item], where: PurePosixPath
    ) -> list[Submission]:
        try:
            entries = gradescope.read_metadata(export.read())
        except Unreadable as error:
            raise IntakeError(f"{gradescope.FILE_NAME} {error}.") from None
        folders: dict[str, list[Item]] = {entry: [] for entry in entries}
        depth = len(export.path.parts) - 1
        for item in items:
            if len(item.path.parts) > depth + 1:
                name = item.path.parts[depth]
                folders.setdefault(name, []).append(
                    item.below("/".join(item.path.parts[: depth + 1]))
                )
        found: list[Submission] = []
        for name, content in folders.items():
            entry = entries.get(name, gradescope.Entry(readable(name), str(where / name)))
            base = Submission(
                name=safe_name(name),
                student=readable(entry.student),
                key=f"gradescope:{entry.key}",
                root=self.root,
            )
            for document in self.open_folder(content):
                found.append(_at(_fill(base, document, where / name), entry.submitted_at))
        return found

    def open_folder(self, items: list[Item]) -> list[Document]:
        """A student's folder: its notebooks and archives, or one problem."""
        likely = [item for item in items if item.path.suffix.lower() in (".ipynb", ".zip")]
        documents = [document for item in likely for document in self.open(item)]
        if documents:
            return documents
        names = ", ".join(readable(str(item.path)) for item in items[:NOT_FOUND_LIMIT])
        sentence = f"holds no notebook, only {names}" if names else "is an empty folder"
        return [Document(PurePosixPath(), None, "", problem=sentence)]

    def open(self, item: Item) -> list[Document]:
        """The notebooks in one file: itself, or those in the archive that it is."""
        try:
            content = item.read()
            if not content.startswith(b"PK\x03\x04"):
                return [self.recognise(item, content)]
            members = [m for m in archive_items(content) if m.path.suffix.lower() == ".ipynb"]
            if not members:
                raise Unreadable("is an archive without a notebook")
        except Unreadable as error:
            return [_problem(item, str(error))]
        documents = [self.open_member(item, member) for member in members]
        # What else a student packed counts only where there is no notebook of the course.
        return [one for one in documents if one.lesson is not None] or documents[:1]

    def open_member(self, archive: Item, member: Item) -> Document:
        name = archive.path / member.path.name
        inner = Item(name, member.modified, member.read)
        try:
            document = self.recognise(inner, member.read())
        except Unreadable as error:
            return _problem(inner, str(error))
        stated = _otter_time(archive.path.name)
        if stated is None:
            return document
        return msgspec.structs.replace(document, submitted_at=stated, time_source="file name")

    def recognise(self, item: Item, raw: bytes) -> Document:
        try:
            lesson = identify(parse_notebook(raw), self.packages)
        except UnreadableNotebook as error:
            return _problem(item, str(error))
        except ValueError as error:
            return _problem(item, f"was not recognised. {error}")
        digest = hashlib.sha256(raw).hexdigest()
        if self.keep is not None:
            self.keep(digest, raw)
        source = "file time" if item.modified is not None else ""
        return Document(item.path, item.modified, source, lesson, digest)


def _by_folder(items: list[Item]) -> dict[str, list[Item]]:
    """The content of each folder, seen from within."""
    folders: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if len(item.path.parts) > 1:
            folders[item.path.parts[0]].append(item.below(item.path.parts[0]))
    return folders


def _export_of(items: list[Item]) -> Item | None:
    """The list of submissions of a Gradescope export that these items are.

    Everything lies below it. A student's own file of that name, deeper down, decides nothing.
    """
    named = [item for item in items if item.path.name == gradescope.FILE_NAME]
    export = min(named, key=lambda item: len(item.path.parts), default=None)
    if export is None or not all(export.path.parent in item.path.parents for item in items):
        return None
    return export


def _is_canvas(items: list[Item]) -> bool:
    """True for the files of Canvas's "download submissions", which all have their own number."""
    names = {COPY_NUMBER.sub("", item.path.stem) for item in items}
    matches = [match for name in names if (match := CANVAS_NAME.fullmatch(name))]
    return bool(matches) and len({match["number"] for match in matches}) == len(matches)


def _canvas_base(match: re.Match[str], exercise: str, root: str) -> Submission:
    who = match["user"] or match["anonymous"]
    return Submission(
        name=safe_name(exercise),
        student=readable(match["student"] or who),
        key=f"canvas:{who}",
        root=root,
        late=bool(match["late"] or match["anonymous_late"]),
        canvas_id=match["user"] or "",
    )


def _without_file_time(submission: Submission) -> Submission:
    """Canvas stamps files with the moment of the download, which says nothing about the student."""
    if submission.time_source != "file time":
        return submission
    return msgspec.structs.replace(submission, submitted_at=None, time_source="")


def _problem(item: Item, phrase: str) -> Document:
    source = "file time" if item.modified is not None else ""
    return Document(item.path, item.modified, source, problem=phrase)


def _otter_time(name: str) -> float | None:
    match = OTTER_TIME.search(name)
    if match is None:
        return None
    try:
        # otter writes the clock on the student's wall, and names no zone: taken for our own.
        return datetime.strptime(match[0], "%Y_%m_%dT%H_%M_%S").timestamp()
    except ValueError:
        return None


def _several_students(documents: list[Document]) -> bool:
    """True when a folder's notebooks of one lesson are named after different people.

    Two tries of one name are one student's, and so is anything beside a notebook that still has
    the name it was released under.
    """
    names: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        if document.lesson is not None:
            names[document.lesson].add(_plain("/".join(document.path.with_suffix("").parts)))
    return any(len(found) > 1 and _plain(lesson) not in found for lesson, found in names.items())


def _plain(name: str) -> str:
    return ATTEMPT_WORDS.sub("", name).casefold()


def _fill(base: Submission, document: Document, where: PurePosixPath) -> Submission:
    source = readable(str(where / document.path))
    return msgspec.structs.replace(
        base,
        source=source,
        lesson=document.lesson,
        submitted_at=document.submitted_at,
        time_source=document.time_source,
        content_hash=document.content_hash,
        problem=f"{source} {document.problem.rstrip('.')}." if document.problem else "",
    )


def _at(submission: Submission, submitted_at: float | None) -> Submission:
    if submitted_at is None:
        return submission
    return msgspec.structs.replace(submission, submitted_at=submitted_at, time_source="gradescope")


def _settle(found: list[Submission]) -> Intake:
    """Give every student's submissions a name of their own and number their attempts."""
    keys_by_name: dict[str, set[str]] = defaultdict(set)
    for one in found:
        keys_by_name[one.name.casefold()].add(one.key)
    named = [
        msgspec.structs.replace(one, name=f"{one.name}-{short_hash(one.key)}")
        if len(keys_by_name[one.name.casefold()]) > 1
        else one
        for one in found
    ]
    groups: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    for one in named:
        groups[one.key, one.lesson or ""].append(one)
    settled = [
        msgspec.structs.replace(one, attempt=number)
        for group in groups.values()
        for number, one in enumerate(sorted(group, key=_when), 1)
    ]
    settled.sort(key=lambda one: (one.name, one.lesson or "", one.attempt))
    return Intake(tuple(settled), tuple(_remarks(settled)))


def _when(submission: Submission) -> tuple[float, list[tuple[int, str]]]:
    """By time; without one, or at one moment, by name, where 10 comes after 9."""
    parts = re.split(r"(\d+)", submission.source.rsplit(".", 1)[0])
    # Digits by length, then as text: a student's name may hold more than int() reads.
    parts[1::2] = (digits.lstrip("0") for digits in parts[1::2])
    return (
        submission.submitted_at or 0.0,
        [(len(part) if place % 2 else 0, part) for place, part in enumerate(parts)],
    )


def _remarks(submissions: list[Submission]) -> Iterable[str]:
    students: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    recognised = [one for one in submissions if one.lesson is not None]
    for one in recognised:
        student = COPY_NUMBER.sub("", one.student).casefold()
        students[student, one.lesson or ""][one.key] = one.name
    for (_, lesson), names in students.items():
        if len(names) > 1:
            yield (
                f"The same student name occurs more than once for {lesson}: "
                f"{', '.join(names.values())}. Put one student's attempts into one folder."
            )
    nameless = [one.name for one in recognised if OTTER_TIME.sub("", one.student).startswith(
        f"{one.lesson}_")]  # fmt: skip
    if nameless:
        yield (
            f"{_named(nameless)}: named after the lesson, not after a student; each is taken for "
            "another student's."
        )
    late = [one.name for one in recognised if one.late and one.submitted_at is None]
    if late:
        yield (
            f"{_named(late)}: marked late by Canvas, which does not say when they were handed in; "
            "a late rule takes nothing from them."
        )


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED_LIMIT} more" if len(names) > NAMED_LIMIT else ""
    return ", ".join(names[:NAMED_LIMIT]) + more
