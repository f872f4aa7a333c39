"""Cells that skip IPython's search are those in which IPython would change nothing."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.cells import released_cells
from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from autograder.course.samples import load_samples
from autograder.sandbox.shell import is_plain

PROGRAM = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from autograder.sandbox import shell as shells

shell = shells.make_shell(sys.argv[1])
sources = json.load(sys.stdin)
plain = [source for source in sources if shells.is_plain(source)]
for source in plain:
    ours = shell.transform_cell(source)
    assert ours == InteractiveShell.transform_cell(shell, source), (source, ours)
print(len(plain) / len(sources))
"""
LINES = [
    "x = 1", "def f(x):", "    return x % 2", "    if x != 3:", "print('a')", "# Why", "x = y = 2",
    "import math", "@property", "class A:", "    ...", "", "   ", "\t", "x == 3", "ls", "pwd",
    "f 3", "/f x", ",f x", ";f x", "time = 3", "a, b = 1, 2", '"""Text."""', "'%d' % 3", "x = 3;",
    ">>> x", "... y", "In [3]: x", "...: y", "%time", "%%time", "!ls", "x = !ls", "x = %pwd", "x?",
    "?x", "x??", "exit", "quit", "x = '''", "'''", "\\", "x = (1,", "2)", "lambda: 1", "\r", "\f",
]  # fmt: skip
ONLY_IPYTHON = [
    "%matplotlib inline\nx = 1", "%%time\nx = 1", "x = 1\n!ls", "files = !ls\nx",
    "here = %pwd\nx",
    "math.sin?\nx", "?math\nx", ">>> x = 1\n>>> y", "In [1]: x = 1", "...: x\n", "ls",
    "pwd", "exit", "/print 3\nx", ",print 3\nx", ";print 3\nx", "   x = 1\ny", "\nx = 1", "",
    "x = 1\r\ny = 2", "x = '''\n \n'''",
]  # fmt: skip


def share_of_plain(sources: list[str], folder: Path) -> float:
    """Compare with IPython, in a process of its own, and return how many skip its search."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        input=json.dumps(sources), capture_output=True, text=True,
    )  # fmt: skip
    assert not done.returncode, done.stderr[-2000:]
    return float(done.stdout)


def test_the_course_and_its_sample_answers(tmp_path):
    sources = [
        sample.source
        for lesson in lessons().values()
        for exercise in lesson.exercises
        for sample in load_samples(exercise)
    ]
    for lesson in lessons().values():
        built: Any = load_built(lesson)
        for notebook in (built.package.released, built.solution):
            sources += [cell.source for cell in released_cells(notebook) if cell.kind == "code"]
    assert share_of_plain(sources, tmp_path) > 0.8


@pytest.mark.parametrize("seed", range(3))
def test_lines_thrown_together(seed, tmp_path):
    choose = random.Random(seed)
    cells = [choose.choices(LINES, k=choose.randint(1, 5)) for _ in range(4000)]
    sources = ["\n".join(lines) + choose.choice(["", "\n", "\n\n"]) for lines in cells]
    assert 0.05 < share_of_plain(sources, tmp_path) < 0.9


@pytest.mark.parametrize("source", ONLY_IPYTHON)
def test_what_ipython_alone_reads_is_left_to_it(source):
    assert not is_plain(source)
