"""The Gradescope container: its folders under a scratch root, its rights, its scripts, its marks.

Docker itself is not needed. A launcher takes away what a default container takes away (its
capability set, and the namespace and mount calls that its seccomp profile refuses), then runs the
scripts of the zip as Gradescope does.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograder.course.assign import EXECUTABLE, assign
from autograder.course.build import notebook_bytes
from autograder.course.container import (
    DISTRIBUTION,
    TEMPLATES,
    container_zip,
    engine_members,
    hand_in,
)
from autograder.course.handin import HandIn
from autograder.course.leaks import find_leaks
from autograder.course.lessons import lessons
from autograder.course.packages import Built, load_built
from autograder.course.samples import SampleAnswer, fill_in, load_samples
from autograder.diagnosis.known import encode_known
from autograder.diagnosis.naming import for_the_student
from autograder.gradebook.records import Row
from autograder.gradescope.harness import DEADLINE_SECONDS, results
from autograder.grading.known import ask_samples
from autograder.grading.pool import START_SECONDS
from autograder.intake import Submission
from autograder.model import Event, EventKind, NotebookOutcome, SectionOutcome, TestOutcome
from autograder.sandbox import SandboxEngine
from autograder.sandbox.limits import Limits
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
ROOT = os.geteuid() == 0
"""An ordinary user has no capabilities to lose; the scripts and marks are tested all the same."""

LAUNCHER = """
import ctypes, errno, os, sys
import pyseccomp as seccomp

KEPT = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}  # Docker's default capabilities
filter = seccomp.SyscallFilter(seccomp.ALLOW)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
administrator = int(status["CapEff"], 16) >> 21 & 1
# A default container has its filter without no_new_privs; only an administrator can do the same.
filter.set_attr(seccomp.Attr.CTL_NNP, 1 - administrator)
for name in ("unshare", "setns", "mount", "umount2", "pivot_root", "ptrace", "bpf", "keyctl"):
    filter.add_rule(seccomp.ERRNO(errno.EPERM), name)
filter.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
NEW_USER = 0x10000000
filter.add_rule(
    seccomp.ERRNO(errno.EPERM), "clone", seccomp.Arg(0, seccomp.MASKED_EQ, NEW_USER, NEW_USER)
)
if sys.argv[1] == "C":  # a kernel without Landlock
    for name in ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"):
        filter.add_rule(seccomp.ERRNO(errno.ENOSYS), name)
filter.load()
libc = ctypes.CDLL(None)
for capability in range(41):
    if capability not in KEPT:
        libc.prctl(24, capability, 0, 0, 0)
os.execv(sys.argv[2], sys.argv[2:])
"""

PROBE = """
import os

for path in {paths!r}:
    try:
        content = open(path, "rb").read() if not os.path.isdir(path) else os.listdir(path)
        prediction_router = "PWNED read " + path
    except OSError:
        pass
try:
    open({results!r}, "w").write("PWNED")
    prediction_router = "PWNED wrote results.json"
except OSError:
    pass
"""


class Container:
    """Gradescope's folders under a scratch root, prepared by the zip's own ``setup.sh``."""

    def __init__(self, root: Path, archive: bytes) -> None:
        self.root = root
        self.source = root / "autograder" / "source"
        self.source.mkdir(parents=True)
        (root / "stock.zip").write_bytes(archive)
        with zipfile.ZipFile(root / "stock.zip") as opened:
            opened.extractall(self.source)
        shutil.copy(self.source / "run_autograder", root / "autograder" / "run_autograder")
        make_environment(root / "opt" / "autograder" / "venv", pinned())
        self._run(
            "B", "/bin/bash", str(self.source / "setup.sh"), root=root, AUTOGRADER_OFFLINE="1"
        )

    def grade(self, files: dict[str, bytes], tier: str = "B") -> dict[str, Any]:
        """Hand files in and return ``results.json``, as Gradescope reads it.

        Each call has folders of its own that share the prepared source, as containers of one
        image do.
        """
        root = Path(tempfile.mkdtemp(dir=self.root, prefix="submission-"))
        root.chmod(0o755)
        folder = root / "autograder"
        for name in ("submission", "results"):
            (folder / name).mkdir(parents=True)
        shutil.copytree(self.source, folder / "source")
        (root / "opt").symlink_to(self.root / "opt")
        for name, content in files.items():
            (folder / "submission" / name).write_bytes(content)
        (folder / "submission_metadata.json").write_text(METADATA)
        self._run(tier, "/bin/bash", str(self.root / "autograder" / "run_autograder"), root=root)
        document: dict[str, Any] = json.loads((folder / "results" / "results.json").read_text())
        return document

    def _run(self, tier: str, *command: str, root: Path, **extra: str) -> None:
        launcher = [sys.executable, "-c", LAUNCHER, tier] if ROOT else []
        done = subprocess.run(
            [*launcher, *command],
            env={"PATH": "/usr/bin:/bin", "AUTOGRADER_ROOT": str(root), **extra},
            cwd=root,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


METADATA = json.dumps(
    {
        "id": 1,
        "created_at": "2026-11-20T14:22:32.365935-07:00",
        "assignment": {"due_date": "2026-11-30T23:00:00.000000-07:00", "title": "Lesson"},
        "submission_method": "upload",
        "users": [{"email": "ada@example.com", "id": 1234, "name": "Ada Example"}],
        "previous_submissions": [],
    }
)


def make_environment(folder: Path, names: set[str]) -> None:
    """Stand in for the networked part of an installation: a venv with what is installed here.

    Only pip and the distributions of ``names`` are linked in, and never this one: what a list of
    requirements forgets is missing. This package is installed by the test itself.
    """
    venv.create(folder, with_pip=False)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    target = folder / "lib" / version / "site-packages"
    site = Path(sysconfig.get_path("purelib"))
    for entry in top_entries({"pip", *names} - {DISTRIBUTION}):
        (target / entry).symlink_to(site / entry)
    # nbconvert looks for its templates there.
    (folder / "share").symlink_to(Path(sys.prefix) / "share")


def top_entries(names: set[str]) -> set[str]:
    """What these distributions put into site-packages."""
    files = [path for name in names for path in importlib.metadata.files(name) or ()]
    return {path.parts[0] for path in files} - {"..", "__pycache__"}


def required(name: str) -> set[str]:
    """A distribution and all that it requires, by name."""
    found: set[tuple[str, str]] = set()
    waiting = [(name, "")]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) not in found:
            found.add((name, extra))
            for need in map(Requirement, importlib.metadata.requires(name) or ()):
                if need.marker is None or need.marker.evaluate({"extra": extra}):
                    wanted = canonicalize_name(need.name)
                    waiting += [(wanted, more) for more in ("", *need.extras)]
    return {name for name, _ in found}


def pinned() -> set[str]:
    """What setup.sh installs: the pinned requirements, and torch with what it requires."""
    lines = (TEMPLATES / "requirements.txt").read_text().splitlines()
    return {line.split("==")[0] for line in lines if "==" in line} | required("torch")


@pytest.fixture(scope="module")
def built() -> Built:
    lesson = next(iter(lessons().values()))
    made = load_built(lesson, EXERCISES)
    known = encode_known({exercise: ask_samples(lesson, exercise) for exercise in EXERCISES})
    package = msgspec.structs.replace(made.package, diagnosis=known)
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


def shown_to_student(outcome: NotebookOutcome, hand_in: HandIn) -> dict[str, Any]:
    one = Submission(name="a", student="a", key="a", root="a", source="a", lesson=outcome.lesson)
    return results(
        Row(submission=one, outcome=outcome, problem="", attempts=1, seconds=0.5), hand_in
    )


def test_the_excerpt_in_the_docs_is_what_the_container_writes(built: Built) -> None:
    page = (Path(__file__).parents[2] / "docs" / "gradescope.md").read_text()
    (excerpt,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    shown = json.loads(f"[{excerpt}]")
    entry = next(one for one in load_samples("router") if one.name == "wrong_counts_from_one")
    with SandboxEngine() as engine:
        outcome = engine.grade_notebook(
            built.package, json.loads(answers(built, {"router": entry}))
        )
    document = shown_to_student(outcome, hand_in(next(iter(lessons().values())), built.package))
    written = {test["name"]: test for test in document["tests"]}
    assert len(shown) == 3
    assert [written[one["name"]] for one in shown] == shown


def late_events(tests: tuple[TestOutcome, ...], *events: Event) -> NotebookOutcome:
    return NotebookOutcome(
        lesson="x",
        sections=(SectionOutcome(exercise="router", tests=tests, events=events),),
        engine="e",
        tier="B",
    )


def test_hidden_tests_may_be_shown_at_another_time(built: Built) -> None:
    tests = (
        TestOutcome(name="test_shape", points=3, max_points=3, hidden=False),
        TestOutcome(name="test_idea", points=0, max_points=6, hidden=True, message="Idea."),
    )
    sentence = "A call during test_idea took more than 10 s."
    event = Event(kind=EventKind.TIMEOUT, sentence=sentence, exercise="router", test="test_idea")
    document = shown_to_student(late_events(tests, event), HandIn(built.package, "hidden"))
    assert [test["visibility"] for test in document["tests"]] == ["visible", "hidden", "hidden"]
    assert "test_idea" in document["tests"][2]["output"]
    assert document["output"] == ""


def test_a_public_test_is_told_of_although_a_hidden_ones_name_is_part_of_its_name(
    built: Built,
) -> None:
    public, hidden = "test_static_active_slots_of_the_small_case", "test_static_active_slots"
    tests = (
        TestOutcome(name=public, points=0, max_points=3, hidden=False, message="Too slow."),
        TestOutcome(name=hidden, points=6, max_points=6, hidden=True),
    )
    sentence = f"{public} did not finish within 60 s and counts as failed."
    event = Event(kind=EventKind.TIMEOUT, sentence=sentence, exercise="router", test=public)
    document = shown_to_student(late_events(tests, event), HandIn(built.package))
    assert document["output"] == sentence
    assert len(document["tests"]) == 2


def test_what_is_said_after_a_hidden_test_began_and_the_time_it_took_wait_for_the_marks(
    built: Built,
) -> None:
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
    document = shown_to_student(late_events(tests, early, late), HandIn(built.package))
    assert document["output"] == early.sentence
    assert document["tests"][-1]["output"] == late.sentence
    assert document["tests"][-1]["visibility"] == "after_due_date"
    assert "execution_time" not in document
