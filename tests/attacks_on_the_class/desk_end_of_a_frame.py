"""
intent: End the desk's frame, code, marks and form from within a name, a cell and a message.
outcome: All of it is text, and the notebook's page is another document in a frame of its own.
"""

from tests import fakes
from tests.class_attacks import Told, desk_pages
from tests.intake.layouts import Student

END = "</iframe></pre></mark></form></main><script>pwned()</script><iframe srcdoc='pwned'>"
LAYOUT = "gradescope"
STUDENT = Student(END, "70000", "mallory@example.edu", "mallory", 70_000)
TOTAL = 8


def upload() -> dict[str, bytes]:
    cell = {"cell_type": "code", "source": END, "metadata": {"name": END}, "outputs": [],
            "execution_count": None}  # fmt: skip
    return {"lab.ipynb": fakes.notebook(f"fail {END}", cells=[cell])}


def check(told: Told) -> None:
    shown = "&lt;/iframe&gt;&lt;/pre&gt;&lt;/mark&gt;&lt;/form&gt;"
    pages = desk_pages(told.out)
    for kind in ("/class", "/exercise/", "/student/"):
        assert any(shown in page for path, page in pages.items() if path.startswith(kind)), kind
    notebooks = [page for path, page in pages.items() if path.startswith("/notebook/")]
    assert any("pwned" in page for page in notebooks)
