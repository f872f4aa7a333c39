"""The wheel: everything a course needs, installed outside the checkout, with no other copy."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.course.container import DISTRIBUTION
from autograder.course.lessons import all_exercises, lessons
from autograder.grading.known import encoded_known
from tests.gradescope.container import make_environment, required

CHECKOUT = Path(__file__).parents[2]
LESSON, *OTHERS = reversed(lessons().values())


class Course:
    """An empty folder to work in and an environment that holds the wheel and its requirements."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder / "course"
        self.folder.mkdir()
        self._bin = folder / "venv" / "bin"
        make_environment(folder / "venv", required(DISTRIBUTION))
        self.run(
            *("python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)),
            *("--root-user-action=ignore", "--disable-pip-version-check"),
        )

    def run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            cwd=self.folder,
            env={"PATH": f"{self._bin}:/usr/bin:/bin", "HOME": os.environ.get("HOME", "/")},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*command, "--wheel-dir", str(folder), str(CHECKOUT)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Course:
    """With what grading knows of the other lessons' sample answers: one lesson shows the work."""
    made = Course(tmp_path_factory.mktemp("outside"), wheel)
    for lesson in OTHERS:
        known = Path("dist", "diagnosis", f"{lesson.slug}.msgpack")
        encoded_known(lesson)
        (made.folder / known).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / known, made.folder / known)
    return made


def test_the_wheel_holds_sources_reference_bank_and_templates(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    for lesson in lessons().values():
        assert f"autograder/_course/solutions/{lesson.slug}/lesson.md" in names
        for exercise in lesson.exercises:
            assert f"autograder/_course/solutions/{lesson.slug}/{exercise}.py" in names
    for exercise in all_exercises():
        assert f"reference/{exercise}.py" in names
        assert any(name.startswith(f"autograder/_course/submissions/{exercise}/") for name in names)
    assert {"autograder/py.typed", "reference/py.typed"} <= names
    assert "autograder/gradescope/templates/setup.sh" in names
    assert "autograder/outputs/report/templates/report.html.j2" in names
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]


@pytest.fixture(scope="module")
def built(course: Course) -> Course:
    """The course after a build, with the solution run and released."""
    course.run("autograder", "build", LESSON.slug, "--release-solutions")
    return course


def test_a_released_solution_has_run_and_shows_its_plots(built: Course) -> None:
    (path,) = (built.folder / "dist" / "solutions").glob("*.ipynb")
    cells = json.loads(path.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    looks = [cell for cell in code if cell["metadata"]["role"] == "look"]
    assert sum("image/png" in json.dumps(cell["outputs"]) for cell in looks) >= len(
        LESSON.exercises
    )


def test_build_check_and_grade_work_outside_the_checkout(built: Course) -> None:
    course = built
    where = course.run("python", "-c", "import autograder, reference; print(autograder.__file__)")
    assert str(CHECKOUT) not in where
    assert (course.folder / "assignments" / LESSON.slug / f"{LESSON.slug}.ipynb").is_file()
    assert (course.folder / "dist" / f"{LESSON.slug}-autograder.zip").is_file()
    assert "passes every test" in course.run("autograder", "check", LESSON.exercises[0])
    course.run("autograder", "grade", "dist/solutions", "--out", "marks")
    with (course.folder / "marks" / "grades.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["total"]) for row in rows] == [10.0 * len(LESSON.exercises)]
