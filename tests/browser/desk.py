"""A desk on a port of this computer, for a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from autograder.desk.app import App
from autograder.desk.guard import Keys
from autograder.desk.reading import Desk
from autograder.desk.server import listening


@contextmanager
def served(desk: Desk) -> Iterator[Keys]:
    """Serve the desk meanwhile; its address is in the keys."""
    with listening(0) as listener:
        keys = Keys(port=listener.getsockname()[1])
        app = App(desk, keys)
        server = uvicorn.Server(uvicorn.Config(app.asgi(), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield keys
        finally:
            server.should_exit = True
            thread.join()
            app.notebooks.close()
