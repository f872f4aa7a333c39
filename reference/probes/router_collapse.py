"""Probes of the balancing loss and of the training loop."""

from typing import Any

from torch import tensor, zeros

from reference import router_collapse
from reference.probes import Probes
from reference.probes.helpers import gradient, keeps_inputs

PROBS = tensor([[0.5, 0.3, 0.2], [0.6, 0.1, 0.3], [0.2, 0.7, 0.1], [0.4, 0.35, 0.25]])
IDS = tensor([0, 0, 1, 0])
PAIRS = tensor([[0, 1], [0, 2], [1, 0], [2, 1]])


def rows(utilization: Any) -> list[Any]:
    """Shape and row sums of a utilization."""
    return [list(utilization.shape), [round(float(row.sum()), 3) for row in utilization]]


def first_row_is_untrained(utilization: Any, seed: int) -> bool:
    """Whether row 0 is what the untrained router does with the first batch."""
    model, _, generator = router_collapse.make_toy(seed)
    inputs, _ = router_collapse.make_batch(generator)
    ids = model(inputs)[2]
    return bool((utilization[0] - router_collapse.shares(ids)).abs().max() < 0.02)


def last_rows_differ(utilization: Any) -> bool:
    """Whether the last row was measured on a batch of its own."""
    return bool((utilization[-1] - utilization[-2]).abs().max() > 0)


def largest(utilization: Any, last: int) -> str:
    """How much the busiest expert gets at the end, in words that chance does not change."""
    share = float(utilization[-last:].mean(dim=0).max())
    return "nearly everything" if share > 0.8 else "about its part" if share < 0.5 else "much"


FUNCTIONS = {
    "load_balancing_loss": Probes(
        text=[
            "load_balancing_loss(tensor([[0.25, 0.25, 0.25, 0.25]]), tensor([0]), 4)",
            "load_balancing_loss(tensor([[1., 0.], [1., 0.]]), tensor([0, 0]), 2)",
        ],
        values=[
            "load_balancing_loss(tensor([[0.7, 0.3]]), tensor([0]), 2)",
            "load_balancing_loss(tensor([[0.7, 0.3]]), tensor([1]), 2)",
            "load_balancing_loss(tensor([[0.5, 0.3, 0.2], [0.6, 0.1, 0.3]]), tensor([0, 2]), 3)",
            "load_balancing_loss(PROBS, IDS, 3)",
            "load_balancing_loss(PROBS, tensor([0, 1, 1, 0]), 3)",
            "load_balancing_loss(PROBS, tensor([[0], [0], [1], [0]]), 3)",
            "load_balancing_loss(PROBS, PAIRS, 3)",
            "load_balancing_loss(PROBS, tensor([[0, 1, 2], [0, 1, 2], [1, 0, 2], [2, 0, 1]]), 3)",
            "gradient(load_balancing_loss, PROBS, IDS, 3)",
            "gradient(load_balancing_loss, PROBS, PAIRS, 3)",
            "list(load_balancing_loss(PROBS, IDS, 3).shape)",
            "keeps_inputs(load_balancing_loss, PROBS.clone(), IDS.clone(), 3)",
        ],
        refusals=["load_balancing_loss(PROBS, IDS, 4)", "load_balancing_loss(PROBS, IDS, 2)"],
    ),
    "train_moe": Probes(
        text=[],
        values=[
            "rows(train_moe(0.0, num_steps=1))",
            "rows(train_moe(0.1, num_steps=3))",
            "first_row_is_untrained(train_moe(0.0, num_steps=1, seed=3), 3)",
            "first_row_is_untrained(train_moe(0.0, num_steps=2, seed=8), 8)",
            "last_rows_differ(train_moe(0.1, num_steps=2, seed=5))",
            "largest(train_moe(0.0, num_steps=120, seed=2), 20)",
            "largest(train_moe(0.1, num_steps=120, seed=2), 20)",
        ],
        refusals=["train_moe(-0.1, num_steps=2)", "train_moe(0.0, num_steps=0)"],
        needs=("load_balancing_loss",),
        tolerance=0.02,
    ),
}
__all__ = ["gradient", "keeps_inputs", "zeros"]
