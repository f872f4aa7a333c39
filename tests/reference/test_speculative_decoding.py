"""The speculative decoding reference against the paper and an exact enumeration."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from reference import speculative_decoding as reference

GRID = [(a, k) for a in (0.0, 0.2, 0.5, 0.8, 0.95, 1.0) for k in (1, 2, 3, 5, 8)]

TABLE_1 = [
    (0.6, 2, 1.96),
    (0.7, 3, 2.53),
    (0.8, 2, 2.44),
    (0.8, 5, 3.69),
    (0.9, 2, 2.71),
    (0.9, 10, 6.86),
]
"""Leviathan et al. 2023, table 1: alpha, gamma, speed (their cost of a draft is 0 there)."""

BEST = [(0.6, 0.1, 3), (0.7, 0.1, 4), (0.8, 0.05, 8), (0.8, 0.1, 6), (0.8, 0.2, 4), (0.9, 0.1, 10)]
"""alpha, c and the best gamma over all integers."""


def enumerate_tokens(match: Fraction, num_draft: int) -> dict[int, Fraction]:
    """Tokens of a round and their probability, over all 2**num_draft patterns of matches."""
    law: dict[int, Fraction] = {}
    for pattern in itertools.product((True, False), repeat=num_draft):
        weight = math.prod((match if hit else 1 - match for hit in pattern), start=Fraction(1))
        tokens = len(list(itertools.takewhile(bool, pattern))) + 1
        law[tokens] = law.get(tokens, Fraction(0)) + weight
    return law


def theorem_3_8(alpha: float, gamma: int, cost: float) -> float:
    return (1 - alpha ** (gamma + 1)) / ((1 - alpha) * (gamma * cost + 1))


@pytest.mark.parametrize(("alpha", "gamma", "speed"), TABLE_1)
def test_table_1_of_the_paper(alpha: float, gamma: int, speed: float) -> None:
    assert round(reference.expected_speedup(alpha, gamma, 0.0), 2) == speed


@pytest.mark.parametrize(("alpha", "gamma"), [pair for pair in GRID if pair[0] < 1])
def test_equation_1_and_theorem_3_8(alpha: float, gamma: int) -> None:
    assert reference.expected_tokens(alpha, gamma) == pytest.approx(theorem_3_8(alpha, gamma, 0))
    speedup = reference.expected_speedup(alpha, gamma, 0.11)
    assert speedup == pytest.approx(theorem_3_8(alpha, gamma, 0.11))


@pytest.mark.parametrize("num_draft", [1, 2, 3, 5])
@pytest.mark.parametrize("match", [Fraction(0), Fraction(1, 3), Fraction(4, 5), Fraction(1)])
def test_distribution_is_the_exact_enumeration(match: Fraction, num_draft: int) -> None:
    exact = enumerate_tokens(match, num_draft)
    law = reference.accepted_distribution(float(match), num_draft)
    assert law == pytest.approx([float(exact.get(n + 1, 0)) for n in range(num_draft + 1)])
    mean = sum(n * weight for n, weight in exact.items())
    assert reference.expected_tokens(float(match), num_draft) == pytest.approx(float(mean))


@pytest.mark.parametrize(("alpha", "cost", "best"), BEST)
def test_best_number_of_drafts(alpha: float, cost: float, best: int) -> None:
    exhaustive = max(range(1, 60), key=lambda gamma: theorem_3_8(alpha, gamma, cost))
    assert reference.best_num_draft(alpha, cost, list(range(40, 0, -1))) == exhaustive == best


def test_corollary_3_9_drafting_pays_exactly_when_it_matches_more_than_it_costs() -> None:
    for alpha, cost in itertools.product((0.05, 0.1, 0.3, 0.6, 0.9), repeat=2):
        best = max(reference.expected_speedup(alpha, k, cost) for k in range(1, 40))
        assert (best > 1 + 1e-12) == (alpha > cost)
        if alpha > cost:
            assert best >= (1 + alpha) / (1 + cost) - 1e-12


def test_ties_go_to_the_smaller() -> None:
    assert reference.best_num_draft(0.0, 0.0, [4, 2, 3]) == 2
    assert reference.best_num_draft(1.0, 1.0, [9, 5, 7]) == 5


@pytest.mark.parametrize(("alpha", "gamma"), [(0.0, 3), (0.55, 4), (0.8, 1), (0.9, 8), (1.0, 5)])
def test_simulation_has_the_closed_form_as_its_mean(alpha: float, gamma: int) -> None:
    result = reference.simulate(alpha, gamma, 20_000, 0.1, np.random.default_rng(5))
    reference.check_acceptance_rate(result, alpha, gamma, 20_000)
    reference.check_tokens_per_round(result, alpha, gamma, 20_000)
    reference.check_time(result, gamma, 0.1)
    if alpha < 1:
        share = alpha * (1 - alpha**gamma) / ((1 - alpha) * gamma)
        assert result["acceptance_rate"] == pytest.approx(share, abs=0.02)


def test_real_speculative_sampling_accepts_like_one_round() -> None:
    """transformers' own rejection step, with draft and target that overlap by 0.7."""
    torch = pytest.importorskip("torch")
    generation = pytest.importorskip("transformers.generation.utils")
    draft, target = torch.tensor([0.7, 0.3, 0.0]), torch.tensor([0.7, 0.0, 0.3])
    gamma, rounds = 4, 400
    torch.manual_seed(0)
    accepted = []
    for _ in range(rounds):
        tokens = torch.multinomial(draft, gamma, replacement=True)[None]
        draft_logits = draft.log().expand(1, gamma, 3)
        target_logits = target.log().expand(1, gamma + 1, 3)
        valid, count = generation._speculative_sampling(tokens, draft_logits, gamma, target_logits)
        accepted.append(int(count))
        assert valid.shape[1] == int(count) + 1
    reference.check_distribution(accepted, 0.7, gamma)


def test_hidden_test_helpers_accept_the_reference() -> None:
    reference.check_rng_of_rounds(reference.draft_and_verify)
    reference.check_rng_of_simulation(reference.simulate)
    reference.check_errors(
        reference.draft_and_verify,
        reference.simulate,
        reference.expected_tokens,
        reference.best_num_draft,
    )
    rounds = reference.play_rounds(reference.draft_and_verify, 0.6, 3, 250, 1)
    reference.check_distribution([accepted for accepted, _ in rounds], 0.6, 3)
    reference.check_emitted(rounds)
