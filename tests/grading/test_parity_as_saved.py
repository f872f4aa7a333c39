"""Each way in which a front end or a student leaves a notebook, graded by stock otter and by us.

The rows are those of issue 18. Those in ``EQUAL`` come out alike, test by test. Those in ``KINDER``
otter grades too, and we give what was lost without the student's fault. Those in ``REFUSED`` otter
does not grade, for the reason that stands there, and we do.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.course.build import notebook_bytes
from autograder.course.lessons import lessons
from autograder.course.packages import load_built
from autograder.model import Notebook
from autograder.sandbox import SandboxEngine
from tests.grading.stock_otter import ask_otter, our_verdicts, stock_verdicts

SLUG = list(lessons())[1]
"""The lesson whose notebook otter runs quickest."""
EXERCISES = lessons()[SLUG].exercises
FIRST, SECOND, _, LAST = EXERCISES
Cell = dict[str, Any]


def code(source: str, **more: Any) -> Cell:
    return {
        "cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None,
        "source": source, **more,
    }  # fmt: skip


def place_of(notebook: Notebook, exercise: str, role: str) -> int:
    return next(
        place
        for place, cell in enumerate(notebook["cells"])
        if (cell["metadata"].get("exercise"), cell["metadata"].get("role")) == (exercise, role)
    )


def cell_of(notebook: Notebook, exercise: str, role: str) -> Cell:
    cell: Cell = notebook["cells"][place_of(notebook, exercise, role)]
    return cell


def setup_cells(notebook: Notebook) -> list[Cell]:
    return [cell for cell in notebook["cells"] if cell["metadata"].get("role") == "setup"]


def put(notebook: Notebook, exercise: str, *sources: str) -> None:
    """Put cells of the student's own before an exercise's answer."""
    place = place_of(notebook, exercise, "answer")
    notebook["cells"][place:place] = map(code, sources)


def with_output(notebook: Notebook, text: str) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": text}
    cell_of(notebook, FIRST, "answer")["outputs"] = [output]


# Ids and metadata


def ids_dropped(notebook: Notebook) -> None:
    """JupyterLite, old Notebook: nbformat 4.4."""
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        del cell["id"]


def ids_in_the_metadata(notebook: Notebook) -> None:
    """Colab: nbformat 4.0."""
    notebook["nbformat_minor"] = 0
    for cell in notebook["cells"]:
        cell["metadata"] = {"id": cell.pop("id")}


def ids_numbered(notebook: Notebook) -> None:
    """nbstripout."""
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = str(number)


def ids_renewed_and_metadata_dropped(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        cell["id"], cell["metadata"] = uuid.uuid4().hex[:8], {}


def metadata_of_the_notebook_dropped(notebook: Notebook) -> None:
    ids_dropped(notebook)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    notebook["metadata"] = {}


# Cells that were split, copied, deleted, moved, changed


def answer_copied_with_its_id(notebook: Notebook) -> None:
    """VS Code: a wrong attempt above, the right one below."""
    place = place_of(notebook, FIRST, "answer")
    wrong = "def rotate(vector, position, theta):\n    return vector"
    notebook["cells"].insert(place, {**notebook["cells"][place], "source": wrong})


def answer_split_under_one_id(notebook: Notebook) -> None:
    place = place_of(notebook, FIRST, "answer")
    cell = notebook["cells"][place]
    cut = cell["source"].index("def rotate(")
    halves = cell["source"][:cut], cell["source"][cut:]
    notebook["cells"][place : place + 1] = [{**cell, "source": half} for half in halves]


def answer_written_into_the_check_cell(notebook: Notebook) -> None:
    answer = notebook["cells"].pop(place_of(notebook, FIRST, "answer"))
    check = cell_of(notebook, FIRST, "check")
    check["source"] = f"{answer['source']}\n\n{check['source']}"


def answer_turned_into_markdown(notebook: Notebook) -> None:
    cell = cell_of(notebook, FIRST, "answer")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def answer_turned_into_raw(notebook: Notebook) -> None:
    answer_turned_into_markdown(notebook)
    cell_of(notebook, FIRST, "answer")["cell_type"] = "raw"


def exercise_moved_to_the_end(notebook: Notebook) -> None:
    cells = notebook["cells"]
    moved = [cell for cell in cells if cell["metadata"].get("exercise") == FIRST]
    notebook["cells"] = [cell for cell in cells if cell not in moved] + moved


def three_lessons_glued(notebook: Notebook) -> None:
    solutions = [load_built(lesson).solution for lesson in lessons().values()]
    notebook["cells"] = [cell for solution in solutions for cell in solution["cells"]]


def every_cell_below_the_setup_the_same_answer(notebook: Notebook) -> None:
    answer = cell_of(notebook, FIRST, "answer")
    copies = [{**answer, "id": f"copy-{number}"} for number in range(20)]
    notebook["cells"] = setup_cells(notebook) + copies


def given_cell_deleted_and_answer_renewed(notebook: Notebook) -> None:
    """Otter has nothing to put back, so the answer raises a NameError."""
    answer = cell_of(notebook, LAST, "answer")
    answer["id"], answer["metadata"] = "0f3c", {}
    del notebook["cells"][place_of(notebook, LAST, "given")]


def setup_cell_broken(notebook: Notebook) -> None:
    """In otter nothing that the set-up cell imports is there, for no exercise."""
    cell = setup_cells(notebook)[-1]
    cell["source"] = f"import not_there\n{cell['source']}"


# What the cells do


def compiler_imported(notebook: Notebook) -> None:
    put(
        notebook,
        FIRST,
        "import torch.profiler\n"
        "from torch.nn.attention.flex_attention import create_block_mask\n"
        "torch.use_deterministic_algorithms(True)\n"
        "twice = torch.compile(lambda x: 2 * x, backend='eager')\n"
        "assert twice(torch.ones(2)).sum() == 4\n"
        "with torch.profiler.profile() as profile:\n    torch.ones(2) + 1\n",
    )
    cell_of(notebook, FIRST, "answer")["source"] += "\ntorch.export.Dim('tokens')"


def module_written_by_a_cell(notebook: Notebook) -> None:
    put(notebook, FIRST, "%%writefile mine.py\nVALUE = 1", "import mine")
    cell_of(notebook, FIRST, "answer")["source"] += "\nassert mine.VALUE == 1"
    answer = cell_of(notebook, FIRST, "answer")
    answer["source"] = answer["source"].replace("position * theta", "position * theta * mine.VALUE")


def pylab(notebook: Notebook) -> None:
    """In otter numpy's ``min`` hides the builtin from the exercises below, too."""
    put(notebook, FIRST, "%pylab inline")
    answer = cell_of(notebook, FIRST, "answer")
    answer["source"] = answer["source"].replace("position * theta", "multiply(position, theta)")


def star_import_that_a_later_exercise_relies_on(notebook: Notebook) -> None:
    """``math.pow`` gives a float, which has ``hex``; the builtin gives an int, which has none."""
    put(notebook, FIRST, "from math import *")
    answer = cell_of(notebook, SECOND, "answer")
    answer["source"] += "\npow(2, 2).hex()\n_mask = causal_mask\n" + (
        "def causal_mask(seq_len):\n    pow(2, 2).hex()\n    return _mask(seq_len)"
    )


def two_helpers_of_one_name(notebook: Notebook) -> None:
    """Without ids, both once ran before every exercise."""
    ids_dropped(notebook)
    put(notebook, FIRST, "def helper(position, theta):\n    return position * theta")
    put(notebook, SECOND, "def helper(mask):\n    return mask")
    answer = cell_of(notebook, FIRST, "answer")
    answer["source"] = answer["source"].replace("position * theta", "helper(position, theta)")


def newer_syntax(notebook: Notebook) -> None:
    answer = cell_of(notebook, FIRST, "answer")
    answer["source"] += "\n\ndef first[T](values: list[T]) -> T:\n    return values[0]"


def import_in_a_look_cell(notebook: Notebook) -> None:
    """Otter runs an exercise's tests where its check cell stands, above the look cell."""
    look = cell_of(notebook, FIRST, "look")
    look["source"] = f"import operator\n{look['source']}"
    answer = cell_of(notebook, FIRST, "answer")
    answer["source"] = answer["source"].replace("position * theta", "operator.mul(position, theta)")


def module_beside_the_notebook(notebook: Notebook) -> None:
    answer = cell_of(notebook, FIRST, "answer")
    answer["source"] = f"import my_helpers\n{answer['source']}"


def exit_called(notebook: Notebook) -> None:
    put(notebook, FIRST, "exit()")


# What is stored


def lone_surrogate_in_an_output(notebook: Notebook) -> bytes:
    with_output(notebook, "a half: HERE")
    return notebook_bytes(notebook).replace(b"HERE", rb"\ud800")


def number_that_is_none_in_an_output(notebook: Notebook) -> bytes:
    data = {"application/json": {"loss": "HERE"}}
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    cell_of(notebook, FIRST, "answer")["outputs"] = [output]
    return notebook_bytes(notebook).replace(b'"HERE"', b"NaN")


def outputs_of_40_megabytes(notebook: Notebook) -> bytes:
    with_output(notebook, "x" * 40_000_000)
    return notebook_bytes(notebook)


def byte_order_mark(notebook: Notebook) -> bytes:
    return b"\xef\xbb\xbf" + notebook_bytes(notebook)


def utf_16(notebook: Notebook) -> bytes:
    return notebook_bytes(notebook).decode().encode("utf-16")


def as_it_is(notebook: Notebook) -> bytes:
    return notebook_bytes(notebook)


Change = Callable[[Notebook], bytes | None]
EQUAL: tuple[Change, ...] = (
    ids_dropped, ids_in_the_metadata, ids_numbered, ids_renewed_and_metadata_dropped,
    answer_copied_with_its_id, answer_split_under_one_id, answer_written_into_the_check_cell,
    answer_turned_into_markdown, answer_turned_into_raw, exercise_moved_to_the_end,
    three_lessons_glued, every_cell_below_the_setup_the_same_answer, compiler_imported,
    module_written_by_a_cell, star_import_that_a_later_exercise_relies_on, newer_syntax,
    module_beside_the_notebook, lone_surrogate_in_an_output, number_that_is_none_in_an_output,
    outputs_of_40_megabytes, two_helpers_of_one_name,
)  # fmt: skip
LOSING: dict[Change, set[str]] = {
    answer_turned_into_markdown: {FIRST},
    answer_turned_into_raw: {FIRST},
    newer_syntax: {FIRST},
    module_beside_the_notebook: {FIRST},
    every_cell_below_the_setup_the_same_answer: set(EXERCISES),
}
"""The exercises in which these lose something; all others come out right."""
KINDER: dict[Change, set[str]] = {
    given_cell_deleted_and_answer_renewed: {LAST},
    setup_cell_broken: set(EXERCISES),
    pylab: {LAST},
    import_in_a_look_cell: {FIRST},
}
"""The exercises in which these lose something in otter; with us none does."""
REFUSED: dict[str, tuple[Change, str, str]] = {
    "its own metadata lost": (
        metadata_of_the_notebook_dropped, "{}.ipynb", "Received submission for assignment",
    ),
    "exit()": (exit_called, "{}.ipynb", "DeadKernelError"),
    "byte order mark": (byte_order_mark, "{}.ipynb", "BOM"),
    "UTF-16": (utf_16, "{}.ipynb", "UnicodeDecodeError"),
    "another suffix": (as_it_is, "{}.ipynb.txt", "No gradable files found in submission"),
}  # fmt: skip
"""Row to how the notebook is stored, its file's name, and what otter says instead of grading."""


@pytest.fixture(scope="module")
def engine() -> Iterator[SandboxEngine]:
    with SandboxEngine() as made:
        yield made


def saved(change: Change) -> bytes:
    notebook = copy.deepcopy(load_built(lessons()[SLUG]).solution)
    raw = change(notebook)
    return notebook_bytes(notebook) if raw is None else raw


def exercises_that_lose(verdicts: dict[str, bool]) -> set[str]:
    return {name.partition(":")[0] for name, passed in verdicts.items() if not passed}


@pytest.mark.parametrize("change", [*EQUAL, *KINDER], ids=lambda change: change.__name__)
def test_our_points_are_what_they_should_be(change: Change, engine: SandboxEngine) -> None:
    losing = exercises_that_lose(our_verdicts(SLUG, engine, saved(change)))
    assert losing == LOSING.get(change, set())


def test_without_ids_a_crash_costs_one_exercise(engine: SandboxEngine) -> None:
    notebook = copy.deepcopy(load_built(lessons()[SLUG]).solution)
    answer = cell_of(notebook, SECOND, "answer")
    answer["source"] += "\n\ndef causal_mask(seq_len):\n    import os\n    os.abort()"
    ids_dropped(notebook)
    outcome = engine.grade_notebook(load_built(lessons()[SLUG]).package, notebook)
    assert {part.exercise for part in outcome.sections if part.points < 10} == {SECOND}
    assert {part.exercise for part in outcome.sections if part.events} == {SECOND}


@pytest.mark.long
@pytest.mark.parametrize("change", EQUAL, ids=lambda change: change.__name__)
def test_otter_and_we_agree(change: Change, engine: SandboxEngine, tmp_path: Path) -> None:
    raw = saved(change)
    assert our_verdicts(SLUG, engine, raw) == stock_verdicts(SLUG, raw, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("change", KINDER, ids=lambda change: change.__name__)
def test_otter_takes_what_we_give(change: Change, tmp_path: Path) -> None:
    assert exercises_that_lose(stock_verdicts(SLUG, saved(change), tmp_path)) == KINDER[change]


@pytest.mark.long
@pytest.mark.parametrize("row", REFUSED)
def test_we_grade_what_otter_refuses(row: str, engine: SandboxEngine, tmp_path: Path) -> None:
    change, name, reason = REFUSED[row]
    raw = saved(change)
    verdicts, printed = ask_otter(SLUG, raw, tmp_path, name)
    assert verdicts == {}
    assert reason in printed
    assert exercises_that_lose(our_verdicts(SLUG, engine, raw)) == set()
