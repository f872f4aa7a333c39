"""
intent: Hand in at Gradescope a second list that gives the next submission to oneself.
outcome: Only the export's own list is read.
"""

from tests import fakes

LAYOUT = "gradescope"
LIST = b"submission_%d:\n  :submitters:\n  - :name: Mallory\n    :sid: '%d'\n"


def upload() -> dict[str, bytes]:
    lists = b"".join(LIST % (number, number) for number in range(10_000, 30_000))
    return {"submission_metadata.yml": lists, "lab.ipynb": fakes.notebook("pass # mallory")}
