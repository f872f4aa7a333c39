"""One engine for the tests that need nothing special of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec
import pytest

from autograder.sandbox import Limits, SandboxEngine

QUICK = Limits(cell_seconds=4.0, call_seconds=2.0, judge_seconds=6.0, section_seconds=25.0)


@pytest.fixture(scope="session")
def engine() -> Iterator[SandboxEngine]:
    with SandboxEngine(QUICK) as engine:
        yield engine


@pytest.fixture
def limited(engine: SandboxEngine) -> Iterator[Callable[..., SandboxEngine]]:
    """The same engine with other limits on the judging side, for one test."""

    def change(**limits: float) -> SandboxEngine:
        engine.limits = msgspec.structs.replace(QUICK, **limits)
        return engine

    yield change
    engine.limits = QUICK
