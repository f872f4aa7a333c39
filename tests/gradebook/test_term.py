"""A term played through: four weeks, two platforms, a group, an extension, a regrade, hand marks
and a renumbered download, up to the file that goes back to Canvas."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import GradebookError
from autograder.gradebook.decisions import adjust, keep, link
from autograder.intake.submission import Person
from autograder.outputs.export import export
from autograder.outputs.publish import publish
from tests.gradebook.builder import STRICTER, HandIn, grade, hand_in, person, regrade_with, rows

CLASS = """timezone = "America/New_York"
roster = "canvas.csv"

[late]
rule = "10%/day"
grace = "15min"
cap = "50%"

[due]
lesson-one = 2026-11-06
lesson-two = "2026-11-20T18:00"

[[extension]]
student = "dan@uni.edu"
lesson = "lesson-one"
due = 2026-11-09
why = "illness"
"""
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section,Lesson One (1),Lesson Two (2)
    Points Possible,,,,,20,10
"Ames, Ann",71,1,ann@uni.edu,Monday,,
"Boyd, Ben",72,2,ben@uni.edu,Monday,,
"Clark, Cleo",73,3,cleo@uni.edu,Friday,,
"Dole, Dan",74,4,dan@uni.edu,Friday,,
"Ek, Eve",75,5,eve@uni.edu,Friday,,EX
"Ford, Fay",76,6,ford@uni.edu,Friday,18,
"Gray, Gus",77,7,gus@uni.edu,Friday,,
"""
FINAL = [
    ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Lesson One (1)", "Lesson Two (2)"],
    ["    Points Possible", "", "", "", "", "20", "10"],
    # Handed in in time; the stricter tests took 3 of each of two exercises, a person gave 9.
    ["Ames, Ann", "71", "1", "ann@uni.edu", "Monday", "16", "7"],
    # The group's points; his own second lesson is a web page that a person read.
    ["Boyd, Ben", "72", "2", "ben@uni.edu", "Monday", "14", "8"],
    ["Clark, Cleo", "73", "3", "cleo@uni.edu", "Friday", "14", ""],
    # Three days late without the extension; with it, in time.
    ["Dole, Dan", "74", "4", "dan@uni.edu", "Friday", "14", "7"],
    # Six days late, at most half is taken off; excused from lesson two.
    ["Ek, Eve", "75", "5", "eve@uni.edu", "Friday", "7", "EX"],
    # Her second attempt counts, a day late; the hand mark for the first was confirmed for it.
    ["Ford, Fay", "76", "6", "ford@uni.edu", "Friday", "12.6", "7"],
]


def gradescope(sid: str, full: str, email: str, *others: Person, **changes: Any) -> HandIn:
    who = person(sid=sid, email=email, name=full)
    return hand_in(who, *others, root="/gradescope", **changes)


def canvas(id_: int, name: str, number: int, **changes: Any) -> HandIn:
    """A file of a Canvas download, which states no time."""
    who = person(canvas_id=str(id_), name=name)
    file = f"{name}_{id_}_{number}_lab"
    return hand_in(
        who, source="canvas", root="/canvas", number=number, name=file, lesson="lesson-two",
        **changes,
    )  # fmt: skip


def first_lesson() -> list[HandIn]:
    cleo = person(sid="3", email="cleo@uni.edu", name="Cleo Clark")
    return [
        # Handed in through an address that begins like another student's login.
        gradescope("1", "Ann Ames", "ford@gmail.com", command="pass ann", when="2026-11-06 20:00"),
        gradescope("2", "Ben Boyd", "ben@uni.edu", cleo, command="pass group",
                   when="2026-11-07 04:30", name="submission_102"),
        gradescope("4", "Dan Dole", "dan@uni.edu", command="pass dan", when="2026-11-09 20:00"),
        gradescope("5", "Eve Ek", "eve@uni.edu", command="pass eve", when="2026-11-12 20:00"),
        gradescope("6", "Fay Ford", "ff@gmail.com", command="fail fay", when="2026-11-06 20:00",
                   name="submission_106"),
    ]  # fmt: skip


def test_a_term(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "class.toml").write_text(CLASS)
    (out / "canvas.csv").write_text(ROSTER, encoding="utf-8-sig")
    week_1_lesson_one_from_gradescope(out)
    week_2_the_same_export_with_a_second_attempt(out)
    stranger = week_3_lesson_two_from_canvas(out)
    week_4_renumbered_files_and_stricter_tests(out, stranger)
    publish(out)

    exported = export(out, "canvas")
    table = list(csv.reader(io.StringIO(exported.paths[0].read_text())))
    assert table == FINAL
    said = "\n".join(exported.remarks)
    for sentence in (
        "Excused in Canvas, left so: Eve Ek, Lesson Two (2).",
        "Lower than what Canvas has: Fay Ford, Lesson One (1): 18 to 12.6.",
        "lesson-one not handed in by Gus Gray.",
        "lesson-two not handed in by Cleo Clark, Gus Gray.",
        "lesson-one due Fri 06 Nov 2026 23:59 EST; each day begun costs 10%, "
        "after 15 minutes of grace, at most 50%. 2 of 6 late, by 1 to 6 days, 1 with more time.",
    ):
        assert sentence in said
    assert "EST" in (out / "feedback" / "submission_119.html").read_text()


def week_1_lesson_one_from_gradescope(out: Path) -> None:
    """Half past four in Greenwich is still Friday in New York."""
    result = grade(out, *first_lesson())
    assert str(result.notices.recorded) == "5 new, 0 changed, 0 as before"
    assert result.notices.not_handed_in["lesson-one"] == ("Gus Gray",)
    adjust(out, "Ann Ames", "router", 9, "a comment explains it", "Prof. X")
    adjust(out, "submission_106", "router", 7, "nearly", "Prof. X")


def week_2_the_same_export_with_a_second_attempt(out: Path) -> None:
    second = gradescope("6", "Fay Ford", "ff@gmail.com", command="pass fay",
                        when="2026-11-07 20:00", name="submission_119")  # fmt: skip
    result = grade(out, *first_lesson()[:4], second)
    assert str(result.notices.recorded) == "0 new, 1 changed, 4 as before"
    fay = rows(out)["Fay Ford", "lesson-one"]
    assert (fay.attempts, fay.total, len(fay.on_hold)) == (2, 20, 1)


def week_3_lesson_two_from_canvas(out: Path) -> HandIn:
    """One file is unreadable; one, which is returned, is under a name that nobody knows."""
    page = canvas(72, "boydben", 901, broken="boydben_72_901_lab.html is a web page.")
    stranger = hand_in(person(folder="lab2_final"), command="pass dan2", lesson="lesson-two")
    grade(out, canvas(71, "amesann", 900, command="pass ann2"), page, stranger,
          canvas(75, "ekeve", 903, command="pass eve2"),
          canvas(76, "fordfay", 904, command="pass fay2"))  # fmt: skip
    link(out, "lab2_final", "Dan Dole")
    adjust(out, "ben", "rope", 8, "read in the browser", "Prof. X")
    return stranger


def week_4_renumbered_files_and_stricter_tests(out: Path, stranger: HandIn) -> None:
    again = [canvas(71, "amesann", 950, command="pass ann2"), stranger,
             canvas(75, "ekeve", 953, command="pass eve2"),
             canvas(76, "fordfay", 954, command="pass fay2")]  # fmt: skip
    result = grade(out, *again)
    assert (result.graded, str(result.notices.recorded)) == (0, "0 new, 0 changed, 4 as before")
    with pytest.raises(GradebookError, match="regrade"):
        grade(out, *again, packages=STRICTER)
    # Ben's web page cannot move.
    assert len(regrade_with(out, STRICTER, apply=True).moves) == 10
    keep(out, "Fay Ford", "router", "Prof. X")
