"""The tests of every exercise are themselves tested against the bank."""

from __future__ import annotations

import pytest

from autograder.course.lessons import all_exercises, lessons
from autograder.course.misconceptions import misconceptions
from autograder.course.samples import load_samples, read_sample
from autograder.grading.inprocess import InProcessEngine
from autograder.model import SectionOutcome, TestOutcome
from autograder.quality.check import ExerciseCheck, Run, check_exercise
from autograder.quality.tables import misconception_table


@pytest.mark.parametrize("exercise", all_exercises())
def test_every_submission_of_the_bank_does_as_declared(exercise: str) -> None:
    checked = check_exercise(exercise, InProcessEngine())
    assert not checked.problems, "\n".join(checked.problems)


@pytest.mark.parametrize("exercise", all_exercises())
def test_nine_in_ten_misconceptions_are_identified(exercise: str) -> None:
    patterns = misconceptions(exercise)
    wrong = sum(entry.kind == "wrong" for entry in load_samples(exercise))
    unique = sum(entry is not None for entry in patterns.values())
    assert unique >= 0.9 * wrong, f"{exercise}: {unique} of {wrong} patterns are unique"


def test_no_feedback_sentence_is_repeated() -> None:
    sentences = [
        entry.feedback
        for exercise in all_exercises()
        for entry in load_samples(exercise)
        if entry.feedback
    ]
    assert len(sentences) == len(set(sentences))


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("half_right.py", '"""style: x"""', "correct_*.py or wrong_*.py"),
        ("wrong_x.py", '"""misconception: m"""', "must be YAML with fails, feedback"),
        ("correct_x.py", "x = 1", "must be YAML with style"),
        ("correct_x.py", '"""\nstyle: s\nfial: y\n"""', "unknown key fial"),
    ],
)
def test_malformed_bank_files_are_refused(tmp_path, name, text, complaint) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ValueError, match="docstring|called") as caught:
        read_sample("router", path)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("lesson", lessons().values(), ids=lambda lesson: lesson.slug[:5])
def test_each_misconception_of_a_lesson_is_acted_out_in_one_of_its_exercises(lesson) -> None:
    entries = [entry for exercise in lesson.exercises for entry in load_samples(exercise)]
    fought = {entry.fights: entry for entry in entries if entry.fights}
    assert fought.keys() == lesson.misconceptions.keys()
    assert all(entry.kind == "wrong" and entry.fails for entry in fought.values())


def test_the_page_of_misconceptions_names_what_the_lessons_fight() -> None:
    failed = (TestOutcome("test_x", 0.0, 1.0, hidden=False),)
    checks = [
        ExerciseCheck(
            exercise,
            tuple(
                Run(entry.name, "wrong", SectionOutcome(exercise, failed))
                for entry in load_samples(exercise)
                if entry.kind == "wrong"
            ),
            (),
        )
        for exercise in all_exercises()
    ]
    first_table = misconception_table(checks).partition("## Everything")[0]
    for lesson in lessons().values():
        for sentence in lesson.misconceptions.values():
            assert f"| {sentence} | `" in first_table
    assert first_table.count("| `test_x` |") == 12
