"""
intent: Call files and folders like what grade writes, so that one's own folder is taken for it.
outcome: A folder that holds work is a student's, whatever lies beside.
"""

from tests import fakes


def upload() -> dict[str, bytes]:
    return {
        "gradebook.sqlite": b"SQLite format 3\0",
        "results/Ada_Lovelace/lesson-one.json": b"{}",
        "export/grades.csv": b"x",
        ".lock": b"",
        "lab.ipynb": fakes.notebook("pass # mallory"),
    }
