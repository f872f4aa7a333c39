"""
intent: Put a Gradescope list of submissions that names others into one's own folder.
outcome: A list counts at the top of an export only; elsewhere it is a student's file.
"""

from tests import fakes

LIST = b"submission_9:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: '1'\n"


def upload() -> dict[str, bytes]:
    return {
        "submission_metadata.yml": LIST,
        "submission_9/lab.ipynb": fakes.notebook("pass # as ada"),
        "lab.ipynb": fakes.notebook("pass # mallory"),
    }
