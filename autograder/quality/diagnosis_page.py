"""``docs/diagnosis.md``: how a diagnosis is made, how good it is, and every probe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from autograder.diagnosis.known import KnownFunction
from autograder.quality.check import ExerciseCheck
from autograder.quality.diagnosis import groups_of, separated
from autograder.quality.heldback import HeldBack, Verdict, measure
from autograder.quality.points_lost import Losses, allowed_losses
from autograder.quality.reach import TOO_FAR, dearest_and_cheapest, lost, reach
from autograder.quality.tables import markdown_table
from autograder.sandbox.judging import TestFiles

WORST = 20
"""Hidden tests that are listed, those that fail for most wrong answers first."""
INTRODUCTION = """\
# Saying what is wrong

When an exercise loses points, the grader asks the student's functions some small questions, the
*probes*, and compares the answers with those of every right and wrong sample answer. No points
depend on it. Students read about each wrong function the first of these that holds:

1. **It is not there**, or still has a `...` to fill in. Its tests are folded away.
2. **It raises an exception** or does not finish: which one, the smallest call that shows it, and in
   how many tests. Those tests could not be tried, so their ideas are folded away too. A crash at no
   more than a quarter of the calls hides nothing: if the other answers are those of a wrong sample
   answer, its sentence comes first and the crash after it.
3. **Its answers are those of a wrong sample answer**: the sentence of that misconception. The tests
   that this sample answer fails follow from it and are folded; tests that fail besides are listed.
4. **Its answers are nobody's**: the smallest call that is answered wrongly, what came back (a value
   that the call can do nothing with is no crash), what should have come (if the class shows it),
   and the idea of the failed test that weighs most. If all calls at the sizes of the text are
   right, the sentence says so.

A function that calls another one, as far as its text shows, is judged only where that one is
right. Values and refusals (arguments out of range) are compared apart, so that a forgotten check
hides nothing, here or in a function that calls this one. What comes of a question that should be
refused, a number or an exception of torch, is a matter of how the code is written: if the values
are right, only what is refused is compared. Likewise the same wrong numbers may stand in floats,
ints or lists, and the same few calls may raise different exceptions, where no sample answer agrees
in every answer and all that would then look alike say the same. Where no diagnosis could be made,
because time ran out or a function answers one question in two ways, the page says so.
`show_expected = false` in `class.toml` keeps what should have come off the feedback pages; they go
out after marking, so it is shown by default. On Gradescope it is never shown.

Functions of an exercise that lost no point are never asked, so a right answer gets no diagnosis. If
they are asked all the same, no right sample answer gets a finding
(`tests/diagnosis/test_right_answers.py`). Two mistakes in two functions are both named
(`tests/diagnosis/test_two_mistakes.py`).

A probe is no hidden test and holds no input of one (`tests/diagnosis/test_probes.py`).
[authoring.md](authoring.md#probes-how-to-add-one) says how to add one.
"""

FRESH = """\
## Measured on fresh answers

Slips of three readers who played students: each had one notebook and nothing else, solved it, and
then wrote six wrong answers to each exercise as six classmates might. They were diagnosed before
anything was mended for them, and judged by hand against the belief that the author had written
down: the right misconception was named, a wrong one, a crash without a name, a counterexample,
nothing. First by the sample answers as they were, then after others, who had not seen the 72, had
written the likely mistakes in further styles.

| sample answers | right name | wrong | crash | counterexample | nothing |
| --- | --- | --- | --- | --- | --- |
| before | 49 | 0 | 2 | 14 | 2 |
| after | 58 | 0 | 1 | 7 | 2 |

The others lost no point: two are right by the contract, three showed holes in hidden tests, which
are closed (one before the second row). What had no name is in the sample answers since.

An earlier round, by an author who knew the probes and the names of the sample answers. The usual
slips are those that the exercises were made to catch; the odd ones were meant to be none of these.

| answers | right name | and too much | wrong | crash | counterexample | nothing |
| --- | --- | --- | --- | --- | --- | --- |
| 34 usual slips | 31 | 1 | 1 | 0 | 1 | 0 |
| 34 odd slips | 18 | 0 | 1 | 1 | 13 | 1 |
| 23 odd slips, later | 6 | 1 | 0 | 1 | 15 | 0 |
"""
COST = """\
## What it costs

A diagnosis adds 8.5 % to the processor time of a submission with one wrong exercise of four (144
submissions, judge and student's process together): from 2.6 % in `router` to 15.5 % in
`continuous_batching`, whose lesson costs least without it. `python -m benchmarks.diagnosis`
measures it anew, exercise by exercise.
"""
Known = Mapping[str, Sequence[KnownFunction]]


def diagnosis_page(checks: Sequence[ExerciseCheck], known: Known) -> str:
    """Return the whole page.

    Args:
        checks: each exercise with its sample answers judged.
        known: each exercise's functions, with the answers of its sample answers.
    """
    arguments = {check.exercise: arguments_of(check.exercise) for check in checks}
    found = [
        one
        for check in checks
        for one in measure(check, known[check.exercise], arguments[check.exercise])
    ]
    parts = [
        INTRODUCTION,
        _measured(found),
        FRESH,
        COST,
        _reaches(checks),
        _losses(checks),
        _probes(known),
    ]
    return "\n".join(parts)


def arguments_of(exercise: str) -> dict[str, frozenset[str]]:
    """The names that each test of an exercise asks for."""
    from autograder.course.lessons import lesson_of
    from autograder.course.packages import load_built

    text = load_built(lesson_of(exercise), (exercise,)).package.tests[exercise]
    return {case.name: case.arguments for case in TestFiles().cases(text)}


def _measured(found: Sequence[HeldBack]) -> str:
    counts = Counter(one.verdict for one in found)
    by_exercise = Counter((one.exercise, one.verdict) for one in found)
    rows = [
        (f"`{name}`", *(by_exercise[name, verdict] for verdict in Verdict))
        for name in dict.fromkeys(one.exercise for one in found)
    ]
    total = ("all", *(counts[verdict] for verdict in Verdict))
    wrong = [f"`{one.sample}`" for one in found if one.verdict is Verdict.WRONG]
    return (
        "## Measured on answers held back\n\nOf the sample answers that write a known idea another "
        "way, a third (by a hash of the name) is taken out of the known answers and then diagnosed "
        f"like a student's: {len(found)} answers. Named right means that every misconception named "
        "is the one that its author declared.\n\n"
        + markdown_table(("exercise", *Verdict), [*rows, total])
        + (f"\nNamed wrong: {', '.join(wrong)}.\n" if wrong else "")
    )


def _reaches(checks: Sequence[ExerciseCheck]) -> str:
    found = [one for check in checks for one in reach(check)]
    worst = sorted(found, key=lambda one: (-one.share, one.test))[:WORST]
    rows = [
        (f"`{one.exercise}`", f"`{one.test}`", one.own, one.others, f"{100 * one.share:.0f} %")
        for one in worst
    ]
    head = ("exercise", "hidden test", "own", "others that fail it", "of those not its own")
    far = sum(one.share > TOO_FAR for one in found)
    return (
        "## Hidden tests that fail for other ideas\n\nA wrong answer belongs to the hidden test "
        "that fails for it and for the fewest wrong answers, the most telling one. Of "
        f"{len(found)} hidden tests {far} fail for more than a third of the wrong answers that are "
        f"not their own. The {len(worst)} that reach furthest:\n\n" + markdown_table(head, rows)
    )


def _losses(checks: Sequence[ExerciseCheck]) -> str:
    rows = []
    for check in checks:
        if check.wrong:
            most, least = dearest_and_cheapest(check)
            rows.append(
                (
                    f"`{check.exercise}`", f"`{most.name}`", f"{lost(most):g}",
                    f"`{least.name}`", f"{lost(least):g}",
                )
            )  # fmt: skip
    head = ("exercise", "dearest", "points lost", "cheapest", "points lost")
    reasons = [
        f"- `{check.exercise}`, `{name}`: {reason}."
        for check in checks
        for name, reason in allowed_losses().get(check.exercise, Losses()).dear.items()
    ]
    return (
        "## What a wrong answer costs\n\n"
        + markdown_table(head, rows)
        + "\nA central idea that is missed costs 1 point or more. One slip costs at most 4, in a "
        "Guided exercise 3, with these exceptions:\n\n" + "\n".join(reasons) + "\n"
    )


def _probes(known: Known) -> str:
    parts = [
        "## The probes\n\nFor each call, how many wrong sample answers it tells from every right "
        "one, and into how many different answers it divides them.\n"
    ]
    for exercise, functions in known.items():
        parts.append(f"### {exercise}\n")
        rows = [
            (
                f"`{probe.call}`".replace("|", "\\|"),
                str(probe.group),
                separated(function, at),
                groups_of(function, at),
            )
            for function in functions
            for at, probe in enumerate(function.probes.probes)
        ]
        parts.append(markdown_table(("call", "kind", "tells apart", "answers"), rows))
    return "\n".join(parts)
