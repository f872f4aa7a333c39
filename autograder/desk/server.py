"""The server on this computer: a port, uvicorn, and the browser that is shown the way in."""

from __future__ import annotations

import contextlib
import html
import os
import socket
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import uvicorn

from autograder.course.predictions import WhatHappens
from autograder.desk.app import App
from autograder.desk.guard import Keys
from autograder.desk.reading import Desk
from autograder.errors import InvalidInput

HOST = "127.0.0.1"


def serve(
    out: Path,
    outcomes: Mapping[str, WhatHappens],
    port: int = 0,
    show: Callable[[str], None] = lambda address: None,
    browser: bool = True,
) -> int:
    """Serve the desk of an output folder until it is interrupted.

    Args:
        out: the folder with the gradebook.
        outcomes: for each exercise, what the prediction should have been.
        port: 0 for any free one.
        show: told the address, with its token.
        browser: open it in the browser.

    Returns:
        How many decisions were made.

    Raises:
        ValueError: there is no gradebook, or the port is taken.
    """
    desk = Desk(out, outcomes)
    desk.read()
    with listening(port) as listener:
        keys = Keys(port=listener.getsockname()[1])
        show(keys.address)
        with _way_in(keys.address) as page:
            if browser:
                threading.Thread(target=webbrowser.open, args=(page.as_uri(),), daemon=True).start()
            _run(desk, App(desk, keys), listener)
    return desk.decisions


def _run(desk: Desk, app: App, listener: socket.socket) -> None:
    """Answer until interrupted."""
    # No access log: addresses hold the token.
    config = uvicorn.Config(
        app.asgi(), log_level="warning", access_log=False, server_header=False, lifespan="off",
        timeout_graceful_shutdown=2,
    )  # fmt: skip
    desk.start()
    try:
        uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # How a desk is ended.
    finally:
        desk.stop()
        app.notebooks.close()


@contextlib.contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """A socket that only this computer can connect to.

    Raises:
        ValueError: the port is taken.
    """
    with socket.socket() as listener:
        try:
            listener.bind((HOST, port))
            # Now, so that a browser that is quicker than the server waits.
            listener.listen()
        except (OSError, OverflowError):
            raise InvalidInput(f"port is {port}, which cannot be used; leave --port out") from None
        yield listener


@contextlib.contextmanager
def _way_in(address: str) -> Iterator[Path]:
    """A file that leads to the address: everybody can read what a browser is started with."""
    with tempfile.TemporaryDirectory(prefix="autograder-desk-") as folder:
        page = Path(folder) / "desk.html"
        handle = os.open(page, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            place = html.escape(address)
            file.write(f'<!doctype html><meta http-equiv="refresh" content="0;url={place}">')
        yield page
