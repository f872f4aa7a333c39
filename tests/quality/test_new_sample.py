"""A class's wrong answer becomes a sample answer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from autograder.cli.main import main
from autograder.course.build import notebook_bytes
from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from autograder.course.samples import fill_in, load_samples, read_sample
from autograder.gradebook.store import Gradebook
from autograder.grading.inprocess import InProcessEngine
from autograder.model import Notebook
from autograder.quality import new_sample
from autograder.quality.check import with_answer
from autograder.quality.new_sample import draft_sample

EXERCISE = "attention_masks"
BUILT = load_built(lessons()["5-3-2-long-context-and-efficient-attention"])


def gradebook_of(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for a gradebook that holds one submission, Ada's."""
    outcome = InProcessEngine().grade_notebook(BUILT.package, notebook)
    submission = SimpleNamespace(name="ada", content_hash="h")
    rows = [SimpleNamespace(submission=submission, outcome=outcome)]
    raw = {"h": notebook_bytes(notebook)}

    @contextlib.contextmanager
    def opened(out: Path) -> Iterator[Any]:
        yield SimpleNamespace(rows=lambda: rows, notebook=raw.__getitem__)

    monkeypatch.setattr(Gradebook, "open", opened)


def wrong() -> Any:
    return next(entry for entry in load_samples(EXERCISE) if entry.kind == "wrong")


def test_the_draft_holds_the_answer_and_fails_what_the_submission_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = wrong()
    gradebook_of(with_answer(BUILT.package, BUILT.solution, entry), monkeypatch)
    (tmp_path / EXERCISE).mkdir()
    path = draft_sample(tmp_path, "ada", EXERCISE, tmp_path)
    draft = read_sample(EXERCISE, path)
    assert (path.name, draft.source, draft.fails) == ("wrong_draft_1.py", entry.source, entry.fails)
    assert "ada" not in path.read_text()
    again = InProcessEngine().grade_notebook(
        BUILT.package, with_answer(BUILT.package, BUILT.solution, draft)
    )
    part = next(part for part in again.sections if part.exercise == EXERCISE)
    assert {test.name for test in part.tests if not test.passed} == draft.fails
    assert draft_sample(tmp_path, "ada", EXERCISE, tmp_path).name == "wrong_draft_2.py"


@pytest.mark.parametrize(
    ("name", "exercise", "answer", "sentence"),
    [
        ("bob", EXERCISE, None, "'bob'; the gradebook has no such submission"),
        ("ada", "router", None, "exercise is 'router'; this submission has"),
        ("ada", EXERCISE, None, "passes every test"),
        ("ada", EXERCISE, "def causal_mask(:", "is not Python that can be read"),
    ],
)
def test_what_cannot_become_a_sample_is_said_in_a_sentence(
    name: str, exercise: str, answer: str | None, sentence: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    notebook = BUILT.solution
    if answer:
        notebook = fill_in(BUILT.package, notebook, EXERCISE, answer)
    gradebook_of(notebook, monkeypatch)
    with pytest.raises(ValueError, match="submission|exercise") as caught:
        draft_sample(tmp_path, name, exercise, tmp_path)
    assert sentence in str(caught.value)
    assert not list(tmp_path.rglob("*.py"))


def test_the_command_says_what_comes_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gradebook_of(with_answer(BUILT.package, BUILT.solution, wrong()), monkeypatch)
    monkeypatch.setattr(new_sample, "samples_dir", lambda: tmp_path)
    arguments = ["bank", "add", "ada", EXERCISE, "--out", str(tmp_path)]
    answer = CliRunner().invoke(main, arguments)
    assert answer.exit_code == 0, answer.output
    assert f"autograder check {EXERCISE}" in answer.output
