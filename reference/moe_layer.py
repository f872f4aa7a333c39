"""A mixture-of-experts layer by hand: one token after another, one expert after another.

Source: Jiang et al., "Mixtral of Experts" (2024, arXiv 2401.04088), section 2.1:
y = sum over i of softmax(top-2(x W_g))_i * E_i(x). The experts here are two-matrix GELU networks
with biases, as in the exercise; Mixtral's have three matrices and none.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn

from reference import checks

TOLERANCE = 2e-5
"""Single precision: correct answers differ by up to 6e-7 in outputs and gradients."""

MIN_GAP = 0.05
"""Distance kept between any two logits of a token, so that rounding never decides a choice."""


STEP = 1e-2
"""For slopes: single precision gives them to 1e-4, and no token chooses other experts so near."""
SLOPE_TOLERANCE = 0.05


class FeedForward(nn.Module):
    """One expert: two matrices with biases, exact GELU between them."""

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        self.up = nn.Linear(d_model, d_ff)
        self.down = nn.Linear(d_ff, d_model)

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """Map (..., d_model) to (..., d_model); GELU is x times the normal distribution of x."""
        inner = self.up(hidden_states)
        result: torch.Tensor = self.down(inner * torch.special.ndtr(inner))
        return result


class MoELayer(nn.Module):
    """The specification: what a mixture-of-experts layer does to each token.

    Args:
        d_model: width of a hidden state.
        d_ff: inner width of an expert.
        num_experts: experts stored.
        top_k: experts that one token uses.

    Raises:
        ValueError: top_k outside 1..num_experts.
    """

    def __init__(
        self, d_model: int = 64, d_ff: int = 256, num_experts: int = 4, top_k: int = 2
    ) -> None:
        super().__init__()
        if top_k < 1 or top_k > num_experts:
            raise ValueError(f"top_k must be in 1..{num_experts}, got {top_k}")
        self.top_k = top_k
        self.router = nn.Linear(d_model, num_experts, bias=False)
        self.experts = nn.ModuleList([FeedForward(d_model, d_ff) for _ in range(num_experts)])

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """Map (num_tokens, d_model) to (num_tokens, d_model)."""
        rows = [self._one_token(token) for token in hidden_states]
        return torch.stack(rows) if rows else torch.zeros_like(hidden_states)

    def _one_token(self, token: torch.Tensor) -> torch.Tensor:
        logits = self.router(token)
        numbers: list[float] = logits.tolist()
        ranked = sorted(range(len(numbers)), key=lambda expert: -numbers[expert])
        chosen = ranked[: self.top_k]
        # A softmax over the chosen logits is the renormalised softmax over all of them.
        weights = torch.softmax(logits[chosen], dim=0)
        answers = [self.experts[expert](token) for expert in chosen]
        return torch.stack([w * y for w, y in zip(weights, answers, strict=True)]).sum(dim=0)


def parameter_counts(layer: MoELayer) -> tuple[int, int]:
    """Count a layer's parameters from its shapes.

    Args:
        layer: a reference layer.

    Returns:
        total and active_per_token: parameters stored, and those that work for one token.
    """
    d_ff, d_model = layer.get_parameter("experts.0.up.weight").shape
    return counts_of_sizes(d_model, d_ff, len(layer.experts), layer.top_k)


def counts_of_sizes(
    d_model: int = 64, d_ff: int = 256, num_experts: int = 4, top_k: int = 2
) -> tuple[int, int]:
    """Return (total, active_per_token) of a layer with these sizes, by the formula."""
    expert = 2 * d_model * d_ff + d_ff + d_model
    router = num_experts * d_model
    return num_experts * expert + router, top_k * expert + router


def make_layer(
    d_model: int,
    d_ff: int,
    num_experts: int,
    top_k: int,
    seed: int,
    unseen_channel: int | None = None,
) -> MoELayer:
    """A reference layer in double precision with seeded weights that single precision can hold.

    Biases are as large as the other terms, so that no two experts answer alike. The router does not
    see ``unseen_channel``, so that its gradient comes through the experts alone.
    """
    generator = torch.Generator().manual_seed(seed)
    layer = MoELayer(d_model, d_ff, num_experts, top_k)
    with torch.no_grad():
        for parameter in layer.parameters():
            spread = parameter.shape[-1] ** 0.5 if parameter.ndim == 2 else 1.0
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / spread)
        if unseen_channel is not None:
            layer.router.weight[:, unseen_channel] = 0.0
    return layer.double()


def make_hidden_states(layer: MoELayer, num_tokens: int, seed: int) -> torch.Tensor:
    """Hidden states (num_tokens, d_model), float32, none of them with nearly equal logits."""
    generator = torch.Generator().manual_seed(seed)
    d_model = layer.router.in_features
    candidates = torch.randn(20 * num_tokens, d_model, generator=generator)
    with torch.no_grad():
        gaps = layer.router(candidates.double()).sort(dim=1).values.diff(dim=1)
    return candidates[(gaps > MIN_GAP).all(dim=1)][:num_tokens]


def make_unit_layer(num_experts: int, top_k: int) -> MoELayer:
    """A layer whose output shows the weights: expert i answers with unit vector i.

    The router's logits are the first num_experts channels of a hidden state; d_model is
    num_experts + 2, d_ff is 4.
    """
    layer = MoELayer(num_experts + 2, 4, num_experts, top_k)
    with torch.no_grad():
        layer.router.weight.copy_(torch.eye(num_experts, num_experts + 2))
    return with_unit_experts(layer).double()


def with_unit_experts(layer: MoELayer) -> MoELayer:
    """A copy of a layer whose expert i answers with unit vector i; its router is the same."""
    copied = copy.deepcopy(layer)
    with torch.no_grad():
        for number, expert in enumerate(copied.experts):
            for parameter in expert.parameters():
                parameter.zero_()
            copied.get_parameter(f"experts.{number}.down.bias")[number] = 1.0
    return copied


def make_scores(num_tokens: int, num_experts: int, seed: int) -> torch.Tensor:
    """Router logits (num_tokens, num_experts), float32, at least 0.25 apart within a token."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.rand(num_tokens, num_experts, generator=generator).argsort(dim=1)
    noise = torch.rand(num_tokens, num_experts, generator=generator)
    return (order + 0.5 * noise) / 2 - num_experts / 4


def with_scores(scores: torch.Tensor) -> torch.Tensor:
    """Hidden states to which the router of ``make_unit_layer`` gives these scores.

    The two further channels hold 5 and -5: a layer that adds its input to its output shows it.
    """
    extra = torch.tensor([5.0, -5.0]).expand(len(scores), 2)
    return torch.cat([scores, extra], dim=1)


def one_by_one(hidden_states: torch.Tensor) -> list[torch.Tensor]:
    """The tokens of a batch as batches of one, (1, d_model) each, sharing no memory."""
    return [token[None].clone() for token in hidden_states]


def answer(layer: Any, hidden_states: torch.Tensor) -> torch.Tensor:
    """A student's output for a copy of these hidden states, float64.

    Raises:
        AssertionError: not a finite tensor of the same shape, or the hidden states themselves or
            zeros, as from a layer that does nothing.
    """
    output = checks.tensor(layer(hidden_states.clone()), hidden_states.shape)
    assert not torch.equal(output.double(), hidden_states.double()), "the layer does nothing"
    assert bool((output != 0).any()), "the layer answers with zeros"
    return output


def check_sum_of_experts(
    layer_class: Any, d_model: int, d_ff: int, num_experts: int, num_tokens: int, seed: int
) -> None:
    """The output is the sum of the experts' answers, with the weights that the layer itself gives.

    What weights it gives shows where expert i answers with unit vector i; whether they are right is
    left to other tests.

    Raises:
        AssertionError: it is not.
    """
    own = make_layer(d_model, d_ff, num_experts, 2, seed=seed)
    hidden_states = make_hidden_states(own, num_tokens, seed)
    layer = layer_class(d_model, d_ff, num_experts, 2)
    weights = answer(load(layer, with_unit_experts(own)), hidden_states).double()
    answers = torch.stack([expert(hidden_states.double()) for expert in own.experts], dim=1)
    expected = torch.einsum("te,ted->td", weights[:, :num_experts], answers)
    output = answer(load(layer, own), hidden_states)
    checks.close(output, expected, atol=TOLERANCE, what="output")


def slope_of_channel(
    layer: Any,
    hidden_states: torch.Tensor,
    direction: torch.Tensor,
    channel: int,
    way: torch.Tensor,
) -> float:
    """How fast sum(direction * output) grows along a way of one channel, by a small step."""
    step = torch.zeros_like(hidden_states)
    step[:, channel] = STEP * way
    ahead, behind = (layer(hidden_states + sign * step).detach() for sign in (1, -1))
    return float(((ahead - behind) * direction).sum()) / (2 * STEP)


def slope_of_router(
    layer: Any, hidden_states: torch.Tensor, direction: torch.Tensor, way: torch.Tensor
) -> float:
    """How fast sum(direction * output) grows along a way of router.weight, by a small step."""
    weight = layer.router.weight.detach().clone()
    outputs = []
    for sign in (1, -1):
        layer.router.load_state_dict({"weight": weight + sign * STEP * way}, strict=False)
        outputs.append(layer(hidden_states).detach())
    layer.router.load_state_dict({"weight": weight}, strict=False)
    return float(((outputs[0] - outputs[1]) * direction).sum()) / (2 * STEP)


def make_direction(num_tokens: int, d_model: int, seed: int) -> torch.Tensor:
    """The gradient that arrives at the output, (num_tokens, d_model), float32."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num_tokens, d_model, generator=generator)


def gradients(
    layer: MoELayer, hidden_states: torch.Tensor, direction: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Gradients of sum(direction * output) with respect to router.weight and hidden_states."""
    leaf = hidden_states.double().requires_grad_()
    total = (layer(leaf) * direction.double()).sum()
    router_gradient, input_gradient = torch.autograd.grad(total, [layer.router.weight, leaf])
    return router_gradient, input_gradient


def load(layer: Any, source: MoELayer, broken_expert: int | None = None) -> Any:
    """Give a student's layer the weights of a reference layer.

    In one go where the layer holds just the parts that it should; otherwise part by part, which
    also reaches experts in a plain list: they then fail only the tests about what belongs to the
    layer. A router's bias becomes 0 for the same reason.

    Args:
        layer: a student's layer.
        source: the reference layer.
        broken_expert: an expert whose parameters all become NaN.

    Returns:
        The student's layer.
    """
    state = {
        name: torch.full_like(value, torch.nan)
        if name.startswith(f"experts.{broken_expert}.")
        else value.clone()
        for name, value in source.state_dict().items()
    }
    try:
        layer.load_state_dict(state)
    except (RuntimeError, AttributeError):
        _load_parts(layer, state, len(source.experts))
    return layer


def _load_parts(layer: Any, state: dict[str, torch.Tensor], num_experts: int) -> None:
    weight = state["router.weight"]
    router_state = {"weight": weight, "bias": weight.new_zeros(len(weight))}
    layer.router.load_state_dict(router_state, strict=False)
    for number in range(num_experts):
        start = f"experts.{number}."
        part = {name.removeprefix(start): v for name, v in state.items() if name.startswith(start)}
        layer.experts[number].load_state_dict(part)
