"""The numbers of the report: how points spread, what tests tell, whose code is alike."""

from __future__ import annotations

import math
import re
import statistics
from pathlib import Path

import pytest

from autograder.diagnosis.naming import failed_tests
from autograder.grading.grade import Options, grade_class
from autograder.model import SectionOutcome, TestOutcome
from autograder.outputs.report.similar import (
    MAX_CODE,
    MAX_LINES,
    Own,
    OwnCode,
    marked,
    near_identical,
)
from autograder.outputs.report.spread import distribution
from autograder.outputs.report.stats import discrimination, lesson_stats, lesson_title, title_of
from tests import fakes


def test_discrimination_is_the_point_biserial_correlation() -> None:
    passed = [True] * 6 + [False] * 4
    rest = [9.0, 8, 7, 9, 8, 7, 4, 5, 3, 4]
    # The textbook's formula: difference of the two means over the deviation, by the shares.
    difference = statistics.fmean(rest[:6]) - statistics.fmean(rest[6:])
    expected = difference / statistics.pstdev(rest) * math.sqrt(0.6 * 0.4)
    assert discrimination(passed, rest) == pytest.approx(expected)
    assert discrimination(passed[:5], rest[:5]) is None
    assert discrimination([True] * 10, rest) is None
    assert discrimination(passed, [1.0] * 10) is None
    assert discrimination(passed, [0.0] * 9 + [1e-200]) is None


def test_histogram_counts_everybody_and_full_marks_belong_to_the_last_bar() -> None:
    made = distribution([0, 0.5, 1, 9.9, 10, 10], 10)
    assert [bar.count for bar in made.histogram.bins] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert distribution([], 0).count == 0


def test_names_are_written_as_people_write_them() -> None:
    assert title_of("test_loss_of_four_tokens_is_1_1") == "loss of four tokens is 1.1"
    assert lesson_title("5-3-1-mixture-of-experts") == "5.3.1 Mixture of experts"
    assert lesson_title("lesson-one") == "Lesson one"
    assert lesson_title(None) == ""


def test_an_unanswered_prediction_hides_no_misconception() -> None:
    tests = tuple(
        TestOutcome(name=name, points=0.0, max_points=1.0, hidden=False)
        for name in ("test_prediction_is_answered", "test_idea")
    )
    assert failed_tests(SectionOutcome(exercise="router", tests=tests)) == {"test_idea"}


def test_statistics_of_a_class(tmp_path: Path) -> None:
    folder = fakes.write_class(tmp_path / "class", {"a": "pass", "b": "fail", "c": "raise"})
    result = grade_class(
        [folder], tmp_path / "out", fakes.PACKAGES, Options(engine=fakes.ENGINE, jobs=1)
    )
    (lesson,) = lesson_stats(result.rows, fakes.PACKAGES, {})
    assert (lesson.distribution.count, lesson.not_graded, lesson.distribution.mean) == (2, 1, 14)
    router = lesson.exercises[0]
    assert [(t.title, t.passed, t.count) for t in router.tests][2] == ("idea", 1, 2)
    assert [(one.text, one.count, one.mean) for one in router.misconceptions] == [
        ("The softmax runs over the tokens.", 1, 4)
    ]
    (alike,) = router.behaviours
    assert (alike.count, alike.mean, alike.findings[0].function) == (1, 4, "softmax")
    assert router.predictions[0].count == 2
    assert router.hardest is not None
    assert (router.hardest.title, router.recognised, router.mean_share) == ("idea", 1, 0.7)


PACKAGE = fakes.PACKAGES["lesson-one"]
ANSWER = """def router(states, weight):
    logits = states @ weight.T
    shifted = logits - logits.max(dim=-1, keepdim=True).values
    powers = shifted.exp()
    total = powers.sum(dim=-1, keepdim=True)
    chosen = powers / total
    for row in range(12):
        if chosen[row, 0] > 0.25 and row % 3 == 1:
            chosen[row] = chosen[row] * 1.5 - 0.125 * row
        elif chosen[row, 1] < 0.75:
            chosen[row] = chosen[row].clamp(0.01, 0.99)
    return chosen, total"""


def own(code: str) -> Own:
    return OwnCode(PACKAGE).of(fakes.notebook(code))


def test_a_copy_with_other_names_and_comments_is_found() -> None:
    copied = re.sub(r"\b(chosen|powers|shifted)\b", r"my_\1", ANSWER).replace(
        "total = ", "# sum\n    total  =  "
    )
    others = {
        f"s{n}": own("\n".join(f"x{n}[{k}] = f{k}({n}, {n * k})" for k in range(20)))
        for n in range(8)
    }
    (pair,) = near_identical("one", {"ann": own(ANSWER), "ben": own(copied), **others})
    assert (pair.first, pair.second, pair.lesson) == ("ann", "ben", "one")


def test_a_colour_is_no_comment_and_strings_count() -> None:
    blue, red = (own(f'bar.color("{colour}")') for colour in ("#0072B2", "#D55E00"))
    assert blue.digest != red.digest
    assert own("x = 1  # one").digest == own("x = 1").digest
    tokens = OwnCode(PACKAGE).lines(fakes.notebook('plot(y, "#0072B2")  # blue'))[0].tokens
    assert tokens == ("name", "(", "name", ",", '"#0072B2"', ")")


def test_code_is_read_around_what_is_no_python() -> None:
    broken = 'a = (1\nb = \'open\nc = 3\n\tif x:\n  d = $4\n"""left open\ne = 5'
    texts = [line.text for line in OwnCode(PACKAGE).lines(fakes.notebook(broken))]
    assert {"a = (1", "c = 3", "e = 5"} <= set(texts)


def test_of_each_notebook_a_bounded_part_is_read_and_held() -> None:
    long = "\n".join(f"v{n} = w{n} + {n}" for n in range(60_000))
    lines = OwnCode(PACKAGE).lines(fakes.notebook(long))
    assert 500 < len(lines) <= MAX_LINES
    assert sum(len(line.text) for line in lines) <= MAX_CODE


def test_only_lines_that_stand_in_both_are_marked() -> None:
    reader = OwnCode(PACKAGE)
    one, other = (
        reader.lines(fakes.notebook(f"m = nn.ModuleList([F(2, 3)] {rest}\nz = {n}\nc = 4, 5"))
        for n, rest in enumerate(("* 4)", "for _ in range(4))"))
    )
    assert [is_common for _, is_common in marked(one, other)] == [False, False, True]
    assert [is_common for _, is_common in marked(one, one)] == [True, True, True]


def test_what_everybody_wrote_makes_no_pair() -> None:
    assert near_identical("one", {f"s{n}": own(f"y = {n}\n{ANSWER}") for n in range(9)}) == []
    assert near_identical("one", {"a": own("pass"), "b": own("pass")}) == []
    assert OwnCode(PACKAGE).of(b"") == Own(b"", frozenset(), False)
