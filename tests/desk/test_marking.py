"""What is decided at the desk is stored, whole, and rests on what the page showed."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from autograder.desk.reading import Desk, Snapshot
from autograder.gradebook.decisions import adjust, given
from autograder.gradebook.store import FILE_NAME, Gradebook
from tests.desk.client import Browser, desk_of, sentence
from tests.gradebook.builder import grade, hand_in, person, rows, totals

NAMES = ("Ada", "Ben", "Cem")
FAILING = "/exercise/router"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Three students who fail the same test in both exercises: 4 of 10 points each."""
    hand_ins = [hand_in(person(name=name), command=f"fail # {name}") for name in NAMES]
    grade(tmp_path, *hand_ins, hand_in(person(name="Dee")))
    return tmp_path


def test_points_for_one_student_are_stored_and_told(out: Path) -> None:
    with desk_of(out) as browser:
        answer = browser.give(FAILING, "9,5", "Right idea")
        assert answer.status_code == 303
        assert totals(out)["Ada"] == 13.5
        told = browser.client.get(answer.headers["location"]).text
        assert "Stored: 9.5 points in router for Ada." in told
        assert "(by hand; the tests gave 4)" in told
    mark = rows(out)["Ada", "lesson-one"].adjustment("router")
    assert mark is not None
    assert mark.why == "Right idea"


def test_points_for_a_group_are_for_all_of_it_and_nobody_else(out: Path) -> None:
    with desk_of(out) as browser:
        assert browser.give(FAILING, "6", "All the same slip", place=1).status_code == 303
    assert totals(out) == {"Ada": 10.0, "Ben": 10.0, "Cem": 10.0, "Dee": 20.0}


def test_undo_of_a_group_brings_back_what_counted_before(out: Path) -> None:
    adjust(out, "Ben", "router", 5, "Before")
    with desk_of(out) as browser:
        answer = browser.give(FAILING, "6", "All the same slip", place=1)
        path = answer.headers["location"].removeprefix(browser.keys.base)
        undone = browser.send("/undo", browser.form(path, "/undo"))
        assert undone.status_code == 303
        assert totals(out) == {"Ada": 8.0, "Ben": 9.0, "Cem": 8.0, "Dee": 20.0}
        # Taken back is no longer the latest: a second press changes nothing.
        again = browser.send("/undo", {"key": browser.keys.form, "marks": "2,3,4"})
        assert again.status_code == 409
        assert totals(out) == {"Ada": 8.0, "Ben": 9.0, "Cem": 8.0, "Dee": 20.0}
        student = browser.desk.snapshot().groups("router")[0].answers[1].row.student.id
        page = browser.text(f"/student/{student}")
        assert "Taken back by" in page
        assert "All the same slip" in page
        browser.send("/undo", browser.form(f"/student/{student}", "/undo"))
    assert totals(out)["Ben"] == 8.0


@pytest.mark.parametrize(
    ("points", "why", "told"),
    [
        ("11", "x", "Points is 11; router has 0 to 10 points."),
        ("-1", "x", "Points is -1; router has 0 to 10 points."),
        ("nan", "x", "Points is nan; router has 0 to 10 points."),
        ("many", "x", "Points is 'many', which is no number."),
        ("", "x", "Points is '', which is no number."),
        ("9", " ", "Why is empty; say in one sentence why the points change."),
    ],
)
def test_points_that_do_not_fit_are_a_sentence(out: Path, points: str, why: str, told: str) -> None:
    with desk_of(out) as browser:
        for place in (0, 1):
            answer = browser.give(FAILING, points, why, place)
            assert answer.status_code == 400
            assert sentence(answer) == told
            # What took time to write is not lost.
            assert f"<q>{why}</q>" in answer.text
    assert totals(out)["Ada"] == 8.0


@pytest.mark.parametrize("place", [0, 1], ids=["one student", "the whole group"])
def test_the_second_of_two_browsers_is_refused(out: Path, place: int) -> None:
    with desk_of(out) as first, desk_of(out) as second:
        theirs = second.form(FAILING, "/give", place) | {"points": "2", "why": "Strict"}
        assert first.give(FAILING, "9", "Kind").status_code == 303
        answer = second.send("/give", theirs)
        assert answer.status_code == 409
        assert sentence(answer).startswith("Nothing was stored: since you opened this page,")
        assert totals(out) == {"Ada": 13.0, "Ben": 8.0, "Cem": 8.0, "Dee": 20.0}
        # What another exercise is worth is another decision.
        assert second.give("/exercise/moe_layer", "7", "Fine").status_code == 303
    assert totals(out)["Ada"] == 16.0


def test_what_another_desk_decided_is_not_overwritten_from_a_page_that_hides_it(out: Path) -> None:
    with desk_of(out) as first, desk_of(out) as second:
        first.desk.read()
        assert second.give(FAILING, "2", "Strict").status_code == 303
        group = first.desk.snapshot().groups("router")[0].id
        ben = f"{FAILING}?group={group}&answer=1"
        assert first.give(ben, "9", "Kind").status_code == 303
        # The first desk has not read the class again and shows Ada's old points.
        assert first.form(FAILING, "/give")["points"] == "4"
        assert first.give(FAILING, "9", "Kind").status_code == 409
        assert totals(out) == {"Ada": 6.0, "Ben": 13.0, "Cem": 8.0, "Dee": 20.0}
        # Going back shows what holds, and from there it can be decided.
        assert first.form(FAILING, "/give")["points"] == "2"
        assert first.give(FAILING, "9", "Kind").status_code == 303
    assert totals(out)["Ada"] == 13.0


def test_a_page_from_before_a_run_is_stale(out: Path) -> None:
    with desk_of(out) as browser:
        form = browser.form(FAILING, "/give") | {"points": "9", "why": "For the old code"}
        grade(out, hand_in(person(name="Ada"), command="pass again", root="/later"))
        assert browser.send("/give", form).status_code == 409
        browser.desk.read()
        assert browser.send("/give", form).status_code == 409
    assert totals(out)["Ada"] == 20.0


def test_reading_ends_however_fast_others_decide(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who mark at one desk: a refused decision reads the class, and the other goes on."""
    marking: list[threading.Thread] = []
    with desk_of(out) as browser:
        browser.desk.read()
        read = Desk._read
        (cem,) = (row for row in browser.desk.snapshot().rows if row.student.name == "Cem")

        def decided_meanwhile(desk: Desk, book: Gradebook) -> Snapshot:
            assert len(marking) < 10, "reading does not end"
            marking.append(threading.Thread(target=decide))
            marking[-1].start()
            marking[-1].join(timeout=0.5)
            return read(desk, book)

        def decide() -> None:
            with Gradebook.open(out) as book:
                book.add_hand_marks([given(book, cem, "router", 7, "Meanwhile", "somebody")])
                browser.desk.decided(book, {cem.student.id})

        monkeypatch.setattr(Desk, "_read", decided_meanwhile)
        browser.desk.read()
        for thread in marking:
            thread.join()
        shown = [row.total for row in browser.desk.snapshot().rows if row.student.name == "Cem"]
    assert shown == [11.0]


def test_decisions_of_two_desks_during_a_run_are_all_kept(out: Path) -> None:
    """Each desk marks one exercise over and over while another process writes."""
    stop = threading.Event()

    def write() -> None:
        with sqlite3.connect(out / FILE_NAME, timeout=10) as other:
            while not stop.is_set():
                other.execute("UPDATE settings SET value = value")
                other.commit()

    failures: list[str] = []

    def mark(browser: Browser, exercise: str) -> None:
        for points in range(10):
            answer = browser.give(f"/exercise/{exercise}", str(points), f"{exercise} {points}")
            if answer.status_code != 303:
                failures.append(sentence(answer))

    with desk_of(out) as first, desk_of(out) as second:
        writer = threading.Thread(target=write)
        marking = [
            threading.Thread(target=mark, args=(first, "router")),
            threading.Thread(target=mark, args=(second, "moe_layer")),
        ]
        writer.start()
        for thread in marking:
            thread.start()
        for thread in marking:
            thread.join()
        stop.set()
        writer.join()
    assert failures == []
    with Gradebook.open(out) as book:
        made = [one.mark.why for one in book.decided(list(book.matching().student_of))]
    for exercise in ("router", "moe_layer"):
        own = [why for why in made if why.startswith(exercise)]
        assert own == [f"{exercise} {points}" for points in range(10)]


def test_a_gradebook_that_vanishes_is_a_sentence(out: Path) -> None:
    with desk_of(out) as browser:
        form = browser.form(FAILING, "/give") | {"points": "9", "why": "x"}
        (out / FILE_NAME).rename(out / "away")
        for path in (FAILING, "/student/1", "/class"):
            answer = browser.get(path)
            assert answer.status_code == 503
            assert "holds no gradebook" in sentence(answer)
        answer = browser.send("/give", form)
        assert answer.status_code == 503
        assert sentence(answer).startswith("Nothing was stored.")
        (out / "away").rename(out / FILE_NAME)
        assert browser.send("/give", form).status_code == 303


def test_a_page_of_a_gradebook_that_was_replaced_is_refused(out: Path) -> None:
    """The same folder graded anew: numbers of students begin at 1 again, for other people."""
    with desk_of(out) as browser:
        forms = [browser.form(FAILING, "/give", place) for place in (0, 1)]
        for path in out.glob(f"{FILE_NAME}*"):
            path.unlink()
        grade(out, *(hand_in(person(name=name), command="fail") for name in ("Xi", "Yan", "Zoe")))
        for form in forms:
            answer = browser.send("/give", form | {"points": "9", "why": "For somebody else"})
            assert answer.status_code == 503
            assert sentence(answer).startswith("Nothing was stored. The gradebook")
        assert browser.get(FAILING).status_code == 503
        browser.desk.read()
        assert browser.send("/give", forms[0] | {"points": "9", "why": "x"}).status_code == 409
        assert browser.send("/give", forms[1] | {"points": "9", "why": "x"}).status_code == 409
    assert totals(out) == {"Xi": 8.0, "Yan": 8.0, "Zoe": 8.0}


@pytest.mark.parametrize(
    ("damage", "paths", "status"),
    [
        (b"", [FAILING], 409),  # What SQLite takes for a gradebook without anybody.
        (b"no database at all, only text" * 300, [FAILING, "/student/1", "/class"], 503),
    ],
    ids=["emptied", "overwritten"],
)
def test_a_gradebook_that_is_damaged_is_a_sentence(
    out: Path, damage: bytes, paths: list[str], status: int
) -> None:
    with desk_of(out) as browser:
        form = browser.form(FAILING, "/give") | {"points": "9", "why": "x"}
        for beside in out.glob(f"{FILE_NAME}-*"):
            beside.unlink()
        (out / FILE_NAME).write_bytes(damage)
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 503, path
            assert sentence(answer).endswith(".")
        answer = browser.send("/give", form)
        assert answer.status_code == status
        assert sentence(answer).startswith("Nothing was stored")


def test_a_locked_gradebook_is_a_sentence(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    with desk_of(out) as browser:
        form = browser.form(FAILING, "/give") | {"points": "9", "why": "x"}
        monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k | {"timeout": 0}))
        other = connect(out / FILE_NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        answer = browser.send("/give", form)
        assert answer.status_code == 503
        assert "another run is writing to it" in sentence(answer)
        assert browser.get(FAILING).status_code == 200
        other.execute("ROLLBACK")
        other.close()
        assert browser.send("/give", form).status_code == 303


def test_points_on_hold_are_given_again_where_they_wait(out: Path) -> None:
    adjust(out, "Ada", "router", 9, "Right idea")
    grade(out, hand_in(person(name="Ada"), command="fail again", root="/later"))
    with desk_of(out) as browser:
        assert "9 given for an earlier attempt (Right idea)" in browser.text("/")
        ada = browser.desk.snapshot().rows[0].student.id
        form = browser.form(f"/student/{ada}", "/give")
        assert (form["points"], form["why"]) == ("9", "Right idea")
        assert browser.send("/give", form).status_code == 303
        assert "earlier attempt" not in browser.text("/")
    assert totals(out)["Ada"] == 13.0
