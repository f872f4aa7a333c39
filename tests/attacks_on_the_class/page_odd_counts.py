"""
intent: Save execution counts, outputs, attachments and metadata of every type that JSON has.
outcome: What cannot be shown is a line in its place; the page has all cells.
"""

from tests import fakes
from tests.class_attacks import Told, page_of

VALUES = (None, True, -1, 10**400, 1.5, "1", [], [1], {}, {"a": [{}]}, "\ud800")


def upload() -> dict[str, bytes]:
    cells = [
        {"cell_type": kind, "source": "1", "metadata": value, "execution_count": value,
         "outputs": [value, {"output_type": "stream", "text": value, "name": value}],
         "attachments": value}
        for value in VALUES
        for kind in ("code", "markdown", "raw")
    ]  # fmt: skip
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}


def check(told: Told) -> None:
    released = len(fakes.released("lesson-one")["cells"])
    assert page_of(told).count('<div class="ag-cell" id="cell-') == released + 3 * len(VALUES)
