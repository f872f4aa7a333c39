"""What makes processes quick to start changes nothing else: fewer imports, rehearsal, no holes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.sandbox.handmade import F_IS_PLUS_ONE, otter_file

TEST_FILE = """
import json, sys
from autograder.sandbox.judging import TestFiles
case, = TestFiles().cases(json.loads(sys.argv[1]))
outcomes = [case.judge({"f": lambda x: x + 1}), case.judge({"f": lambda x: x}), case.judge({})]
heavy = {"otter", "pandas", "nbconvert", "IPython"} & set(sys.modules)
import otter
from otter.test_files import create_test_file, test_case
whole = otter.Notebook is not None and type(case.call.__self__) is test_case
print(json.dumps([[one.message for one in outcomes], sorted(heavy), whole]))
"""


def printed(program: str, argument: str, **environment: str) -> Any:
    """What a program says as JSON, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, argument],
        capture_output=True, text=True, timeout=120, env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_test_file_is_read_without_the_rest_of_otter() -> None:
    messages, heavy, whole = printed(TEST_FILE, json.dumps(otter_file("one", F_IS_PLUS_ONE)))
    assert messages[:2] == ["", "f(1) returned 1, expected 2"]
    assert messages[2].startswith("TypeError: 'NoneType' object is not callable")
    assert heavy == []
    assert whole


REHEARSAL = """
import json, sys
import torch
from autograder.sandbox import child, rehearsal, shell as shells
said = []
send = child.Channel.send
child.Channel.send = lambda self, wire, *more: (said.append(wire), send(self, wire, *more))[1]
shell = shells.make_shell(sys.argv[1])
shell.run_cell("mine = rehearsed = 1", store_history=True)
def state():
    names = {name: id(value) for name, value in shell.user_ns.items()}
    random = torch.get_rng_state().tolist()
    return [names, shell.execution_count, list(shell.user_ns["In"]), random]
before = state()
rehearsal.rehearse(shell, 2**20)
answers = [[wire.verdict, getattr(wire.value, "verdict", "")] for wire in said
           if type(wire) is child.Answer]
print(json.dumps([state() == before, answers]))
"""


def test_a_rehearsal_answers_every_question_and_leaves_no_trace(tmp_path: Path) -> None:
    same, answers = printed(REHEARSAL, str(tmp_path))
    assert same
    # One call of each conversation is meant to raise.
    conversation = [["done", ""], *[["done", "done"]] * 2, ["done", "raised"], *[["done", ""]] * 4]
    assert answers == conversation * 9


HOLES = """
import ctypes, json
from autograder.sandbox import heap
pieces = [bytearray(500) for _ in range(20_000)]
del pieces[::2]
libc = ctypes.CDLL(None)
libc.mallinfo2.restype = heap._Use
def holes():
    use = libc.mallinfo2()
    return use.free - use.top
before = holes()
heap.fill_holes()
print(json.dumps([before, holes()]))
"""


def test_no_free_piece_is_left_below_the_top_of_the_heap() -> None:
    before, after = printed(HOLES, "", PYTHONMALLOC="malloc")
    assert before > 1_000_000
    assert after < 50_000
