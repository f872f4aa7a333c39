"""
intent: Paste pictures that are missing, no picture, a script or an address on the web.
outcome: A picture of the notebook is shown, all else is a line; nothing is loaded from elsewhere.
"""

from tests import fakes
from tests.class_attacks import Told, page_of

BAD = ({}, 7, {"image.png": 3}, {"image.png": {"image/svg+xml": "<svg onload=pwned()>"}},
       {"image.png": {"image/png": 'x" onerror="pwned()'}},
       {"image.png": {"image/png": "A" * 4_000_000}},
       {"image.png": {"text/html": "<script>pwned()</script>"}})  # fmt: skip


def upload() -> dict[str, bytes]:
    cells = [
        {"cell_type": "markdown", "source": "![image.png](attachment:image.png)", "metadata": {},
         "attachments": attachments}
        for attachments in BAD
    ]  # fmt: skip
    cells.append(
        {"cell_type": "markdown", "metadata": {}, "source": "![x](https://pwned.example/x.png)"}
    )
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}


def check(told: Told) -> None:
    page = page_of(told)
    assert page.count("[the picture image.png is not in this notebook]") == len(BAD)
    assert 'src="https://pwned' not in page
