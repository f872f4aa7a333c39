"""From every number of the report to the students behind it, and from a sentence to its cell."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from autograder.gradebook.store import Gradebook
from autograder.grading.grade import Options, grade_class
from autograder.intake import Submission
from autograder.intake.submission import person
from autograder.outputs.publish import publish
from autograder.outputs.report.hints import hints
from autograder.outputs.report.ideas import ideas
from autograder.outputs.report.links import FEW
from autograder.outputs.report.marking import as_message, with_cell_links
from autograder.outputs.report.page import write_report
from autograder.outputs.report.spread import distribution, times
from tests import fakes, synthetic

LINK = re.compile(r'href="(feedback/[^"#]*)(?:#([^"]*))?"')
CODE = "\n".join(f"chosen[{k}] = measure({k}, {k * k}) + offset" for k in range(14))


def write(out: Path, missing: tuple[str, ...] = ()) -> str:
    with Gradebook.open(out) as book:
        return write_report(book, out, {}, missing).read_text()


def section(report: str, begin: str, end: str) -> str:
    return report[report.index(begin) : report.index(end, report.index(begin) + 1)]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three students: one alike pair, one of whom crashed, and a notebook as it was released."""
    folder, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("out")
    for name, command in {"ann": "fail", "ben": "event"}.items():
        (folder / f"{name}.ipynb").write_bytes(fakes.notebook(f"{command} = 1\n{CODE}"))
    (folder / "cleo.ipynb").write_bytes(json.dumps(fakes.released("lesson-one")).encode())
    grade_class([folder], out, fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=1))
    publish(out)
    return out


def test_every_link_of_the_report_leads_somewhere(small: Path) -> None:
    links = set(LINK.findall(write(small)))
    assert len(links) > 8
    for address, anchor in links:
        page = (small / address).read_text()
        assert not anchor or f'id="{anchor}"' in page, (address, anchor)


def test_a_test_leads_to_those_who_do_not_pass_it(small: Path) -> None:
    row = section(write(small), ">idea</td>", "</tr>")
    assert "67 %" in row
    assert LINK.findall(row) == [("feedback/ann.html", "exercise-router")]


def test_a_sentence_leads_to_its_cell(small: Path) -> None:
    trouble = section(write(small), 'id="trouble"', 'id="alike"')
    assert '<a href="feedback/ben.html#cell-3">Cell 3</a> ran for 10 s' in trouble


def test_untouched_notebooks_are_asked_about(small: Path) -> None:
    report = write(small)
    asked = section(report, 'id="untouched"', "<h3>Time")
    assert LINK.findall(asked) == [("feedback/cleo.html", "")]
    assert "1 notebook was handed in as released: unsaved work?" in report


def test_who_has_not_handed_in_is_said_first(small: Path) -> None:
    report = write(small, ("Zoe <b>", "Mia"))
    assert "2 students have not handed in" in section(report, "Look here first", 'id="lessons"')
    assert "<li>Mia</li><li>Zoe &lt;b&gt;</li>" in report
    assert "not handed in" not in write(small)


def test_an_alike_pair_stands_side_by_side_with_its_common_lines_marked(small: Path) -> None:
    sides = section(write(small), "Side by side: ann and ben", "</details>")
    assert sides.count("<mark>chosen[3] = measure(3, 9) + offset</mark>") == 2
    # Names are free, so the first line counts as common too; the command differs in the number.
    assert '<a href="feedback/ann.html#cell-2">Cell 2</a>' in sides


def test_many_students_are_few_links_and_the_places_of_the_others(tmp_path: Path) -> None:
    report = write(synthetic.make_class(tmp_path, 120))
    lists = re.findall(r'<details class="ag-who-list"( data-who="([\d ]+)")?.*?</details>', report)
    assert any(places for _, places in lists)
    for found in re.finditer(r'data-who="([\d ]+)".*?<summary>(\d+)</summary>(.*?)</ul>', report):
        assert len(found[1].split()) == int(found[2]) > FEW
        assert len(LINK.findall(found[3])) == FEW
        assert f"and {int(found[2]) - FEW} more" in found[3]


def test_students_whose_functions_behave_alike_are_a_group(tmp_path: Path) -> None:
    report = write(synthetic.make_class(tmp_path, 120))
    named = section(report, "<h4>Misconceptions recognised</h4>", "</table>")
    assert "The exponential overflows" in named
    assert "exercise-router" in named
    alike = section(report, "<h4>Students whose functions behave alike</h4>", "</table>")
    assert "exercise-router" in alike
    assert "Behaviour without a name." in alike
    assert "<code>select([0.2, 0.8], 0)</code> gives <code>[]</code>" in alike


def test_cells_have_ids_of_their_own_on_a_page_of_two_lessons(tmp_path: Path) -> None:
    folder = tmp_path / "class" / "ann"
    folder.mkdir(parents=True)
    for lesson in fakes.EXERCISES_OF:
        (folder / f"{lesson}.ipynb").write_bytes(fakes.notebook("event", lesson))
    grade_class(
        [folder.parent], tmp_path / "out", fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=1)
    )
    publish(tmp_path / "out")
    page = (tmp_path / "out" / "feedback" / "ann.html").read_text()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"lesson-one-cell-3", "lesson-two-cell-3"} <= set(ids)
    assert 'href="#lesson-two-cell-3"' in page
    assert "feedback/ann.html#lesson-two-cell-3" in (tmp_path / "out" / "report.html").read_text()


# The pieces


def test_an_idea_is_read_from_the_test_file_without_running_it() -> None:
    text = """
raise SystemExit
@test_case(name="test_a", points=1, hidden=True, failure_message="Rows sum to 1.")
def test_a(router): ...
@test_case(name="test_b", points=1, hidden=False)
def test_b(router): ...
"""
    package = msgspec.structs.replace(
        fakes.PACKAGES["lesson-one"], tests={"router": text, "x": "("}
    )
    assert ideas(package) == {("router", "test_a"): "Rows sum to 1."}


def test_the_idea_of_a_test_is_a_tap_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    idea = "Subtract the <largest> first."
    monkeypatch.setattr(
        "autograder.outputs.report.stats.ideas",
        lambda package: {("router", "test_large_numbers"): idea},
    )
    report = write(synthetic.make_class(tmp_path, 30))
    assert 'title="Subtract the &lt;largest&gt; first."' in report
    assert "<summary>large numbers</summary><p" in report


@pytest.mark.parametrize(
    ("sentence", "marked"),
    [
        ("Cell 2 raised <b>", '<a href="#cell-2">Cell 2</a> raised &lt;b&gt;'),
        ("Cell 0 and Cell 4 and Cell 99999999", "Cell 0 and Cell 4 and Cell 99999999"),
        ("Cell 3's call", '<a href="#cell-3">Cell 3</a>&#39;s call'),
    ],
)
def test_only_cells_that_are_there_become_links(sentence: str, marked: str) -> None:
    assert with_cell_links(sentence, 3) == marked


def test_values_of_a_message_are_code() -> None:
    assert as_message("f(2) returned [1, <2>]; see it") == (
        "<code>f(2)</code> returned <code>[1, &lt;2&gt;]</code>; see it"
    )


def test_spread_of_points() -> None:
    made = distribution([1, 2, 3, 4, 10], 10)
    assert (made.minimum, made.quartiles, made.maximum) == (1, (2, 3, 4), 10)
    assert made.mean == 4
    assert made.deviation == pytest.approx(10**0.5)
    assert distribution([7], 10).quartiles == (7, 7, 7)


def test_times_of_handing_in_name_their_zone() -> None:
    first = datetime.fromisoformat("2026-11-20T12:00:00+00:00").timestamp()
    made = times([first, first + 60, first + 86_400])
    assert made is not None
    assert made.ticks[0] == "20 Nov 2026 12:00 UTC"
    assert [bar.count for bar in made.bins if bar.count] == [2, 1]
    # Copied files all have one time, which says nothing.
    assert times([first, first + 60]) is None
    assert times([]) is None


def test_a_time_that_cannot_be_is_no_time(tmp_path: Path) -> None:
    with Gradebook.open(tmp_path, create=True) as book:
        run = book.begin_run("sandbox-1", 1, synthetic.PACKAGES, {})
        lesson = next(iter(synthetic.PACKAGES))
        book.record_submissions(
            run,
            [
                Submission(
                    name=f"s{at}", root="/", lesson=lesson,
                    submitted_at=at, problem="Not a notebook.", people=(person(folder=f"S{at}"),),
                )
                for at in (-1e18, 0.0, 1e9, 1.7e9, 2.5e11)
            ],
        )  # fmt: skip
        book.finish_run(run)
    report = write(tmp_path)
    assert "09 Sep 2001" in report
    assert "14 Nov 2023" in report
    assert "1970" not in report


def test_the_most_urgent_hint_comes_first() -> None:
    counts = dict.fromkeys(("refused", "missing", "untouched", "troubled", "late", "alike"), 1)
    assert [hint.anchor for hint in hints(counts, [])] == [
        "trouble", "missing", "untouched", "trouble", "table", "alike",
    ]  # fmt: skip
    assert hints(dict.fromkeys(counts, 0), []) == []
