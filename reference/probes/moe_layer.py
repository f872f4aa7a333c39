"""Probes of the mixture-of-experts layer."""

from functools import cache
from typing import Any

from torch import Tensor, tensor, zeros
from torch.autograd import grad

from reference import moe_layer
from reference.probes import Probes
from reference.probes.helpers import is_double

EACH_USED = tensor([[2.0, 1.0, 0.0], [0.0, 1.0, 3.0]])
"""Scores of two tokens whose two experts each are all three together."""


@cache
def unit_source(num_experts: int, top_k: int) -> moe_layer.MoELayer:
    """A layer whose expert i answers with unit vector i: weights to load, made once."""
    return moe_layer.make_unit_layer(num_experts, top_k)


def unit_layer(layer_class: Any, num_experts: int = 3, top_k: int = 2) -> Any:
    """A student's layer with these weights."""
    layer = layer_class(num_experts + 2, 4, num_experts, top_k)
    return moe_layer.load(layer, unit_source(num_experts, top_k))


def weights(layer_class: Any, scores: list[list[float]], top_k: int) -> Tensor:
    """What a layer whose expert i answers with unit vector i makes of these router scores.

    Column i of the result is the weight that a token gives to expert i; the last two columns are 0.
    """
    layer = unit_layer(layer_class, len(scores[0]), top_k)
    result: Tensor = layer(moe_layer.with_scores(tensor(scores)))
    return result


def rows_seen(layer_class: Any, scores: list[list[float]], top_k: int) -> list[int]:
    """How many rows each expert's forward has seen; all 0 where a layer reads weights itself."""
    layer = unit_layer(layer_class, len(scores[0]), top_k)
    layer(moe_layer.with_scores(tensor(scores)))
    return [int(layer.experts[number].rows_seen) for number in range(len(layer.experts))]


def runs_only_the_chosen(layer_class: Any, scores: list[list[float]], top_k: int) -> bool:
    """Whether no expert sees more rows than chose it."""
    chosen = [0] * len(scores[0])
    for row in scores:
        for expert in sorted(range(len(row)), key=lambda at, row=row: -row[at])[:top_k]:  # type: ignore[misc]
            chosen[expert] += 1
    seen = rows_seen(layer_class, scores, top_k)
    return all(rows <= most for rows, most in zip(seen, chosen, strict=True))


def runs_an_expert_nobody_chose(layer_class: Any) -> bool:
    """Whether an expert that no token chose sees rows all the same."""
    return rows_seen(layer_class, [[2.0, 1.0, 0.0]], 1)[2] > 0


def weights_beside_a_broken_expert(layer_class: Any) -> Tensor:
    """The weights of a token that did not choose expert 2, whose answers are all NaN."""
    layer = moe_layer.load(layer_class(5, 4, 3, 1), unit_source(3, 1), broken_expert=2)
    result: Tensor = layer(moe_layer.with_scores(tensor([[2.0, 1.0, 0.0]])))
    return result


def stored(layer_class: Any) -> list[Any]:
    """Number of experts, whether the router has a bias, number of stored parameters."""
    layer = layer_class(6, 10, 3, 2)
    return [
        len(layer.experts),
        layer.router.bias is not None,
        sum(value.numel() for value in layer.state_dict().values()),
    ]


def router_learns(layer_class: Any) -> bool:
    """Whether a gradient reaches the router."""
    layer = unit_layer(layer_class)
    (layer(moe_layer.with_scores(EACH_USED)) ** 2).sum().backward()
    # Read after the pass: the parameter is the student's, and what came with it before is a copy.
    found = layer.router.weight.grad
    return found is not None and bool(found.abs().sum() > 0)


def inputs_get_gradient(layer_class: Any) -> bool:
    """Whether a gradient passes the chosen experts to the hidden states."""
    source = moe_layer.make_layer(3, 4, 3, 2, seed=91, unseen_channel=1)
    layer = moe_layer.load(layer_class(3, 4, 3, 2), source)
    leaf = tensor([[0.4, -0.8, 1.1], [1.0, 0.3, -0.2]]).requires_grad_()
    (found,) = grad(layer(leaf).sum(), [leaf], allow_unused=True)
    return found is not None and bool(found[:, 1].abs().sum() > 0)


def answer_of_bent_experts(layer_class: Any) -> Tensor:
    """What a layer makes of a token by experts that look at it: it shows what they were given."""
    source = moe_layer.make_layer(3, 4, 3, 2, seed=92)
    result: Tensor = moe_layer.load(layer_class(3, 4, 3, 2), source)(tensor([[0.9, -0.4, 0.6]]))
    return result


def input_is_kept(layer_class: Any) -> bool:
    """Whether the hidden states are what they were after the pass."""
    hidden_states = moe_layer.with_scores(EACH_USED)
    before = hidden_states.clone()
    unit_layer(layer_class)(hidden_states)
    return bool((before == hidden_states).all())


FUNCTIONS = {
    "MoELayer": Probes(
        text=[
            "MoELayer()(zeros(8, 64)).shape",
        ],
        values=[
            "stored(MoELayer)",
            "weights(MoELayer, [[2., 1., 0.]], top_k=2)",
            "weights(MoELayer, [[0., 1., 3.]], top_k=2)",
            "weights(MoELayer, [[0., 1., 3.]], top_k=1)",
            "weights(MoELayer, [[0., 1., 3.]], top_k=3)",
            "weights(MoELayer, [[2., 1., 0.], [0., 3., 1.]], top_k=2)",
            "weights(MoELayer, [[2., 1., 0.], [3., 0., 1.5], [0., 2., 1.]], top_k=1)",
            "weights(MoELayer, [[2., 1., 0., -1.], [1.5, 2.5, -1., 0.]], top_k=3)",
            "weights(MoELayer, [[2., 1., 0.], [2.5, 1.2, 0.1]], top_k=2)",
            "answer_of_bent_experts(MoELayer)",
            "MoELayer(3, 4, 2, 1)(zeros(0, 3)).shape",
            "MoELayer(3, 4, 2, 2)(zeros(1, 3)).shape",
            "runs_only_the_chosen(MoELayer, [[2., 1., 0.], [0., 3., 1.], [1., 2., 0.]], top_k=2)",
            "runs_an_expert_nobody_chose(MoELayer)",
            "weights_beside_a_broken_expert(MoELayer)",
            "router_learns(MoELayer)",
            "inputs_get_gradient(MoELayer)",
            "input_is_kept(MoELayer)",
            "is_double(MoELayer(3, 4, 2, 1).double()(zeros(1, 3).double()))",
        ],
        refusals=["MoELayer(3, 4, 2, 0)", "MoELayer(3, 4, 2, 3)", "MoELayer(3, 4, 2, -1)"],
    ),
    "parameter_counts": Probes(
        text=["parameter_counts(MoELayer())"],
        values=[
            "parameter_counts(MoELayer(3, 5, 2, 1))",
            "parameter_counts(MoELayer(3, 5, 3, 1))",
            "parameter_counts(MoELayer(4, 6, 3, 2))",
            "parameter_counts(MoELayer(4, 6, 3, 3))",
        ],
        needs=("MoELayer",),
    ),
}
__all__ = ["zeros"]
