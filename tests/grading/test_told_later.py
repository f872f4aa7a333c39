"""What a class's results.json holds back until marks are out, after a way through the gradebook."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.gradebook.store import Gradebook
from autograder.grading.grade import Options, grade_class
from autograder.model import (
    Event,
    EventKind,
    GradingPackage,
    Notebook,
    NotebookOutcome,
    SectionOutcome,
    TestOutcome,
)
from autograder.outputs.results import write_results
from tests import fakes

PUBLIC, HIDDEN = "test_static_active_slots_of_the_small_case", "test_static_active_slots"
EVENTS = (
    Event(
        kind=EventKind.TIMEOUT, sentence=f"{PUBLIC} did not finish.", exercise="router", test=PUBLIC
    ),
    Event(
        kind=EventKind.TIMEOUT, sentence=f"{HIDDEN} did not finish.", exercise="router", test=HIDDEN
    ),
    Event(
        kind=EventKind.ERROR,
        sentence="Cell 9 raised ValueError: 12.7 s",
        exercise="router",
        cell=9,
        test=None,
        after_hidden=True,
    ),
    Event(
        kind=EventKind.VIOLATION,
        sentence="Cell 4 sent something that is not an answer.",
        exercise="router",
        cell=4,
    ),
)


class Engine(fakes.FakeEngine):
    """Meets every kind of event in the first exercise."""

    def grade_notebook(self, package: GradingPackage, notebook: Notebook) -> NotebookOutcome:
        tests = (
            TestOutcome(name=PUBLIC, points=0, max_points=3, hidden=False, message="Slow."),
            TestOutcome(name=HIDDEN, points=0, max_points=6, hidden=True, message="No."),
        )
        section = SectionOutcome(exercise=package.exercises[0], tests=tests, events=EVENTS)
        return NotebookOutcome(
            lesson=package.lesson, sections=(section,), engine=self.name, tier=self.tier
        )


def test_events_keep_their_test_in_the_gradebook_and_hidden_ones_wait(tmp_path: Path) -> None:
    fakes.write_class(tmp_path / "class", {"ada": "pass"})
    options = Options(engine="tests.grading.test_told_later:Engine", jobs=1)
    grade_class([tmp_path / "class"], tmp_path / "out", fakes.PACKAGES, options)
    with Gradebook.open(tmp_path / "out") as book:
        rows = list(book.rows())
    (row,) = rows
    assert tuple(row.events()) == EVENTS
    write_results(tmp_path / "out", rows, fakes.PACKAGES)
    (path,) = (tmp_path / "out" / "results").glob("*/*.json")
    document = json.loads(path.read_text())
    assert document["output"].split("\n") == [EVENTS[0].sentence, EVENTS[3].sentence]
    later = document["tests"][-1]
    assert later["visibility"] == "after_published"
    assert later["output"].split("\n") == [EVENTS[1].sentence, EVENTS[2].sentence]
