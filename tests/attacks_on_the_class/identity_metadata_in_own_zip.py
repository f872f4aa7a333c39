"""
intent: Put a Gradescope list of submissions that names others into one's own zip.
outcome: All in an upload is its owner's, a list of submissions too.
"""

from tests import fakes
from tests.intake.layouts import zipped

LIST = b"submission_9:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: '1'\n"


def upload() -> dict[str, bytes]:
    content = {
        "submission_metadata.yml": LIST,
        "submission_9/lab.ipynb": fakes.notebook("pass # as ada"),
    }
    return {"work.zip": zipped(content)}
