"""What students read of a diagnosis: on their page, and in the container's answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from autograder.course.handin import Visibility
from autograder.diagnosis.naming import for_the_student
from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.grading.grade import Options, grade_class
from autograder.intake import Submission
from autograder.model import Finding, FindingKind, NotebookOutcome, SectionOutcome, TestOutcome
from autograder.outputs.csv_tables import todo_table
from autograder.outputs.gradescope import result_json
from autograder.outputs.publish import publish
from autograder.outputs.report.findings import findings_of
from tests import fakes

MISSING = Finding(
    function="rank",
    kind=FindingKind.MISSING,
    sentence="rank is not there.",
    follows=("test_rank", "test_order"),
)
CRASH = Finding(
    function="share",
    kind=FindingKind.CRASH,
    sentence="share raises TypeError: no len. In 2 tests it could not be tried.",
    call="share([1])",
    came="TypeError: no len",
    expected="[1, 1, 1]",
    sample="wrong_len",
    follows=("test_sum", "test_rank"),
    misconception="A number has no length.",
)
NAMED = Finding(
    function="share",
    kind=FindingKind.MISCONCEPTION,
    sentence="The sum runs over tokens.",
    call="share([1, 3])",
    came="[1, 1]",
    expected="[0.25, 0.75]",
    sample="wrong_tokens",
    follows=("test_sum",),
)
UNKNOWN = Finding(
    function="share",
    kind=FindingKind.COUNTEREXAMPLE,
    sentence="share gives another result than it should.",
    call="share([1, 3])",
    came="[3, 1]",
    expected="[0.25, 0.75]",
    closest="Shares sum to 1.",
)


def failed(name: str, message: str = "") -> TestOutcome:
    return TestOutcome(
        name=name, points=0.0, max_points=1.0, hidden=True, message=message or f"Idea of {name}."
    )


def section(*findings: Finding, undiagnosed: str = "") -> SectionOutcome:
    tests = (failed("test_sum", "Shares sum to 1."), failed("test_rank"), failed("test_order"))
    passed = TestOutcome(name="test_shape", points=1.0, max_points=1.0, hidden=False)
    return SectionOutcome(
        exercise="router",
        tests=(*tests, passed),
        findings=findings,
        undiagnosed=undiagnosed,
        behaviour="b",
    )


def titles(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["title"] for entry in entries]


def test_what_follows_from_a_misconception_is_folded_and_the_rest_is_listed() -> None:
    (note,), left = findings_of(section(NAMED), show_expected=True)
    assert (note["label"], note["heading"]) == ("What this looks like", "Follows from this")
    assert titles(note["tests"]) == ["sum"]
    assert titles(left) == ["rank", "order"]
    assert (note["call"], note["came"], note["expected"]) == (
        "share([1, 3])", "[1, 1]", "[0.25, 0.75]",
    )  # fmt: skip


def test_each_test_is_folded_below_the_first_finding_that_explains_it() -> None:
    notes, left = findings_of(section(MISSING, CRASH), show_expected=True)
    assert [titles(note["tests"]) for note in notes] == [["rank", "order"], ["sum"]]
    assert [note["heading"] for note in notes] == ["Could not be tried"] * 2
    assert left == []
    assert (notes[1]["came"], notes[1]["idea"]) == ("", "A number has no length.")


def test_one_misconception_in_two_functions_is_told_once() -> None:
    other = msgspec.structs.replace(NAMED, function="rank", follows=("test_rank",))
    (note,), left = findings_of(section(NAMED, other), show_expected=True)
    assert note["function"] == "share, rank"
    assert (titles(note["tests"]), titles(left)) == (["sum", "rank"], ["order"])
    assert for_the_student(section(NAMED, other)).count(NAMED.sentence) == 1


def test_a_counterexample_folds_nothing_and_its_idea_stands_once() -> None:
    (note,), left = findings_of(section(UNKNOWN), show_expected=True)
    assert (note["idea"], note["tests"]) == ("Shares sum to 1.", [])
    assert [test["message"] for test in left] == ["", "Idea of test_rank.", "Idea of test_order."]


@pytest.mark.parametrize("finding", [CRASH, NAMED, UNKNOWN], ids=lambda one: str(one.kind))
def test_a_class_may_keep_to_itself_what_should_have_come(finding: Finding) -> None:
    ((note,), _) = findings_of(section(finding), show_expected=False)
    assert note["expected"] == ""
    assert finding.expected not in [value for value in note.values() if isinstance(value, str)]


@pytest.mark.parametrize("shown", [True, False])
def test_the_class_file_decides_what_a_page_shows(tmp_path: Path, shown: bool) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ben": "fail"})
    out = tmp_path / "out"
    out.mkdir()
    (out / "class.toml").write_text(f"show_expected = {str(shown).lower()}\n")
    grade_class([folder], out, fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=1))
    publish(out)
    page = (out / "feedback" / "ben.html").read_text()
    assert "The softmax runs over the tokens." in page
    assert "<code>softmax([1, 2])</code>" in page
    assert "Follows from this (1)" in page
    assert ("[0.3, 0.7]" in page) is shown


def document(one: SectionOutcome, hidden_tests: Visibility = "after_due_date") -> dict[str, Any]:
    outcome = NotebookOutcome(lesson="lesson-one", sections=(one,), engine="fake-1", tier="B")
    return result_json(
        Row(
            submission=Submission(name="a", root="a", lesson="lesson-one"),
            outcome=outcome,
            problem="",
            attempts=1,
            seconds=0.5,
        ),
        hidden_tests,
    )


@pytest.mark.parametrize("finding", [MISSING, CRASH, NAMED, UNKNOWN], ids=lambda one: one.kind)
def test_a_container_tells_it_with_the_hidden_tests_and_never_what_should_have_come(
    finding: Finding,
) -> None:
    for word in ("after_due_date", "hidden"):
        answer = document(section(finding), word)
        (entry,) = [one for one in answer["tests"] if one["name"].endswith("what this looks like")]
        assert entry["visibility"] == word
        assert finding.sentence in entry["output"]
        assert finding.call in entry["output"]
        assert not finding.expected or finding.expected not in str(answer)
        assert finding.sentence not in answer["output"]


def test_why_there_is_no_diagnosis_is_told_with_it() -> None:
    answer = document(section(undiagnosed="No time was left for a diagnosis."))
    assert answer["tests"][-1]["output"] == "No time was left for a diagnosis."
    assert not any(
        one["name"].endswith("what this looks like") for one in document(section())["tests"]
    )


def test_what_waits_for_a_person_shows_the_diagnosis(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"ben": "event"})
    grade_class([folder], tmp_path / "out", fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=1))
    with Gradebook.open(tmp_path / "out") as book:
        (row,) = book.rows()
    assert row.outcome is not None
    troubled = row.outcome.sections[0].events
    one = SectionOutcome(
        exercise="router", tests=(failed("test_sum"),), events=troubled, findings=(NAMED, MISSING)
    )
    outcome = NotebookOutcome(lesson="lesson-one", sections=(one,), engine="fake-1", tier="B")
    header, line = todo_table(
        [Row(submission=row.submission, outcome=outcome, problem="", attempts=1, seconds=0.5)]
    )
    told = dict(zip(header, line, strict=True))["diagnosis"]
    assert told == "The sum runs over tokens. rank is not there."
