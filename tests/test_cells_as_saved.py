"""Each way in which a front end or a student leaves a notebook, and what must run then."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

import pytest

from autograder.cells import Section, identify, lessons_in, remark_on, split
from autograder.course.lessons import lessons
from autograder.course.packages import Built, load_built, load_packages
from autograder.grading.inprocess import InProcessEngine
from autograder.model import GradingPackage, Notebook

Cells = list[dict[str, Any]]
PLAIN: dict[str, Any] = {
    "cell_type": "code",
    "metadata": {},
    "outputs": [],
    "execution_count": None,
}


@pytest.fixture(scope="module")
def packages() -> dict[str, GradingPackage]:
    return load_packages()


@pytest.fixture
def package(first_lesson: Built) -> GradingPackage:
    return first_lesson.package


@pytest.fixture
def solved(first_lesson: Built) -> Notebook:
    return copy.deepcopy(first_lesson.solution)


def own(source: str, **more: Any) -> dict[str, Any]:
    return {**PLAIN, "source": source, **more}


def place_of(notebook: Notebook, exercise: str, role: str) -> int:
    return next(
        place
        for place, cell in enumerate(notebook["cells"])
        if (cell["metadata"].get("exercise"), cell["metadata"].get("role")) == (exercise, role)
    )


def section(package: GradingPackage, notebook: Notebook, exercise: str) -> Section:
    return next(part for part in split(package, notebook) if part.exercise == exercise)


def said(package: GradingPackage, notebook: Notebook) -> list[str]:
    return [event.sentence for part in split(package, notebook) for event in part.problems]


def sources(part: Section, *roles: str) -> list[str]:
    return [cell.source for cell in part.cells if cell.role in roles]


def drop_ids(cells: Cells) -> None:
    for cell in cells:
        del cell["id"]


def keep_ids_as_metadata(cells: Cells) -> None:
    for cell in cells:
        cell["metadata"] = {"id": cell.pop("id")}


def number_ids(cells: Cells) -> None:
    for number, cell in enumerate(cells):
        cell["id"] = str(number)


def drop_ids_and_metadata(cells: Cells) -> None:
    for cell in cells:
        cell["metadata"] = {}
        del cell["id"]


def keep_code_alone(cells: Cells) -> None:
    cells[:] = [own(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("slug", lessons())
@pytest.mark.parametrize(
    "lose",
    [drop_ids, keep_ids_as_metadata, number_ids, drop_ids_and_metadata, keep_code_alone],
    ids=["JupyterLite", "Colab", "nbstripout", "copied", "code alone"],
)
def test_lost_ids_and_metadata_change_nothing(
    slug: str, lose: Callable[[Cells], None], packages: dict[str, GradingPackage]
) -> None:
    notebook = copy.deepcopy(load_built(lessons()[slug]).solution)
    wanted = [
        [(cell.role, cell.source, cell.unchanged) for cell in part.cells]
        for part in split(packages[slug], notebook)
    ]
    lose(notebook["cells"])
    notebook["metadata"] = {}
    assert identify(notebook, packages) == slug
    parts = split(packages[slug], notebook)
    found = [[(c.role, c.source, c.unchanged) for c in part.cells] for part in parts]
    assert found == wanted
    assert said(packages[slug], notebook) == []


@pytest.mark.parametrize(
    ("lose", "remarked"),
    [(drop_ids, False), (number_ids, False), (drop_ids_and_metadata, True)],
)
def test_a_remark_says_that_text_alone_told(package, solved, lose, remarked: bool) -> None:
    solved["metadata"] = {}
    assert remark_on(solved, package) == ""
    lose(solved["cells"])
    assert ("by what its cells say" in remark_on(solved, package)) is remarked


@pytest.mark.parametrize("broken", [{}, {"cells": 3}, {"cells": [{"id": [], "metadata": 1}]}])
def test_damaged_notebooks_are_refused_in_a_sentence(packages, package, broken) -> None:
    assert remark_on(broken, package)
    with pytest.raises(ValueError, match="not one of this course's"):
        lessons_in(broken, packages)


def test_the_last_of_several_copies_counts(package, solved) -> None:
    place = place_of(solved, "router", "answer")
    right = solved["cells"][place]
    wrong = {**right, "source": "def router_probabilities(a, b):\n    return a"}
    solved["cells"].insert(place, wrong)
    part = section(package, solved, "router")
    assert sources(part, "answer") == [wrong["source"], right["source"]]
    solved["cells"].insert(place, {**wrong, "source": wrong["source"] + " + 1"})
    (sentence,) = said(package, solved)
    assert "The answer cell of router stands 3 times; all were run in order" in sentence


@pytest.mark.parametrize("keep_id", [True, False])
def test_both_halves_of_a_split_answer_run(package, solved, keep_id: bool) -> None:
    place = place_of(solved, "router", "answer")
    cell = solved["cells"][place]
    cut = cell["source"].index("def select_experts")
    halves = [{**cell, "source": part} for part in (cell["source"][:cut], cell["source"][cut:])]
    if not keep_id:
        halves[1] = own(halves[1]["source"])
    solved["cells"][place : place + 1] = halves
    assert "".join(sources(section(package, solved, "router"), "answer")) == cell["source"]
    assert said(package, solved) == []


def test_a_deleted_given_cell_comes_back_before_an_answer_with_a_new_id(package, solved) -> None:
    answer = solved["cells"][place_of(solved, "moe_layer", "answer")]
    answer["id"], answer["metadata"] = "0f3c", {}
    given = solved["cells"].pop(place_of(solved, "moe_layer", "given"))
    part = section(package, solved, "moe_layer")
    assert sources(part, "given", "answer") == [given["source"], answer["source"]]


def test_code_in_a_check_cell_runs(package, solved) -> None:
    answer = solved["cells"].pop(place_of(solved, "router", "answer"))
    check = solved["cells"][place_of(solved, "router", "check")]
    check["source"] = answer["source"] + "\n\nif True:\n    grader.check('router')"
    part = section(package, solved, "router")
    (run,) = sources(part, "extra")
    assert run == answer["source"] + "\n\nif True:\n    pass"
    assert said(package, solved) == []


@pytest.mark.parametrize(("kind", "word"), [("markdown", "Markdown"), ("raw", "raw")])
@pytest.mark.parametrize("known", [True, False])
def test_an_answer_that_is_no_code_cell_is_said_to_be_that(
    package, solved, kind: str, word: str, known: bool
) -> None:
    cell = solved["cells"][place_of(solved, "router", "answer")]
    cell["cell_type"] = kind
    if not known:
        cell["id"], cell["metadata"] = "new", {}
    assert said(package, solved) == [
        f"The answer cell of router is a {word} cell, so it was not run; it must be a code cell."
    ]


@pytest.mark.parametrize("role", ["predict", "answer"])
def test_missing_is_said_when_nothing_of_a_cell_is_there(package, solved, role: str) -> None:
    del solved["cells"][place_of(solved, "router", role)]
    assert said(package, solved) == [f"The {role} cell of router is missing from the notebook."]


def test_an_answer_merged_into_the_given_cell_is_not_missing(package, solved) -> None:
    answer = solved["cells"].pop(place_of(solved, "moe_layer", "answer"))
    given = solved["cells"][place_of(solved, "moe_layer", "given")]
    given["source"] += "\n\n" + answer["source"]
    assert said(package, solved) == []
    assert sources(section(package, solved, "moe_layer"), "given") == [given["source"]]


@pytest.mark.parametrize("known", [True, False])
def test_a_changed_setup_cell_runs_for_every_exercise_after_the_released_one(
    package, solved, known: bool
) -> None:
    places = [i for i, c in enumerate(solved["cells"]) if c["metadata"]["role"] == "setup"]
    cell = solved["cells"][places[-1]]
    as_released = cell["source"]
    cell["source"] = f"import pandas as pd\n{as_released}\nMY_OWN = 3"
    if not known:
        cell["id"], cell["metadata"] = "new", {}
    for part in split(package, solved):
        ran = [(own.source, own.unchanged) for own in part.cells[: len(places) + 1]]
        assert ran[-2:] == [(as_released, True), (cell["source"], False)]
    assert said(package, solved) == []


def test_an_own_import_is_no_piece_of_a_plot(package, solved) -> None:
    place = place_of(solved, "expert_routing", "answer")
    solved["cells"].insert(place, own("from IPython.display import HTML, display"))
    part = section(package, solved, "expert_routing")
    assert sources(part, "extra") == ["from IPython.display import HTML, display"]


def test_a_helper_below_a_plots_lines_is_run(package, solved) -> None:
    look = solved["cells"][place_of(solved, "router", "look")]
    solved["cells"].append(own(look["source"] + "\n\ndef my_helper():\n    return 1"))
    assert "def my_helper()" in "".join(
        sources(section(package, solved, "router_collapse"), "extra")
        + sources(section(package, solved, "router"), "extra")
    )


def test_an_import_in_a_look_cell_is_there_for_the_answer(package, solved) -> None:
    look = solved["cells"][place_of(solved, "router", "look")]
    look["source"] = "import itertools, functools\nfrom math import sqrt\n" + look["source"]
    answer = solved["cells"][place_of(solved, "router", "answer")]
    answer["source"] += "\n\n\ndef pairs():\n    return itertools.count()"
    part = section(package, solved, "router")
    assert sources(part, "extra") == ["import itertools, functools"]


def test_own_cells_at_the_end_belong_to_the_last_exercise(package, solved) -> None:
    solved["cells"].append(own("after_all = 1"))
    assert [part.exercise for part in split(package, solved) if sources(part, "extra")] == [
        "router_collapse"
    ]


def test_the_cell_that_hands_in_is_not_run_and_code_in_it_is_the_last_exercises(
    package, solved
) -> None:
    export = solved["cells"][-1]
    assert export["metadata"]["role"] == "export"
    assert all(not sources(part, "extra") for part in split(package, solved))
    export["source"] = "grader.export(pdf=False)\nafter_all = 1"
    assert [part.exercise for part in split(package, solved) if sources(part, "extra")] == [
        "router_collapse"
    ]


def test_forged_metadata_places_a_cell_and_trusts_it_never(package, solved) -> None:
    forged = {"exercise": "router", "role": "given"}
    solved["cells"].append(own("import os", metadata=forged))
    part = section(package, solved, "router")
    (cell,) = (cell for cell in part.cells if cell.source == "import os")
    assert not cell.unchanged


def test_copies_of_a_given_cell_make_no_new_beginning(package, solved) -> None:
    before = section(package, solved, "router").cells
    place = place_of(solved, "router", "given")
    solved["cells"][place:place] = [solved["cells"][place]] * 30
    after = section(package, solved, "router").cells
    assert [cell.source for cell in after] == [cell.source for cell in before]


def test_three_lessons_in_one_notebook_are_all_found_and_kept_apart(packages) -> None:
    solutions = {slug: load_built(lessons()[slug]).solution for slug in packages}
    glued = {"cells": [cell for one in solutions.values() for cell in one["cells"]], "metadata": {}}
    assert lessons_in(glued, packages) == list(packages)
    for slug, solution in solutions.items():
        alone, together = (split(packages[slug], one) for one in (solution, glued))
        work = ("given", "predict", "answer", "extra")
        assert [sources(part, *work) for part in together] == [
            sources(part, *work) for part in alone
        ]


def test_a_note_from_another_lesson_makes_no_second_submission(packages, solved) -> None:
    other = load_built(list(lessons().values())[1]).solution
    solved["cells"] += other["cells"][:8]
    assert lessons_in(solved, packages) == ["5-3-1-mixture-of-experts"]


def test_another_courses_notebook_with_ten_of_our_cells_is_read_without_guesses(
    packages, package
) -> None:
    theirs = [own(f"def exercise_{n}(x):\n    return x * {n}") for n in range(40)]
    ours = [
        {k: v for k, v in cell.items() if k != "id"} for cell in package.released["cells"][3:13]
    ]
    notebook = {"cells": theirs[:20] + ours + theirs[20:], "metadata": {}}
    assert identify(notebook, packages) == package.lesson
    assert said(package, notebook) == [
        f"The {role} cell of {exercise} is missing from the notebook."
        for exercise in package.exercises[1:]
        for role in ("predict", "answer")
    ]
    assert InProcessEngine().grade_notebook(package, notebook).points == 0


def test_a_notebook_that_repeats_one_answer_is_of_no_lesson(packages, package, solved) -> None:
    answer = solved["cells"][place_of(solved, "router", "answer")]["source"]
    notebook: Notebook = {"cells": [own(answer) for _ in range(50)], "metadata": {}}
    with pytest.raises(ValueError, match="not one of this course's"):
        identify(notebook, packages)
    with pytest.raises(ValueError, match=f"it has only 1 of the cells of {package.lesson}$"):
        lessons_in(notebook, packages)
    parts = split(package, notebook)
    assert len(sources(parts[0], "answer")) == 50
    assert [sources(part, "answer") for part in parts[1:]] == [[], [], []]


@pytest.mark.long
def test_two_thousand_large_cells_take_seconds(packages, package, solved) -> None:
    look = solved["cells"][place_of(solved, "router", "look")]["source"]
    filler = "\n".join(f"x{n} = {look.splitlines()[n % 20]!r}" for n in range(400))
    large = (look + "\n" + filler)[:16_000]
    imports = "import itertools\n" + look
    notebook: Notebook = {"cells": [own(f"{large}\n# {n}") for n in range(1_900)], "metadata": {}}
    notebook["cells"] += [own(imports, metadata={"exercise": "router", "role": "look"})] * 100
    started = time.process_time()
    split(package, notebook)
    assert time.process_time() - started < 20
