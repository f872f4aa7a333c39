"""
intent: Take a display name with a line break, quotes and a whole row for Ada.
outcome: A name is one line, and a table quotes it.
"""

from tests.class_attacks import Told
from tests.intake.layouts import Student

LAYOUT = "gradescope"
STUDENT = Student(
    '"x\\"\\n\\"Lovelace, Ada\\",2105,2105,ada,A,0\\r\\n"', "7", "m@x.edu", "m", 70_000
)


def check(told: Told) -> None:
    for lines in told.tables.values():
        assert all(cell.isprintable() for line in lines for cell in line)
        assert sum("Lovelace, Ada" in line for line in lines) <= 1
