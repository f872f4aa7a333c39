"""Everything that is derived from a gradebook, written anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from autograder.course.predictions import WhatHappens
from autograder.errors import GradebookError
from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.model import Notebook
from autograder.outputs.report.feedback import write_feedback
from autograder.outputs.report.page import write_report
from autograder.outputs.report.render import environment
from autograder.outputs.results import write_results


def publish(
    out: Path,
    outcomes: Mapping[str, WhatHappens] | None = None,
    jobs: int = 1,
    on_page: Callable[[int, int], None] = lambda done, total: None,
    rows: Sequence[Row] = (),
) -> None:
    """Write ``grades.csv``, ``results/``, ``report.html`` and ``feedback/``.

    Args:
        out: the folder with the gradebook.
        outcomes: for each exercise, what the prediction should have been.
        jobs: processes to render feedback pages with.
        on_page: told how many feedback pages of how many are done.
        rows: those of the gradebook, where the caller has just read them.

    Raises:
        GradebookError: there is no gradebook, it cannot be used, or the files cannot be written.
    """
    with Gradebook.open(out) as book:
        if rows:
            book.remember_rows(rows)
        try:
            write_results(out, book.rows(), book.packages())
            write_report(book, out, outcomes)
            write_feedback(book, out, outcomes, jobs, on_page)
        except OSError as error:
            raise GradebookError(
                f"The pages in {out} cannot be written: {error.strerror or error}. The points "
                f"are in the gradebook: `autograder report --out {out}` writes the pages later."
            ) from error


def prepare_pages(released: Iterable[Notebook]) -> None:
    """Do ahead what pages take whatever students hand in: imports, templates, released cells."""
    from autograder.outputs.report.notebook_html import notebook_html

    for template in ("feedback.html.j2", "report.html.j2"):
        environment().get_template(template)
    for notebook in released:
        notebook_html(msgspec.json.encode(notebook), notebook)
