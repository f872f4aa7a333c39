"""
intent: Be called "Points Possible", like the line that Canvas takes for the assignment's total.
outcome: With a roster only its students are in the file; without, the line has no such form.
"""

from tests.class_attacks import Told

STUDENT = "    Points Possible"


def check(told: Told) -> None:
    firsts = [line[0] for line in told.tables["canvas"]]
    assert firsts.count("    Points Possible") == 1
