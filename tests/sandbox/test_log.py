"""What --verbose shows of fork servers and children."""

from __future__ import annotations

import logging

from autograder.sandbox import SandboxEngine
from tests.sandbox.conftest import QUICK
from tests.sandbox.handmade import grade


def test_a_fork_server_and_each_child_are_logged_with_how_they_ended(caplog):
    caplog.set_level(logging.INFO, logger="autograder.sandbox")
    with SandboxEngine(QUICK) as engine:
        grade(engine, "def f(x): return x + 1")
        grade(engine, "def f(x):\n    import os\n    os._exit(3)")
    server, first, ended, second, died = [record.getMessage() for record in caplog.records][:5]
    assert "fork server" in server
    assert " s" in server
    assert first.startswith("a: child ")
    assert "started" in first
    assert "was ended after" in ended
    assert second.startswith("a: child ")
    assert "died (exit status 3)" in died


def test_nothing_that_a_student_wrote_is_logged(caplog, engine):
    caplog.set_level(logging.DEBUG, logger="autograder")
    grade(engine, "raise ValueError('PWNED')")
    grade(engine, "import os\nos.write(3, b'PWNED' * 99)")
    assert "a: child" in caplog.text
    assert "PWNED" not in caplog.text
