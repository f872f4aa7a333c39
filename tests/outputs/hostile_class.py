"""A class with a hostile student, one decided by a person and a broken file, all pages written."""

from __future__ import annotations

import time
from pathlib import Path

from autograder.course.lessons import Yardstick
from autograder.course.predictions import WhatHappens
from autograder.gradebook.decisions import adjust
from autograder.gradebook.late_rule import LatePolicy
from autograder.grading.grade import Options, grade_class
from autograder.outputs.export import export
from autograder.outputs.publish import publish
from tests import fakes

OVERLONG = "Wolfeschlegelsteinhausenbergerdorff" * 4
EVIL = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
OUTCOMES = {"router": WhatHappens("'different'", Yardstick("Rows of the router differ."))}


def write(folder: Path, target: Path) -> Path:
    """Grade the class in ``folder`` and write everything to ``target``."""
    fakes.write_class(folder, {"ann": "pass", "ben": "fail", "cem": "event"})
    fakes.write_class(folder, {"flo": "pass", OVERLONG: "fail"}, "lesson-two")
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": EVIL}}
    error = {"output_type": "error", "ename": EVIL, "evalue": EVIL, "traceback": [EVIL]}
    stream = {"output_type": "stream", "name": "stdout", "text": EVIL}
    cells = [
        {"cell_type": "markdown", "source": f"# {EVIL}\n[x](javascript:alert(1))", "metadata": {}},
        {"cell_type": "code", "source": f"'{EVIL}'", "metadata": {}, "execution_count": 1,
         "outputs": [output, error, stream]},
    ]  # fmt: skip
    name = "eve <img src=x onerror=alert(1)>"
    (folder / f"{name}.ipynb").write_bytes(fakes.notebook(f"fail {EVIL}", cells=cells))
    (folder / "zed.ipynb").write_bytes(b"")
    grade_class([folder], target, fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=2))
    adjust(target, "ben", "router", 6.5, f"second reading {EVIL}", f"Prof. {EVIL}")
    # Files are as old as the test: a day and a half late.
    export(target, "csv", LatePolicy(due=time.time() - 36 * 3600, cost=10.0))
    publish(target, OUTCOMES)
    return target
