"""
intent: Choose a name on which backtracking patterns take seconds.
outcome: Names are cut before any pattern sees them, and patterns are linear.
"""

from tests import fakes
from tests.intake.layouts import zipped

SECONDS = 2.0
SLOW = ("_1" * 120, "a_" * 120, "1-1 - " + " - " * 80, "x_attempt_" * 24, "Copy of " * 30,
        "(1)" * 80, "2026_11_20T10_11_12" * 13, "5-3-" * 60, "anon_" + "a" * 240)  # fmt: skip


def upload() -> dict[str, bytes]:
    names = [f"{name * times}.ipynb" for name in SLOW for times in (1, 200)]
    members = {name: fakes.notebook("pass # mallory") for name in names}
    return {"_1" * 100 + ".zip": zipped(members)}
