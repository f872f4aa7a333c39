"""Say which lessons a notebook holds."""

from __future__ import annotations

from autograder.cells.recognition import Recognised, recognise
from autograder.cells.record import Role, metadata_of, released_cells, student_cells
from autograder.errors import InvalidInput
from autograder.model import GradingPackage, Notebook

ENOUGH = 3
"""So many cells of a lesson's exercises make a notebook that lesson's; fewer occur by chance."""


def identify(notebook: Notebook, packages: dict[str, GradingPackage]) -> str:
    """Return the slug of the lesson a notebook belongs to: the one most of whose cells it has.

    Raises:
        ValueError: the notebook is of no known lesson; the message is a sentence for people.
    """
    return _most_of(_recognised(notebook, packages), notebook)


def lessons_in(notebook: Notebook, packages: dict[str, GradingPackage]) -> list[str]:
    """Return every lesson that a notebook holds, in the order of ``packages``.

    One is what ``identify`` says. Others count when the notebook has answers to half of their
    exercises or more, so that a few cells copied as a note make no second submission.

    Raises:
        ValueError: the notebook is of no known lesson; the message is a sentence for people.
    """
    recognised = _recognised(notebook, packages)
    first = _most_of(recognised, notebook)
    return [
        slug
        for slug, package in packages.items()
        if slug == first or _is_answered(package, recognised[slug])
    ]


def remark_on(notebook: Notebook, package: GradingPackage) -> str:
    """Return what an instructor should know about how a notebook was recognised.

    A front end that drops the ids of cells is nothing to remark on. Where nothing but the text
    tells what the cells are, they were probably copied into a new notebook.

    Returns:
        A phrase that completes a sentence beginning with the notebook's name, or "".
    """
    ids = [cell.id for cell in released_cells(package.released) if cell.exercise]
    says_so = metadata_of(notebook).get("lesson") == package.lesson or any(
        metadata_of(cell).get("exercise") in package.exercises or cell.get("id") in ids
        for cell in student_cells(notebook)
    )
    return "" if says_so else "was recognised by what its cells say: it has none of their metadata"


def _recognised(
    notebook: Notebook, packages: dict[str, GradingPackage]
) -> dict[str, list[Recognised]]:
    return {slug: recognise(package.released, notebook) for slug, package in packages.items()}


def _most_of(recognised: dict[str, list[Recognised]], notebook: Notebook) -> str:
    """Return the lesson most of whose cells were found, else the one that the metadata name."""
    found = {slug: _distinct(cells) for slug, cells in recognised.items()}
    named = metadata_of(notebook).get("lesson")
    best = max(found, key=lambda slug: (found[slug], slug == named), default="")
    if found.get(best, 0) >= ENOUGH:
        return best
    if isinstance(named, str) and named in recognised:
        return named
    few = f"only {found[best]} of the cells of {best}" if found.get(best) else ""
    raise InvalidInput(
        "This notebook is not one of this course's: it has "
        + (few or f"none of the cells of {', '.join(recognised)}")
    )


def _distinct(cells: list[Recognised]) -> int:
    """Count the cells of a lesson's exercises that were found, copies and pieces once."""
    return len({cell.released.id for cell in cells if cell.released and cell.released.exercise})


def _is_answered(package: GradingPackage, cells: list[Recognised]) -> bool:
    answered = {
        cell.released.exercise
        for cell in cells
        if cell.released and cell.released.role is Role.ANSWER and cell.kind == "code"
    }
    asked = {cell.exercise for cell in released_cells(package.released) if cell.role is Role.ANSWER}
    return 2 * len(answered) >= len(asked) > 0
