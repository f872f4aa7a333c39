"""Measure the grader beside its peers, on the same notebooks, in one run.

    python benchmarks/compare.py [--quick] [--growth 10,100,1000]

Each grader gets the same submissions of one lesson. `otter run` starts a kernel for every notebook,
`nbgrader autograde` too; ours forks. The floor is the same cells and tests in one warm interpreter
without any isolation. Writes docs/benchmarks.md and docs/benchmarks.svg.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import nbformat

from autograder.bank import fill_in, load_bank
from autograder.build.assemble import blocks, read_source
from autograder.build.assign import assign
from autograder.build.outputs import notebook_bytes
from autograder.lessons import Lesson, lessons, source_path
from autograder.model import Notebook
from autograder.packages import load_built

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def submissions(lesson: Lesson, count: int) -> list[Notebook]:
    """Return notebooks whose answers are the bank's correct ones, in turn; all different."""
    built = load_built(lesson)
    banks = {
        stem: [entry for entry in load_bank(stem) if entry.kind == "correct"]
        for stem in lesson.stems
    }
    notebooks = []
    for number in range(count):
        notebook = built.solution
        for stem, bank in banks.items():
            answer = bank[number % len(bank)].source + f"\n# submission {number}\n"
            notebook = fill_in(built.package, notebook, stem, answer)
        notebooks.append(notebook)
    return notebooks


def write_class(folder: Path, lesson: Lesson, count: int) -> list[Path]:
    """Write one notebook a student."""
    paths = []
    for number, notebook in enumerate(submissions(lesson, count)):
        path = folder / f"student{number:05d}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebook_bytes(notebook))
        paths.append(path)
    return paths


def timed(command: list[str], cwd: Path) -> float:
    """Run a command to its end and return the seconds it took."""
    started = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command[:4]} ended with {done.returncode}: {done.stderr[-800:]}")
    return time.perf_counter() - started


def ours(folder: Path, lesson: Lesson, count: int, jobs: int) -> float:
    """Seconds a submission for `autograder grade`, start-up included."""
    write_class(folder / "class", lesson, count)
    command = [sys.executable, "-m", "autograder", "grade", "class", "--out", "out"]
    return timed([*command, "--jobs", str(jobs), "--quiet"], folder) / count


def floor(lesson: Lesson, count: int) -> float:
    """CPU seconds a submission in one warm interpreter, no isolation."""
    code = (
        "import sys, time, json, torch; torch.set_num_threads(1)\n"
        "from autograder.inprocess import InProcessEngine\n"
        "from autograder.packages import load_built\n"
        "from autograder.lessons import lessons\n"
        "from benchmarks.compare import submissions\n"
        f"lesson = lessons()[{lesson.slug!r}]; package = load_built(lesson).package\n"
        f"books = submissions(lesson, {count} + 1); engine = InProcessEngine()\n"
        "engine.grade_notebook(package, books[0]); started = time.process_time()\n"
        "for book in books[1:]: engine.grade_notebook(package, book)\n"
        f"print((time.process_time() - started) / {count})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True
    )
    return float(done.stdout.strip().splitlines()[-1])


def otter_run(folder: Path, lesson: Lesson, count: int, jobs: int) -> float:
    """Seconds a submission for `otter run` in a loop, `jobs` at a time."""
    paths = write_class(folder / "class", lesson, count)
    (folder / "autograder.zip").write_bytes(assign(lesson, lesson.stems).zip_bytes)

    def run(path: Path) -> float:
        out = folder / f"out-{path.stem}"
        out.mkdir()
        command = [sys.executable, "-m", "otter", "run", "-a", str(folder / "autograder.zip")]
        return timed([*command, "-o", str(out), str(path)], out)

    started = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, paths))
    return (time.perf_counter() - started) / count


def nbgrader(folder: Path, lesson: Lesson, count: int) -> float:
    """Seconds a submission for `nbgrader autograde`, hidden tests inline."""
    write_course(folder, lesson, submissions(lesson, count))
    prefix = [sys.executable, "-m", "nbgrader"]
    timed([*prefix, "generate_assignment", lesson.slug], folder)
    return timed([*prefix, "autograde", lesson.slug], folder) / count


def write_course(folder: Path, lesson: Lesson, notebooks: list[Notebook]) -> None:
    """Lay out an nbgrader course with the same cells and the same tests."""
    (folder / "nbgrader_config.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nc = get_config()\n"
        "c.CourseDirectory.course_id = 'bench'\nc.ExecutePreprocessor.timeout = 120\n"
    )
    source = nbgrader_notebook(lesson, load_built(lesson).solution)
    path = folder / "source" / lesson.slug / f"{lesson.slug}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(source, path)
    for number, notebook in enumerate(notebooks):
        path = folder / "submitted" / f"s{number}" / lesson.slug / f"{lesson.slug}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(nbgrader_notebook(lesson, notebook), path)


def nbgrader_notebook(lesson: Lesson, notebook: Notebook) -> nbformat.NotebookNode:
    """Translate one of our notebooks: same cells, each test an nbgrader test cell."""
    cells = []
    for cell in notebook["cells"]:
        meta = cell["metadata"]
        if (
            meta["role"] in ("setup", "given", "predict", "answer")
            and "otter" not in cell["source"]
        ):
            made = nbformat.v4.new_code_cell(cell["source"], id=cell["id"])
            if meta["role"] == "answer":
                made.metadata["nbgrader"] = grade_cell(cell["id"], solution=True)
            cells.append(made)
        elif meta["role"] == "check":
            cells += test_cells(meta["exercise"])
    cells.insert(0, nbformat.v4.new_code_cell(f"import sys; sys.path.insert(0, {str(ROOT)!r})"))
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return made


def grade_cell(name: str, solution: bool = False, points: float = 0) -> dict[str, object]:
    """Return nbgrader's cell metadata."""
    meta: dict[str, object] = {"schema_version": 3, "grade_id": name, "locked": not solution}
    meta.update(grade=not solution, solution=solution, task=False)
    if not solution:
        meta["points"] = points
    return meta


def test_cells(stem: str) -> list[nbformat.NotebookNode]:
    """Return an exercise's tests as cells that define and call them."""
    made = []
    for block, cell in blocks(read_source(source_path(stem))):
        if block != "TESTS":
            continue
        source = cell.source.partition("# END TEST CONFIG")[2].strip("\"' \n")
        head = source[source.index("def ") + 4 : source.index(")") + 1]
        made.append(nbformat.v4.new_code_cell(f"{source}\n\n{head}"))
        made[-1].metadata["nbgrader"] = grade_cell(f"{stem}-{len(made)}", points=1)
    return made


def growth(sizes: list[int], lesson: Lesson) -> list[tuple[int, float, float]]:
    """Grade ever larger classes: size, seconds, peak resident megabytes of the main process."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            write_class(Path(name) / "class", lesson, size)
            started = time.perf_counter()
            peak = _peak_megabytes(Path(name))
            rows.append((size, time.perf_counter() - started, peak))
            print(f"  {size} submissions: {rows[-1][1]:.1f} s, {peak:.0f} MB", flush=True)
    return rows


def _peak_megabytes(folder: Path) -> float:
    code = (
        "import resource, subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'autograder', 'grade', 'class', '--out', 'out',"
        " '--jobs', '2', '--quiet'], check=False)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True
    )
    return float(done.stdout.strip().splitlines()[-1])


def start_up() -> float:
    """Seconds for `autograder --help`, the best of five."""
    command = [sys.executable, "-m", "autograder", "--help"]
    return min(timed(command, ROOT) for _ in range(5))


def measure(lesson: Lesson, count: int, peers: int) -> dict[str, float]:
    """Measure every grader on one lesson; seconds a submission."""
    found: dict[str, float] = {}
    cases = {
        "autograder grade, 1 job": lambda folder: ours(folder, lesson, count, 1),
        "autograder grade, 2 jobs": lambda folder: ours(folder, lesson, count, 2),
        "otter run, 1 at a time": lambda folder: otter_run(folder, lesson, peers, 1),
        "otter run, 2 at a time": lambda folder: otter_run(folder, lesson, peers, 2),
        "nbgrader autograde": lambda folder: nbgrader(folder, lesson, peers),
    }
    for name, run in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            found[name] = run(Path(folder))
        print(f"  {lesson.slug[:5]} {name}: {found[name]:.3f} s a submission", flush=True)
    found["floor (CPU)"] = floor(lesson, min(count, 20))
    print(f"  {lesson.slug[:5]} floor: {found['floor (CPU)']:.3f} CPU s", flush=True)
    return found


def page(results: dict[str, dict[str, float]], rows: list[tuple[int, float, float]]) -> str:
    """Return docs/benchmarks.md."""
    lines = [
        "<!-- Generated by `make benchmarks`; do not edit. -->",
        "# Benchmarks",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("torch", "otter-grader", "nbgrader")),
        "",
        "Submissions per minute, start-up included; every grader gets the same notebooks.",
        "",
        "| lesson | " + " | ".join(next(iter(results.values()))) + " |",
        "|---" * (1 + len(next(iter(results.values())))) + "|",
    ]
    for slug, found in results.items():
        lines.append(f"| {slug} | " + " | ".join(f"{60 / s:.1f}" for s in found.values()) + " |")
    lines += ["", "| lesson | times `otter run` at 1 | at 2 | times nbgrader | over the floor |"]
    lines += ["|---|---|---|---|---|"]
    for slug, found in results.items():
        one, two, otter1, otter2, nbg, bottom = found.values()
        lines.append(
            f"| {slug} | {otter1 / one:.1f} | {otter2 / two:.1f} | {nbg / one:.1f} | "
            f"{one / bottom:.2f} |"
        )
    if rows:
        lines += ["", "| submissions | seconds | seconds each | peak memory of one process, MB |"]
        lines += ["|---|---|---|---|"]
        lines += [f"| {n} | {s:.1f} | {s / n:.3f} | {mb:.0f} |" for n, s, mb in rows]
    lines += ["", f"`autograder --help` takes {start_up():.2f} s.", "", "![ratios](benchmarks.svg)"]
    return "\n".join(lines) + "\n"


def plot(results: dict[str, dict[str, float]], path: Path) -> None:
    """Draw submissions per minute on a log axis."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    names = [name for name in next(iter(results.values())) if not name.startswith("floor")]
    figure, axes = plt.subplots(figsize=(7, 3.2))
    for place, (slug, found) in enumerate(results.items()):
        heights = [y + 0.25 * place for y in range(len(names))]
        axes.barh(heights, [60 / found[name] for name in names], height=0.22, label=slug[:5])
    axes.set_yticks([y + 0.25 for y in range(len(names))], names)
    axes.set_xscale("log")
    axes.set_xlabel("submissions per minute (log scale)")
    axes.invert_yaxis()
    axes.legend(title="lesson")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few submissions, one lesson")
    parser.add_argument("--growth", default="", help="class sizes, such as 10,100,1000")
    chosen = parser.parse_args()
    all_lessons = list(lessons().values())[1:2] if chosen.quick else list(lessons().values())
    results = {
        lesson.slug: measure(lesson, 10 if chosen.quick else 60, 2 if chosen.quick else 6)
        for lesson in all_lessons
    }
    sizes = [int(size) for size in chosen.growth.split(",") if size]
    rows = growth(sizes, list(lessons().values())[1])
    plot(results, DOCS / "benchmarks.svg")
    (DOCS / "benchmarks.md").write_text(page(results, rows))


if __name__ == "__main__":
    main()
