"""Take the pictures in this folder: after `make demo`, `.venv/bin/python docs/images/take.py`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from autograder.course.build import notebook_bytes  # noqa: E402
from autograder.course.lessons import lesson_of  # noqa: E402
from autograder.course.packages import load_built  # noqa: E402
from autograder.desk.reading import Desk  # noqa: E402
from tests.browser.desk import served  # noqa: E402
from tests.browser.jupyter import chromium_page, jupyter_lab, open_notebook, run_all  # noqa: E402

COLOURS = 128
EXERCISE = "attention_masks"
REPORTED = "training_memory"
"""Of report and desk; the notebook shows the other."""
HIDE = """() => {
  for (const item of document.querySelectorAll('.lm-MenuBar-item, .jp-Toolbar-item'))
    if (['Nbgrader', 'Validate'].includes(item.textContent.trim())) item.style.display = 'none';
  for (const bar of document.querySelectorAll('.jp-SideBar.jp-mod-right, .Toastify'))
    bar.style.display = 'none';
}"""


def keep(page: Page, name: str, **options: object) -> None:
    """Save what the page shows as a small PNG."""
    path = HERE / name
    page.screenshot(path=path, **options)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def take_report() -> None:
    """One exercise in the instructor's report on the sample class."""
    with chromium_page(1240, 900, color_scheme="light") as page:
        page.goto((ROOT / "out" / "demo" / "report.html").as_uri())
        section = page.locator(f"#exercise-{REPORTED}")
        section.evaluate("section => scrollTo(0, section.offsetTop - 6)")
        keep(page, "report.png")


def take_desk() -> None:
    """A group of answers to one exercise on the marking desk, over the sample class."""
    desk = Desk(ROOT / "out" / "demo", {})
    with served(desk) as keys, chromium_page(1240, 900, color_scheme="light") as page:
        page.goto(keys.address)
        page.wait_for_url(f"**{keys.base}/")
        page.goto(f"http://127.0.0.1:{keys.port}{keys.base}/exercise/{REPORTED}?answer=1")
        page.locator(".dk-out").evaluate("place => place.remove()")
        keep(page, "desk.png")


def one_section() -> tuple[str, dict[str, object]]:
    """The lesson's opening and one section, filled in, under the name that otter looks for."""
    built = load_built(lesson_of(EXERCISE))
    cells = [
        cell
        for cell in built.solution["cells"]
        if cell["metadata"].get("exercise") in (None, EXERCISE)
        and cell["metadata"].get("role") != "export"
    ]
    return f"{built.package.lesson}.ipynb", {**built.solution, "cells": cells}


def take_notebook() -> None:
    """The section in JupyterLab: the check that passed and the plot below it."""
    name, notebook = one_section()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(notebook_bytes(notebook))
        with jupyter_lab(Path(folder)) as address, chromium_page(1240, 775) as page:
            open_notebook(page, address, name)
            run_all(page)
            page.keyboard.press("Control+b")
            # A student has neither nbgrader's menus nor the question about Jupyter news.
            page.evaluate(HIDE)
            scroll_to_check(page)
            keep(page, "notebook.png")


def scroll_to_check(page: Page) -> None:
    """Put the check at the top; the drawing code below it comes folded, so that its plot shows."""
    check = page.locator(".jp-Cell", has_text=f'grader.check("{EXERCISE}")').last
    for _ in range(2):  # The page lays cells out as they come into view.
        check.evaluate("cell => cell.scrollIntoView({block: 'start'})")
        page.wait_for_timeout(1500)
    page.locator(".jp-CodeCell img").first.wait_for(timeout=120_000)
    check.evaluate("cell => cell.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(1500)


if __name__ == "__main__":
    if "notebook" not in sys.argv:
        take_report()
        take_desk()
    take_notebook()
