"""The command: a port of this computer only, the browser shown the way in, an end by Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from autograder.cli.main import main
from autograder.desk.server import listening, serve
from tests.desk.client import started
from tests.gradebook.builder import grade, hand_in, person


@pytest.fixture
def out(tmp_path: Path) -> Path:
    grade(tmp_path, hand_in(person(name="Ada")))
    return tmp_path


def test_the_command_serves_until_it_is_interrupted(out: Path) -> None:
    with started(out) as (visitor, desk):
        secret = "[\\w-]{43}"
        assert re.fullmatch(rf"{visitor.here}/{secret}/enter\?token={secret}", visitor.address)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", visitor.here)
        assert visitor.client.get(visitor.address[:-1]).status_code == 403
        assert "Ada" in visitor.text("/class")
        desk.send_signal(signal.SIGINT)
        assert desk.wait(timeout=30) == 0


def test_the_browser_is_not_started_with_the_token(out: Path) -> None:
    """Every user of a computer can read what a program is started with."""
    seen: list[str] = []

    def browse(address: str) -> None:
        path = Path(address.removeprefix("file://"))
        assert path.stat().st_mode & 0o077 == 0
        seen.extend((address, path.read_text()))

    printed: list[str] = []
    with (
        patch("webbrowser.open", browse),
        patch("uvicorn.Server.run"),
        patch("autograder.desk.reading.Desk.start"),
        patch("threading.Thread.start", lambda thread: thread.run()),
    ):
        serve(out, {}, show=printed.append)
    token = printed[0].partition("token=")[2]
    assert token not in seen[0]
    assert token in seen[1]
    assert not os.path.exists(seen[0].removeprefix("file://"))


def test_only_this_computer_can_connect() -> None:
    with listening(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_what_cannot_be_served_is_a_sentence(out: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(main, ["desk", "--out", str(out), "--port", port])
    assert result.exit_code == 2
    assert f"port is {port}, which cannot be used" in result.output
    result = CliRunner().invoke(main, ["desk", "--out", str(tmp_path / "none")])
    assert result.exit_code == 2
    assert "holds no gradebook" in result.output


def test_the_pages_are_written_when_something_was_decided(out: Path) -> None:
    with patch("autograder.desk.server.serve", return_value=2):
        result = CliRunner().invoke(main, ["desk", "--out", str(out)])
    assert "2 decided; writing the pages." in result.output
    assert (out / "report.html").is_file()
