"""Addresses to views, and errors to sentences."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs

import jinja2
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from autograder.desk import pages
from autograder.desk.guard import Guard, Keys, same
from autograder.desk.marking import Decisions, Stale
from autograder.desk.notebooks import Notebooks
from autograder.desk.pages import Missing, View
from autograder.desk.reading import Desk
from autograder.errors import AutograderError, GradebookError
from autograder.gradebook.ledger import Progress
from autograder.outputs.report.links import ANY_CELL
from autograder.outputs.report.marking import with_cell_links
from autograder.outputs.report.render import asset, environment

MAX_FORM = 100_000
FOLDER = files("autograder.desk") / "templates"
log = logging.getLogger(__name__)


@cache
def templates() -> jinja2.Environment:
    """The desk's templates, with the report's look and filters."""
    made = environment().overlay(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("autograder.desk"),
                jinja2.PackageLoader("autograder.outputs.report"),
            ]
        )
    )
    made.filters["when"] = lambda at: f"{datetime.fromtimestamp(at):%d %b %Y, %H:%M}"
    made.filters["framed"] = framed
    return made


def framed(sentence: str, page: str, frame: str) -> Markup:
    """A sentence in which "Cell 8" opens that cell in a frame or tab of this name."""
    linked = with_cell_links(sentence, ANY_CELL, page) if page else Markup.escape(sentence)
    return Markup(str(linked).replace("<a ", f'<a target="{frame}" '))


class App:
    """The views of one desk."""

    def __init__(self, desk: Desk, keys: Keys) -> None:
        self.desk, self.keys = desk, keys
        self.decisions = Decisions(desk)
        self.notebooks = Notebooks(desk)

    def asgi(self) -> Guard:
        """The whole application."""
        routes = [
            Route("/", self._view(lambda _: pages.to_do(self.desk))),
            Route("/exercises", self._view(lambda _: pages.exercises(self.desk))),
            Route("/exercise/{name}", self._view(self._exercise)),
            Route("/student/{number:int}", self._view(self._student)),
            Route("/test/{exercise}/{name}", self._view(self._test)),
            Route("/class", self._view(self._class)),
            Route("/alike/{place:int}", self._view(self._alike)),
            Route("/notebook/{content}/{lesson}", self._notebook),
            Route("/progress", self._progress),
            Route("/static/{name}", _static),
            Route("/give", self._write(self.decisions.give), methods=["POST"]),
            Route("/undo", self._write(self.decisions.undo), methods=["POST"]),
            Route("/link", self._write(self.decisions.link), methods=["POST"]),
        ]
        mounted = Starlette(
            routes=[Mount(self.keys.base, routes=routes)],
            exception_handlers={404: self._not_found, Exception: self._failed},
        )
        return Guard(mounted, self.keys)

    def _exercise(self, request: Request) -> View:
        query = request.query_params
        return pages.exercise(
            self.desk, request.path_params["name"], query.get("group", ""),
            _whole(query.get("answer", "")),
        )  # fmt: skip

    def _student(self, request: Request) -> View:
        return pages.student(self.desk, request.path_params["number"])

    def _test(self, request: Request) -> View:
        return pages.test(self.desk, request.path_params["exercise"], request.path_params["name"])

    def _class(self, request: Request) -> View:
        return pages.the_class(self.desk, request.query_params.get("search", ""))

    def _alike(self, request: Request) -> View:
        return pages.alike(self.desk, request.path_params["place"])

    def _view(self, make: Callable[[Request], View]) -> Callable[[Request], Response]:
        """A handler, run in a thread of its own, that answers with a page or with a sentence."""

        def handle(request: Request) -> Response:
            try:
                view = make(request)
                return self._page(request, view.template, view.context)
            except Missing as error:
                return self._sentence(request, str(error), 404)
            except (AutograderError, sqlite3.Error) as error:
                return self._sentence(request, _told(error), 503)

        return handle

    def _write(self, decide: Callable[[Mapping[str, str]], str]) -> Any:
        """A handler of a form: decides, then leads back to the page that the form stood on."""

        async def handle(request: Request) -> Response:
            body = b""
            async for part in request.stream():
                body += part
                if len(body) > MAX_FORM:
                    return self._sentence(request, "This form is too large.", 413)
            fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
            form = {name: values[0] for name, values in fields.items()}
            if not same(form.get("key", ""), self.keys.form):
                return self._sentence(request, "This write is not from a form of this desk.", 403)
            return await run_in_threadpool(self._decide, request, decide, form)

        return handle

    def _decide(
        self, request: Request, decide: Callable[[Mapping[str, str]], str], form: Mapping[str, str]
    ) -> Response:
        back = form.get("back", "/")
        if not back.startswith("/") or back.startswith("//"):
            back = "/"
        try:
            batch = decide(form)
        except GradebookError as error:
            told = f"Nothing was stored. {_told(error)}"
            return self._sentence(request, told, 503, back, form.get("why", ""))
        except (AutograderError, sqlite3.Error) as error:
            status = 409 if isinstance(error, Stale) else 400
            return self._sentence(request, _told(error), status, back, form.get("why", ""))
        path, _, fragment = back.partition("#")
        joint = "&" if "?" in path else "?"
        mark = f"#{fragment}" if fragment else ""
        return RedirectResponse(f"{self.keys.base}{path}{joint}stored={batch}{mark}", 303)

    def _page(
        self, request: Request, template: str, context: Mapping[str, Any], status: int = 200
    ) -> Response:
        path = request.url.path.removeprefix(self.keys.base) or "/"
        query = "&".join(
            f"{name}={value}"
            for name, value in request.query_params.items()
            if name in ("group", "answer") and value.isalnum()
        )
        shown = {
            "base": self.keys.base, "key": self.keys.form, "here": path,
            "back": f"{path}?{query}" if query else path,
            "stored": self.decisions.stored(request.query_params.get("stored", "")),
            "out": str(self.desk.out),
        }  # fmt: skip
        text = templates().get_template(template).render(shown | dict(context))
        return HTMLResponse(text.encode("utf-8", "replace"), status)

    def _sentence(
        self, request: Request, sentence: str, status: int, back: str = "/", reason: str = ""
    ) -> Response:
        context = {"sentence": sentence, "to": back, "reason": reason}
        return self._page(request, "sentence.html.j2", context, status)

    async def _not_found(self, request: Request, _: Exception) -> Response:
        return self._sentence(request, "The desk has no such page.", 404)

    async def _failed(self, request: Request, error: Exception) -> Response:
        log.error("A page of the desk cannot be made", exc_info=error)
        return self._sentence(request, "This page cannot be made: a fault of the desk itself.", 500)

    def _notebook(self, request: Request) -> Response:
        return self.notebooks.page(request.path_params["content"], request.path_params["lesson"])

    def _progress(self, request: Request) -> Response:
        try:
            with self.desk.open() as book:
                now = book.progress()
        except (AutograderError, sqlite3.Error) as error:
            return JSONResponse({"text": _told(error), "running": False})
        return JSONResponse({"text": progress_text(now), "running": now.running})


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name == "desk.css":
        text = asset("base.css") + (FOLDER / name).read_text(encoding="utf-8")
        return Response(text, media_type="text/css")
    if name == "desk.js":
        return Response((FOLDER / name).read_text(encoding="utf-8"), media_type="text/javascript")
    return Response("There is no such file.", 404)


def progress_text(now: Progress) -> str:
    """How far a run is, in a sentence."""
    left = now.total - now.graded
    if not now.running:
        return f"{now.graded} of {now.total} notebooks graded; no run is going on."
    done = f"Grading: {now.graded} of {now.total} notebooks"
    if not now.per_minute:
        return f"{done}, none within the last minute."
    minutes = max(1, round(left / now.per_minute))
    return f"{done}, {now.per_minute} within the last minute; about {minutes} min left."


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def _told(error: Exception) -> str:
    """An error as a sentence."""
    text = str(error).rstrip(".")
    if isinstance(error, sqlite3.Error):
        text = f"The gradebook cannot be used just now: {text}"
    return f"{text[:1].upper()}{text[1:]}."
