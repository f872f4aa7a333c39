"""What the tests of the gradebook share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every command the engine was given, one per line."""
    path = tmp_path / "log"
    monkeypatch.setenv("FAKE_LOG", str(path))
    return path
