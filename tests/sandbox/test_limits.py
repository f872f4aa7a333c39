"""Deadlines, sizes, notebook habits: what happens, and the one sentence that says so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from autograder.cli.grading import parse_limits
from autograder.grading.grade import SANDBOX
from autograder.grading.pool import Pool, Settings
from autograder.grading.worker import Graded, Job
from tests.sandbox.handmade import F_IS_PLUS_ONE, SETUP, grade, notebook, otter_file, package

F = "def f(x): return x + 1\n"
PYTHON = ".".join(map(str, sys.version_info[:2]))

HABITS = {
    "matplotlib": (
        "%matplotlib inline\nimport matplotlib.pyplot as plt\n"
        "plt.plot([1, 2])\nplt.show()\nassert not plt.get_fignums()",
        [],
    ),
    "magic": ("%%time\nx = 1\n%timeit -n1 -r1 x", []),
    "await": ("import asyncio\nawait asyncio.sleep(0.001)", []),
    "warning": ("import warnings\nwarnings.warn('careful')", []),
    "display": ("from IPython.display import HTML, display\ndisplay(HTML('<b>'))\n1 + 1", []),
    "temporary file": ("open('/tmp/x', 'w').write('a')\nassert open('/tmp/x').read() == 'a'", []),
    "thread": ("import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()", []),
    "otter": ("import otter\notter.Notebook('x.ipynb').check('a')", []),
    "dataclass": ("import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int\nP(1)", []),
    "pip": ("!pip install this\n%pip install that\nx = 1", [("refused", "!pip")]),
    "bash": ("%%bash\nls /", [("refused", "shell command")]),
    "input": ("name = input('name? ')", [("error", "input()"), ("refused", "input()")]),
    "process": (
        "import subprocess\nsubprocess.run(['ls'])",
        [("error", ""), ("refused", "process")],
    ),
    "fork": ("import os\nos.fork()", [("error", "not permitted"), ("refused", "process")]),
    "network": ("import socket\nsocket.socket()", [("error", ""), ("refused", "network")]),
    "printing": (
        "for _ in range(100): print('x' * 1_000_000)",
        [("output", "more than 1,024 KiB")],
    ),
    "pylab": ("%pylab inline\nassert linspace(0, 1, 3)[1] == 0.5 and plot", []),
    "exit": ("import sys\nsys.exit(2)", [("error", "called sys.exit()")]),
    "plain exit": ("exit()", [("error", "called exit()")]),
    "quit": ("quit", [("error", "called exit()")]),
    "exception": ("1 / 0", [("error", "raised ZeroDivisionError: division by zero")]),
    "long message": ("raise ValueError('x\\ny' * 5000)", [("error", "raised ValueError: x")]),
    "syntax": (
        "def g(:",
        [("error", f"raised SyntaxError: invalid syntax (line 1) (graded with Python {PYTHON})")],
    ),
    "own module": (
        "import my_helpers",
        [("error", "No module named 'my_helpers' (while grading, the notebook is there and no")],
    ),
    "memory": ("x = bytearray(5 * 2**30)", [("memory", "more memory than the 2,048 MiB")]),
    "torch memory": ("x = torch.zeros(2 * 2**30)", [("memory", "more memory")]),
    "file size": ("open('/tmp/x', 'wb').write(b'x' * 2**27)", [("error", "too large")]),
    "many threads": (
        "import threading, time\nfor _ in range(999):\n"
        "    threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
        [("error", "can't start new thread")],
    ),
    "descriptors": ("import os\nwhile True: os.dup(0)", [("error", "Too many open files")]),
    "exec": ("import os\nos.execv('/bin/sh', ['sh'])", [("error", ""), ("refused", "process")]),
}


@pytest.mark.parametrize("name", HABITS)
def test_a_notebook_habit_behaves_and_says_so_in_a_sentence(name, engine):
    """The habit stands in a given cell of its own; the answer after it still counts."""
    cell, expected = HABITS[name]
    given = (SETUP, ("g-1", "a", "extra", cell))
    outcome = grade(engine, F, given=given)
    assert outcome.points == 1, outcome.tests
    assert len(outcome.events) == len(expected), outcome.events
    for event, (kind, text) in zip(outcome.events, expected, strict=True):
        assert event.kind == kind
        assert text in event.sentence
        assert event.cell == 2
        assert event.sentence.startswith("Cell 2 ")
        assert len(event.sentence) < 300
        assert "\n" not in event.sentence


def test_a_call_that_runs_out_of_memory_says_so_whichever_library_says_it(engine):
    """As a cell does: the two were told by lists that had drifted apart."""
    outcome = grade(engine, "def f(x): raise RuntimeError('std::bad_alloc')")
    (event,) = outcome.events
    assert event.kind == "memory"
    assert event.sentence.startswith("A call during test_adds_one needed more memory")


CELLS_IN_A_ROW = {
    "a module written by a cell": ("%%writefile mine.py\nVALUE = 3", "import mine\nmine.VALUE += 1",
                                   "assert __import__('mine').VALUE == 4"),
    "a module written again": ("import os\nopen('m1.py', 'w').write('a = 1')", "import m1",
                               "open('m2.py', 'w').write('a = 2')\nimport m2\nassert m2.a == 2"),
    "the last values": ("6 * 7", "assert _ == 42\n'text'", "assert (_, __) == ('text', 42)"),
    "a quiet value": ("11", "2;", "assert _ == 11"),
    "numbered values": ("n = len(In)\n5", "assert Out[n - 1] == 5 and _oh is Out\nk = len(In) - 1",
                        "assert In[k].startswith('assert') and _i == In[k]"),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS_IN_A_ROW)
def test_cells_in_a_row_find_what_jupyter_keeps(name, engine):
    cells = [(f"g-{i}", "a", "extra", cell) for i, cell in enumerate(CELLS_IN_A_ROW[name])]
    outcome = grade(engine, F, given=(SETUP, *cells))
    assert outcome.events == ()
    assert outcome.points == 1


def test_the_compiler_loads_within_the_limits_of_a_child(limited):
    answer = F + "torch.use_deterministic_algorithms(True)\ng = torch.compile(f)\nassert g(1) == 2"
    outcome = grade(limited(cell_seconds=60.0, section_seconds=90.0), answer)
    assert outcome.events == ()
    assert outcome.points == 1


DEATHS = {
    "exit": ("import os\nos._exit(4)", "crash", "Cell 2 ended its process (exit status 4)."),
    "abort": ("import os\nos.abort()", "crash", "Cell 2 crashed its process (SIGABRT)."),
    "segfault": ("import ctypes\nctypes.string_at(0)", "crash", "Cell 2 crashed its process ("),
    "loop": ("while True: pass", "timeout", "Cell 2 did not finish within 1 s and was stopped."),
    "blocked signals": (
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))\nwhile True: pass",
        "timeout", "Cell 2 did not finish within 1 s and was stopped.",
    ),
    "loop in C": ("pow(3, 10**9, 7**(10**6))", "timeout", "Cell 2 did not finish within 1 s"),
    "forged answer": (
        "import os\nos.write(3, b'x' * 99)", "protocol violation", "Cell 2 sent something",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", ["import not_there\n{}", "{}\nimport os\nos.abort()"])
def test_a_setup_cell_that_a_student_broke_costs_no_exercise(change, engine):
    packed = package({"a": otter_file("a", F_IS_PLUS_ONE)}, SETUP)
    changed = (*SETUP[:3], change.format(SETUP[3]))
    answer = "def f(x): return int(torch.tensor(x) + 1)"
    student = notebook(changed, ("a-9", "a", "answer", answer))
    (outcome,) = engine.grade_notebook(packed, student).sections
    assert outcome.points == 1
    assert [event.cell for event in outcome.events] == [1]


@pytest.mark.parametrize("name", DEATHS)
def test_a_cell_that_ends_the_process_is_skipped_and_the_rest_is_graded(name, limited):
    cell, kind, sentence = DEATHS[name]
    outcome = grade(limited(cell_seconds=1.0), F, given=(SETUP, ("g-1", "a", "extra", cell)))
    assert outcome.points == 1
    (event,) = outcome.events
    assert event.kind == kind
    assert event.sentence.startswith(sentence)


def test_an_untouched_answer_earns_nothing_and_says_nothing(engine):
    outcome = grade(engine, "def f(x): ...")
    assert (outcome.points, outcome.events, outcome.prediction) == (0, (), None)


def test_an_exercise_handed_in_as_released_is_run_once_for_all(engine, monkeypatch):
    """Not kept: one whose cells fail, that holds a prediction, or of which one cell was changed."""
    started: list[Any] = []
    start_child = engine.start_child

    def start(given: Any) -> Any:
        started.append(given)
        return start_child(given)

    monkeypatch.setattr(engine, "start_child", start)
    test = "def test_count(count):\n    assert count == 1, 'once'"
    for given, expected in (
        ("count = 1", [1, 0, 0]),
        ("count = 1\n1 / 0", [1, 1, 1]),
        ("count = prediction_a = 1", [1, 1, 1]),
    ):
        packed = package({"a": otter_file("a", test)}, ("a-1", "a", "given", given))
        seen = []
        for _ in expected:
            started.clear()
            outcome = engine.grade_notebook(packed, packed.released).sections[0]
            assert outcome.points == 1
            seen.append(len(started))
        assert seen == expected
    packed = package({"a": otter_file("a", test)}, ("a-1", "a", "given", "count = 1"))
    changed = notebook(("a-1", "a", "given", "count = 1"), ("a-9", "a", "answer", "count = 2"))
    assert engine.grade_notebook(packed, changed).sections[0].points == 0


def test_what_students_read_of_a_failed_test(engine):
    both: dict[str, Any] = {"hidden": True, "idea": "Think of one."}
    (public,) = grade(engine, "def f(x): return 5").tests
    assert public.message == "f(1) returned 5, expected 2"
    (hidden,) = grade(engine, "def f(x): return 5", **both).tests
    assert hidden.message == "Think of one."
    assert hidden.detail == "AssertionError: f(1) returned 5, expected 2"
    (crashed,) = grade(engine, "import os\ndef f(x): os._exit(1)", **both).tests
    assert crashed.message == "Think of one."
    (long,) = grade(engine, "def f(x): return 'x' * 99_999").tests
    assert len(long.message) == 2000


def test_a_message_steers_no_terminal_and_a_warning_reaches_none(engine, recwarn):
    answer = "def f(x): raise ValueError('a\\x1b[2J\\x9b31m\\u202e\\nb')"
    (test,) = grade(engine, answer).tests
    assert test.message == test.detail == "ValueError: a[2J31m\nb"
    answer = "class E: pass\nE.__name__ = '\\x1b[2J'\ndef f(x): return E()"
    assert grade(engine, answer).tests[0].message == "f(1) returned <student's [2J>, expected 2"
    warns = "def test_it(f):\n    import warnings\n    warnings.warn(str(f(1)))"
    assert grade(engine, F, warns).points == 1
    assert "2" not in [str(one.message) for one in recwarn]


@pytest.mark.parametrize(
    ("answer", "prediction"),
    [("prediction_a = 'same'", "'same'"), ("prediction_a = (1, 2.5)", "(1, 2.5)"),
     ("prediction_a = ...", None), ("x = 1", None), ("prediction_a = print", None)],
)  # fmt: skip
def test_predictions_are_plain_values_only(answer, prediction, engine):
    assert grade(engine, answer).prediction == prediction


SLOW_TEST = """
def test_slow(f):
    f(1)
    while True:
        pass
"""
ENDLESS = """
def test_endless(f):
    for _ in f(1):
        pass
"""


def test_judging_has_a_deadline_of_its_own(limited):
    outcome = grade(limited(judge_seconds=0.3), F, SLOW_TEST, F_IS_PLUS_ONE)
    assert [test.passed for test in outcome.tests] == [False, True]
    assert [event.kind for event in outcome.events] == ["timeout"]
    assert "test_slow did not finish within 0.3 s" in outcome.events[0].sentence


def test_endless_answers_end(limited):
    answer = "import itertools\ndef f(x): return (torch.zeros(10**6) for _ in itertools.count())"
    outcome = grade(limited(answer_bytes=2**26), answer, ENDLESS)
    assert outcome.points == 0
    assert [event.kind for event in outcome.events] == ["protocol violation"]


IN_A_THREAD = """
from concurrent.futures import ThreadPoolExecutor
import msgspec
from autograder.sandbox import SandboxEngine
from tests.sandbox.conftest import QUICK
from tests.sandbox.handmade import F_IS_PLUS_ONE, grade
from tests.sandbox.test_limits import F, SLOW_TEST

limits = msgspec.structs.replace(QUICK, judge_seconds=0.3)
with SandboxEngine(limits) as engine, ThreadPoolExecutor(1) as threads:
    outcome = threads.submit(grade, engine, F, SLOW_TEST, F_IS_PLUS_ONE).result(60)
print([test.passed for test in outcome.tests])
"""


def test_a_deadline_rings_in_other_threads_too():
    """In a process that nothing traces.

    Where an exception was asked for in a thread, Python 3.11 loops for ever in traced code:
    https://github.com/coveragepy/coveragepy/issues/1626
    """
    untraced = {name: text for name, text in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run(
        [sys.executable, "-c", IN_A_THREAD], env=untraced, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert done.stdout == "[False, True]\n", done.stderr


def sections(engine, *answers, tests=F_IS_PLUS_ONE):
    """Grade a notebook of exercises a, b, ... with one answer each."""
    exercises = "abcdefgh"[: len(answers)]
    packed = package({exercise: otter_file(exercise, tests) for exercise in exercises}, SETUP)
    cells = [
        (f"{exercise}-9", exercise, "answer", text)
        for exercise, text in zip(exercises, answers, strict=True)
    ]
    return engine.grade_notebook(packed, notebook(SETUP, *cells)).sections


def test_sections_do_not_meet(engine):
    hide = "open('/tmp/mark', 'w').write('x')\nimport os\nos.environ['MARK'] = 'x'\nmath.mark = 1\n"
    look = (
        "import os\nassert not os.path.exists('/tmp/mark') and 'MARK' not in os.environ\n"
        "assert not hasattr(math, 'mark')\n"
    )
    first, second = sections(engine, hide + F, look + F)
    assert (first.points, second.points) == (1, 1)
    assert second.events == ()


def test_a_name_from_an_earlier_section_counts_in_a_second_run(engine):
    first, second, third = sections(
        engine, "step = 1\n" + F, "def f(x): return x + step", "y = step\ndef f(x): return x + y"
    )
    assert [part.points for part in (first, second, third)] == [1, 1, 1]
    assert [part.rerun for part in (first, second, third)] == [False, True, True]
    assert second.events == third.events == ()


def test_no_second_run_without_need_or_in_the_first_section(engine):
    first, second = sections(engine, "def f(x): return nothing", "1 / 0\n")
    assert not first.rerun
    assert second.rerun
    _, fine = sections(engine, F, F + "1 / 0")
    assert not fine.rerun
    assert fine.points == 1
    assert [event.kind for event in fine.events] == ["error"]


def test_a_second_run_leaves_out_cells_that_killed(engine):
    deadly = "step = 1\nimport os\nos._exit(0)"
    _, second = sections(engine, deadly, "step = 1\n" + F + "undefined")
    assert second.points == 1
    killed, after = sections(engine, deadly, "def f(x): return x + step")
    assert (killed.points, after.points, after.rerun) == (0, 0, True)


def test_the_budget_of_a_section_and_of_a_notebook_hold(limited):
    parts = five_sleepy_sections(limited)
    assert all(part.points == 0 for part in parts)
    for part in parts[2:]:
        assert "The time budget is used up" in part.events[-1].sentence


@pytest.mark.long
def test_five_sleepy_sections_take_no_longer_than_the_budget(limited):
    started = time.monotonic()
    five_sleepy_sections(limited)
    assert time.monotonic() - started < 8


def five_sleepy_sections(limited):
    engine = limited(cell_seconds=9, section_seconds=1.5, submission_seconds=3.0)
    sleepy = "import time\ntime.sleep(8)\n" + F
    return sections(engine, *[sleepy] * 5)


def test_fresh_starts_are_counted(limited):
    tests = [F_IS_PLUS_ONE.replace("adds_one", f"number_{i}") for i in range(5)]
    outcome = grade(limited(fresh_starts=3), "import os\ndef f(x): os._exit(0)", *tests)
    assert outcome.points == 0
    assert "The process ended 3 times" in outcome.events[-1].sentence


GIVEN = (SETUP, ("g-1", "a", "given", "import time\ntime.sleep(0.6)\nbase = [1]"))


def test_given_cells_run_once_per_engine_and_each_child_has_its_own_copy(engine):
    answer = "base.append(1)\nassert len(base) == 2\ndef f(x): return x + base[0]"
    assert grade(engine, answer, given=GIVEN).points == 1
    for _ in range(2):
        outcome = grade(engine, answer, given=GIVEN)
        assert outcome.points == 1
        assert not outcome.events
        assert outcome.seconds < 0.6


def test_spaces_around_a_given_cell_make_no_second_template(engine):
    packed = package({"a": otter_file("a", F_IS_PLUS_ONE)}, *GIVEN)
    known = None
    for spaces in ("", "\n\n", "\x1c", "\u2003\n"):
        mine = ("g-1", "a", "given", f"{spaces}{GIVEN[1][3]}{spaces}")
        student = notebook(SETUP, mine, ("a-9", "a", "answer", "def f(x): return x + base[0]"))
        assert engine.grade_notebook(packed, student).sections[0].points == 1
        known = known or set(engine._templates)
        assert set(engine._templates) == known


def test_a_changed_given_cell_runs_in_the_child(engine):
    packed = package({"a": otter_file("a", F_IS_PLUS_ONE)}, *GIVEN)
    mine = ("g-1", "a", "given", "base = [5]")
    student = notebook(SETUP, mine, ("a-9", "a", "answer", "def f(x): return x + base[0]"))
    assert engine.grade_notebook(packed, student).sections[0].points == 0


def test_a_released_cell_that_fails_is_run_in_the_child_and_reported(engine):
    given = (SETUP, ("g-1", "a", "given", "1 / 0"))
    outcome = grade(engine, F, given=given)
    assert outcome.points == 1
    assert [event.cell for event in outcome.events] == [2]


def test_training_after_the_fork_equals_training_before_it(engine):
    """Autograd was used before the fork (the given cell) and is used after it."""
    train = """
def train(seed):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(8, 8, generator=generator).requires_grad_()
    optimizer = torch.optim.Adam([weight], lr=0.01)
    for _ in range(100):
        x = torch.randn(16, 8, generator=generator)
        loss = (torch.tanh(x @ weight) - x).square().mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()
    return weight.detach()
"""
    given = (SETUP, ("g-1", "a", "given", train + "before = train(3)"))
    test = "def test_it(f):\n    import torch\n    a, b = f()\n    assert torch.equal(a, b)"
    assert grade(engine, "def f(): return before, train(3)", test, given=given).points == 1


PATCHED = """
import gc
server = next(o for o in gc.get_objects() if type(o).__name__ == "Server")
def refuse(*arguments): raise MemoryError("of the grader\\nsecond line")
server._actions.update(dict.fromkeys({actions!r}, refuse))
"""


@pytest.mark.parametrize("actions", [("get", "names"), ("cell",), ("call",)])
def test_a_child_that_answers_with_exceptions_hurts_itself_only(actions, engine):
    more = ("g-1", "a", "extra", PATCHED.format(actions=actions))
    outcome = grade(engine, F, given=(SETUP, more))
    assert outcome.points == 0
    assert outcome.prediction is None
    assert all("\n" not in event.sentence for event in outcome.events)


def test_limits_of_the_command_line_reach_the_child() -> None:
    tests = {"a": otter_file("a", F_IS_PLUS_ONE)}
    packed = package(tests, SETUP)
    student = notebook(SETUP, ("a-9", "a", "answer", "while True: pass"))
    limits = parse_limits(["cell_seconds=0.5", "fresh_starts=1"])
    with Pool(Settings(engine=SANDBOX, packages={"hand-made": packed}, limits=limits)) as pool:
        ((_, result),) = pool.run([Job("hand-made", json.dumps(student).encode())])
    assert isinstance(result, Graded)
    sentences = [event.sentence for event in result.outcome.sections[0].events]
    assert any("0.5 s" in sentence for sentence in sentences), sentences
