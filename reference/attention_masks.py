"""Attention masks, row by row from a list of keys.

Sources: Jiang et al. 2023, "Mistral 7B" (arXiv 2310.06825), section 2, for the sliding window and
its reach over layers (the window counts the token itself, as in transformers); Beltagy et al. 2020,
"Longformer" (arXiv 2004.05150), section 3.1, for the dilated window, here causal. Students compare
whole matrices of positions at once; this module walks from key to key.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from reference import checks

Function = Callable[..., Any]


def causal_mask(seq_len: int) -> torch.Tensor:
    """Every token attends to itself and to all tokens before it.

    Args:
        seq_len: tokens, 1 or more.

    Returns:
        (seq_len, seq_len) bool, True = may attend, row = query.

    Raises:
        ValueError: ``seq_len`` below 1.
    """
    return dilated_mask(seq_len, max(seq_len, 1), 1)


def sliding_window_mask(seq_len: int, window: int) -> torch.Tensor:
    """Every token attends to itself and to the ``window - 1`` tokens before it.

    Args:
        seq_len: tokens, 1 or more.
        window: keys of a query, itself included, 1 or more.

    Returns:
        (seq_len, seq_len) bool, True = may attend, row = query.

    Raises:
        ValueError: an argument below 1.
    """
    return dilated_mask(seq_len, window, 1)


def dilated_mask(seq_len: int, window: int, dilation: int) -> torch.Tensor:
    """Every token attends to itself and to ``window - 1`` tokens before it, in steps.

    Args:
        seq_len: tokens, 1 or more.
        window: keys of a query, itself included, 1 or more.
        dilation: positions from one key to the next, 1 or more.

    Returns:
        (seq_len, seq_len) bool, True = may attend, row = query.

    Raises:
        ValueError: an argument below 1.
    """
    for name, value in (("seq_len", seq_len), ("window", window), ("dilation", dilation)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    mask = torch.zeros(seq_len, seq_len, dtype=torch.bool)
    for query in range(seq_len):
        key = query
        for _ in range(window):
            if key < 0:
                break
            mask[query, key] = True
            key -= dilation
    return mask


def count_scores(mask: torch.Tensor) -> int:
    """Query-key products that attention with this mask computes.

    Args:
        mask: (seq_len, seq_len) bool.

    Returns:
        The number of True entries.
    """
    return sum(1 for row in mask.tolist() for entry in row if entry)


def layers_to_reach(distance: int, window: int) -> int:
    """Fewest layers of sliding-window attention until information has moved ``distance``.

    Args:
        distance: positions from the source of the information to the token that needs it, >= 0.
        window: keys of a query, itself included; 2 or more for a distance above 0.

    Returns:
        Layers; one layer moves information by at most ``window - 1`` positions.

    Raises:
        ValueError: ``distance`` negative, or ``window`` too small.
    """
    if distance < 0:
        raise ValueError(f"distance must not be negative, got {distance}")
    if distance and window < 2:
        raise ValueError(f"window of {window} moves no information")
    layers = moved = 0
    while moved < distance:
        layers, moved = layers + 1, moved + window - 1
    return layers


# What the hidden tests need beyond the functions of the exercise.


def entries(mask: Any, seq_len: int) -> torch.Tensor:
    """A student's mask as bool, whatever its dtype: the dtype has a test of its own."""
    if type(mask) is torch.Tensor and mask.is_floating_point() and bool((mask == -math.inf).any()):
        mask = mask == 0  # what is added to the scores: 0 where a query may attend
    return checks.tensor(mask, (seq_len, seq_len)) != 0


def before(mask: Any, seq_len: int) -> torch.Tensor:
    """The entries strictly before the diagonal; the diagonal and the future have their tests.

    So has a mask with True and False, or rows and columns, exchanged: it is put right first, and
    fails for what else is wrong with it.
    """
    upright = entries(mask, seq_len)
    future = upright[torch.ones_like(upright).triu(1)]
    if future.numel() and bool(future.all()) and not upright.diagonal().any():
        upright = ~upright
    if not upright.tril(-1).any():
        upright = upright.T
    return upright.tril(-1)


def sample_masks(causal: Function, window: Function, dilated: Function) -> list[torch.Tensor]:
    """Masks of all three functions, as the student's dtype, for properties that all share."""
    cases: list[tuple[Function, tuple[int, ...]]] = [
        (causal, (6,)),
        (window, (11, 4)),
        (window, (5, 1)),
        (dilated, (13, 3, 2)),
        (dilated, (12, 4, 3)),
    ]
    masks = []
    for function, arguments in cases:
        mask = function(*arguments)
        entries(mask, arguments[0])
        masks.append(mask)
    return masks


def check_equal_before(mask: Any, expected: torch.Tensor) -> None:
    """The same keys before each query, and at least one of them: the future does not matter."""
    actual = before(mask, expected.shape[0])
    wrong = int((actual != expected.tril(-1)).sum())
    assert wrong == 0, f"{wrong} entries before the diagonal differ"


def check_steps(dilated: Function, seq_len: int, window: int, dilation: int) -> None:
    """Whatever keys a query has, they lie whole steps before it."""
    mask = before(dilated(seq_len, window, dilation), seq_len)
    steps = {(int(query) - int(key)) % dilation for query, key in mask.nonzero()}
    assert steps == {0}, f"keys at remainders {steps} of the step"


def check_farthest(dilated: Function, seq_len: int, window: int, dilation: int) -> None:
    """Queries at multiples of the step see as far back as they should.

    At these queries a step counted from position 0 and one counted from the query agree, so that
    this mistake is left to its own test.
    """
    mask = before(dilated(seq_len, window, dilation), seq_len)
    first = (window - 1) * dilation
    for query in range(first + (-first) % dilation, seq_len, dilation):
        keys = mask[query, :query].nonzero().flatten().tolist()
        assert keys, f"query {query} has no key before it"
        assert keys[0] == query - first, f"query {query} sees back to {keys[0]}"


def check_last_rows(mask: Function, *arguments: int) -> None:
    """The last token has as many keys before it in a long text as in a shorter one."""
    keys = {int(before(mask(seq_len, *arguments), seq_len)[-1].sum()) for seq_len in (40, 61, 80)}
    assert len(keys) == 1, f"the last token has {sorted(keys)} keys before it"
    assert keys != {0}, "the last token has no key before it"


def check_errors(causal: Function, window: Function, dilated: Function, layers: Function) -> None:
    """Every listed error is a ValueError that names the argument; edge values are accepted."""
    for mask in (causal(1), window(1, 1), dilated(1, 1, 1)):
        entries(mask, 1)
    # Only that it is answered: the right number of layers has tests of its own.
    checks.number(layers(1, 2))
    for bad in (0, -3):
        checks.rejects(causal, bad, naming="seq_len")
        checks.rejects(window, bad, 2, naming="seq_len")
        checks.rejects(window, 4, bad, naming="window")
        checks.rejects(dilated, bad, 2, 2, naming="seq_len")
        checks.rejects(dilated, 4, bad, 2, naming="window")
        checks.rejects(dilated, 4, 2, bad, naming="dilation")
    checks.rejects(layers, -1, 4, naming="distance")
    for distance, narrow in ((3, 1), (3, 0), (1, 1)):
        checks.rejects(layers, distance, narrow, naming="window")
