"""
intent: Draw forms and buttons that send points to the desk when the instructor presses them.
outcome: Forms are taken out; the frame may send none, and its origin is not the desk's.
"""

import re

from tests import fakes
from tests.class_attacks import Told, desk_pages

FORM = (
    '<form action="../../give?pwned" method="post"><input name="points" value="10">'
    '<input type="image" src="x" formaction="../../give?pwned"><button>Next</button></form>'
    '<button form="pwned" formaction="../../undo?pwned">Undo</button>'
    '<isindex action="../../give?pwned"><textarea name="pwned" form="pwned"></textarea>'
)


def upload() -> dict[str, bytes]:
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": FORM}}
    cells = [
        {"cell_type": "markdown", "source": FORM, "metadata": {}},
        {"cell_type": "code", "source": "1", "metadata": {}, "execution_count": 1,
         "outputs": [output]},
    ]  # fmt: skip
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}


def check(told: Told) -> None:
    for path, page in desk_pages(told.out).items():
        if path.startswith("/notebook/"):
            assert not re.search(r"<(form|input|button|textarea|isindex)\b", page)
