"""A desk without a socket: the whole application, asked as a browser would ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from autograder.desk.app import App
from autograder.desk.guard import Keys
from autograder.desk.reading import Desk

PORT = 8123
HERE = f"http://127.0.0.1:{PORT}"
FORM = re.compile(r"<form[^>]*method=\"post\" action=\"([^\"]*)\".*?</form>", re.S)
FIELD = re.compile(r'<input[^>]* name="(\w+)"(?:[^>]*? value="([^"]*)")?')


class Browser:
    """A desk, and a browser that was given its address."""

    def __init__(self, out: Path) -> None:
        self.desk = Desk(out, {})
        self.keys = Keys(port=PORT)
        self.app = App(self.desk, self.keys)
        self.client = TestClient(
            self.app.asgi(), HERE, raise_server_exceptions=False, follow_redirects=False
        )

    def enter(self) -> Browser:
        assert self.client.get(self.keys.address).status_code == 200
        return self

    def get(self, path: str) -> Any:
        return self.client.get(self.keys.base + path)

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def form(self, path: str, action: str, place: int = 0) -> dict[str, str]:
        """What a form of a page sends as it stands."""
        forms = [
            found[0]
            for found in FORM.finditer(self.text(path))
            if found[1] == self.keys.base + action
        ]
        return {name: unescape(value) for name, value in FIELD.findall(forms[place])}

    def send(self, action: str, form: dict[str, str], origin: str = HERE) -> Any:
        headers = {"Origin": origin} if origin else {}
        return self.client.post(self.keys.base + action, data=form, headers=headers)

    def give(self, path: str, points: str, why: str, place: int = 0) -> Any:
        """Fill in a form for points and send it."""
        form = self.form(path, "/give", place) | {"points": points, "why": why}
        return self.send("/give", form)


@contextmanager
def desk_of(out: Path) -> Iterator[Browser]:
    """A desk whose address was opened."""
    browser = Browser(out).enter()
    try:
        yield browser
    finally:
        browser.app.notebooks.close()


def sentence(answer: Any) -> str:
    """What a page says that could not do what was asked."""
    found = re.search(r'role="alert"><p>(.*?)</p>', answer.text, re.S)
    assert found, answer.text
    return unescape(found[1])
