"""Read folders and zip archives as one kind of thing: a list of items, read within limits."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath

from autograder.errors import IntakeError, Unreadable
from autograder.intake.notebook import MAX_NOTEBOOK_BYTES

MAX_FOLDER_DEPTH = 8
MAX_ITEMS = 200_000
MAX_ARCHIVE_BYTES = 256 * 1024 * 1024
MAX_STUDENT_MEMBERS = 2_000
GRADEBOOK = "gradebook.sqlite"
NOISE_NAMES = {"thumbs.db", "desktop.ini", "__macosx", "__pycache__", "readme", "readme.md"}
BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError)


@dataclass(frozen=True)
class Item:
    """A file in a folder or a member of an archive."""

    path: PurePosixPath
    modified: float | None
    read: Callable[[], bytes]

    def below(self, folder: str) -> Item:
        return Item(self.path.relative_to(folder), self.modified, self.read)


def is_noise(path: PurePosixPath) -> bool:
    """Files that computers leave behind, and read-me files."""
    return any(part.startswith(".") or part.lower() in NOISE_NAMES for part in path.parts)


def refuse(reason: str) -> Callable[[], bytes]:
    def read() -> bytes:
        raise Unreadable(reason)

    return read


def folder_items(root: Path) -> list[Item]:
    """Every file below ``root``, links not followed, in the order of their names."""
    items: list[Item] = []
    for item in _walk(root, PurePosixPath(), 0):
        items.append(item)
        if len(items) > MAX_ITEMS:
            raise IntakeError(f"{root} holds more than {MAX_ITEMS:,} files.")
    return items


def _walk(folder: Path, relative: PurePosixPath, depth: int) -> Iterator[Item]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield Item(relative, None, refuse("is a folder that cannot be read"))
        return
    if depth and _is_our_output([entry.name for entry in entries]):
        return
    for entry in entries:
        path = relative / entry.name
        if is_noise(path):
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < MAX_FOLDER_DEPTH:
                yield from _walk(Path(entry.path), path, depth + 1)
            else:
                yield Item(path, None, refuse("is a folder nested too deeply"))
        else:
            yield file_item(Path(entry.path), path)


def _is_our_output(names: list[str]) -> bool:
    """Tell a folder that ``grade`` wrote: it holds no work, whatever a student's folder holds."""
    return GRADEBOOK in names and not any(
        name.lower().endswith((".ipynb", ".zip")) for name in names
    )


def file_item(path: Path, relative: PurePosixPath) -> Item:
    info = os.lstat(path)
    if stat.S_ISLNK(info.st_mode):
        return Item(relative, None, refuse("is a symbolic link, which is not followed"))
    if not stat.S_ISREG(info.st_mode):
        return Item(relative, None, refuse("is not an ordinary file"))
    return Item(relative, info.st_mtime, lambda: read_file(path))


def read_file(path: Path) -> bytes:
    # NOFOLLOW and NONBLOCK: between the listing and this moment the file may have become a link
    # or a pipe, and a pipe would hang the whole class.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            limit = MAX_ARCHIVE_BYTES if path.suffix.lower() == ".zip" else MAX_NOTEBOOK_BYTES
            content = file.read(limit + 1)
    except OSError as error:
        raise Unreadable(f"cannot be read: {(error.strerror or 'input error').lower()}") from None
    if len(content) > limit:
        raise Unreadable(f"is larger than {limit // 2**20} MiB")
    return content


def archive_items(archive: bytes | Path, max_members: int = MAX_STUDENT_MEMBERS) -> list[Item]:
    """The members of a zip archive, each read in memory when asked for.

    Members that point outside the archive, and links, are left out: they can only be an attack.

    Raises:
        Unreadable: when the archive is damaged, encrypted or far too large.
    """
    try:
        opened = zipfile.ZipFile(BytesIO(archive) if isinstance(archive, bytes) else archive)
    except (*BROKEN_ARCHIVE, OSError):
        raise Unreadable("is a damaged zip archive") from None
    members = [info for info in opened.infolist() if not info.is_dir() and _is_safe(info)]
    if len(members) > max_members:
        raise Unreadable(f"is an archive of {len(members):,} files; the limit is {max_members:,}")
    items = [Item(_path(info), _time(info), _reader(opened, info)) for info in members]
    return sorted((item for item in items if not is_noise(item.path)), key=lambda i: i.path)


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(info.filename.replace("\\", "/"))


def _is_safe(info: zipfile.ZipInfo) -> bool:
    path = _path(info)
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    return not (is_link or path.is_absolute() or ".." in path.parts or ":" in info.filename)


def _time(info: zipfile.ZipInfo) -> float | None:
    try:
        # A zip names no zone: taken for our own.
        return datetime(*info.date_time).timestamp()
    except (ValueError, OverflowError):
        return None


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    limit = MAX_ARCHIVE_BYTES if info.filename.lower().endswith(".zip") else MAX_NOTEBOOK_BYTES

    def read() -> bytes:
        if info.flag_bits & 1:
            raise Unreadable("is encrypted")
        try:
            # The size in the header is the archive's own claim: read up to the limit, no further.
            with archive.open(info) as member:
                content = member.read(limit + 1)
        except (*BROKEN_ARCHIVE, OSError, RuntimeError):
            raise Unreadable("is damaged inside its archive") from None
        if len(content) > limit:
            raise Unreadable(f"unpacks to more than {limit // 2**20} MiB")
        return content

    return read
