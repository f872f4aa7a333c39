"""
intent: Take a display name, number, login and address at the platform that are formulas.
outcome: Every identifier in a table is treated like a name.
"""

from tests.intake.layouts import Student

LAYOUT = "gradescope"
STUDENT = Student("'=1+1'", "=2+2", "=cmd@x.edu", "@SUM", 70_000)
