"""Probes of speculative decoding.

How many draws a round uses is the student's business, so what is random is asked where chance has
no say (probability 0 or 1), by a question that a right answer fails less than once in a million
times, or in the mean of many rounds, compared within wide bounds. Each round is a question to the
student's process, so there are few of them.
"""

import random
from typing import Any

from numpy.random import default_rng

from reference.probes import Probes
from reference.probes.helpers import Function, keeps_inputs

MOST_ROUNDS = 22
"""Until one must have been otherwise: at probability 0.5 every other one accepts no draft."""


def sometimes_accepts_none(function: Function, match_probability: float, num_draft: int) -> bool:
    """Whether one of 22 rounds accepts no draft; at probability 0.5 every other one does.

    Of 30 drafts that are all compared, a mismatch or not, none matches in one round of a billion.
    """
    rng = default_rng(77)
    return any(function(match_probability, num_draft, rng)[0] == 0 for _ in range(MOST_ROUNDS))


def sometimes_accepts_some(function: Function, match_probability: float, num_draft: int) -> bool:
    """Whether one of 22 rounds accepts some drafts and not all; at 0.5 every other one does."""
    rng = default_rng(78)
    rounds = (function(match_probability, num_draft, rng)[0] for _ in range(MOST_ROUNDS))
    return any(0 < accepted < num_draft for accepted in rounds)


def accepts_more_than_it_drafts(
    function: Function, match_probability: float, num_draft: int
) -> bool:
    """Whether one of 4 rounds does; without a limit of 2, at 0.99, 97 of a hundred rounds do."""
    rng = default_rng(77)
    return any(function(match_probability, num_draft, rng)[0] > num_draft for _ in range(4))


def differs_between_rounds(function: Function) -> bool:
    """Whether rounds with one generator differ."""
    rng = default_rng(5)
    first = str(function(0.5, 6, rng))
    return any(str(function(0.5, 6, rng)) != first for _ in range(1, MOST_ROUNDS))


def repeats(function: Function, *arguments: Any) -> bool:
    """Whether two generators of one seed give the same."""
    random.seed(1)
    first = function(*arguments, default_rng(9))
    random.seed(2)
    return bool(first == function(*arguments, default_rng(9)))


def listens(function: Function, *arguments: Any) -> bool:
    """Whether generators of different seeds give different results."""
    first = str(function(*arguments, default_rng(0)))
    seeds = range(1, MOST_ROUNDS)
    return any(str(function(*arguments, default_rng(seed))) != first for seed in seeds)


FUNCTIONS = {
    "draft_and_verify": Probes(
        text=[
            "draft_and_verify(1.0, 5, default_rng(0))",
            "draft_and_verify(0.0, 5, default_rng(0))",
        ],
        values=[
            "draft_and_verify(1.0, 1, default_rng(1))",
            "draft_and_verify(0.0, 1, default_rng(1))",
            "sometimes_accepts_none(draft_and_verify, 0.5, 30)",
            "sometimes_accepts_some(draft_and_verify, 0.5, 30)",
            "accepts_more_than_it_drafts(draft_and_verify, 0.99, 2)",
            "differs_between_rounds(draft_and_verify)",
            "listens(draft_and_verify, 0.5, 6)",
            "repeats(draft_and_verify, 0.5, 6)",
        ],
        refusals=[
            "draft_and_verify(-0.1, 3, default_rng(0))",
            "draft_and_verify(1.1, 3, default_rng(0))",
            "draft_and_verify(0.5, 0, default_rng(0))",
        ],
    ),
    "simulate": Probes(
        text=["simulate(1.0, 5, 10, 0.05, default_rng(0))"],
        values=[
            "simulate(1.0, 1, 4, 0.0, default_rng(1))",
            "simulate(0.0, 1, 4, 0.5, default_rng(1))",
            "simulate(0.0, 4, 10, 0.25, default_rng(1))",
            "simulate(1.0, 3, 7, 0.5, default_rng(1))",
            "simulate(0.75, 2, 1500, 0.0, default_rng(4))",
            "simulate(0.9, 6, 1000, 0.1, default_rng(6))",
            "listens(simulate, 0.5, 3, 40, 0.1)",
            "repeats(simulate, 0.5, 3, 40, 0.1)",
        ],
        refusals=[
            "simulate(1.5, 2, 3, 0.1, default_rng(0))",
            "simulate(0.5, 0, 3, 0.1, default_rng(0))",
            "simulate(0.5, 2, 0, 0.1, default_rng(0))",
            "simulate(0.5, 2, 3, -0.1, default_rng(0))",
        ],
        needs=("draft_and_verify",),
        # The means of so many rounds of two right answers differ by 2.4 % at one standard error.
        tolerance=0.1,
    ),
    "expected_tokens": Probes(
        text=["expected_tokens(0.8, 5)"],
        values=[
            "expected_tokens(0.5, 1)",
            "expected_tokens(0.5, 2)",
            "expected_tokens(0.25, 3)",
            "expected_tokens(0.0, 4)",
            "expected_tokens(1.0, 1)",
            "expected_tokens(1.0, 4)",
            "expected_tokens(0.9, 7)",
        ],
        refusals=["expected_tokens(-0.1, 2)", "expected_tokens(1.2, 2)", "expected_tokens(0.5, 0)"],
    ),
    "best_num_draft": Probes(
        text=[
            "best_num_draft(0.8, 0.05, [1, 3, 5, 8])",
            "best_num_draft(0.8, 0.05, [1, 3, 8, 16])",
        ],
        values=[
            "best_num_draft(0.5, 0.2, [1, 2, 4])",
            "best_num_draft(0.6, 0.3, [4, 1, 2])",
            "best_num_draft(0.9, 0.1, [1, 4, 8, 20])",
            "best_num_draft(0.9, 0.0, [1, 4, 8])",
            "best_num_draft(0.3, 0.5, [2, 5, 9])",
            "best_num_draft(0.0, 0.0, [3, 1, 2])",
            "best_num_draft(0.0, 0.0, [1, 2, 3])",
            "best_num_draft(1.0, 0.1, [2, 6])",
            "best_num_draft(0.7, 0.2, [9, 1, 2, 3])",
            "best_num_draft(0.8, 0.4, [1, 8, 2])",
            "best_num_draft(0.5, 0.125, [7])",
            "keeps_inputs(best_num_draft, 0.5, 0.2, [4, 1, 2])",
        ],
        refusals=[
            "best_num_draft(0.5, 0.1, [])",
            "best_num_draft(0.5, -0.1, [1])",
            "best_num_draft(1.5, 0.1, [1])",
            "best_num_draft(0.5, 0.1, [0, 1])",
        ],
        needs=("expected_tokens",),
    ),
}
__all__ = ["default_rng", "keeps_inputs"]
