"""The tests of every exercise are themselves tested against the sample answers."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from autograder.course.lessons import all_exercises, lesson_of, lessons
from autograder.course.samples import load_samples, read_sample
from autograder.grading.inprocess import InProcessEngine
from autograder.grading.known import load_known
from autograder.model import SectionOutcome, TestOutcome
from autograder.quality.check import ExerciseCheck, Run, check_exercise, run_problems
from autograder.quality.diagnosis_page import arguments_of
from autograder.quality.heldback import Verdict, measure, verdict_on, without
from autograder.quality.tables import misconception_table


@pytest.mark.parametrize("exercise", all_exercises())
def test_every_submission_of_the_bank_does_as_declared(exercise: str) -> None:
    checked = checked_of(exercise)
    assert not checked.problems, "\n".join(checked.problems)


@cache
def checked_of(exercise: str) -> ExerciseCheck:
    return check_exercise(exercise, InProcessEngine())


@pytest.mark.parametrize("exercise", all_exercises())
def test_every_wrong_answer_is_named_by_its_own_sentence(exercise: str) -> None:
    known = load_known(lesson_of(exercise))[exercise]
    arguments = arguments_of(exercise)
    runs = {run.name: run for run in checked_of(exercise).runs}
    verdicts = {
        sample.name: verdict_on(sample, known, known, runs[sample.name], arguments)
        for sample in load_samples(exercise)
        if sample.kind != "correct"
    }
    assert set(verdicts.values()) == {Verdict.RIGHT}, verdicts


@pytest.mark.parametrize("exercise", all_exercises())
def test_another_way_of_writing_is_mostly_named_by_its_entry_alone(exercise: str) -> None:
    known = load_known(lesson_of(exercise))[exercise]
    arguments = arguments_of(exercise)
    runs = {run.name: run for run in checked_of(exercise).runs}
    variants = [sample for sample in load_samples(exercise) if sample.kind == "also"]
    entries = [without(function, {sample.name for sample in variants}) for function in known]
    counts = Counter(
        verdict_on(sample, known, entries, runs[sample.name], arguments) for sample in variants
    )
    assert counts[Verdict.RIGHT] >= 0.7 * len(variants) >= 3, counts
    assert counts[Verdict.TOO_MUCH] <= 0.15 * len(variants), counts
    assert (counts[Verdict.WRONG], counts[Verdict.SILENT]) == (0, 0), counts


@pytest.mark.long
def test_ideas_written_another_way_are_mostly_named_and_never_misnamed() -> None:
    found = [
        one
        for exercise in all_exercises()
        for one in measure(
            checked_of(exercise),
            load_known(lesson_of(exercise))[exercise],
            arguments_of(exercise),
        )
    ]
    counts = Counter(one.verdict for one in found)
    assert counts[Verdict.RIGHT] >= 0.75 * len(found) >= 9, counts
    assert (counts[Verdict.WRONG], counts[Verdict.SILENT]) == (0, 0), counts


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("half_right.py", '"""style: x"""', "correct_*.py, wrong_*.py or also_*.py"),
        ("wrong_x.py", '"""misconception: m"""', "must be YAML with fails, feedback"),
        ("also_y_loops.py", '"""\nstyle: s\nfails: [test_a]\n"""', "needs the wrong_<name>.py"),
        ("also_y_loops.py", '"""\nstyle: s\nfails: [t]\nfeedback: f\n"""', "unknown key feedback"),
        ("correct_x.py", "x = 1", "must be YAML with style"),
        ("correct_x.py", '"""\nstyle: s\nfial: y\n"""', "unknown key fial"),
    ],
)
def test_malformed_bank_files_are_refused(tmp_path, name, text, complaint) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ValueError, match="docstring|called|needs") as caught:
        read_sample("router", path)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("lesson", lessons().values(), ids=lambda lesson: lesson.slug[:5])
def test_each_misconception_of_a_lesson_is_acted_out_in_one_of_its_exercises(lesson) -> None:
    entries = [entry for exercise in lesson.exercises for entry in load_samples(exercise)]
    fought = {entry.fights: entry for entry in entries if entry.fights}
    assert fought.keys() == lesson.misconceptions.keys()
    assert all(entry.kind == "wrong" and entry.fails for entry in fought.values())


@pytest.mark.parametrize("lesson", lessons().values(), ids=lambda lesson: lesson.slug[:5])
def test_what_a_lesson_fights_is_written_in_two_more_ways(lesson) -> None:
    samples = [sample for exercise in lesson.exercises for sample in load_samples(exercise)]
    variants = Counter((sample.exercise, sample.variant_of) for sample in samples)
    fought = {
        sample.name: variants[sample.exercise, sample.name] for sample in samples if sample.fights
    }
    assert len(fought) == len(lesson.misconceptions)
    assert min(fought.values()) >= 2, fought


def test_the_page_of_misconceptions_names_what_the_lessons_fight() -> None:
    failed = (TestOutcome(name="test_x", points=0.0, max_points=1.0, hidden=False),)
    checks = [
        ExerciseCheck(
            exercise=exercise,
            runs=tuple(
                Run(
                    name=entry.name,
                    kind="wrong",
                    outcome=SectionOutcome(exercise=exercise, tests=failed),
                )
                for entry in load_samples(exercise)
                if entry.kind == "wrong"
            ),
            problems=(),
        )
        for exercise in all_exercises()
    ]
    first_table = misconception_table(checks).partition("## All wrong")[0]
    for lesson in lessons().values():
        for sentence in lesson.misconceptions.values():
            assert f"| {sentence} | `" in first_table
    assert first_table.count("| `test_x` |") == 12


WRONG = '"""\nmisconception: {0}.\nfeedback: Think of {0}.\nfails: [{1}]\n"""\nx = 1\n'
ALSO = '"""\nstyle: loops\nfails: [{0}]\n"""\nx = 2\n'


def write_bank(folder: Path, **files: str) -> Path:
    (folder / "router").mkdir()
    for name, text in files.items():
        (folder / "router" / f"{name}.py").write_text(text)
    return folder


def test_a_variant_takes_its_sentence_from_the_longest_wrong_name_that_fits(tmp_path) -> None:
    folder = write_bank(
        tmp_path,
        wrong_rows=WRONG.format("rows", "test_a"),
        wrong_rows_last=WRONG.format("the last row", "test_b"),
        also_rows_last_loops=ALSO.format("test_c"),
    )
    (variant,) = (entry for entry in load_samples("router", folder) if entry.kind == "also")
    assert (variant.variant_of, variant.feedback) == ("wrong_rows_last", "Think of the last row.")
    assert (variant.fails, variant.style, variant.fights) == (frozenset({"test_c"}), "loops", "")
    assert variant.source == "x = 2\n"


def test_a_variant_must_fail_what_it_declares() -> None:
    failed = (TestOutcome(name="test_x", points=0.0, max_points=1.0, hidden=True),)
    run = Run(
        name="also_rows_loops",
        kind="also",
        outcome=SectionOutcome(exercise="router", tests=failed),
        declared=frozenset({"test_y"}),
    )
    assert list(run_problems(run)) == ["also_rows_loops declares fails [test_y] but fails [test_x]"]
