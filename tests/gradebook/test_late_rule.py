"""Due dates in calendar days, the late rule, and what the class file says wrong with its line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from autograder.errors import InvalidInput
from autograder.gradebook.late_rule import LatePolicy, due_moment, lateness, parse_policy
from autograder.gradebook.settings import find_lesson, read_class
from autograder.gradebook.store import Gradebook
from autograder.intake import Submission
from autograder.intake.submission import TimeSource
from autograder.outputs.export import export
from tests.gradebook.builder import at, grade, hand_in, person, rows
from tests.outputs.late import DUE, LATE

ZONE = "America/Los_Angeles"
LESSONS = ("5-3-1-mixture-of-experts", "5-3-2-long-context")


def submitted(moment: float | None) -> Submission:
    return Submission(name="a", root="a", submitted_at=moment, time_source=TimeSource.GRADESCOPE)


def taken(policy: LatePolicy, moment: float, total: float = 40.0) -> float:
    late = lateness(policy, submitted(moment), total)
    return 0.0 if late is None else late.deduction


@pytest.mark.parametrize(
    ("late", "grace", "policy"),
    [
        (
            "10%/day",
            "15min",
            LatePolicy(due=DUE.timestamp(), cost=10, unit="%", period="day", grace_seconds=900),
        ),
        (
            "2 points/hour",
            "",
            LatePolicy(due=DUE.timestamp(), cost=2, unit="points", period="hour", grace_seconds=0),
        ),
        (
            "5 % per week",
            "2h",
            LatePolicy(due=DUE.timestamp(), cost=5, unit="%", period="week", grace_seconds=7200),
        ),
        ("", "", LatePolicy(due=DUE.timestamp())),
    ],
)
def test_policies_are_read(late: str, grace: str, policy: LatePolicy) -> None:
    assert parse_policy("2026-11-20T12:00+00:00", late, grace, zone="UTC") == policy


@pytest.mark.parametrize(
    "arguments",
    [
        ("soon",),
        ("2026-11-31",),
        ("2026-11-20", "a lot"),
        ("2026-11-20", "1%/day", "some"),
        ("2026-11-20", "1%/day", "1h", "half"),
        ("2026-11-20", "", "", "", "later"),
    ],
)
def test_policies_that_nobody_can_read_are_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match=arguments[-1]):
        parse_policy(*arguments)


@pytest.mark.parametrize(
    ("minutes", "cost"), [(-60, 0), (15, 0), (16, 4), (1440, 4), (1441, 8), (99_999, 40)]
)
def test_every_day_begun_costs(minutes: float, cost: float) -> None:
    assert taken(LATE, DUE.timestamp() + 60 * minutes) == cost


def test_unknown_times_cost_nothing() -> None:
    assert lateness(LATE, submitted(None), 40.0) is None
    marked = msgspec.structs.replace(submitted(None), late=True, layout="canvas")
    late = lateness(LATE, marked, 40.0)
    assert late is not None
    assert late.deduction == 0
    assert late.sentence.startswith("Marked late by Canvas, which says no time")
    assert lateness(None, marked, 40.0) is None


@pytest.mark.parametrize(
    ("local", "cost"),
    [("2026-11-20T15:00", 0), ("2026-11-20T23:59:59", 0), ("2026-11-21T00:00:01", 4)],
)
def test_a_date_without_a_time_is_the_end_of_that_day(local: str, cost: float) -> None:
    policy = parse_policy("2026-11-20", "10%/day", zone=ZONE)
    assert taken(policy, due_moment(local, ZONE)) == cost
    assert "23:59 PST" in str(policy)


@pytest.mark.parametrize(
    ("due", "handed_in", "days"),
    [
        # The night of 1 November has 25 hours, that of 8 March has 23.
        ("2026-10-31T12:00", "2026-11-01T12:00", 1),
        ("2026-10-31T12:00", "2026-11-01T12:01", 2),
        ("2026-03-07T12:00", "2026-03-08T12:00", 1),
        ("2026-03-07T12:00", "2026-03-08T12:01", 2),
        ("2026-10-31", "2026-11-01T23:59", 1),
        ("2026-10-31", "2026-11-02T00:01", 2),
    ],
)
def test_days_are_those_of_the_calendar(due: str, handed_in: str, days: int) -> None:
    policy = parse_policy(due, "1 point/day", zone=ZONE)
    assert taken(policy, due_moment(handed_in, ZONE)) == days


def test_a_cap_and_nothing_after() -> None:
    policy = parse_policy("2026-11-20", "10%/day", "", "50%", "7 days", "UTC")
    due = policy.due
    day = 86_400.0
    assert [taken(policy, due + days * day) for days in (3, 5, 6, 7)] == [12, 20, 20, 20]
    late = lateness(policy, submitted(due + 7 * day + 1), 40.0)
    assert late is not None
    assert late.deduction == 40
    assert "nothing is given after 7 days" in late.sentence
    for text in ("each day begun costs 10%", "at most 50%", "after 7 days"):
        assert text in str(policy)


@pytest.mark.parametrize("source", [source for source in TimeSource if source.is_platform])
def test_a_platforms_time_is_not_blamed_on_the_file(source: TimeSource) -> None:
    policy = parse_policy("2026-11-20", "1 point/day", "", "", "", "UTC")
    moved = msgspec.structs.replace(submitted(policy.due + 3600), time_source=source)
    late = lateness(policy, moved, 10.0)
    assert late is not None
    assert f"according to {source.value}," in late.sentence.casefold()


def test_one_is_not_written_as_several() -> None:
    policy = parse_policy("2026-11-20", "1 point/day", "1min", "1 point", "1 day", "UTC")
    said = "each day begun costs 1 point, after 1 minute of grace, at most 1 point, "
    assert f"; {said}nothing is given after 1 day." in str(policy)
    late = lateness(policy, submitted(policy.due + 3600), 10.0)
    assert late is not None
    assert late.sentence.endswith("1 day late at 1 point each, at most 1 point, 1 point taken off.")


@pytest.mark.parametrize(
    ("due", "often"), [("2026-11-01T01:30", "twice"), ("2026-03-08T02:30", "never")]
)
def test_an_hour_that_the_clock_repeats_or_leaves_out_is_refused(due: str, often: str) -> None:
    with pytest.raises(InvalidInput, match=f"{often} that day; add the offset"):
        due_moment(due, ZONE)
    assert due_moment(f"{due}-08:00", ZONE) > 0


CLASS = """timezone = "America/Los_Angeles"
policy = "best"

[late]
rule = "10%/day"
grace = "15min"
cap = "50%"

[due]
lesson-one = 2026-11-20
lesson-two = "2026-11-27T18:00"

[[extension]]
student = "ben@uni.edu"
lesson = "lesson-one"
due = 2026-11-23
"""
ANN = person(email="ann@uni.edu", name="Ann Ames")
BEN = person(email="ben@uni.edu", name="Ben Boyd")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "class.toml").write_text(CLASS)
    for one in (ANN, BEN):
        grade(
            tmp_path,
            # 22 November, 15:00 in Los Angeles.
            hand_in(one, when="2026-11-22 23:00"),
            hand_in(one, when="2026-11-22 23:00", lesson="lesson-two"),
            on_missing="keep",
        )
    return tmp_path


def test_each_lesson_has_its_own_due_date_and_a_student_may_have_more_time(out: Path) -> None:
    found = {key: row.final for key, row in rows(out).items()}
    assert found == {
        ("Ann Ames", "lesson-one"): 16, ("Ann Ames", "lesson-two"): 10,
        ("Ben Boyd", "lesson-one"): 20, ("Ben Boyd", "lesson-two"): 10,
    }  # fmt: skip
    late = rows(out)["Ann Ames", "lesson-one"].lateness
    assert late is not None
    assert "Sun 22 Nov 2026 15:00 PST" in late.sentence
    assert "due Fri 20 Nov 2026 23:59 PST: 2 days late" in late.sentence


def test_an_export_prints_each_rule_and_whom_it_concerned(out: Path) -> None:
    said = export(out, "csv").remarks
    assert said[0].startswith("lesson-one due Fri 20 Nov 2026 23:59 PST; each day begun costs 10%")
    assert said[0].endswith("1 of 2 late, by 2 days, 1 with more time.")
    assert said[1].endswith("None of 2 late.")


def test_due_dates_of_an_export_override_the_class_file_once(out: Path) -> None:
    once = export(out, "csv", parse_policy("2026-11-30", "10%/day", zone="UTC"))
    assert any("override" in remark and "class.toml" in remark for remark in once.remarks)
    assert ",16," not in once.paths[0].read_text(encoding="utf-8-sig")
    assert ",16," in export(out, "csv").paths[0].read_text(encoding="utf-8-sig")


def test_the_class_files_policy_holds_and_an_option_says_that_it_differs(out: Path) -> None:
    with Gradebook.open(out) as book:
        assert book.policy() == "best"
    worse = hand_in(ANN, command="fail", when="2026-11-22 23:30", root="/again")
    result = grade(out, worse, policy="latest")
    assert [row.total for row in result.rows if row.submission.lesson == "lesson-one"] == [8, 20]
    assert "--policy latest overrides" in result.notices.remarks[0]
    assert rows(out)["Ann Ames", "lesson-one"].total == 20


def test_the_roster_of_the_class_file_is_read_anew_when_it_changes(out: Path) -> None:
    (out / "class.toml").write_text('roster = "names.csv"\n' + CLASS)
    for names in (["Ann Ames"], ["Ann Ames", "Cleo Clark"]):
        (out / "names.csv").write_text("name\n" + "\n".join(names) + "\n")
        result = grade(out, hand_in(ANN, when="2026-11-22 23:00", root="/again"))
        absent = result.notices.not_handed_in["lesson-one"]
        assert absent == tuple(names[1:])


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('policy = "best"', 'show_expected = "no"', 2, "show_expected is 'no'; it is true"),
        ('policy = "best"', 'polcy = "best"', 2, "no setting 'polcy'; did you mean policy?"),
        ('policy = "best"', 'policy = "last"', 2, "policy is 'last'; it is latest, best or first"),
        ("America/Los_Angeles", "Mars", 1, "there is no time zone 'Mars'"),
        ("10%/day", "a lot", 5, "late is 'a lot'"),
        ('"15min"', "15", 6, "grace is 15; write it as text"),
        ("2026-11-27T18:00", "2026-02-30", 11, "due is '2026-02-30'"),
        ("2026-11-27T18:00", "2026-11-01T01:30", 11, "twice that day"),
        ("lesson-two", "lesson-too", 11, "lesson is 'lesson-too'; the lessons are lesson-one"),
        ('student = "ben@uni.edu"', "", 13, "this extension has no student"),
        ("due = 2026-11-23", 'due = "soon"', 16, "due is 'soon'"),
        ("[[extension]]", "[extension]", 13, "write each extension below a line [[extension]]"),
    ],
)
def test_a_wrong_key_or_value_is_a_sentence_with_the_line(
    tmp_path: Path, old: str, new: str, line: int, sentence: str
) -> None:
    path = tmp_path / "class.toml"
    path.write_text(CLASS.replace(old, new))
    with pytest.raises(InvalidInput) as caught:
        read_class(path, ("lesson-one", "lesson-two"))
    assert f"class.toml, line {line}: " in str(caught.value)
    assert sentence in str(caught.value)
    # Nothing is graded by a class file that cannot be used.
    with pytest.raises(InvalidInput):
        grade(tmp_path / "out", hand_in(ANN), class_file=path)
    with Gradebook.open(tmp_path / "out") as book:
        assert book.rows() == []


def test_a_date_that_toml_itself_refuses_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "class.toml").write_text(CLASS.replace("2026-11-20", "2026-11-31"))
    with pytest.raises(InvalidInput, match="line 10"):
        read_class(tmp_path / "class.toml", LESSONS)


def test_lessons_are_called_by_slug_or_number() -> None:
    assert find_lesson("5.3.1", LESSONS) == find_lesson(LESSONS[0], LESSONS) == LESSONS[0]
    for text in ("5.3", "5.3.3", "", "mixture"):
        with pytest.raises(InvalidInput, match=r"the lessons are 5-3-1"):
            find_lesson(text, LESSONS)


def test_moments_in_tests_are_utc() -> None:
    assert at("1970-01-01 00:01") == 60
