"""
intent: Draw a box that says "20 of 20 points" with our own page's classes, anchors and ids.
outcome: Ids and classes of a student's HTML are taken out, so that nothing looks like the frame.
"""

from tests import fakes
from tests.class_attacks import Told, page_of

BOX = (
    '<h2 id="total" class="ag-total" style="position:fixed">20 of 20 points</h2>'
    '<div id="cell-1" class="ag-cell">graded by hand: pwned-20</div>'
)
TOTAL = 8


def upload() -> dict[str, bytes]:
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": BOX}}
    cells = [
        {"cell_type": "markdown", "source": BOX, "metadata": {}},
        {"cell_type": "code", "source": "1", "metadata": {}, "execution_count": 1,
         "outputs": [output]},
    ]  # fmt: skip
    return {"lab.ipynb": fakes.notebook("fail # mallory", cells=cells)}


def check(told: Told) -> None:
    page = page_of(told)
    assert "graded by hand: pwned-20" in page
    assert 'class="ag-cell">graded by hand' not in page
    assert "position:fixed" not in page
