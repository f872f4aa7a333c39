"""What a student reads about each wrong function: the first thing that holds."""

from __future__ import annotations

import pytest

from autograder.diagnosis.answers import Answer, Kind, of_error, of_value, unfinished
from autograder.diagnosis.asking import FunctionProbes, Group, Probe
from autograder.diagnosis.findings import behaviour, definitions, diagnose, unfinished_functions
from autograder.diagnosis.known import KnownFunction, Misread
from autograder.model import FindingKind, TestOutcome

PROBES = (
    Probe("double(2)", Group.TEXT),
    Probe("double(3)", Group.VALUES),
    Probe("double(0)", Group.VALUES),
    Probe("double(-1)", Group.REFUSALS),
)
RIGHT = (of_value(4), of_value(6), of_value(0), of_error(ValueError("n is -1")))
SQUARES = (of_value(4), of_value(9), of_value(0), of_error(ValueError("")))
ADDS = (of_value(4), of_value(5), of_value(2), of_error(ValueError("")))
UNCHECKED = (of_value(4), of_value(6), of_value(0), of_value(-2))


def known(name: str = "double", needs: tuple[str, ...] = ()) -> KnownFunction:
    probes = FunctionProbes(name=name, probes=PROBES, needs=needs, tolerance=1e-4, floor=1e-6)
    return KnownFunction(
        probes=probes,
        right=(RIGHT,),
        values=(
            Misread(
                sample="wrong_squares",
                sentence="It squares.",
                fails=frozenset({"test_values"}),
                answers=SQUARES,
            ),
        ),
        refusals=(
            Misread(
                sample="wrong_unchecked",
                sentence="It checks nothing.",
                fails=frozenset({"test_errors"}),
                answers=UNCHECKED,
            ),
        ),
    )


def failed(name: str, detail: str = "AssertionError: 9", hidden: bool = True) -> TestOutcome:
    return TestOutcome(
        name=name,
        points=0.0,
        max_points=1.0,
        hidden=hidden,
        message=f"idea of {name}",
        detail=detail,
    )


ARGUMENTS = {
    "test_values": frozenset({"double"}),
    "test_more": frozenset({"double"}),
    "test_errors": frozenset({"double"}),
    "test_other": frozenset({"triple"}),
}
TESTS = (failed("test_values"), failed("test_more"))


def one(answers: tuple[Answer, ...], tests: tuple[TestOutcome, ...] = TESTS):
    (finding,) = diagnose([known()], {"double": answers}, tests, ARGUMENTS, [])
    return finding


def test_known_answers_are_named_and_what_follows_is_folded() -> None:
    finding = one(SQUARES)
    assert finding.kind is FindingKind.MISCONCEPTION
    assert (finding.sample, finding.sentence) == ("wrong_squares", "It squares.")
    assert finding.follows == ("test_values",)
    assert (finding.call, finding.came, finding.expected) == ("double(3)", "9", "6")


def test_unknown_answers_show_the_smallest_call_and_the_closest_idea() -> None:
    finding = one((of_value(5), of_value(9), of_value(1), RIGHT[3]))
    assert finding.kind is FindingKind.COUNTEREXAMPLE
    assert (finding.call, finding.came, finding.expected) == ("double(2)", "5", "4")
    assert finding.closest == "idea of test_values"
    assert finding.follows == ()


def test_right_at_the_sizes_of_the_text_only() -> None:
    assert one(ADDS).sentence == "double is right for the sizes in the text and wrong for others."


def test_a_crash_is_a_crash_and_its_tests_could_not_be_tried() -> None:
    tests = (failed("test_values", "TypeError: no"), failed("test_more", "TypeError: no"))
    finding = one((of_value(4), of_error(TypeError("no len")), of_value(0), RIGHT[3]), tests)
    assert finding.kind is FindingKind.CRASH
    assert finding.sentence == (
        "double raises TypeError: no len. In 2 tests it could not be tried."
    )
    assert finding.call == "double(3)"
    assert finding.follows == ("test_values", "test_more")


def test_a_crash_everywhere_is_no_forgotten_check() -> None:
    crash = of_error(TypeError("no len"))
    tests = (failed("test_values", "TypeError: no"), failed("test_errors"))
    assert one((crash, crash, crash, crash), tests).kind is FindingKind.CRASH
    found = diagnose([known()], {"double": (crash, *UNCHECKED[1:])}, tests, ARGUMENTS, [])
    assert [finding.kind for finding in found] == [FindingKind.CRASH, FindingKind.MISCONCEPTION]


TEN = tuple(Probe(f"double({n})", Group.TEXT if n == 1 else Group.VALUES) for n in range(1, 11))
RIGHT_OF_TEN = tuple(of_value(2 * n) for n in range(1, 11))
SQUARES_OF_TEN = tuple(of_value(n * n) for n in range(1, 11))
CRASH = of_error(IndexError("empty"))


def found_of_ten(answers: tuple[Answer, ...], *misread: Misread):
    squares = Misread(
        sample="wrong_squares",
        sentence="It squares.",
        fails=frozenset({"test_values"}),
        answers=SQUARES_OF_TEN,
    )
    functions = FunctionProbes(name="double", probes=TEN, needs=(), tolerance=1e-4, floor=1e-6)
    function = KnownFunction(
        probes=functions, right=(RIGHT_OF_TEN,), values=(squares, *misread), refusals=()
    )
    tests = (failed("test_values"), failed("test_more", "IndexError: empty"))
    return diagnose([function], {"double": answers}, tests, ARGUMENTS, [])


def test_a_crash_at_few_calls_comes_after_the_misconception_that_the_others_show() -> None:
    misconception, crash = found_of_ten((*SQUARES_OF_TEN[:9], CRASH))
    assert (misconception.kind, misconception.sentence) == (
        FindingKind.MISCONCEPTION,
        "It squares.",
    )
    assert (misconception.call, misconception.follows) == ("double(1)", ("test_values",))
    assert (crash.kind, crash.call) == (FindingKind.CRASH, "double(10)")
    assert (crash.sentence, crash.misconception) == ("double raises IndexError: empty.", "")
    assert crash.follows == ("test_more",)


def test_a_crash_at_few_calls_of_a_known_answer_comes_after_what_it_says_too() -> None:
    answers = (*SQUARES_OF_TEN[:9], CRASH)
    known_crash = Misread(
        sample="wrong_squares_and_crashes",
        sentence="It squares.",
        fails=frozenset(),
        answers=answers,
    )
    kinds = [finding.kind for finding in found_of_ten(answers, known_crash)]
    assert kinds == [FindingKind.MISCONCEPTION, FindingKind.CRASH]


def test_a_refusal_at_few_calls_is_part_of_the_misconception() -> None:
    (finding,) = found_of_ten((*SQUARES_OF_TEN[:9], of_error(ValueError("n is 10"))))
    assert finding.kind is FindingKind.MISCONCEPTION


@pytest.mark.parametrize(
    "answers",
    [
        (*SQUARES_OF_TEN[:7], CRASH, CRASH, CRASH),
        (*RIGHT_OF_TEN[:9], CRASH),
        (*RIGHT_OF_TEN[:8], of_value(7), CRASH),
    ],
    ids=["at many calls", "right elsewhere", "nobody's elsewhere"],
)
def test_other_crashes_are_told_alone(answers: tuple[Answer, ...]) -> None:
    (crash,) = found_of_ten(answers)
    assert (crash.kind, crash.misconception) == (FindingKind.CRASH, "")


def test_a_crash_that_hides_which_of_two_misconceptions_it_is_names_neither() -> None:
    answers = (*SQUARES_OF_TEN[:9], of_value(99))
    other = Misread(
        sample="wrong_squares_up_to_9",
        sentence="It squares small ones.",
        fails=frozenset(),
        answers=answers,
    )
    (crash,) = found_of_ten((*SQUARES_OF_TEN[:9], CRASH), other)
    assert (crash.kind, crash.misconception) == (FindingKind.CRASH, "")


def test_a_call_that_never_ends_is_a_crash_too() -> None:
    finding = one((of_value(4), unfinished("took too long")))
    assert (finding.kind, finding.call) == (FindingKind.CRASH, "double(3)")
    assert "does not finish" in finding.sentence


def test_a_forgotten_check_hides_nothing_and_is_hidden_by_nothing() -> None:
    tests = (failed("test_values"), failed("test_errors"))
    both = (*SQUARES[:3], of_value(-2))
    found = diagnose([known()], {"double": both}, tests, ARGUMENTS, [])
    assert [finding.sample for finding in found] == ["wrong_squares", "wrong_unchecked"]


@pytest.mark.parametrize(
    ("within", "beyond", "kind"),
    [
        (RIGHT[:3], of_error(RuntimeError("torch cannot")), FindingKind.MISCONCEPTION),
        (RIGHT[:3], of_value(17), FindingKind.MISCONCEPTION),
        (RIGHT[:3], of_error(AssertionError("n is -1")), FindingKind.COUNTEREXAMPLE),
        (ADDS[:3], of_value(17), FindingKind.COUNTEREXAMPLE),
    ],
    ids=["an exception", "another number", "an assert", "wrong within range too"],
)
def test_a_forgotten_check_is_one_whatever_comes_of_it(
    within: tuple[Answer, ...], beyond: Answer, kind: FindingKind
) -> None:
    tests = (failed("test_values"), failed("test_errors"))
    found = diagnose([known()], {"double": (*within, beyond)}, tests, ARGUMENTS, [])
    assert found[-1].kind is kind
    assert found[-1].sample == ("wrong_unchecked" if kind is FindingKind.MISCONCEPTION else "")


def test_a_forgotten_check_that_could_be_one_of_two_ideas_is_named_by_neither() -> None:
    other = Misread(
        sample="wrong_refuses_by_none",
        sentence="It answers None.",
        fails=frozenset(),
        answers=(*UNCHECKED[:3], of_value(None)),
    )
    function = known()
    function = KnownFunction(
        probes=function.probes,
        right=function.right,
        values=function.values,
        refusals=(*function.refusals, other),
    )
    tests = (failed("test_errors"),)
    answers = (*RIGHT[:3], of_value(17))
    (finding,) = diagnose([function], {"double": answers}, tests, ARGUMENTS, [])
    assert finding.kind is FindingKind.COUNTEREXAMPLE


def test_a_function_whose_tests_pass_is_left_alone() -> None:
    assert diagnose([known()], {"double": SQUARES}, (failed("test_other"),), ARGUMENTS, []) == ()
    passed = TestOutcome(name="test_values", points=1.0, max_points=1.0, hidden=True)
    assert diagnose([known()], {"double": SQUARES}, (passed,), ARGUMENTS, []) == ()


def test_a_function_that_calls_a_wrong_one_is_not_blamed_for_it() -> None:
    arguments = {"test_values": frozenset({"double", "triple"})}
    answers = {"double": SQUARES, "triple": SQUARES}
    functions = [known(), known("triple", needs=("double",))]
    found = diagnose(functions, answers, (failed("test_values"),), arguments, [])
    assert [finding.function for finding in found] == ["double"]


@pytest.mark.parametrize(
    ("below", "above", "found"),
    [
        (UNCHECKED, SQUARES, [("double", "wrong_unchecked"), ("triple", "wrong_squares")]),
        (SQUARES, UNCHECKED, [("double", "wrong_squares"), ("triple", "wrong_unchecked")]),
        (UNCHECKED, UNCHECKED, [("double", "wrong_unchecked")]),
    ],
    ids=["a check below", "a check above", "a check below and so above"],
)
def test_a_forgotten_check_hides_nothing_of_what_calls_the_function(
    below: tuple[Answer, ...], above: tuple[Answer, ...], found: list[tuple[str, str]]
) -> None:
    arguments = {"test_values": frozenset({"double", "triple"})}
    functions = [known(), known("triple", needs=("double",))]
    answers = {"double": below, "triple": above}
    findings = diagnose(functions, answers, (failed("test_values"),), arguments, [])
    assert [(finding.function, finding.sample) for finding in findings] == found


CALLS = """
def helper(n):
    return double(n)

def triple(n):
    return helper(n) + n
"""


@pytest.mark.parametrize(
    ("sources", "functions"),
    [
        ([CALLS], ["double"]),
        ([CALLS, "def triple(n):\n    return n * n"], ["double", "triple"]),
        (["def broken(:", CALLS], ["double"]),
    ],
    ids=["by way of a helper", "defined anew without it", "beside a cell that is no Python"],
)
def test_a_function_that_mentions_a_wrong_one_is_not_blamed_for_it_either(
    sources: list[str], functions: list[str]
) -> None:
    arguments = {"test_values": frozenset({"double", "triple"})}
    answers = {"double": SQUARES, "triple": SQUARES}
    sources = ["def double(n):\n    return n * n", *sources]
    found = diagnose([known(), known("triple")], answers, TESTS[:1], arguments, sources)
    assert [finding.function for finding in found] == functions


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def double(n):\n    ...\n", "double still has a ... to fill in."),
        ("", "double is not there."),
    ],
)
def test_what_is_not_written_yet_is_said_so(source: str, sentence: str) -> None:
    (finding,) = diagnose([known()], {}, TESTS, ARGUMENTS, [source])
    assert (finding.kind, finding.sentence) == (FindingKind.MISSING, sentence)
    assert finding.follows == ("test_values", "test_more")


def test_of_two_that_answer_alike_the_one_that_explains_everything_is_named() -> None:
    narrow = Misread(
        sample="wrong_double_only",
        sentence="Only double squares.",
        fails=frozenset(),
        answers=SQUARES,
    )
    double = known()
    double = KnownFunction(
        probes=double.probes, right=double.right, values=(narrow, *double.values), refusals=()
    )
    functions = [double, known("triple")]
    arguments = {"test_values": frozenset({"double", "triple"})}
    answers = {"double": SQUARES, "triple": SQUARES}
    found = diagnose(functions, answers, (failed("test_values"),), arguments, [])
    assert {finding.sample for finding in found} == {"wrong_squares"}
    alone = diagnose(functions, {**answers, "triple": RIGHT}, (TESTS[0],), arguments, [])
    assert [finding.sample for finding in alone] == ["wrong_double_only"]


def test_gaps_are_found_where_they_are_and_indexing_is_none() -> None:
    sources = [
        "def a(x):\n    y = ...\n    return y",
        "def b(x):\n    return x[..., 0]",
        "class C:\n    def f(self):\n        ...",
        "def e(x):\n    ...\n",
        "def e(x):\n    return 1",
    ]
    assert unfinished_functions(definitions([*sources, "no Python :"])) == {"a", "C"}


def test_behaviour_groups_what_differs_by_rounding_only() -> None:
    noisy = (of_value(4.0000001), *SQUARES[1:])
    assert behaviour({"double": SQUARES}) == behaviour({"double": noisy})
    assert behaviour({"double": SQUARES}) != behaviour({"double": ADDS})
    assert behaviour({}) == ""
    assert Kind.VALUE.value == "value"
