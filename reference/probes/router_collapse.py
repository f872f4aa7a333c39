"""Probes of the balancing loss and of the training loop."""

from typing import Any

from torch import tensor

from reference.probes import Probes
from reference.probes.helpers import gradient, keeps_inputs

PROBS = tensor([[0.5, 0.3, 0.2], [0.6, 0.1, 0.3], [0.2, 0.7, 0.1], [0.4, 0.35, 0.25]])
IDS = tensor([0, 0, 1, 0])
PAIRS = tensor([[0, 1], [0, 2], [1, 0], [2, 1]])


def rows(utilization: Any) -> list[Any]:
    """Shape and row sums of a utilization."""
    return [list(utilization.shape), [round(float(row.sum()), 3) for row in utilization]]


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
            "train_moe(0.0, num_steps=1, seed=4)",
            "train_moe(0.0, num_steps=2, seed=4)[1]",
            "train_moe(0.0, num_steps=12, seed=4)[-1]",
            "train_moe(0.5, num_steps=12, seed=6)[-1]",
            "train_moe(0.05, num_steps=14, seed=9)[-1]",
        ],
        refusals=["train_moe(-0.1, num_steps=2)", "train_moe(0.0, num_steps=0)"],
        needs=("load_balancing_loss",),
        tolerance=0.02,
        # One and a half of 128 tokens: rounding may move one from an expert to another.
        floor=0.012,
    ),
}
__all__ = ["gradient", "keeps_inputs"]
