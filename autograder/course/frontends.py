"""Cells that let a notebook check itself and be handed in wherever it is opened.

Otter reads a student notebook's public tests from the notebook's file. Colab and Kaggle have no
such file beside the kernel, and a renamed notebook is not found. So the student notebook carries
its public tests in a folded cell, and the cell below it writes them into a temporary folder, which
is where otter looks first. Hidden tests are never in it: the text is that of otter's own student
notebook, and the search for leaks reads it like any other cell.
"""

from __future__ import annotations

from typing import Any

from autograder.errors import InvalidInput
from autograder.model import Notebook

OTTER = "otter-grader==7.0.0"
"""What Colab and Kaggle install; the release that the build and the grader use."""
TESTS_ID = "tests-01"
FOLDED = {
    "jupyter": {"source_hidden": True},
    "cellView": "form",
    "_kg_hide-input": True,
}
"""How JupyterLab and Notebook, Colab and Kaggle are told to fold a cell's source."""

WRITE_TESTS = '''

def write_public_tests():
    """Write the tests into a temporary folder, where otter looks for them."""
    import pathlib, tempfile

    try:
        folder = tempfile.mkdtemp()
        for exercise, text in PUBLIC_TESTS.items():
            pathlib.Path(folder, f"{exercise}.py").write_text(text, encoding="utf-8")
        return folder
    except OSError:
        return "./tests"  # there is no such folder: otter looks in the notebook's file
'''

START = """# Set up the checks. Run this cell first, and again after each restart of the kernel.
import os, sys
sys.modules.setdefault("rfc3987_syntax", None)  # saves a second: otter tries it and needs it not
try:
    import otter
except ImportError:
    if "google.colab" not in sys.modules and "KAGGLE_KERNEL_RUN_TYPE" not in os.environ:
        raise ImportError("otter is missing: run  pip install -r requirements.txt") from None
    print("Installing otter, which runs the checks. This takes a minute.")
    get_ipython().run_line_magic("pip", "install -q {otter}")
    import otter

notebook_file = "{lesson}.ipynb"
grader = otter.Notebook(
    notebook_file if os.path.isfile(notebook_file) else None, tests_dir=write_public_tests()
)"""

EXPORT = """try:
    grader.export(filtering=False, pdf=False, force_save=True, run_tests=True)
except (RuntimeError, ValueError):
    # Colab and Kaggle: the notebook's file is not beside the kernel.
    print("No zip can be made here. Save the notebook, download it (File menu) and hand it in.")"""


def make_independent(notebook: Notebook, public_tests: dict[str, str], lesson: str) -> None:
    """Put the public tests into a notebook, so that it needs no file beside it.

    Args:
        notebook: a student or solution notebook with ids and roles; changed in place.
        public_tests: exercise to the text of its test file, as the student notebook holds it.
        lesson: the lesson's slug, which is the notebook's name.

    Raises:
        ValueError: the text of a test cannot stand between triple quotes.
    """
    cells = notebook["cells"]
    place = next(i for i, cell in enumerate(cells) if "otter.Notebook(" in cell["source"])
    cells[place]["source"] = START.format(otter=OTTER, lesson=lesson)
    for cell in cells:
        if cell["metadata"]["role"] == "export":
            cell["source"] = EXPORT
    cells.insert(place, _tests_cell(public_tests))


def _tests_cell(public_tests: dict[str, str]) -> dict[str, Any]:
    parts = ["# @title The public tests, for the checks below", "PUBLIC_TESTS = {}"]
    for exercise, text in public_tests.items():
        if "'''" in text or text.endswith(("'", "\\")):
            raise InvalidInput(
                f"{exercise}: a public test holds ''', which its notebook cannot hold"
            )
        parts.append(f"PUBLIC_TESTS['{exercise}'] = r'''{text}'''")
    return {
        "cell_type": "code",
        "id": TESTS_ID,
        "metadata": {"role": "setup", "deletable": False, "editable": False, **FOLDED},
        "source": "\n".join(parts) + WRITE_TESTS.rstrip(),
        "outputs": [],
        "execution_count": None,
    }
