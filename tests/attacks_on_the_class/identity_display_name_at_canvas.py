"""
intent: Take Ada's display name at Canvas, which students may change.
outcome: Canvas's number tells the two apart, and the roster joins numbers before names.
"""

from tests.intake.layouts import Student

LAYOUT = "canvas"
STUDENT = Student("Ada Lovelace", "70000", "mallory@example.edu", "mallory", 70_000)
