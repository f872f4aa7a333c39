"""The student's seat: every lesson opened in a real JupyterLab."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.build.outputs import notebook_bytes
from autograder.lessons import lessons
from autograder.packages import load_built
from tests.browser.jupyter import chromium_page, jupyter_lab, open_notebook, run_all, save
from tests.conftest import require_chromium

pytestmark = pytest.mark.browser
ARTEFACTS = Path(__file__).parents[2] / "test-artefacts"


def run_in_lab(folder: Path, name: str, notebook: dict, picture: str) -> tuple[dict, float]:
    """Open, run and save a notebook in JupyterLab."""
    require_chromium()
    path = folder / name
    path.write_bytes(notebook_bytes(notebook))
    with jupyter_lab(folder) as address, chromium_page() as page:
        open_notebook(page, address, name)
        seconds = run_all(page)
        saved = save(page, path)
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"{picture}.png")
    return saved, seconds


def outputs(cell: dict) -> str:
    return json.dumps(cell.get("outputs", []), ensure_ascii=False)


def without_export(notebook: dict) -> dict:
    """Leave out the hand-in cell: it zips and re-runs everything, which is not what is timed."""
    cells = [cell for cell in notebook["cells"] if cell["metadata"].get("role") != "export"]
    return {**notebook, "cells": cells}


@pytest.mark.parametrize("slug", lessons())
def test_an_unfilled_notebook_runs_to_the_end_with_readable_messages(slug, tmp_path) -> None:
    released = without_export(load_built(lessons()[slug]).package.released)
    saved, _ = run_in_lab(tmp_path, f"{slug}.ipynb", released, f"lab-{slug}-unfilled")
    code = [cell for cell in saved["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code), "a cell raised and stopped the run"
    assert not any('"output_type": "error"' in outputs(cell) for cell in code)
    for cell in code:
        if "grader.check(" in "".join(cell["source"]):
            assert "results" in outputs(cell)
            assert "Traceback" not in outputs(cell)


@pytest.mark.parametrize("slug", lessons())
def test_a_filled_notebook_passes_its_public_checks_and_shows_plots(slug, tmp_path) -> None:
    solution = without_export(load_built(lessons()[slug]).solution)
    saved, seconds = run_in_lab(tmp_path, f"{slug}.ipynb", solution, f"lab-{slug}-filled")
    plots = dict.fromkeys(lessons()[slug].stems, 0)
    for cell in saved["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert '"output_type": "error"' not in outputs(cell), "".join(cell["source"])
        if "grader.check(" in "".join(cell["source"]):
            assert "passed!" in outputs(cell), outputs(cell)
        if cell["metadata"].get("role") == "look":
            plots[cell["metadata"]["exercise"]] += "image/png" in outputs(cell)
    assert all(plots.values()), f"exercises without a visible plot: {plots}"
    print(f"{slug}: ran filled in {seconds:.1f} s")
