"""The zip of a lesson in a Gradescope container: its points, its closed folders, its sentences."""

from __future__ import annotations

import io
import json
import re
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from autograder.course.assign import EXECUTABLE, assign
from autograder.course.build import notebook_bytes
from autograder.course.container import (
    container_zip,
    engine_members,
    hand_in,
)
from autograder.course.leaks import find_leaks
from autograder.course.lessons import lessons
from autograder.course.packages import Built, load_built
from autograder.course.samples import SampleAnswer, fill_in, load_samples
from autograder.diagnosis.known import encode_known
from autograder.diagnosis.naming import for_the_student
from autograder.gradebook.records import Row
from autograder.gradescope.harness import DEADLINE_SECONDS, results
from autograder.grading.known import load_known
from autograder.grading.pool import START_SECONDS
from autograder.intake import Submission
from autograder.model import NotebookOutcome
from autograder.sandbox import SandboxEngine
from autograder.sandbox.limits import Limits
from tests.gradescope.container import PROBE, ROOT, Container
from tests.hostile import Attack, read_attack
from tests.stock import stock_zip

EXERCISES = ("router", "moe_layer", "expert_routing")
ROUNDS = 2
ATTACKS = (
    ("B", ("probe", "read_hidden_tests", "network_tcp")),
    ("B", ("read_reference_by_import", "frame_forged", "write_outside")),
    ("B", ("pickle_reduce", "patch_otter", "kill_parent")),
    ("C", ("probe", "die_os_exit", "read_environment")),
)
"""The container's tier, and an attack for each exercise of one notebook. An attack that answers
the router comes first; the others need no name of it."""


@pytest.fixture(scope="module")
def built() -> Built:
    lesson = next(iter(lessons().values()))
    made = load_built(lesson, EXERCISES)
    known = load_known(lesson)
    diagnosis = encode_known({exercise: known[exercise] for exercise in EXERCISES})
    package = msgspec.structs.replace(made.package, diagnosis=diagnosis)
    return msgspec.structs.replace(made, package=package)


@pytest.fixture(scope="module")
def archive(built: Built) -> bytes:
    lesson = next(iter(lessons().values()))
    return container_zip(stock_zip(lesson, EXERCISES), engine_members(lesson, built.package))


@pytest.fixture(scope="module")
def container(archive: bytes) -> Iterator[Container]:
    with tempfile.TemporaryDirectory(prefix="gradescope-") as folder:
        # Not pytest's own folder: that is closed to other uids, and a real root is not.
        Path(folder).chmod(0o755)
        yield Container(Path(folder), archive)


def answers(built: Built, entries: dict[str, SampleAnswer]) -> bytes:
    notebook = built.solution
    for exercise, entry in entries.items():
        notebook = fill_in(built.package, notebook, exercise, entry.source, entry.prediction)
    return notebook_bytes(notebook)


def scores(document: dict[str, Any]) -> dict[str, float]:
    return {test["name"]: test["score"] for test in document["tests"] if "score" in test}


def local_scores(outcome: NotebookOutcome) -> dict[str, float]:
    return {
        f"{section.exercise}: {test.name}": test.points
        for section in outcome.sections
        for test in section.tests
    }


def test_marks_are_those_of_local_grading(container: Container, built: Built) -> None:
    samples = {exercise: load_samples(exercise) for exercise in EXERCISES}
    handed_in = [notebook_bytes(built.solution)] + [
        answers(built, {exercise: own[-1 - 2 * number] for exercise, own in samples.items()})
        for number in range(ROUNDS)
    ]
    files = [{"work.ipynb": raw} for raw in handed_in]
    # What grader.export() makes is accepted as well as a plain upload.
    files[0] = {"x_2026_11_24T10_00_00_000000.zip": exported(built, handed_in[0])}
    with ThreadPoolExecutor(2) as pool:
        documents = list(pool.map(container.grade, files))
    with SandboxEngine() as engine:
        local = [engine.grade_notebook(built.package, json.loads(raw)) for raw in handed_in]
    assert [scores(document) for document in documents] == [local_scores(one) for one in local]
    assert documents[0]["score"] == 10 * len(EXERCISES)
    assert all(document["score"] < 10 * len(EXERCISES) for document in documents[1:])
    for document in documents:
        assert document["extra_data"]["student"] == "Ada Example"
        assert document["extra_data"]["tier"] in ("B" if ROOT else "AB")
        check_visibility(document, built)
    told = [diagnoses(document) for document in documents]
    assert told == [
        {section.exercise: text for section in one.sections if (text := for_the_student(section))}
        for one in local
    ]
    assert set.union(*map(set, told)) == set(EXERCISES)


def diagnoses(document: dict[str, Any]) -> dict[str, str]:
    """What each exercise looks like, where something is said of it."""
    return {
        test["name"].partition(":")[0]: test["output"]
        for test in document["tests"]
        if test["name"].endswith("what this looks like")
    }


def check_visibility(document: dict[str, Any], built: Built) -> None:
    """Public tests at once, hidden ones and what they add up to after the due date."""
    hidden = {
        f"{exercise}: {name}"
        for exercise, text in built.package.tests.items()
        for name in hidden_names(text)
    }
    assert len(hidden) >= 2 * len(EXERCISES)
    for test in document["tests"]:
        later = test["name"] in hidden or test["name"].endswith("what this looks like")
        assert test["visibility"] == ("after_due_date" if later else "visible"), test["name"]
    assert not any(name.split(": ")[1] in document["output"] for name in hidden)
    assert document["stdout_visibility"] == "hidden"


def hidden_names(text: str) -> list[str]:
    from autograder.sandbox.judging import TestFiles

    return [case.name for case in TestFiles().cases(text) if case.hidden]


def attacked(built: Built, codes: dict[str, str]) -> bytes:
    notebook = built.solution
    for exercise, code in codes.items():
        code = code.replace("prediction_router", f"prediction_{exercise}")
        notebook = fill_in(built.package, notebook, exercise, code)
    return notebook_bytes(notebook)


def attack_of(name: str, container: Container) -> Attack:
    if name != "probe":
        return read_attack(Path(__file__).parents[1] / "attacks" / f"{name}.py")
    paths = [str(path) for path in private_files(container)]
    code = PROBE.format(paths=paths, results=str(container.root / "results.json"))
    return Attack("probe", "Read what the container keeps from students.", "Nothing opens.", code)


def private_files(container: Container) -> list[Path]:
    """Tests, reference and grader inside the container."""
    site = next((container.root / "opt/autograder/venv/lib").glob("*/site-packages"))
    paths = [
        site / "reference",
        site / "reference/router.py",
        site / "autograder/outputs/results.py",
    ]
    return paths + [path for path in container.source.rglob("*") if path.is_file()]


def test_tests_and_reference_are_closed_to_other_uids(container: Container) -> None:
    for path in private_files(container):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


@pytest.mark.parametrize(("tier", "names"), ATTACKS, ids=lambda value: "+".join(value))
def test_no_attack_succeeds(
    tier: str, names: tuple[str, ...], container: Container, built: Built
) -> None:
    attacks = dict(zip(EXERCISES, (attack_of(name, container) for name in names), strict=True))
    notebook = attacked(built, {exercise: attack.code for exercise, attack in attacks.items()})
    document = container.grade({"work.ipynb": notebook}, tier)
    assert "PWNED" not in json.dumps(document)
    assert document["extra_data"]["tier"] in (tier if ROOT else "AB")
    for exercise, attack in attacks.items():
        earned = [v for k, v in scores(document).items() if k.startswith(f"{exercise}: ")]
        assert earned, document["output"]
        assert sum(earned) <= attack.marks, exercise
    assert not Path("/tmp/attack-was-here").exists()


def test_what_cannot_be_graded_gets_a_sentence(container: Container, built: Built) -> None:
    cases = {
        "nothing": ({}, "Nothing was handed in."),
        "essay": ({"essay.pdf": b"%PDF-1.7"}, "essay.pdf"),
        "cut off": ({"work.ipynb": notebook_bytes(built.solution)[:999]}, "its JSON is cut off"),
        "forged export": (
            # What a student packs is content: the metadata of another platform means nothing here.
            {"work.ipynb": STRANGER, "submission_metadata.yml": b"{"},
            "not one of this course's",
        ),
        "another course": ({"work.ipynb": STRANGER}, "not one of this course's"),
    }
    for name, (files, words) in cases.items():
        document = container.grade(files)
        assert document["score"] == 0, name
        assert document["tests"] == []
        assert words in document["output"], (name, document["output"])
        assert f"Upload {built.package.lesson}.ipynb" in document["output"]
        assert document["extra_data"]["status"] == "not graded"


STRANGER = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}).encode()


def exported(built: Built, notebook: bytes) -> bytes:
    """The zip that ``grader.export()`` makes, whose log would be unpickled by otter."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{built.package.lesson}.ipynb", notebook)
        archive.writestr(".OTTER_LOG", b"\x80\x04 never unpickled")
        archive.writestr("__zip_filename__", "work.zip")
    return buffer.getvalue()


def test_the_zip_has_equal_bytes_and_no_solution(archive: bytes, built: Built) -> None:
    lesson = next(iter(lessons().values()))
    anew = assign(lesson, EXERCISES).zip_bytes
    assert container_zip(anew, engine_members(lesson, built.package)) == archive
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        names = set(opened.namelist())
        wheel = opened.read(next(name for name in names if name.endswith(".whl")))
        modes = {opened.getinfo(name).external_attr >> 16 for name in EXECUTABLE}
    assert modes == {0o100755}
    assert {"otter_config.json", "run_otter.py", "environment.yml", "requirements.txt"} <= names
    with zipfile.ZipFile(io.BytesIO(wheel)) as opened:
        assert not [name for name in opened.namelist() if "_course" in name]
        sources = [opened.read(name).decode() for name in opened.namelist()]
    texts = {"metadata": {}, "cells": [{"source": source} for source in sources]}
    solutions = [leak for leak in find_leaks(texts, EXERCISES) if "def test_" in leak]
    assert not solutions


@pytest.mark.parametrize("name", ["work.ipynb", pytest.param("work.zip", marks=pytest.mark.long)])
def test_stock_otter_reads_the_same_zip(
    name: str, archive: bytes, built: Built, tmp_path: Path
) -> None:
    (tmp_path / "autograder.zip").write_bytes(archive)
    notebook = notebook_bytes(built.solution)
    content = notebook if name.endswith(".ipynb") else exported(built, notebook)
    (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-m", "otter", "run", "-a", "autograder.zip", "--no-logo", name]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    document = json.loads((tmp_path / "results.json").read_text())
    assert sum(test.get("score", 0) for test in document["tests"]) == 10 * len(EXERCISES)


def test_the_deadlines_lie_within_each_other() -> None:
    assert Limits().submission_seconds < DEADLINE_SECONDS
    assert START_SECONDS + DEADLINE_SECONDS < 600


def test_the_excerpt_in_the_docs_is_what_the_container_writes(built: Built) -> None:
    page = (Path(__file__).parents[2] / "docs" / "gradescope.md").read_text()
    (excerpt,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    shown = json.loads(f"[{excerpt}]")
    entry = next(one for one in load_samples("router") if one.name == "wrong_counts_from_one")
    with SandboxEngine() as engine:
        outcome = engine.grade_notebook(
            built.package, json.loads(answers(built, {"router": entry}))
        )
    one = Submission(name="a", root="a", source="a", lesson=outcome.lesson)
    row = Row(submission=one, outcome=outcome, problem="", attempts=1, seconds=0.5)
    document = results(row, hand_in(next(iter(lessons().values())), built.package))
    written = {test["name"]: test for test in document["tests"]}
    assert len(shown) == 3
    assert [written[one["name"]] for one in shown] == shown
