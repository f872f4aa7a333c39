"""Who is who: the right person or nobody, whatever names look like."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from autograder.errors import InvalidInput
from autograder.gradebook.decisions import find_students, link, rename, split
from autograder.gradebook.people import Decision, Entry, Matching, match
from autograder.gradebook.roster import parse_roster
from autograder.gradebook.store import Gradebook
from autograder.intake.submission import Person
from tests.gradebook.builder import grade, hand_in, person, rows, totals

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,Lesson one (1)
    Points Possible,,,,,20
"Zorn, Fred",70,7,fz,Monday,
"Ford, Frances",71,6,fford,Monday,
"Student, Test",79,,,Monday,
"""


def entries(*people: Person, roster: tuple[Person, ...] = ()) -> list[Entry]:
    on_roster = [
        Entry(id=number, identifiers=one.identifiers, on_roster=True)
        for number, one in enumerate(roster, 1)
    ]
    handed_in = [
        Entry(id=number, identifiers=one.identifiers) for number, one in enumerate(people, 101)
    ]
    return on_roster + handed_in


def groups(matching: Matching) -> set[frozenset[int]]:
    by_student: dict[int, set[int]] = {}
    for entry, student in matching.student_of.items():
        by_student.setdefault(student.id, set()).add(entry)
    return {frozenset(members) for members in by_student.values()}


def test_a_part_of_an_email_is_nobodys_login() -> None:
    """Gradescope says fz@..., sid 6; the roster has another person with the login fz."""
    roster = (
        person(canvas_id="70", sid="7", login="fz", name="Fred Zorn"),
        person(canvas_id="71", sid="6", login="fford", name="Frances Ford"),
    )
    handed_in = person(sid="6", email="fz@uni.edu", name="F. Z. Ford")
    found = match(entries(handed_in, roster=roster))
    assert groups(found) == {frozenset({1}), frozenset({2, 101})}
    assert found.student_of[101].name == "Frances Ford"
    assert found.weak == ()


@pytest.mark.parametrize("kind", ["sid", "email", "canvas_id", "login"])
def test_one_strong_identifier_is_enough(kind: str) -> None:
    found = match(
        entries(person(**{kind: " Abc1 "}, name="A"), roster=(person(**{kind: "ABC1"}, name="B"),))
    )
    assert groups(found) == {frozenset({1, 101})}
    assert found.conflicts == ()


def test_two_strong_identifiers_that_disagree_match_nobody_and_name_both() -> None:
    roster = (person(sid="6", name="Ann Ames"), person(email="b@uni.edu", name="Bea Boyd"))
    found = match(entries(person(sid="6", email="b@uni.edu", name="Ann Ames"), roster=roster))
    assert groups(found) == {frozenset({1}), frozenset({2}), frozenset({101})}
    (sentence,) = found.conflicts
    assert "Ann Ames" in sentence
    assert "Bea Boyd" in sentence


def test_an_equal_email_does_not_outweigh_another_number() -> None:
    roster = (person(sid="6", email="a@uni.edu", name="Ann Ames"),)
    found = match(entries(person(sid="9", email="a@uni.edu", name="Ann Ames"), roster=roster))
    assert groups(found) == {frozenset({1}), frozenset({101})}
    assert len(found.conflicts) >= 1


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Alice Adams", "Adams Alice"),
        ("adamsalice", "Alice Adams"),
        ("Zoe\u0308 Mu\u0308ller", "Zoë Müller"),
        ("ZOE MULLER", "Zoë Müller"),
        ("maria del carmen lópez", "López Maria del Carmen"),
        ("alice-adams", "Alice Adams"),
    ],
)
def test_a_full_name_in_either_order_matches_and_is_listed(ours: str, theirs: str) -> None:
    kind = "folder" if "-" in ours else "name"
    found = match(entries(person(**{kind: ours}), roster=(person(sid="1", name=theirs),)))
    assert groups(found) == {frozenset({1, 101})}
    assert len(found.weak) == 1


@pytest.mark.parametrize("ours", ["Alice Adam", "Alice", "Alice B. Adams", "Eve Adams"])
def test_a_part_of_a_name_matches_nobody(ours: str) -> None:
    found = match(entries(person(name=ours), roster=(person(sid="1", name="Alice Adams"),)))
    assert groups(found) == {frozenset({1}), frozenset({101})}


def test_names_that_are_each_others_turned_round_match_neither_and_say_so() -> None:
    roster = (person(sid="1", name="Thomas James"), person(sid="2", name="James Thomas"))
    people = (person(name="James Thomas"), person(name="Thomas James"))
    found = match(entries(*people, roster=roster))
    assert groups(found) == {frozenset({one}) for one in (1, 2, 101, 102)}
    assert len(found.conflicts) == 2


def test_two_submitters_of_one_name_match_neither() -> None:
    people = (person(folder="Ann Ames"), person(name="ann ames", gradescope_id="9"))
    found = match(entries(*people, roster=(person(sid="1", name="Ann Ames"),)))
    assert frozenset({1}) in groups(found)
    assert len(found.conflicts) == 2


def test_a_name_does_not_outweigh_an_email() -> None:
    roster = (person(email="ann@uni.edu", name="Ann Ames"),)
    found = match(entries(person(email="other@uni.edu", name="Ann Ames"), roster=roster))
    assert groups(found) == {frozenset({1}), frozenset({101})}
    assert "stronger identifier" in found.conflicts[0]


@pytest.mark.parametrize("folder", ["20231234", "Ann@Uni.edu", "aames"])
def test_a_folder_may_be_called_by_an_id_of_the_roster(folder: str) -> None:
    roster = (person(sid="20231234", email="ann@uni.edu", login="aames", name="Ann Ames"),)
    found = match(entries(person(folder=folder), roster=roster))
    assert groups(found) == {frozenset({1, 101})}
    assert len(found.weak) == 1


def test_sources_of_one_student_meet_in_the_roster() -> None:
    roster = (person(canvas_id="70", sid="7", email="z@uni.edu", name="Zoe Zorn"),)
    people = (person(canvas_id="70", name="zornzoe"), person(sid="7"), person(email="z@uni.edu"))
    assert groups(match(entries(*people, roster=roster))) == {frozenset({1, 101, 102, 103})}


def test_moodles_numbers_change_and_say_nothing_against_a_name() -> None:
    first, second = (
        person(moodle_id="111", name="Ann Ames"),
        person(moodle_id="222", name="Ann Ames"),
    )
    found = match(entries(first, second))
    assert groups(found) == {frozenset({101, 102})}
    together = [
        Entry(id=one.id, identifiers=one.identifiers, occasions=frozenset({(1, "lesson-one")}))
        for one in entries(first, second)
    ]
    assert len(groups(match(together))) == 2, "two in one lesson and run are two people"


def test_the_order_in_which_entries_came_does_not_matter() -> None:
    roster = (person(sid="1", name="Ann Ames"), person(sid="2", name="Ben Boyd"))
    people = (person(sid="1"), person(folder="ben boyd"), person(email="x@y", name="Ann Ames"))
    expected = groups(match(entries(*people, roster=roster)))
    for order in itertools.permutations(entries(*people, roster=roster)):
        assert groups(match(order)) == expected


def test_what_people_decide_holds_against_every_identifier() -> None:
    alike = entries(person(sid="1", name="A"), person(sid="1", name="B"))
    assert len(groups(match(alike))) == 1
    split_up = [Decision(kind="split", first=101, second=102)]
    assert len(groups(match(alike, split_up))) == 2
    assert len(groups(match(alike, [*split_up, Decision(kind="link", first=101, second=102)]))) == 1
    strangers = entries(person(sid="1", name="A"), person(sid="2", name="B"))
    found = match(
        strangers,
        [
            Decision(kind="link", first=101, second=102),
            Decision(kind="rename", first=102, name="C"),
        ],
    )
    assert [student.name for student in found.students] == ["C"]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    grade(
        tmp_path,
        hand_in(person(email="fz@uni.edu", sid="6", name="F. Ford")),
        hand_in(person(folder="lab_final"), command="fail"),
    )
    return tmp_path


def test_a_roster_says_who_is_missing_and_who_is_a_stranger(out: Path, tmp_path: Path) -> None:
    (tmp_path / "canvas.csv").write_text(CANVAS, encoding="utf-8-sig")
    with Gradebook.open(out) as book:
        book.set_up(roster=tmp_path / "canvas.csv")
        absent = book.not_handed_in()
    assert [student.name for student in absent["lesson-one"]] == ["Fred Zorn"]
    assert totals(out) == {"Frances Ford": 20, "lab_final": 8}


def test_a_link_stays_decided_when_the_roster_is_read_again(out: Path, tmp_path: Path) -> None:
    roster = tmp_path / "canvas.csv"
    roster.write_text(CANVAS)
    with Gradebook.open(out) as book:
        book.set_up(roster=roster)
    assert "one student" in link(out, "lab_final", "Fred Zorn")
    roster.write_text(CANVAS.replace("Zorn, Fred", "Zorn, Frederick"))
    with Gradebook.open(out) as book:
        book.set_up(roster=roster)
    assert totals(out) == {"Frances Ford": 20, "Frederick Zorn": 8}


def test_link_split_and_rename_by_any_way_to_call_a_student(out: Path) -> None:
    link(out, "lab_f", "FZ@uni.edu")
    assert set(totals(out)) == {"F. Ford"}
    split(out, "f. ford", "lab_final")
    assert set(totals(out)) == {"F. Ford", "lab_final"}
    rename(out, "lab_final", "Ada Lovelace")
    assert totals(out) == {"F. Ford": 20, "Ada Lovelace": 8}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Fred Ford", "no such student.*close are.*Frances Ford"),
        ("f", "fits 2: Frances Ford.*Fred Zorn"),
        ("", "no such student"),
    ],
)
def test_nobody_or_several_are_a_sentence_with_names(
    out: Path, tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "canvas.csv").write_text(CANVAS)
    with Gradebook.open(out) as book:
        book.set_up(roster=tmp_path / "canvas.csv")
        with pytest.raises(InvalidInput, match=sentence):
            find_students(book, text)


def test_two_rows_of_the_roster_are_never_one_student(out: Path, tmp_path: Path) -> None:
    (tmp_path / "canvas.csv").write_text(CANVAS)
    with Gradebook.open(out) as book:
        book.set_up(roster=tmp_path / "canvas.csv")
    with pytest.raises(InvalidInput, match="two rows of the roster"):
        link(out, "Fred Zorn", "Frances Ford")


@pytest.mark.parametrize("week", [1, 2])
def test_a_file_called_by_anothers_number_does_not_replace_the_others(week: int) -> None:
    """Where students name their files, one beside that student's own may be an impostor's."""
    roster = Entry(
        id=1, identifiers=person(sid="2105", name="Ada Lovelace").identifiers, on_roster=True
    )
    ada, number = (
        Entry(
            id=place,
            identifiers=person(folder=folder).identifiers,
            occasions=frozenset({(run, "lesson-one")}),
        )
        for place, folder, run in ((101, "Ada Lovelace", 1), (102, "2105", week))
    )
    found = match([roster, ada, number])
    if week == 1:
        assert groups(found) == {frozenset({1}), frozenset({101}), frozenset({102})}
        assert any("2105" in said and "Ada Lovelace" in said for said in found.conflicts)
    else:
        # In weeks of their own the two are one student's, as before.
        assert groups(found) == {frozenset({1, 101, 102})}


@pytest.mark.parametrize(("one", "other"), [("ada", "ADA"), ("J\u00f6rg", "Jo\u0308rg ")])
def test_folders_side_by_side_are_two_students_and_over_weeks_one(
    tmp_path: Path, one: str, other: str
) -> None:
    first, second = person(folder=one), person(folder=other)
    together = tmp_path / "together"
    grade(together, hand_in(first, name="a"), hand_in(second, command="fail", name="b"))
    # The next download may bring one of them only.
    grade(together, hand_in(first, name="a"), on_missing="keep")
    with Gradebook.open(together) as book:
        assert sorted(row.total or 0 for row in book.rows()) == [8, 20]
        assert "side by side" in book.matching().conflicts[0]
    weeks = tmp_path / "weeks"
    grade(weeks, hand_in(first, when="2026-11-01"))
    grade(weeks, hand_in(second, command="fail", when="2026-11-08", root="/week2"))
    assert [row.attempts for row in rows(weeks).values()] == [2]


def test_a_third_spelling_may_be_either_of_two_and_is_neither() -> None:
    now = frozenset({(1, "lesson-one")})
    spelled = entries(person(folder="ada"), person(folder="ADA"), person(folder="Ada"))
    told = [
        Entry(
            id=one.id, identifiers=one.identifiers, occasions=now if one.id < 103 else frozenset()
        )
        for one in spelled
    ]
    assert len(groups(match(told))) == 3
    assert len(groups(match(spelled))) == 1


def test_a_group_gives_each_member_a_row_of_their_own(tmp_path: Path) -> None:
    ann, ben = person(email="a@uni.edu", name="Ann"), person(email="b@uni.edu", name="Ben")
    grade(tmp_path, hand_in(ann, ben, name="submission_101"))
    found = rows(tmp_path)
    assert {name for name, _ in found} == {"Ann", "Ben"}
    names = [row.submission.name for row in found.values()]
    assert names == ["submission_101-Ann", "submission_101-Ben"]
    grade(tmp_path, hand_in(ann, command="fail", lesson="lesson-two"))
    assert {(name, lesson): row.total for (name, lesson), row in rows(tmp_path).items()} == {
        ("Ann", "lesson-one"): 20, ("Ben", "lesson-one"): 20, ("Ann", "lesson-two"): 4,
    }  # fmt: skip


GRADESCOPE = "First Name,Last Name,SID,Email,Role\nAnn,Ames,1,ann@uni.edu,Student\n,T,2,t@u,TA\n"
WORKSHEET = "Identifier,Full name,Email address,Grade\nParticipant 815,Ann Ames,ann@uni.edu,\n"
EXCEL = "name;email\nAnn Ames;ann@uni.edu\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CANVAS, person(sid="7", canvas_id="70", login="fz", name="Fred Zorn")),
        (GRADESCOPE, person(sid="1", email="ann@uni.edu", name="Ann Ames")),
        (WORKSHEET, person(email="ann@uni.edu", moodle_id="815", name="Ann Ames")),
        (EXCEL, person(email="ann@uni.edu", name="Ann Ames")),
        ("Login,x\nAnn@uni.edu,\n", person(login="Ann@uni.edu", email="Ann@uni.edu")),
    ],
)
def test_rosters_of_many_systems_are_read(text: str, expected: Person) -> None:
    first, *rest = parse_roster(text, "roster.csv").students
    assert first.identifiers == expected.identifiers
    assert len(rest) == (text is CANVAS), "test students and staff are no students"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no usable columns"),
        ("colour,size\nred,4\n", "no usable columns.*colour, size"),
        ("name,sid\nA,1\nB,2\nC,1\n", "sid 1 in lines 2 and 4"),
        ("name\nAnn Ames\nBen\nAnn Ames\n", "one name in lines 2 and 4"),
    ],
)
def test_rosters_that_cannot_be_used_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        parse_roster(text, "roster.csv")
