"""
intent: Take Ada's display name at Gradescope.
outcome: Number and address tell the two apart, and names never come before them.
"""

from tests.intake.layouts import Student

LAYOUT = "gradescope"
STUDENT = Student("Ada Lovelace", "70000", "mallory@example.edu", "mallory", 70_000)
