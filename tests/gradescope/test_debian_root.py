"""The zip in a fresh Debian and a fresh Ubuntu root: installed from the network, then graded with.

The other tests of the container borrow this machine's packages. These find out what an image that
has nothing lacks: a pin that its Python may not have, an option that its pip does not know.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.course.assign import assign
from autograder.course.build import notebook_bytes
from autograder.course.container import container_zip, engine_members
from autograder.course.lessons import lessons
from autograder.course.packages import Built, load_built
from autograder.grading.grade import grade_class
from autograder.outputs.gradescope import result_json
from tests.gradescope.debian_root import SUITES, Image, bootstrap
from tests.gradescope.test_container import attacked
from tests.hostile import ATTACKS, read_attack

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("debootstrap") is None,
        reason="a fresh root needs debootstrap, run as root",
    ),
]
LESSON = next(iter(lessons().values()))
KINDS = ("hostile", "honest", "empty", "broken")
"""In this order: what the hostile one leaves behind would show in the others' points."""
HOSTILE = {
    "router": "read_reference_by_import",
    "moe_layer": "write_outside",
    "expert_routing": "read_hidden_tests",
}
LATE_GROUP = {
    "id": 123456,
    "created_at": "2026-11-30T23:04:05.365935-08:00",
    "assignment": {
        "id": 25828,
        "course_id": 1234,
        "title": "Lesson",
        "release_date": "2026-11-01T00:00:00.000000-08:00",
        "due_date": "2026-11-30T23:00:00.000000-08:00",
        "late_due_date": "2026-12-02T23:00:00.000000-08:00",
        "group_size": 2,
        "group_submission": True,
        "total_points": "40.0",
    },
    "submission_method": "upload",
    "users": [
        {"email": "ada@example.com", "id": 1, "name": "Ada Example"},
        {"email": "bo@example.com", "id": 2, "name": "Bo Example"},
    ],
    "previous_submissions": [
        {
            "submission_time": "2026-11-29T10:00:00.000000-08:00",
            "score": 38.5,
            "autograder_error": False,
            "results": {"score": 38.5, "tests": [{"name": "router: test_x", "score": 38.5}]},
        }
    ],
}
Document = dict[str, Any]


@pytest.fixture(scope="module")
def built() -> Built:
    return load_built(LESSON)


@pytest.fixture(scope="module")
def handed_in(built: Built) -> dict[str, bytes]:
    """A notebook of each kind."""
    attacks = {exercise: read_attack(path) for exercise, path in attack_paths().items()}
    honest = notebook_bytes(built.solution)
    return {
        "hostile": attacked(built, {exercise: one.code for exercise, one in attacks.items()}),
        "honest": honest,
        "empty": notebook_bytes(built.package.released),
        "broken": honest[: len(honest) // 2],
    }


def attack_paths() -> dict[str, Path]:
    paths = {path.stem: path for path in ATTACKS}
    return {exercise: paths[name] for exercise, name in HOSTILE.items()}


@pytest.fixture(scope="module")
def local(
    built: Built, handed_in: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Document]:
    """What `autograder grade` makes of the same notebooks on this machine."""
    folder = tmp_path_factory.mktemp("class")
    for kind, content in handed_in.items():
        (folder / f"{kind}.ipynb").write_bytes(content)
    graded = grade_class([folder], folder.with_name("marks"), {LESSON.slug: built.package})
    return {row.submission.name: result_json(row) for row in graded.rows}


@pytest.fixture(scope="module", params=SUITES)
def image(request: pytest.FixtureRequest, built: Built) -> Iterator[Image]:
    stock = assign(LESSON, LESSON.exercises).zip_bytes
    archive = container_zip(stock, engine_members(LESSON, built.package))
    with tempfile.TemporaryDirectory(prefix="gradescope-root-") as folder:
        root = Path(folder) / "root"
        bootstrap(SUITES[request.param], root)
        yield Image(root, archive)


@pytest.fixture(scope="module")
def graded(image: Image, handed_in: dict[str, bytes]) -> dict[str, tuple[Document, str]]:
    """``results.json`` and the log of each kind, one after the other in one container."""
    return {kind: image.grade({f"{kind}.ipynb": handed_in[kind]}, LATE_GROUP) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_points_and_messages_are_those_of_local_grading(
    kind: str, graded: dict[str, tuple[Document, str]], local: dict[str, Document]
) -> None:
    document, log = graded[kind]
    assert document["score"] == local[kind]["score"]
    assert points_and_messages(document) == points_and_messages(local[kind])
    assert document["extra_data"]["status"] == local[kind]["extra_data"]["status"]
    assert document["extra_data"]["student"] == "Ada Example, Bo Example"
    if kind != "broken":
        assert log.splitlines()[-1] == "graded, tier B"


def points_and_messages(document: Document) -> list[tuple[object, ...]]:
    """Each test's name, points and message, without the sentences on several tests together."""
    fields = ("name", "score", "max_score", "status", "output")
    return [
        tuple(entry[field] for field in fields) for entry in document["tests"] if "score" in entry
    ]


def test_the_honest_one_has_full_points_and_the_empty_one_none(
    graded: dict[str, tuple[Document, str]],
) -> None:
    assert graded["honest"][0]["score"] == 10 * len(LESSON.exercises)
    assert graded["empty"][0]["score"] == 0


def test_the_broken_one_gets_the_sentence_of_local_grading(
    graded: dict[str, tuple[Document, str]], local: dict[str, Document]
) -> None:
    document, log = graded["broken"]
    reason = local["broken"]["extra_data"]["reason"]
    assert reason
    assert document["output"].startswith(reason)
    assert f"Upload {LESSON.slug}.ipynb" in document["output"]
    assert log.splitlines()[-1] == "not graded, tier none"


def test_the_hostile_one_earns_and_leaves_nothing(
    image: Image, graded: dict[str, tuple[Document, str]]
) -> None:
    document, _ = graded["hostile"]
    assert "PWNED" not in json.dumps(document)
    for exercise, path in attack_paths().items():
        points = [
            entry["score"]
            for entry in document["tests"]
            if entry["name"].startswith(f"{exercise}: ") and "score" in entry
        ]
        assert points
        assert sum(points) <= read_attack(path).marks, exercise
    assert not list(image.root.rglob("attack-was-here"))


def test_what_is_installed_fits_together(image: Image) -> None:
    said = image.run("/opt/autograder/venv/bin/python", "-m", "pip", "check")
    assert said == "No broken requirements found.\n"


def test_the_rights_are_those_of_a_default_container(image: Image) -> None:
    """Else the tests above would pass with rights that Gradescope does not give."""
    said = image.run("/bin/sh", "-c", "grep CapBnd /proc/self/status; unshare --mount true || true")
    bounding, refused = said.splitlines()
    assert int(bounding.split()[1], 16) == 0xA80425FB
    assert "Operation not permitted" in refused
