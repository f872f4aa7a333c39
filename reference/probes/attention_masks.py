"""Probes of the attention masks."""

import math
from typing import Any

from torch import tensor

from reference.probes import Probes
from reference.probes.helpers import Function, keeps_inputs


def arrives_after(function: Function, distance: int, window: int) -> Any:
    """How many layers, or "never": those who think so raise, or return None, 0, -1 or infinity."""
    try:
        layers = function(distance, window)
    except ValueError:
        return "never"
    return "never" if layers is None or layers in (0, -1, math.inf) else layers


FUNCTIONS = {
    "causal_mask": Probes(
        text=["causal_mask(10).sum()"],
        values=["causal_mask(1)", "causal_mask(2)", "causal_mask(4)", "causal_mask(9)"],
        refusals=["causal_mask(0)", "causal_mask(-1)"],
    ),
    "sliding_window_mask": Probes(
        text=["sliding_window_mask(10, 3).sum()"],
        values=[
            "sliding_window_mask(1, 1)",
            "sliding_window_mask(3, 1)",
            "sliding_window_mask(4, 2)",
            "sliding_window_mask(5, 3)",
            "sliding_window_mask(7, 4)",
            "sliding_window_mask(3, 8)",
        ],
        refusals=[
            "sliding_window_mask(0, 2)",
            "sliding_window_mask(3, 0)",
            "sliding_window_mask(3, -1)",
        ],
    ),
    "dilated_mask": Probes(
        text=[
            "dilated_mask(10, 3, 2).sum()",
            "dilated_mask(10, 3, 2)[7]",
            "dilated_mask(10, 3, 2)[8]",
        ],
        values=[
            "dilated_mask(1, 1, 1)",
            "dilated_mask(4, 2, 1)",
            "dilated_mask(4, 1, 2)",
            "dilated_mask(5, 2, 2)",
            "dilated_mask(6, 2, 3)",
            "dilated_mask(8, 3, 2)",
            "dilated_mask(9, 3, 3)",
            "dilated_mask(5, 9, 2)",
        ],
        refusals=["dilated_mask(0, 2, 2)", "dilated_mask(4, 0, 2)", "dilated_mask(4, 2, 0)"],
    ),
    "count_scores": Probes(
        text=[],
        values=[
            "count_scores(tensor([[True]]))",
            "count_scores(tensor([[True, False], [True, True]]))",
            "count_scores(tensor([[True, False, False], [False, True, False], [False, True, True]]))",
            "count_scores(tensor([[True, True], [True, True]]))",
            "count_scores(tensor([[False, False, False], [True, True, True], [False, False, True]]))",
            "keeps_inputs(count_scores, tensor([[True, False], [True, True]]))",
        ],
    ),
    "layers_to_reach": Probes(
        text=["arrives_after(layers_to_reach, 12, 4)"],
        values=[
            "layers_to_reach(0, 1)",
            "layers_to_reach(0, 3)",
            "layers_to_reach(1, 2)",
            "layers_to_reach(2, 3)",
            "arrives_after(layers_to_reach, 3, 3)",
            "arrives_after(layers_to_reach, 4, 3)",
            "arrives_after(layers_to_reach, 5, 2)",
            "arrives_after(layers_to_reach, 7, 4)",
            "arrives_after(layers_to_reach, 30, 6)",
        ],
        refusals=[
            "layers_to_reach(-1, 3)",
            "layers_to_reach(2, 1)",
            "layers_to_reach(2, 0)",
        ],
    ),
}
__all__ = ["keeps_inputs", "tensor"]
