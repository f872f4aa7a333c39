"""
intent: Hand in pickles wherever a grader may load one, as a log, as an answer and in a zip.
outcome: A notebook is JSON and nothing else; nothing is ever unpickled.
"""

import os
import pickle

from tests import fakes
from tests.intake.layouts import zipped

TRACE = "attack-was-here"


class Boom:
    """Leaves a trace where it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (f"/tmp/{TRACE}",)


def upload() -> dict[str, bytes]:
    bomb = pickle.dumps(Boom())
    inside = {".OTTER_LOG": bomb, "lab.pkl": bomb, "lab.ipynb": fakes.notebook("pass # mallory")}
    return {"work.zip": zipped(inside), ".OTTER_LOG": bomb, "answer.pkl": bomb}


def check(told: object) -> None:
    assert not os.path.exists(f"/tmp/{TRACE}")
