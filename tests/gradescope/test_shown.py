"""What a container shows a student at once, and what waits for the points."""

from __future__ import annotations

from typing import Any

from autograder.course.handin import HandIn
from autograder.gradebook.records import Row
from autograder.gradescope.harness import results
from autograder.intake import Submission
from autograder.model import Event, EventKind, NotebookOutcome, SectionOutcome, TestOutcome
from tests import fakes

PACKAGE = fakes.PACKAGES["lesson-one"]


def shown_to_student(outcome: NotebookOutcome, hand_in: HandIn) -> dict[str, Any]:
    one = Submission(name="a", root="a", source="a", lesson=outcome.lesson)
    return results(
        Row(submission=one, outcome=outcome, problem="", attempts=1, seconds=0.5), hand_in
    )


def late_events(tests: tuple[TestOutcome, ...], *events: Event) -> NotebookOutcome:
    return NotebookOutcome(
        lesson="x",
        sections=(SectionOutcome(exercise="router", tests=tests, events=events),),
        engine="e",
        tier="B",
    )


def test_hidden_tests_may_be_shown_at_another_time() -> None:
    tests = (
        TestOutcome(name="test_shape", points=3, max_points=3, hidden=False),
        TestOutcome(name="test_idea", points=0, max_points=6, hidden=True, message="Idea."),
    )
    sentence = "A call during test_idea took more than 10 s."
    event = Event(kind=EventKind.TIMEOUT, sentence=sentence, exercise="router", test="test_idea")
    document = shown_to_student(late_events(tests, event), HandIn(PACKAGE, "hidden"))
    assert [test["visibility"] for test in document["tests"]] == ["visible", "hidden", "hidden"]
    assert "test_idea" in document["tests"][2]["output"]
    assert document["output"] == ""


def test_a_public_test_is_told_of_although_a_hidden_ones_name_is_part_of_its_name() -> None:
    public, hidden = "test_static_active_slots_of_the_small_case", "test_static_active_slots"
    tests = (
        TestOutcome(name=public, points=0, max_points=3, hidden=False, message="Too slow."),
        TestOutcome(name=hidden, points=6, max_points=6, hidden=True),
    )
    sentence = f"{public} did not finish within 60 s and counts as failed."
    event = Event(kind=EventKind.TIMEOUT, sentence=sentence, exercise="router", test=public)
    document = shown_to_student(late_events(tests, event), HandIn(PACKAGE))
    assert document["output"] == sentence
    assert len(document["tests"]) == 2


def test_what_is_said_after_a_hidden_test_began_and_the_time_it_took_wait_for_the_marks() -> None:
    tests = (
        TestOutcome(name="test_shape", points=3, max_points=3, hidden=False),
        TestOutcome(name="test_idea", points=6, max_points=6, hidden=True),
    )
    early = Event(
        kind=EventKind.ERROR, sentence="Cell 9 raised ValueError: early", exercise="router", cell=9
    )
    late = Event(
        kind=EventKind.ERROR,
        sentence="Cell 9 raised ValueError: 12.7 s",
        exercise="router",
        cell=9,
        test=None,
        after_hidden=True,
    )
    document = shown_to_student(late_events(tests, early, late), HandIn(PACKAGE))
    assert document["output"] == early.sentence
    assert document["tests"][-1]["output"] == late.sentence
    assert document["tests"][-1]["visibility"] == "after_due_date"
    assert "execution_time" not in document
