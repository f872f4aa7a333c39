"""Read folders and zip archives as one kind of thing: a list of items, read within limits."""

from __future__ import annotations

import os
import stat
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.errors import IntakeError, Unreadable
from autograder.intake.guard import MIB, foreign
from autograder.intake.names import readable
from autograder.intake.notebook import MAX_NOTEBOOK_BYTES
from autograder.intake.times import sane

MAX_FOLDER_DEPTH = 8
MAX_ITEMS = 200_000
MAX_ARCHIVE_BYTES = 256 * MIB
GRADEBOOK = "gradebook.sqlite"
CHECKPOINTS = ".ipynb_checkpoints"
NOISE_NAMES = {"thumbs.db", "desktop.ini", "__macosx", "__pycache__", "readme", "readme.md"}
WORK_ENDINGS = (".ipynb", ".zip", ".ipynb.txt", ".ipynb.json")
"""Names under which a notebook comes; a mail program or a browser adds the last two."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """A file in a folder or a member of an archive."""

    path: PurePosixPath
    modified: float | None
    read: Callable[[], bytes]
    """Raises Unreadable, and nothing else."""
    is_output: bool = False
    """A folder that looks like what ``grade`` wrote: not read, but told."""

    def below(self, folder: str) -> Item:
        """The same item, seen from within ``folder``."""
        return Item(path=self.path.relative_to(folder), modified=self.modified, read=self.read)

    def within(self, folder: str | PurePosixPath) -> Item:
        """The same item, seen from where ``folder`` lies."""
        return Item(path=folder / self.path, modified=self.modified, read=self.read)

    @property
    def is_work(self) -> bool:
        """True for what may be or hold a notebook, by its name."""
        return self.path.name.lower().endswith(WORK_ENDINGS)


def by_folder(items: Iterable[Item]) -> dict[str, list[Item]]:
    """The content of each top-level folder, seen from within."""
    folders: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if len(item.path.parts) > 1:
            folders[item.path.parts[0]].append(item.below(item.path.parts[0]))
    return dict(folders)


def top_files(items: Iterable[Item]) -> list[Item]:
    """The items that lie in no folder."""
    return [item for item in items if len(item.path.parts) == 1]


def is_noise(path: PurePosixPath) -> bool:
    """Files that computers leave behind, and read-me files; checkpoints are told to people."""
    return any(
        (part.startswith(".") and part != CHECKPOINTS) or part.lower() in NOISE_NAMES
        for part in path.parts
    )


def refuse(reason: str) -> Callable[[], bytes]:
    """A reader for what must not be read."""

    def read() -> bytes:
        raise Unreadable(reason)

    return read


def folder_items(root: Path) -> list[Item]:
    """Every file below ``root``, links not followed, in the order of their names.

    Raises:
        IntakeError: there are more files than any class has.
    """
    items: list[Item] = []
    for item in _walk(root, PurePosixPath(), 0):
        items.append(item)
        if len(items) > MAX_ITEMS:
            raise IntakeError(_too_many(root, items))
    return items


def _too_many(root: Path, items: Iterable[Item]) -> str:
    """Name the folder that is to blame: the others are graded when it is taken away."""
    ((most, count),) = Counter(item.path.parts[0] for item in items).most_common(1)
    name = readable(str(root / most))
    return f"{root} holds more than {MAX_ITEMS:,} files, {count:,} of them in {name}; move it away."


def _walk(folder: Path, relative: PurePosixPath, depth: int) -> Iterator[Item]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield Item(path=relative, modified=None, read=refuse("is a folder that cannot be read"))
        return
    if depth and _is_output([entry.name for entry in entries]):
        yield Item(path=relative, modified=None, read=refuse("is what grade wrote"), is_output=True)
        return
    for entry in entries:
        path = relative / entry.name
        if is_noise(path):
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < MAX_FOLDER_DEPTH:
                yield from _walk(Path(entry.path), path, depth + 1)
            else:
                yield Item(path=path, modified=None, read=refuse("is a folder nested too deeply"))
        else:
            yield file_item(Path(entry.path), path)


def _is_output(names: list[str]) -> bool:
    """Tell a folder that ``grade`` wrote: it holds no work, whatever a student's folder holds."""
    return GRADEBOOK in names and not any(
        name.lower().endswith((".ipynb", ".zip")) for name in names
    )


def file_item(path: Path, relative: PurePosixPath) -> Item:
    """The file at ``path``, which may be anything or be gone by now."""
    try:
        info = os.lstat(path)
    except OSError as error:
        return Item(
            path=relative,
            modified=None,
            read=refuse(f"cannot be read: {str(error.strerror).lower()}"),
        )
    if stat.S_ISLNK(info.st_mode):
        return Item(
            path=relative, modified=None, read=refuse("is a symbolic link, which is not followed")
        )
    if not stat.S_ISREG(info.st_mode):
        return Item(path=relative, modified=None, read=refuse("is not an ordinary file"))
    return Item(path=relative, modified=sane(info.st_mtime), read=lambda: read_file(path))


def read_file(path: Path) -> bytes:
    """The content of a file that a student may have handed in.

    Raises:
        Unreadable: it cannot be read, or is far too large.
    """
    # NOFOLLOW and NONBLOCK: between the listing and this moment the file may have become a link
    # or a pipe, and a pipe would hang the whole class.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    limit = limit_of(path.name)
    with foreign(), os.fdopen(os.open(path, flags), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            raise Unreadable(f"is larger than {limit // MIB} MiB")
        # No more than it had when it was opened: whoever writes to it now writes into the void.
        return file.read(size)


def limit_of(name: str) -> int:
    """How many bytes of a file of this name are read at most."""
    # An instructor's list of submissions grows with every resubmission; it is as large as a zip.
    large = name.lower().endswith((".zip", ".yml"))
    return MAX_ARCHIVE_BYTES if large else MAX_NOTEBOOK_BYTES
