"""The reference layer against transformers' Mixtral block and against the published sizes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from reference import moe_layer as ref

SIZES = [
    # d_model, d_ff, num_experts, top_k, num_tokens
    (12, 20, 4, 2, 9),
    (5, 7, 6, 3, 8),
    (6, 8, 3, 1, 5),
    (4, 3, 2, 2, 1),
]


def _mixtral_block(layer: ref.MoELayer, d_model: int, d_ff: int) -> torch.nn.Module:
    """Mixtral's own block made to compute the two-matrix GELU experts with biases.

    Its experts are down(gelu(gate x) * (up x)) without biases. Hidden states get one more channel
    that holds 1: then ``up`` can be the constant 1, and ``gate`` can hold the first bias. One more
    inner unit, gelu(20) * 0.05 = 1, carries the second bias.
    """
    mixtral = pytest.importorskip("transformers.models.mixtral.modeling_mixtral")
    config = mixtral.MixtralConfig(
        hidden_size=d_model + 1,
        intermediate_size=d_ff + 1,
        num_local_experts=len(layer.experts),
        num_experts_per_tok=layer.top_k,
        hidden_act="gelu",
    )
    config._experts_implementation = "eager"
    block: torch.nn.Module = mixtral.MixtralSparseMoeBlock(config).double()
    state = {name: torch.zeros_like(value) for name, value in block.state_dict().items()}
    own = layer.state_dict()
    state["gate.weight"][:, :d_model] = own["router.weight"]
    for number in range(len(layer.experts)):
        gate_up = state["experts.gate_up_proj"][number]
        gate_up[:d_ff, :d_model] = own[f"experts.{number}.up.weight"]
        gate_up[:d_ff, d_model] = own[f"experts.{number}.up.bias"]
        gate_up[d_ff, d_model] = 20.0
        gate_up[d_ff + 1 : 2 * d_ff + 1, d_model] = 1.0
        gate_up[2 * d_ff + 1, d_model] = 0.05
        down = state["experts.down_proj"][number]
        down[:d_model, :d_ff] = own[f"experts.{number}.down.weight"]
        down[:d_model, d_ff] = own[f"experts.{number}.down.bias"]
    block.load_state_dict(state)
    return block


@pytest.mark.parametrize("size", SIZES)
def test_equals_mixtral_block_in_output_and_gradient(size: tuple[int, ...]) -> None:
    d_model, d_ff, num_experts, top_k, num_tokens = size
    layer = ref.make_layer(d_model, d_ff, num_experts, top_k, seed=sum(size))
    hidden_states = ref.make_hidden_states(layer, num_tokens, seed=1)
    direction = ref.make_direction(num_tokens, d_model, seed=2)
    block = _mixtral_block(layer, d_model, d_ff)
    leaf = hidden_states.double().requires_grad_()
    output = block(F.pad(leaf, (0, 1), value=1.0)[None])[0, :, :d_model]
    # Mixtral's router works in single precision, which leaves errors of 1e-7.
    torch.testing.assert_close(layer(hidden_states.double()), output, atol=2e-6, rtol=0)
    output.backward(direction.double())
    router_gradient, input_gradient = ref.gradients(layer, hidden_states, direction)
    gate_gradient = block.get_parameter("gate.weight").grad
    assert gate_gradient is not None
    assert leaf.grad is not None
    torch.testing.assert_close(router_gradient, gate_gradient[:, :d_model], atol=2e-5, rtol=0)
    torch.testing.assert_close(input_gradient, leaf.grad, atol=2e-5, rtol=0)


@pytest.mark.parametrize("num_tokens", [0, 1, 6])
def test_equals_the_sum_over_all_experts_with_top_k_gates(num_tokens: int) -> None:
    layer = ref.make_layer(6, 5, 4, 2, seed=3)
    hidden_states = ref.make_hidden_states(layer, num_tokens, seed=4).double()
    probs = layer.router(hidden_states).softmax(dim=1)
    values, ids = probs.topk(2, dim=1)
    gates = torch.zeros_like(probs).scatter(1, ids, values / values.sum(dim=1, keepdim=True))
    answers = torch.stack(
        [expert.down(F.gelu(expert.up(hidden_states))) for expert in layer.experts],  # type: ignore[operator]
        dim=1,
    )
    expected = torch.einsum("te,ted->td", gates, answers)
    torch.testing.assert_close(layer(hidden_states), expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("sizes", [(64, 256, 4, 2), (6, 10, 5, 1), (8, 3, 7, 3), (8, 3, 3, 3)])
def test_counts_equal_the_parameters_torch_holds(sizes: tuple[int, int, int, int]) -> None:
    layer = ref.MoELayer(*sizes)
    total = sum(parameter.numel() for parameter in layer.parameters())
    idle = list(layer.experts)[sizes[3] :]
    active = total - sum(p.numel() for expert in idle for p in expert.parameters())
    assert ref.parameter_counts(layer) == (total, active)


def test_counts_of_the_lesson() -> None:
    assert ref.counts_of_sizes(64, 256, 4, 2) == (132_608, 66_432)


def test_unit_layer_shows_the_weights_of_the_table() -> None:
    layer = ref.make_unit_layer(4, top_k=2)
    hidden_states = ref.with_scores(torch.tensor([[2.0, 1.0, 0.0, -1.0]])).double()
    share = torch.tensor([2.0, 1.0], dtype=torch.float64).softmax(dim=0)
    expected = F.pad(share, (0, 4))[None]
    torch.testing.assert_close(layer(hidden_states), expected, atol=1e-15, rtol=0)


@pytest.mark.parametrize("seed", range(5))
def test_scores_and_hidden_states_hold_no_near_ties(seed: int) -> None:
    scores = ref.make_scores(12, 6, seed)
    assert scores.sort(dim=1).values.diff(dim=1).min() >= 0.25
    layer = ref.make_layer(10, 4, 6, 2, seed)
    hidden_states = ref.make_hidden_states(layer, 12, seed)
    assert hidden_states.shape == (12, 10)
    gaps = layer.router(hidden_states.double()).sort(dim=1).values.diff(dim=1)
    assert gaps.min() > ref.MIN_GAP


@pytest.mark.parametrize("top_k", [0, -1, 5])
def test_rejects_top_k_out_of_range(top_k: int) -> None:
    with pytest.raises(ValueError, match="top_k"):
        ref.MoELayer(4, 6, 4, top_k)


def test_load_refuses_a_layer_without_the_pinned_names() -> None:
    with pytest.raises(AttributeError, match="router"):
        ref.load(torch.nn.Linear(2, 2), ref.MoELayer(4, 6, 4, 2))


def test_load_copies_every_part_and_breaks_one_expert() -> None:
    source = ref.make_layer(4, 6, 3, 2, seed=1)
    layer = ref.load(ref.MoELayer(4, 6, 3, 2), source, broken_expert=1)
    for name, value in layer.state_dict().items():
        if name.startswith("experts.1."):
            assert value.isnan().all(), name
        else:
            torch.testing.assert_close(value.double(), source.state_dict()[name], atol=0, rtol=0)


def test_the_router_does_not_see_the_unseen_channel() -> None:
    layer = ref.make_layer(6, 5, 4, 2, seed=2, unseen_channel=5)
    leaf = ref.make_hidden_states(layer, 5, seed=3).double().requires_grad_()
    layer.router(leaf).sum().backward()
    assert leaf.grad is not None
    assert (leaf.grad[:, 5] == 0).all()
    assert (leaf.grad[:, :5] != 0).all()


def test_answer_refuses_a_layer_that_does_nothing() -> None:
    layer = ref.make_layer(6, 5, 4, 2, seed=5)
    hidden_states = ref.make_hidden_states(layer, 3, seed=6)
    torch.testing.assert_close(
        ref.answer(layer, hidden_states.double()), layer(hidden_states.double()).detach()
    )
    with pytest.raises(AssertionError, match="nothing"):
        ref.answer(torch.nn.Identity(), hidden_states)
