"""What is predicted, compared with what happens: bands for numbers, equality for words."""

from __future__ import annotations

import re

import pytest

from autograder.course.lessons import Yardstick, all_exercises, lesson_of
from autograder.course.predictions import WhatHappens, solution_predictions

BUSIEST = WhatHappens("(1.0, 0.25)", Yardstick(within=0.05))
PAIR = WhatHappens("('no', 'no')")


@pytest.mark.parametrize(
    ("happens", "predicted", "agrees"),
    [
        (BUSIEST, "(0.95, 0.3)", True),
        (BUSIEST, "[1, 0.25]", True),
        (BUSIEST, "(0.94, 0.25)", False),
        (BUSIEST, "(1.0, 0.25, 0.25)", False),
        (BUSIEST, "1.0", False),
        (BUSIEST, f"(1.0, {10**400})", False),
        (BUSIEST, "(1.0, float('nan'))", False),
        (BUSIEST, "(" * 300, False),
        (BUSIEST, "{[]: 1}", False),
        (PAIR, "['no', 'no']", True),
        (PAIR, "('no', 'yes')", False),
        (WhatHappens("6"), "6.0", True),
        (WhatHappens("6"), "'6'", False),
        (WhatHappens("'stays'"), "<built-in function print>", False),
    ],
)
def test_numbers_agree_within_the_band_and_words_when_equal(
    happens: WhatHappens, predicted: str, agrees: bool
) -> None:
    assert happens.agrees(predicted) == agrees


@pytest.mark.parametrize("exercise", all_exercises())
def test_every_prediction_has_one_sentence_that_says_why(exercise: str) -> None:
    happens = solution_predictions()[exercise]
    assert happens.agrees(happens.text)
    assert re.fullmatch(r"[A-Z0-9][^.]{30,180}(\.\d[^.]*)?\.", happens.yardstick.why)


def test_where_numbers_swing_the_band_is_told_before_the_prediction() -> None:
    from autograder.course.packages import load_built

    for exercise, happens in solution_predictions().items():
        cells = load_built(lesson_of(exercise)).package.released["cells"]
        told = "".join(c["source"] for c in cells if c["id"].startswith(exercise.replace("_", "-")))
        number = f"{happens.yardstick.within:g}"
        hit = re.search(rf"(?i)within\s{re.escape(number)}\s[^.]*hit", told)
        assert bool(hit) == bool(happens.yardstick.within), exercise
