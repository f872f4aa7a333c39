"""What the instructor gave, as classes: each a list of items and the layout that explains it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from autograder.errors import IntakeError, Unreadable
from autograder.intake.archive import MAX_CLASS_MEMBERS, archive_items
from autograder.intake.items import Item, by_folder, file_item, folder_items, top_files
from autograder.intake.layouts import files, folders, nearly, recognise
from autograder.intake.layouts.base import Entry, Layout, Reading
from autograder.intake.names import readable
from autograder.intake.times import otter_time

HERE = PurePosixPath()
MAX_WRAPPERS = 3
"""Folders around a platform's download: the zip's own, sections, weeks."""


@dataclass(frozen=True, kw_only=True)
class Class:
    """Some students' work, all laid out in one way."""

    path: str
    """Where it lies, for people."""
    layout: Layout
    items: list[Item]
    prefix: PurePosixPath = PurePosixPath()
    """Folders between the given path and these items."""
    roots: dict[str, str] = field(default_factory=dict)
    """For files given one by one, the path of each by its name."""
    forced: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The layout's title; what was made by no platform is said to be a guess."""
        plain = self.layout in (files, folders) and not self.forced
        return f"{self.layout.TITLE} (a guess)" if plain else self.layout.TITLE

    def layout_read(self) -> Reading:
        """The hand-ins, as the layout reads them."""
        if self.layout is folders and not self.forced:
            return folders.read_plain(self.items)
        return self.layout.read(self.items)

    def root_of(self, path: PurePosixPath) -> str:
        """The path that the instructor gave for an item."""
        return self.roots.get(path.parts[0] if path.parts else "", self.path_given)

    @property
    def path_given(self) -> str:
        """The instructor's own path, without the folders below it."""
        depth = len(self.prefix.parts)
        return str(Path(self.path).parents[depth - 1]) if depth else self.path


def classes(
    paths: Iterable[Path], forced: Layout | None, lessons: Sequence[str]
) -> Iterator[Class]:
    """The classes under ``paths``, in their order.

    Raises:
        IntakeError: a path does not exist or is not readable at all.
    """
    loose: dict[Path, list[Path]] = defaultdict(list)
    for path in paths:
        if not path.exists():
            raise IntakeError(f"There is no file or folder {readable(str(path))}.")
        path = path.resolve()
        if path.is_dir():
            yield from _folder(path, forced)
        else:
            loose[path.parent].append(path)
    for folder, members in loose.items():
        yield from _loose(folder, members, forced, lessons)


def _folder(path: Path, forced: Layout | None) -> Iterator[Class]:
    """A folder's classes; what looks like our own output in it is left out and told."""
    items = folder_items(path)
    outputs = [readable(str(item.path)) for item in items if item.is_output]
    said = tuple(f"{name} looks like what grade writes, and was not read." for name in outputs)
    for one in _classes(str(path), [item for item in items if not item.is_output], forced):
        yield replace(one, remarks=(*said, *one.remarks))
        said = ()


def _loose(
    folder: Path, paths: list[Path], forced: Layout | None, lessons: Sequence[str]
) -> Iterator[Class]:
    """Files given one by one: archives of classes if all are, else one flat list."""
    archives = [(path, _class_archive(path, len(paths) == 1, forced, lessons)) for path in paths]
    if all(items is not None for _, items in archives):
        for path, items in archives:
            yield from _classes(str(path), items or [], forced, zipped=True)
        return
    items = [file_item(path, PurePosixPath(path.name)) for path in paths]
    roots = {path.name: str(path) for path in paths}
    layout = forced or recognise(items) or files
    yield Class(
        path=str(folder), layout=layout, items=items, roots=roots, forced=forced is not None
    )


def _class_archive(
    path: Path, alone: bool, forced: Layout | None, lessons: Sequence[str]
) -> list[Item] | None:
    """The members of an archive that holds a whole class; None if it is one student's."""
    if path.suffix.lower() != ".zip" or otter_time(path.name) is not None:
        return None
    try:
        items = archive_items(path, MAX_CLASS_MEMBERS)
    except Unreadable as error:
        if alone:
            raise IntakeError(f"{readable(str(path))} {error}.") from None
        return None
    if forced or _platforms(items) or _holds_folders(items):
        return items
    return items if alone and _is_flat_class(items, lessons) else None


def _holds_folders(items: list[Item]) -> bool:
    """True if several folders hold work, below a folder around all or not."""
    while len(inner := by_folder(items)) == 1 and not any(one.is_work for one in top_files(items)):
        items = next(iter(inner.values()))
    with_work = [one for one in inner.values() if any(item.is_work for item in one)]
    return len(with_work) > 1 and not any(one.is_work for one in top_files(items))


def _is_flat_class(items: list[Item], lessons: Sequence[str]) -> bool:
    """True for several notebooks side by side, unless each is a lesson under its own name."""
    works = [item for item in unwrapped(items) if item.is_work and len(item.path.parts) == 1]
    own_names = {item.path.name.split(".")[0].casefold() for item in works}
    return len(works) > 1 and not own_names <= set(lessons)


def unwrapped(items: list[Item]) -> list[Item]:
    """The content of the folder that a zip was made of, if all lies in one."""
    inner = by_folder(items)
    if len(inner) == 1 and not top_files(items):
        return next(iter(inner.values()))
    return items


def _classes(
    path: str, items: list[Item], forced: Layout | None, zipped: bool = False
) -> Iterator[Class]:
    """A path's content as one class, or as several platforms' downloads in folders of their own."""
    if forced is not None:
        found = _platforms(items, only=forced) or [(PurePosixPath(), forced, items)]
    else:
        found = _platforms(items) or [(PurePosixPath(), *_plain(items, zipped))]
    for prefix, layout, inner in found:
        where = str(Path(path) / prefix)
        near = nearly(inner) if layout in (files, folders) and forced is None else None
        said = (_nearly(where, near),) if near else ()
        yield Class(
            path=where,
            layout=layout,
            items=inner,
            prefix=prefix,
            roots={},
            forced=forced is not None,
            remarks=said,
        )


def _nearly(where: str, layout: Layout) -> str:
    return (
        f"{readable(where)}: most of it looks like {layout.TITLE}, but not all; if it is, use "
        f"--layout {layout.NAME}."
    )


def _plain(items: list[Item], zipped: bool) -> tuple[Layout, list[Item]]:
    """Folders where there are any; a zip's own folder around flat files is no student."""
    inner = unwrapped(items) if zipped else items
    return (folders, items) if by_folder(inner) else (files, inner)


def _platforms(
    items: list[Item], only: Layout | None = None, prefix: PurePosixPath = HERE
) -> list[tuple[PurePosixPath, Layout, list[Item]]] | None:
    """Platforms' downloads that explain everything, each with the folder that it lies in."""
    layout = recognise(items) if only is None else only if only.fit(items) == 1.0 else None
    if layout is not None:
        return [(prefix, layout, items)]
    beside = [
        Entry(name=item.path.name, items=[item], is_folder=False) for item in top_files(items)
    ]
    if len(prefix.parts) == MAX_WRAPPERS or not all(one.is_companion for one in beside):
        return None
    found = []
    for name, inner in by_folder(items).items():
        part = _platforms(inner, only, prefix / name)
        if part is None:
            return None
        found += part
    return found or None
