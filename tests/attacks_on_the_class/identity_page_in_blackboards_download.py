"""
intent: Hand in at Blackboard a page that says, as Blackboard's own pages do, that one is Ada.
outcome: A page names only the attempt that stands in its own file name.
"""

from tests import fakes

LAYOUT = "blackboard"


def upload() -> dict[str, bytes]:
    page = b"Name: Ada Lovelace (ada)\nAssignment: Lab 5.3.1\n"
    return {
        "page.txt": page,
        "Lab 5.3.1_ada_attempt_2026-11-20-10-11-12.txt": page,
        "lab.ipynb": fakes.notebook("pass # mallory"),
    }
