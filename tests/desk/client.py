"""A desk asked as a browser would ask: without a socket, or in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
from starlette.testclient import TestClient

from autograder.desk.app import App
from autograder.desk.guard import Keys
from autograder.desk.reading import Desk

PORT = 8123
HERE = f"http://127.0.0.1:{PORT}"
FORM = re.compile(r"<form[^>]*method=\"post\" action=\"([^\"]*)\".*?</form>", re.S)
FIELD = re.compile(r'<input[^>]* name="(\w+)"(?:[^>]*? value="([^"]*)")?')


class Visitor:
    """Whoever asks a desk by its address and sends its forms."""

    def __init__(self, client: Any, address: str) -> None:
        self.client, self.address = client, address
        url = httpx2.URL(address)
        self.here = f"http://{url.netloc.decode()}"
        self.base = url.path.removesuffix("/enter")

    def enter(self) -> None:
        assert self.client.get(self.address).status_code == 200

    def get(self, path: str) -> Any:
        return self.client.get(self.base + path)

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def form(self, path: str, action: str, place: int = 0) -> dict[str, str]:
        """What a form of a page sends as it stands."""
        forms = [
            found[0] for found in FORM.finditer(self.text(path)) if found[1] == self.base + action
        ]
        return {name: unescape(value) for name, value in FIELD.findall(forms[place])}

    def send(self, action: str, form: dict[str, str], origin: str | None = None) -> Any:
        """Send a form; from a page of the desk, unless another origin or none is named."""
        origin = self.here if origin is None else origin
        headers = {"Origin": origin} if origin else {}
        return self.client.post(self.base + action, data=form, headers=headers)

    def give(self, path: str, points: str, why: str, place: int = 0) -> Any:
        """Fill in a form for points and send it."""
        form = self.form(path, "/give", place) | {"points": points, "why": why}
        return self.send("/give", form)


class Browser(Visitor):
    """A desk in this process, and a browser that was given its address."""

    def __init__(self, out: Path) -> None:
        self.desk = Desk(out, {})
        self.keys = Keys(port=PORT)
        self.app = App(self.desk, self.keys)
        client = TestClient(
            self.app.asgi(), HERE, raise_server_exceptions=False, follow_redirects=False
        )
        super().__init__(client, self.keys.address)


@contextmanager
def desk_of(out: Path) -> Iterator[Browser]:
    """A desk whose address was opened."""
    browser = Browser(out)
    browser.enter()
    try:
        yield browser
    finally:
        browser.app.notebooks.close()


@contextmanager
def started(out: Path) -> Iterator[tuple[Visitor, subprocess.Popen[str]]]:
    """``autograder desk`` as a process of its own, its address opened; and the process."""
    command = [sys.executable, "-m", "autograder", "desk", "--out", str(out), "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            address = process.stdout.readline().strip()
            with httpx2.Client(base_url=httpx2.URL(address).join("/"), timeout=60) as client:
                visitor = Visitor(client, address)
                visitor.enter()
                yield visitor, process
        finally:
            process.kill()


def sentence(answer: Any) -> str:
    """What a page says that could not do what was asked."""
    found = re.search(r'role="alert"><p>(.*?)</p>', answer.text, re.S)
    assert found, answer.text
    return unescape(found[1])
