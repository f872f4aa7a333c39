"""Speculative decoding by probabilities: the whole distribution of a round, then its moments.

Source: Leviathan, Kalman, Matias, "Fast Inference from Transformers via Speculative Decoding"
(2023, arXiv 2211.17192): eq. 1 (tokens of a round) and theorem 3.8 (speedup). The student plays
rounds draft by draft; here a round is a list of probabilities, and the simulation draws from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reference import checks

STANDARD_ERRORS = 5.0
"""A correct answer fails one comparison of a random mean about once in 1.7 million seeds."""

OWN_ROUNDS = 400
"""Rounds of a student's own to compare a simulation with: its mean is then known to a quarter of
a token, and a wrong count of tokens moves it by half a token or more."""


def accepted_distribution(match_probability: float, num_draft: int) -> list[float]:
    """Probabilities of accepting 0, 1, ..., num_draft drafts of one round.

    Args:
        match_probability: chance that one draft equals the large model's token, 0..1.
        num_draft: drafts a round (gamma in the paper), 1 or more.

    Returns:
        num_draft + 1 probabilities: n matches then a mismatch, the last one all matches.

    Raises:
        ValueError: an argument out of range.
    """
    if not 0 <= match_probability <= 1:
        raise ValueError(f"match_probability must be in 0..1, got {match_probability}")
    if num_draft < 1:
        raise ValueError(f"num_draft must be at least 1, got {num_draft}")
    stopped = [match_probability**n * (1 - match_probability) for n in range(num_draft)]
    return [*stopped, match_probability**num_draft]


def accepted_moments(match_probability: float, num_draft: int) -> tuple[float, float]:
    """Mean and standard deviation of the accepted drafts of one round."""
    law = accepted_distribution(match_probability, num_draft)
    mean = sum(n * p for n, p in enumerate(law))
    variance = sum((n - mean) ** 2 * p for n, p in enumerate(law))
    return mean, math.sqrt(variance)


def draft_and_verify(
    match_probability: float, num_draft: int, rng: np.random.Generator
) -> tuple[int, int]:
    """One round: drafts accepted before the first mismatch, and tokens emitted.

    Args:
        match_probability: chance that one draft equals the large model's token, 0..1.
        num_draft: drafts a round, 1 or more.
        rng: source of randomness, advanced by one draw.

    Returns:
        (num_accepted, num_emitted), the large model's own token counted in the second.
    """
    law = accepted_distribution(match_probability, num_draft)
    accepted = int(rng.choice(num_draft + 1, p=law))
    return accepted, accepted + 1


def simulate(
    match_probability: float,
    num_draft: int,
    num_rounds: int,
    draft_cost: float,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Many rounds, drawn at once.

    Args:
        match_probability: chance that one draft equals the large model's token, 0..1.
        num_draft: drafts a round, 1 or more.
        num_rounds: rounds to play, 1 or more.
        draft_cost: time of one draft step in units of one large pass, 0 or more.
        rng: source of randomness.

    Returns:
        acceptance_rate (accepted / drafted), tokens_per_round, time_per_token (large passes) and
        speedup against one token per large pass.

    Raises:
        ValueError: an argument out of range.
    """
    law = accepted_distribution(match_probability, num_draft)
    if num_rounds < 1:
        raise ValueError(f"num_rounds must be at least 1, got {num_rounds}")
    if draft_cost < 0:
        raise ValueError(f"draft_cost must not be negative, got {draft_cost}")
    mean_accepted = float(rng.choice(num_draft + 1, size=num_rounds, p=law).mean())
    round_time = 1.0 + num_draft * draft_cost
    return {
        "acceptance_rate": mean_accepted / num_draft,
        "tokens_per_round": mean_accepted + 1,
        "time_per_token": round_time / (mean_accepted + 1),
        "speedup": (mean_accepted + 1) / round_time,
    }


def expected_tokens(match_probability: float, num_draft: int) -> float:
    """Mean tokens of one round, eq. 1, as the mean of the distribution (no division by 1 - a)."""
    return accepted_moments(match_probability, num_draft)[0] + 1


def expected_speedup(match_probability: float, num_draft: int, draft_cost: float) -> float:
    """Tokens per unit of time, one large pass being one unit: theorem 3.8."""
    if draft_cost < 0:
        raise ValueError(f"draft_cost must not be negative, got {draft_cost}")
    return expected_tokens(match_probability, num_draft) / (1 + num_draft * draft_cost)


def best_num_draft(match_probability: float, draft_cost: float, candidates: Sequence[int]) -> int:
    """The candidate with the largest expected speedup, the smaller of equal ones.

    Args:
        match_probability: chance that one draft equals the large model's token, 0..1.
        draft_cost: time of one draft step in units of one large pass, 0 or more.
        candidates: numbers of drafts to choose from, in any order.

    Raises:
        ValueError: no candidates, or an argument out of range.
    """
    if not candidates:
        raise ValueError("candidates is empty")
    if min(candidates) < 1:
        raise ValueError(f"candidates must be at least 1, got {min(candidates)}")
    ranked = [(-expected_speedup(match_probability, k, draft_cost), k) for k in candidates]
    return min(ranked)[1]


# What the hidden tests need beyond the functions of the exercise.

Function = Callable[..., Any]


def play_rounds(
    play: Function, match_probability: float, num_draft: int, num_rounds: int, seed: int
) -> list[tuple[int, int]]:
    """Call a student's ``draft_and_verify`` and return whole numbers only."""
    rng = np.random.default_rng(seed)
    rounds = []
    for result in checks.each(play, [(match_probability, num_draft, rng)] * num_rounds):
        accepted, emitted = map(checks.number, result)
        assert accepted.is_integer(), f"num_accepted is {accepted}, not a whole number"
        assert emitted.is_integer(), f"num_emitted is {emitted}, not a whole number"
        rounds.append((int(accepted), int(emitted)))
    return rounds


def check_distribution(accepted: Sequence[int], match_probability: float, num_draft: int) -> None:
    """Each count from 0 to num_draft occurs as often as it should, and no other occurs.

    120 rounds of 3 drafts that match with 0.7 suffice: an extra draft gives a count that may not
    occur, a draft too few moves the full count by its whole share (0.34, where 5 standard errors
    are 0.22), and reading drafts after a mismatch moves the share of no match by 0.27 (0.21).
    """
    law = accepted_distribution(match_probability, num_draft)
    assert set(accepted) <= set(range(num_draft + 1)), f"impossible counts in {set(accepted)}"
    for count, probability in enumerate(law):
        error = math.sqrt(probability * (1 - probability) / len(accepted))
        share = accepted.count(count) / len(accepted)
        allowed = STANDARD_ERRORS * error
        checks.close_number(share, probability, rel=0, abs_=allowed, what=f"share of {count}")


def check_emitted(rounds: Sequence[tuple[int, int]]) -> None:
    """Every round emits its accepted drafts, however many those are, and one token more."""
    for accepted, emitted in rounds:
        assert emitted == accepted + 1, f"{emitted} tokens for {accepted} accepted drafts"


def simulated(
    simulate_: Function,
    match_probability: float,
    num_draft: int,
    num_rounds: int,
    draft_cost: float,
    seed: int,
) -> dict[str, float]:
    """Call a student's ``simulate`` and return its four numbers as floats."""
    rng = np.random.default_rng(seed)
    result = simulate_(match_probability, num_draft, num_rounds, draft_cost, rng)
    assert type(result) is dict, f"expected a dict, got {type(result).__name__}"
    keys = ("acceptance_rate", "tokens_per_round", "time_per_token", "speedup")
    return {key: checks.number(result[key]) for key in keys}


def check_acceptance_rate(
    result: dict[str, float],
    match_probability: float,
    num_draft: int,
    num_rounds: int,
    play: Function | None = None,
) -> None:
    """The acceptance rate is the mean of the accepted drafts, divided by the drafts of a round."""
    law = accepted_moments(match_probability, num_draft)
    own = _own_rounds(play, match_probability, num_draft, 0)
    _check_mean(result["acceptance_rate"] * num_draft, law, num_rounds, own)


def check_tokens_per_round(
    result: dict[str, float],
    match_probability: float,
    num_draft: int,
    num_rounds: int,
    play: Function | None = None,
) -> None:
    """The tokens per round are the mean of eq. 1."""
    mean, deviation = accepted_moments(match_probability, num_draft)
    own = _own_rounds(play, match_probability, num_draft, 1)
    _check_mean(result["tokens_per_round"], (mean + 1, deviation), num_rounds, own)


def _own_rounds(
    play: Function | None, match_probability: float, num_draft: int, index: int
) -> Callable[[], list[int]]:
    """Accepted drafts (index 0) or tokens (1) of a student's own rounds, played when asked for."""
    if play is None:
        return list
    return lambda: [
        pair[index] for pair in play_rounds(play, match_probability, num_draft, OWN_ROUNDS, 44)
    ]


def _check_mean(
    actual: float, law: tuple[float, float], num_rounds: int, own: Callable[[], list[int]]
) -> None:
    """Within 5 standard errors of the mean, or else of the mean of the student's own rounds.

    A round that is played wrongly costs its own test; what the simulation makes of it may be right.
    """
    mean, deviation = law
    allowed = STANDARD_ERRORS * deviation / math.sqrt(num_rounds) + 1e-6
    if abs(actual - mean) > allowed and (rounds := own()):
        mean = float(np.mean(rounds))
        error = math.sqrt(1 / num_rounds + 1 / len(rounds))
        allowed = STANDARD_ERRORS * float(np.std(rounds)) * error + 1e-6
    checks.close_number(actual, mean, rel=0, abs_=allowed, what="mean of the rounds")


def best_choices(
    tokens: Function, match_probability: float, draft_cost: float, candidates: Sequence[int]
) -> set[int]:
    """The best candidate, and the best one by a student's own ``expected_tokens``.

    A wrong formula costs its own test; the choice between its values may be right.
    """
    choices = {best_num_draft(match_probability, draft_cost, candidates)}
    try:
        emitted = checks.each(tokens, [(match_probability, k) for k in candidates])
        speedups = {
            k: checks.number(number) / (1 + k * draft_cost)
            for k, number in zip(candidates, emitted, strict=True)
        }
    except Exception:  # Whatever a student's function raises, the true best remains.
        return choices
    top = max(speedups.values())
    return choices | {min(k for k, speedup in speedups.items() if speedup >= top * (1 - 1e-9))}


def check_time(result: dict[str, float], num_draft: int, draft_cost: float) -> None:
    """The time per token is exact, whatever the random numbers were: rounds all last as long.

    Judged from the student's own tokens per round, so that a wrong count of tokens costs its own
    test and not this one too.
    """
    assert result["tokens_per_round"] > 0, "no tokens came out"
    expected = (1 + num_draft * draft_cost) / result["tokens_per_round"]
    checks.close_number(result["time_per_token"], expected, rel=1e-6, what="time_per_token")


def check_rng_of_rounds(play: Function) -> None:
    """Equal seeds give equal rounds, another seed gives others, and the generator moves on."""
    first, again, other = (play_rounds(play, 0.7, 8, 12, seed) for seed in (64, 64, 65))
    assert first == again, "rounds with equal seeds differ"
    assert first != other, "the seed makes no difference to a round"
    assert len(set(first)) > 1, "one generator gives the same round again and again"


def check_rng_of_simulation(simulate_: Function) -> None:
    """Equal seeds give equal simulations, and other seeds give others.

    Two honest simulations of 400 rounds of 8 drafts end with equally many tokens for about one
    pair of seeds in 160, four of them once in four million, so four seeds are compared.
    """
    runs = [simulated(simulate_, 0.7, 8, 400, 0.1, seed) for seed in (61, 61, 62, 63, 64)]
    assert runs[0] == runs[1], "two simulations with equal seeds differ"
    assert len({tuple(run.values()) for run in runs[1:]}) > 1, "the seed makes no difference"


def check_errors(play: Function, simulate_: Function, tokens: Function, best: Function) -> None:
    """Every listed error is a ValueError that names the argument; edge values are accepted."""
    rng = np.random.default_rng(71)
    assert simulated(simulate_, 1, 1, 1, 0, 71)
    checks.number(best(0, 0, [1]))
    for bad in (-0.01, 1.01):
        checks.rejects(play, bad, 2, rng, naming="match_probability")
        checks.rejects(simulate_, bad, 2, 3, 0.1, rng, naming="match_probability")
        checks.rejects(tokens, bad, 2, naming="match_probability")
        checks.rejects(best, bad, 0.1, [2, 3], naming="match_probability")
    checks.rejects(play, 0.5, 0, rng, naming="num_draft")
    checks.rejects(simulate_, 0.5, 0, 3, 0.1, rng, naming="num_draft")
    checks.rejects(tokens, 0.5, 0, naming="num_draft")
    checks.rejects(simulate_, 0.5, 2, 0, 0.1, rng, naming="num_rounds")
    checks.rejects(simulate_, 0.5, 2, 3, -0.01, rng, naming="draft_cost")
    checks.rejects(best, 0.5, -0.01, [2, 3], naming="draft_cost")
    checks.rejects(best, 0.5, 0.1, [2, 0], naming=("candidate", "num_draft"))
    checks.rejects(best, 0.5, 0.1, [], naming="candidate")
