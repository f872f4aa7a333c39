"""A feedback page's bytes. Whatever a student handed in, there is a page, and it ends."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any, NamedTuple

import jinja2
from markupsafe import Markup

from autograder.model import Notebook
from autograder.outputs.report.marking import as_message, with_cell_links
from autograder.outputs.report.stats import lesson_title
from autograder.outputs.report.workers import each_apart
from autograder.text import number, shorten

PARALLEL_FROM = 40
"""Fewer pages than this are quicker in one process."""
PAGE_SECONDS = 120.0
"""For one page in a process of its own: more than its notebooks may take, and the start."""
Released = Mapping[str, Notebook]
"""Lessons as they were released, by slug."""
TEMPLATES = files("autograder.outputs.report") / "templates"
log = logging.getLogger(__name__)


class Page(NamedTuple):
    """What one page is made of, as it travels to the process that makes it."""

    name: str
    context: dict[str, Any]
    notebooks: list[bytes | None]
    lessons: list[str]
    """Of each notebook, the lesson; empty where none is known."""


@cache
def environment() -> jinja2.Environment:
    """The templates and their filters."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("autograder.outputs.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    made.filters["pts"] = number
    made.filters["lesson"] = lesson_title
    made.filters["mean"] = lambda value: number(round(value, 1))
    made.filters["shorten"] = shorten
    made.filters["message"] = as_message
    made.filters["cells"] = with_cell_links
    return made


@cache
def asset(name: str) -> str:
    """A template's or style sheet's text."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def render_all(
    pages: Iterable[Page], count: int, released: Released, jobs: int
) -> Iterator[tuple[str, bytes]]:
    """Each page's name and bytes, as they are made."""
    # Each process is told the lessons once, and not with every page.
    do = partial(render, released=released)
    if jobs <= 1 or count < PARALLEL_FROM:
        yield from map(do, pages)
        return
    yield from each_apart(pages, do, died, jobs=min(jobs, count), seconds=PAGE_SECONDS)


def render(page: Page, released: Released) -> tuple[str, bytes]:
    """One page's name and bytes; where it cannot be made, a page that says so."""
    try:
        return page.name, _rendered(page, released)
    except Exception as error:  # A student's work is in it: it costs this page only.
        log.warning("The page of %s cannot be made: %s: %s", page.name, type(error).__name__, error)
        return sorry(page.name)


def died(page: Page) -> tuple[str, bytes]:
    """What a page is whose process died or took too long."""
    log.warning("The page of %s cannot be made: its process died or took too long", page.name)
    return sorry(page.name)


def sorry(name: str) -> tuple[str, bytes]:
    """A page that says that there is none."""
    made = environment().get_template("sorry.html.j2").render(name=name, css=asset("base.css"))
    return name, made.encode("utf-8", "replace")


def _rendered(page: Page, released: Released) -> bytes:
    from autograder.outputs.report.notebook_html import notebook_html

    parts = page.context["parts"]
    for part, raw, lesson in zip(parts, page.notebooks, page.lessons, strict=True):
        shown = notebook_html(raw, released.get(lesson), part["cells_of"]) if raw else None
        part["notebook"] = Markup(shown.html) if shown else ""
        part["sections"] = shown.sections if shown else frozenset()
        part["cells"] = shown.cells if shown else 0
    made = (
        environment().get_template("feedback.html.j2").render(page.context, css=asset("base.css"))
    )
    return made.encode("utf-8", "replace")
