"""
intent: Write links and pictures with the addresses by which the desk stores and takes back.
outcome: Relative addresses are taken out, and reading an address never decides anything.
"""

from tests import fakes
from tests.class_attacks import Told, desk_pages
from tests.desk.client import desk_of
from tests.gradebook.builder import totals

LINKS = (
    "[next](../../give?student=1&exercise=router&points=10&why=pwned) "
    "![x](../../undo?marks=1) [y](/link?student=1&other=pwned) [z](?stored=pwned)"
)


def upload() -> dict[str, bytes]:
    cells = [{"cell_type": "markdown", "source": LINKS, "metadata": {}}]
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}


def check(told: Told) -> None:
    for path, page in desk_pages(told.out).items():
        if path.startswith("/notebook/"):
            assert "give?" not in page
            assert "undo?" not in page
    before = totals(told.out)
    with desk_of(told.out) as browser:
        form = browser.form("/exercise/router", "/give") | {"points": "10", "why": "pwned"}
        for action in ("/give", "/undo", "/link"):
            query = "&".join(f"{name}={value}" for name, value in form.items())
            assert browser.get(f"{action}?{query}").status_code == 405
    assert totals(told.out) == before
