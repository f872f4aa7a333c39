"""Report and feedback in a real browser: links, script, pictures, paper, screen readers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.course.packages import Built
from autograder.gradebook.store import Gradebook
from autograder.outputs.publish import publish
from autograder.outputs.report.page import write_report
from tests import synthetic
from tests.conftest import CHROMIUM, require_chromium
from tests.outputs import hostile_class
from tests.outputs.hostile_class import OUTCOMES, OVERLONG

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
ARTEFACTS = Path(__file__).parents[2] / "test-artefacts"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_class.write(tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("out"))


def crowd(folder: Path, students: int) -> Path:
    """The report of so many students."""
    synthetic.make_class(folder, students)
    with Gradebook.open(folder) as book:
        write_report(book, folder, OUTCOMES)
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    require_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that fails the test when anything is fetched or goes wrong in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    trouble: list[str] = []
    opened.on("request", lambda r: trouble.append(r.url) if "file:" not in r.url else None)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on("dialog", lambda dialog: trouble.append(dialog.message))
    yield opened
    context.close()
    assert [url for url in trouble if not url.startswith("data:image/png")] == []


def names(page: Any) -> list[str]:
    found = page.locator("#students tbody tr:visible td:first-child").all_inner_texts()
    return [str(name) for name in found]


@pytest.mark.browser
def test_sorting_searching_filtering_and_links(page: Any, out: Path) -> None:
    page.goto((out / "report.html").as_uri())
    everybody = names(page)
    eve = "eve <img src=x onerror=alert(1)>"
    assert [name.split("\n")[0] for name in everybody] == [
        "ann", "ben", "cem", eve, "flo", OVERLONG, "zed",
    ]  # fmt: skip
    page.get_by_role("button", name="student").click()
    assert names(page) == everybody[::-1]
    page.get_by_role("button", name="total").click()
    assert names(page)[0] == "zed"
    page.get_by_role("button", name="final").click()
    page.get_by_role("button", name="final").click()
    assert sorted(names(page)[:2]) == ["ann", "cem"]
    assert names(page)[2] == "ben"
    page.get_by_label("Search").fill("LESSON-TWO fl")
    assert names(page) == ["flo"]
    assert page.locator("#shown").inner_text() == "1 of 7 shown"
    page.get_by_label("Search").fill("")
    page.get_by_label("Status").select_option("not graded")
    assert names(page) == ["zed"]
    page.locator("#students").get_by_role("link", name="zed").click()
    assert "could not be graded" in page.locator("main").inner_text()


@pytest.mark.browser
def test_no_injected_script_runs(page: Any, out: Path) -> None:
    for path in [out / "report.html", *(out / "feedback").glob("*.html")]:
        page.goto(path.as_uri())
        page.wait_for_timeout(50)
        assert "owned" not in page.title()


@pytest.mark.browser
def test_the_way_from_a_failed_test_to_the_notebook(page: Any, out: Path) -> None:
    page.goto((out / "feedback" / "ben.html").as_uri())
    page.get_by_role("link", name="The router").click()
    assert page.url.endswith("#notebook-router")
    assert page.locator("#notebook-router").bounding_box()["y"] < 900


MEASURE = """() => {
  const search = document.getElementById("search");
  const timed = (act) => {
    const begin = performance.now();
    act();
    document.body.offsetHeight;
    return performance.now() - begin;
  };
  const typed = (text) => () => { search.value = text; search.dispatchEvent(new Event("input")); };
  const times = ["s", "student 19", ""].map((text) => timed(typed(text)));
  for (const button of document.querySelectorAll("#students th button"))
    times.push(timed(() => button.click()));
  return times;
}"""


@pytest.mark.browser
def test_a_long_table_is_searched_whole_and_shown_in_part(page: Any, tmp_path: Path) -> None:
    page.goto(crowd(tmp_path, 230).as_uri())
    assert page.locator("#shown").inner_text() == "200 of 230 shown"
    page.get_by_label("Search").fill("student0229")
    assert names(page) == ["Student 0229\nstudent0229"]
    page.get_by_label("Search").fill("")
    page.get_by_role("button", name="Show all 230").click()
    assert page.locator("#students tbody tr").count() == 230
    assert not page.locator("#more").is_visible()


@pytest.mark.browser
@pytest.mark.long
def test_the_table_of_2000_students_answers_at_once(page: Any, tmp_path: Path) -> None:
    page.goto(crowd(tmp_path, 2_000).as_uri())
    times = page.evaluate(MEASURE)
    print("search and sort, ms:", [round(one) for one in times])
    assert max(times) < 2_000  # a quarter of it on an idle machine


@pytest.fixture(scope="module")
def pages(
    out: Path, first_lesson: Built, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Pages to look at: the hostile class's and an ordinary one's."""
    # Searching a page for faults takes axe more than twice as long for twice the page.
    ordinary = synthetic.make_class(tmp_path_factory.mktemp("ordinary"), 16)
    publish(ordinary, OUTCOMES)
    real = tmp_path_factory.mktemp("real")
    # One exercise has every kind of cell; a picture of all four is 6 MB.
    cells = first_lesson.solution["cells"]
    own = [cell for cell in cells if cell["metadata"].get("exercise", "router") == "router"]
    synthetic.make_one(real, first_lesson.package, {**first_lesson.solution, "cells": own})
    publish(real, OUTCOMES)
    return {
        "report": ordinary / "report.html",
        "report-real": real / "report.html",
        "feedback": real / "feedback" / "student0000.html",
        "report-hostile": out / "report.html",
        "feedback-hostile": out / "feedback" / "ben.html",
        "feedback-not-graded": out / "feedback" / "zed.html",
        "feedback-overlong": next((out / "feedback").glob("Wolfe*.html")),
    }


SEARCH = """options => axe.run({...options, resultTypes: ["violations"]})
  .then(found => found.violations)"""
"""Axe describes each element of a page that is without fault, too, where nobody tells it not to."""


def serious_violations(page: Any, **options: Any) -> list[tuple[str, list[str]]]:
    """What axe finds in a page that keeps somebody out: rules and the first elements."""
    page.evaluate(AXE.read_text())
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in page.evaluate(SEARCH, options)
        if one["impact"] in ("serious", "critical")
    ]


def keep_picture(page: Any, name: str) -> None:
    """A picture of the whole page for people to look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{name}.png"
    page.screenshot(path=path, full_page=True)
    print(path)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("device", "width", "scheme"),
    [
        ("phone", 390, "dark"),
        ("desktop", 1280, "light"),
        pytest.param("phone", 390, "light", marks=pytest.mark.long),
        pytest.param("desktop", 1280, "dark", marks=pytest.mark.long),
    ],
)
def test_pages_have_no_serious_accessibility_violation(
    browser: Any, pages: dict[str, Path], device: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    for name, path in pages.items():
        page.goto(path.as_uri())
        keep_picture(page, f"{name}-{device}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        assert serious_violations(page) == [], name
    context.close()


@pytest.mark.browser
def test_pages_print_on_paper_in_black_on_white(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(viewport={"width": 700, "height": 990}, color_scheme="dark")
    page = context.new_page()
    page.emulate_media(media="print")
    for name in ("report", "feedback", "report-hostile"):
        page.goto(pages[name].as_uri())
        keep_picture(page, f"{name}-print")
        assert page.evaluate("document.documentElement.scrollWidth") <= 700, name
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert not page.locator(".ag-tools, nav").first.is_visible()
    # What is folded on the screen is on the paper.
    page.goto(pages["feedback"].as_uri())
    assert page.locator("details:not([open]) p").first.is_visible()
    context.close()


@pytest.mark.browser
def test_a_number_of_students_leads_to_each_of_them(page: Any, tmp_path: Path) -> None:
    folder = synthetic.make_class(tmp_path, 60)
    publish(folder, OUTCOMES)
    page.goto((folder / "report.html").as_uri())
    opened = page.locator("details[data-who]").first
    count = int(opened.locator("summary").inner_text())
    opened.locator("summary").click()
    links = opened.locator("li a")
    assert links.count() == count > 12
    assert page.locator("#students tbody a").first.is_visible()
    name = links.last.inner_text()
    links.last.click()
    assert page.locator("h1").inner_text() == f"Feedback for {name}"
    assert "#exercise-" in page.url


@pytest.mark.browser
def test_the_idea_of_a_test_opens_by_keyboard(page: Any, pages: dict[str, Path]) -> None:
    page.goto(pages["report-real"].as_uri())
    idea = page.locator("details.ag-idea").first
    assert not idea.locator("p").is_visible()
    idea.locator("summary").focus()
    page.keyboard.press("Enter")
    assert idea.locator("p").is_visible()


@pytest.mark.browser
def test_a_crash_leads_to_its_cell_on_the_students_page(page: Any, out: Path) -> None:
    page.goto((out / "report.html").as_uri())
    page.get_by_role("link", name="Cell 3").first.click()
    assert page.url.endswith("feedback/cem.html#cell-3")
    box = page.locator("#cell-3").bounding_box()
    assert 0 <= box["y"] < 900


@pytest.mark.browser
@pytest.mark.parametrize("width", [500, 1280])
def test_names_are_unbroken_and_what_matters_is_uncut(
    browser: Any, pages: dict[str, Path], width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(pages["report"].as_uri())
    row = page.locator("#students tbody tr").first
    for cell in ("a", "[data-v]:visible >> nth=0", "td:text('graded')"):
        box = row.locator(cell).first.bounding_box()
        assert box["x"] + box["width"] <= width, cell
    assert row.locator("a").bounding_box()["height"] < 30
    charts = page.locator("figure").first.locator("svg")
    assert charts.count() == 2  # points, and times of handing in
    for chart in charts.all():
        ticks = [tick.bounding_box() for tick in chart.locator(".ag-tick:visible").all()]
        assert len(ticks) > 1
        for left, right in itertools.pairwise(ticks):
            assert left["x"] + left["width"] < right["x"]
    context.close()
