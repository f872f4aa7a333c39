"""
intent: Hand in a class.toml, a roster and a gradebook of one's own.
outcome: Settings come from what the instructor names; a student's files are content.
"""

from tests import fakes


def upload() -> dict[str, bytes]:
    return {
        "class.toml": b'policy = "best"\n[due]\nall = "2001-01-01"\n',
        "roster.csv": b"Student,ID,SIS User ID,SIS Login ID,Section\nMallory,2105,2105,ada,A\n",
        "conftest.py": b"import os; os._exit(9)",
        "sitecustomize.py": b"import os; os._exit(9)",
        "lab.ipynb": fakes.notebook("pass # mallory"),
    }
