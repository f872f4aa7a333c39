"""A student's notebook as a page for a sandboxed frame, made in a process of its own."""

from __future__ import annotations

import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from autograder.desk.reading import Desk
from autograder.model import Notebook
from autograder.outputs.report.notebook_html import notebook_html
from autograder.outputs.report.render import asset, environment

SECONDS = 60.0
KEPT = 20
POLICY = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
"""Of the notebook's page: no script, whatever the cleaning let through, also in a tab."""
SORRY = "<p>This notebook cannot be shown. It is in the gradebook as it was handed in.</p>"


class Notebooks:
    """Renders notebooks one at a time; a process that dies or hangs costs its page only."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._made: dict[tuple[str, str], str] = {}

    def page(self, content: str, lesson: str) -> Response:
        """The page of a notebook of this class, by its content's hash."""
        snapshot = self._desk.snapshot()
        if not any(row.submission.content_hash == content for row in snapshot.rows):
            return _page("<p>This notebook is no longer in the class.</p>", 404)
        package = snapshot.packages.get(lesson)
        with self._lock:
            if (content, lesson) not in self._made:
                with self._desk.open() as book:
                    raw = book.notebook(content)
                while len(self._made) >= KEPT:
                    del self._made[next(iter(self._made))]
                released = package.released if package else None
                self._made[content, lesson] = self._rendered(raw, released)
            return _page(self._made[content, lesson])

    def _rendered(self, raw: bytes, released: Notebook | None) -> str:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        try:
            return self._pool.submit(rendered, raw, released).result(SECONDS)
        except (TimeoutError, BrokenProcessPool):
            self.close()
            return SORRY

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            for process in list(self._pool._processes.values()):
                process.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def rendered(raw: bytes, released: Notebook | None) -> str:
    """The notebook as HTML, in the other process."""
    return notebook_html(raw, released).html


def _page(body: str, status: int = 200) -> Response:
    template = environment().from_string(_FRAME)
    text = template.render(css=asset("base.css"), look=_look(), body=Markup(body))
    return HTMLResponse(
        text.encode("utf-8", "replace"), status, {"Content-Security-Policy": POLICY}
    )


def _look() -> str:
    """The rules for notebooks, from the feedback page's own."""
    style = asset("feedback.html.j2").partition("<style>")[2].partition("</style>")[0]
    return "\n".join(
        line for line in style.splitlines() if line.startswith((".ag-notebook", ".ag-cell"))
    )


_FRAME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Notebook</title>
<style>{{ css | safe }}{{ look | safe }}
main { padding: 0 .5rem; }</style></head>
<body><main class="ag-notebook">{{ body }}</main></body></html>
"""
