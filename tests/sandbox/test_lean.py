"""A worker imports little of otter, and whoever needs all of it later gets it."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.sandbox.handmade import F_IS_PLUS_ONE, otter_file

PROGRAM = """
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


def test_a_test_file_is_read_without_the_rest_of_otter() -> None:
    task = json.dumps(otter_file("one", F_IS_PLUS_ONE))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, task], capture_output=True, text=True, timeout=120
    )
    assert done.stderr == ""
    messages, heavy, whole = json.loads(done.stdout)
    assert messages == ["", "f(1) returned 1, expected 2", messages[2]]
    assert messages[2].startswith("TypeError: 'NoneType' object is not callable")
    assert heavy == []
    assert whole
