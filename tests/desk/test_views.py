"""What each view says, for any class."""

from __future__ import annotations

import re
import time
from pathlib import Path

import msgspec
import pytest

from autograder.desk.answers import CodeCell, marked
from autograder.desk.groups import Answer, groups_of
from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.intake import Submission
from autograder.model import Finding, FindingKind, SectionOutcome, TestOutcome
from tests import fakes, synthetic
from tests.desk.client import desk_of, sentence
from tests.gradebook.builder import grade, hand_in, person, rows
from tests.outputs import hostile_class

SECONDS = 0.3


def test_what_waits_comes_most_urgent_first_and_leads_to_its_place(tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("name,email\nAda,ada@uni.edu\nBen,ben@uni.edu\nEve,eve@uni.edu\n")
    out = tmp_path / "marks"
    grade(
        out,
        hand_in(person(email="ada@uni.edu", name="Ada"), command="event # ada"),
        hand_in(person(email="ben@uni.edu", name="Ben"), broken="ben.ipynb is empty."),
        hand_in(person(email="zoe@uni.edu", name="Zoe")),
        roster=roster,
    )
    with desk_of(out) as browser:
        page = browser.text("/")
        kinds = ("Not graded", "Not matched to the roster", "Graded with problems")
        places = [page.index(kind) for kind in kinds]
        assert places == sorted(places)
        student = {row.student.name: row.student.id for row in browser.desk.snapshot().rows}
        for address in (
            f"/student/{student['Ben']}", f"/student/{student['Zoe']}#who",
            f"/student/{student['Ada']}#router",
        ):  # fmt: skip
            assert f'href="{browser.keys.base}{address}"' in page
        assert "Eve" in browser.text("/class")
        assert '<span class="ag-muted">Zoe</span>' not in page
        form = browser.form(f"/student/{student['Zoe']}", "/link") | {"other": "Eve"}
        assert browser.send("/link", form).status_code == 303
        assert "Not matched" not in browser.text("/")
        assert "Eve" in browser.text(f"/student/{browser.desk.snapshot().rows[-1].student.id}")


def test_groups_hold_who_behaves_alike_the_largest_first(tmp_path: Path) -> None:
    hand_ins = [
        hand_in(person(name=name), command=f"{command} # {name}")
        for name, command in {"Ada": "fail", "Ben": "pass", "Cem": "fail", "Dee": "pass"}.items()
    ]
    grade(tmp_path, *hand_ins, hand_in(person(name="Eve"), command="pass # Eve"))
    with desk_of(tmp_path) as browser:
        groups = browser.desk.snapshot().groups("router")
        assert [[one.row.student.name for one in group.answers] for group in groups] == [
            ["Ada", "Cem"], ["Ben", "Dee", "Eve"],
        ]  # fmt: skip
        assert groups[1].title == "Every test passed"
        page = browser.text("/exercise/router?group=" + groups[0].id + "&answer=1")
        assert "The softmax runs over the tokens." in page
        # Cem's line is marked, and so is the representative's in its place.
        assert "<mark>fail # Cem</mark>" in page
        assert "<mark>fail # Ada</mark>" in page
        assert f'href="?group={groups[1].id}&amp;answer=0" rel="next"' in page
        assert "Ada" in browser.text("/test/router/test_idea")
        assert "Ben" not in browser.text("/test/router/test_idea")


@pytest.mark.parametrize(
    "path",
    ["/exercise/nothing", "/student/999", "/test/router/test_nothing", "/alike/7", "/nothing"],
)
def test_an_address_that_leads_nowhere_is_a_sentence(tmp_path: Path, path: str) -> None:
    grade(tmp_path, hand_in(person(name="Ada")))
    with desk_of(tmp_path) as browser:
        while browser.desk.pairs() is None:
            time.sleep(0.01)
        answer = browser.get(path)
        assert answer.status_code == 404
        assert sentence(answer).endswith(".")


def test_pairs_stand_side_by_side_with_common_lines_marked(tmp_path: Path) -> None:
    out = synthetic.make_class(tmp_path, 160)
    with desk_of(out) as browser:
        while browser.desk.pairs() is None:
            time.sleep(0.05)
        page = browser.text("/alike/0")
        assert "<mark>" in page
        assert "/alike/0" in browser.text("/class")
        assert "Nearly the same code" in browser.text("/")


def test_names_and_code_full_of_script_stay_text(tmp_path: Path) -> None:
    out = hostile_class.write(tmp_path / "class", tmp_path / "out")
    with desk_of(out) as browser:
        snapshot = browser.desk.snapshot()
        paths = ["/", "/class", "/exercises", "/exercise/router", "/test/router/test_idea"]
        paths += [f"/student/{student}" for student in snapshot.of_student]
        for path in paths:
            page = browser.text(path)
            assert "<script>" not in page
            assert "<img" not in page


def test_a_notebook_stands_alone_and_without_scripts(tmp_path: Path) -> None:
    evil = {"cell_type": "code", "source": "1", "metadata": {}, "execution_count": 1, "outputs": [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": hostile_class.EVIL}}
    ]}  # fmt: skip
    one = hand_in(person(name="Ada"))
    body = fakes.notebook(cells=[evil])
    with Gradebook.open(tmp_path, create=True) as book:
        book.keep_notebook(one.submission.content_hash, body)
    grade(tmp_path, one)
    with desk_of(tmp_path) as browser:
        content = one.submission.content_hash
        answer = browser.get(f"/notebook/{content}/lesson-one")
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert "<script" not in answer.text
        assert 'id="cell-7"' in answer.text
        assert browser.get("/notebook/0123/lesson-one").status_code == 404
        assert f'sandbox src="{browser.keys.base}/notebook/{content}/lesson-one"' in browser.text(
            f"/student/{browser.desk.snapshot().rows[0].student.id}"
        )


def test_progress_of_a_run_is_told_while_it_goes_on(tmp_path: Path) -> None:
    out = synthetic.make_class(tmp_path, 9)
    with desk_of(out) as browser:
        assert browser.get("/progress").json()["running"] is False
        with Gradebook.open(out) as book:
            book.begin_run("sandbox-1", 1, {}, {})
        now = browser.get("/progress").json()
        assert now["running"] is True
        assert now["text"].startswith("Grading: 8 of 8 notebooks, 8 within the last minute")


def test_the_desk_follows_the_gradebook(tmp_path: Path) -> None:
    grade(tmp_path, hand_in(person(name="Ada")))
    with desk_of(tmp_path) as browser:
        assert "Ben" not in browser.text("/class")
        browser.desk.start()
        grade(tmp_path, hand_in(person(name="Ben"), root="/b"))
        ends = time.monotonic() + 20
        while "Ben" not in browser.text("/class"):
            assert time.monotonic() < ends
            time.sleep(0.05)
        browser.desk.stop()


@pytest.mark.parametrize(
    "students", [200, pytest.param(2_000, marks=pytest.mark.long)], ids=["200", "2000"]
)
def test_views_answer_quickly_and_read_few_notebooks(
    tmp_path: Path, students: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = synthetic.make_class(tmp_path, students)
    with desk_of(out) as browser:
        browser.desk.read()
        while browser.desk.pairs() is None:
            time.sleep(0.1)
        browser.text("/exercises")  # The first page compiles the templates.
        opened: list[str] = []
        notebook = Gradebook.notebook

        def counted(book: Gradebook, content: str) -> bytes:
            opened.append(content)
            return notebook(book, content)

        monkeypatch.setattr(Gradebook, "notebook", counted)
        for path in ("/", "/exercises", "/exercise/rope", "/exercise/rope?group=passed&answer=3",
                     "/student/5", "/test/rope/test_shapes", "/class", "/alike/0"):  # fmt: skip
            opened.clear()
            browser.text(path)
            took = []
            for _ in range(3):
                began = time.perf_counter()
                browser.text(path)
                took.append(time.perf_counter() - began)
            print(f"{path}: {min(took):.3f} s")
            assert min(took) < SECONDS, path
            assert len(opened) <= 8, path
        began = time.perf_counter()
        assert browser.give("/exercise/rope", "5", "Quick").status_code == 303
        print(f"a decision: {time.perf_counter() - began:.3f} s")


def test_two_answers_of_the_same_lines_over_and_over_are_compared_at_once() -> None:
    """Two students could agree to hand these in: without care a view would take two seconds."""
    first, second = (
        [CodeCell(3, "answer", tuple((text, False) for text in lines))]
        for lines in (["x", "y"] * 200, ["x"] * 400)
    )
    began = time.perf_counter()
    (cell,) = marked(first, second)
    assert time.perf_counter() - began < SECONDS
    assert [differs for _, differs in cell.lines] == [False, True] * 200


@pytest.mark.parametrize(
    ("failed", "title"),
    [
        (1, "Behaviour without a name: fails t0"),
        (3, "Behaviour without a name: fails t0; t1; t2"),
        (4, "Behaviour without a name: fails 4 tests"),
        (7, "No test of the code passed"),
        (8, "No test of the code passed"),
    ],
)
def test_a_group_without_a_name_says_what_it_fails(failed: int, title: str) -> None:
    names = [f"test_t{number}" for number in range(8)]
    tests = tuple(
        TestOutcome(name=name, points=float(number >= failed), max_points=1.0, hidden=False)
        for number, name in enumerate(names)
    )
    answer = Answer(
        _row(),
        _section(tests),
    )
    (group,) = groups_of([answer])
    assert group.title == title
    finding = Finding(function="f", kind=FindingKind.MISCONCEPTION, sentence="A known mistake.")
    section = msgspec.structs.replace(answer.section, findings=(finding,))
    (named,) = groups_of([Answer(answer.row, section)])
    assert named.title == "A known mistake."


def _row() -> Row:
    """Ada's row, without anything that was graded."""
    return Row(
        submission=Submission(name="ada", root="/", people=(person(name="Ada"),)),
        outcome=None,
        problem="",
        attempts=1,
        seconds=0.0,
    )


def _group_of(failed: tuple[str, ...], behaviour: str) -> Answer:
    """An answer with one and the same finding, failing these of four tests."""
    tests = tuple(
        TestOutcome(
            name=f"test_{name}", points=float(name not in failed), max_points=1.0, hidden=False
        )
        for name in "abcd"
    )
    finding = Finding(function="f", kind=FindingKind.MISCONCEPTION, sentence="A known mistake.")
    section = SectionOutcome(
        exercise="router", tests=tests, findings=(finding,), behaviour=behaviour
    )
    return Answer(_row(), section)


@pytest.mark.parametrize(
    ("failed", "titles"),
    [
        (("a", "ab"), ["Here it fails b.", "Here it fails only a."]),
        (("ab", "cd"), ["Here it fails a; b.", "Here it fails c; d."]),
        (("ab", "ab"), ["The same tests fail, with other results."] * 2),
    ],
)
def test_groups_of_one_title_are_told_apart(failed: tuple[str, str], titles: list[str]) -> None:
    answers = [_group_of(tuple(each), str(place)) for place, each in enumerate(failed)]
    found = [group.title for group in groups_of(answers)]
    assert found == [f"A known mistake. {title}" for title in titles]


def test_a_file_of_no_lesson_is_marked_for_what_is_missing_and_each_form_stands_once(
    tmp_path: Path,
) -> None:
    """Ada's router is graded; her other file is not, and can only be of the other lesson."""
    ada = person(name="Ada")
    broken = [
        hand_in(ada, broken=f"{name}.ipynb is empty.", name=name) for name in ("two", "three")
    ]
    grade(
        tmp_path,
        hand_in(ada, name="one"),
        hand_in(person(name="Ben"), lesson="lesson-two"),
        *broken,
    )
    with desk_of(tmp_path) as browser:
        (student,) = {
            row.student.id for row in browser.desk.snapshot().rows if row.student.name == "Ada"
        }
        page = browser.text(f"/student/{student}")
        ids = re.findall(r' id="([^"]*)"', page)
        assert len(ids) == len(set(ids))
        assert sorted(re.findall(r'class="ag-card dk-exercise" id="(\w+)"', page)) == [
            "moe_layer", "rope", "router",
        ]  # fmt: skip
        place = [one for one in ids if one in ("router", "moe_layer", "rope")].index("rope")
        assert (
            browser.give(f"/student/{student}", "6", "Read from the file", place).status_code == 303
        )
        assert "Read from the file" in browser.text(f"/student/{student}")
    given = [row for row in rows(tmp_path).values() if row.adjustment("rope")]
    # What it was marked for is its lesson from then on.
    assert [(row.student.name, row.submission.lesson) for row in given] == [("Ada", "lesson-two")]


def test_the_way_through_the_exercises_is_shown(tmp_path: Path) -> None:
    grade(tmp_path, hand_in(person(name="Ada"), command="fail"), hand_in(person(name="Ben")))
    with desk_of(tmp_path) as browser:
        assert "2 have something wrong, in 2 groups that behave alike" in browser.text("/")
        following = f'href="{browser.base}/exercise/moe_layer" data-key="e"'
        assert following in browser.text("/exercise/router")
        assert "next exercise" not in browser.text("/exercise/moe_layer")
        assert browser.give("/exercise/router", "5", "Half").status_code == 303
        assert browser.text("/exercise/router").count("1 by hand") == 1
        assert '<td class="ag-num">1</td></tr>' in browser.text("/exercises")


def _section(tests: tuple[TestOutcome, ...]) -> SectionOutcome:
    return SectionOutcome(exercise="router", tests=tests)
