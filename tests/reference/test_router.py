"""The reference router against the one inside transformers' Mixtral block."""

from __future__ import annotations

import pytest
import torch

from reference import checks
from reference import router as ref

SIZES = [
    # num_tokens, d_model, num_experts, top_k
    (5, 64, 4, 2),
    (9, 16, 8, 2),
    (6, 24, 7, 1),
    (4, 12, 5, 5),
    (1, 3, 2, 1),
]


def _mixtral_router(router_weight: torch.Tensor, top_k: int) -> torch.nn.Module:
    mixtral = pytest.importorskip("transformers.models.mixtral.modeling_mixtral")
    num_experts, d_model = router_weight.shape
    config = mixtral.MixtralConfig(
        hidden_size=d_model, num_local_experts=num_experts, num_experts_per_tok=top_k
    )
    module: torch.nn.Module = mixtral.MixtralTopKRouter(config)
    module.load_state_dict({"weight": router_weight})
    return module


@pytest.mark.parametrize("size", SIZES)
def test_equals_mixtral(size: tuple[int, int, int, int]) -> None:
    num_tokens, d_model, num_experts, top_k = size
    hidden_states, router_weight = ref.make_inputs(num_tokens, d_model, num_experts, sum(size))
    with torch.no_grad():
        logits, weights, ids = _mixtral_router(router_weight, top_k)(hidden_states)
    probs = ref.router_probabilities(hidden_states, router_weight)
    torch.testing.assert_close(probs, logits.double().softmax(dim=1), atol=1e-6, rtol=0)
    own_weights, own_ids = ref.select_experts(probs, top_k)
    torch.testing.assert_close(own_weights, weights.double(), atol=1e-6, rtol=0)
    assert own_ids.tolist() == ids.tolist()
    assert own_ids.dtype == torch.int64


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_equals_torch_softmax_far_from_zero(shift: float) -> None:
    logits = torch.tensor([[3.0, -1.0, 2.0, 0.0]], dtype=torch.float64) + shift
    # One channel of value 1 makes the router's weights the logits.
    probs = ref.router_probabilities(torch.ones(1, 1, dtype=torch.float64), logits.T)
    torch.testing.assert_close(probs, torch.softmax(logits, dim=1), atol=1e-15, rtol=0)


def test_shifted_inputs_have_equal_integer_logits_up_to_the_shift() -> None:
    near, shift, router_weight = ref.make_shifted_inputs(seed=7)
    difference = (near + shift) @ router_weight.T - near @ router_weight.T
    assert set(difference.flatten().tolist()) == {1e4}
    assert torch.equal(near @ router_weight.T, (near @ router_weight.T).round())


@pytest.mark.parametrize("seed", range(5))
def test_probabilities_of_the_tests_hold_no_near_ties(seed: int) -> None:
    probs = ref.make_probs(40, 6, seed)
    torch.testing.assert_close(probs.sum(dim=1), torch.ones(40))
    assert probs.sort(dim=1).values.diff(dim=1).min() > 0.01


@pytest.mark.parametrize("top_k", [0, -1, 5])
def test_rejects_top_k_out_of_range(top_k: int) -> None:
    with pytest.raises(ValueError, match="top_k"):
        ref.select_experts(ref.make_probs(2, 4, seed=0), top_k)


def test_rejects_different_widths() -> None:
    with pytest.raises(ValueError, match="d_model"):
        ref.router_probabilities(torch.zeros(2, 3), torch.zeros(4, 2))


def test_a_choice_one_by_one_is_the_choice_of_the_batch() -> None:
    probs = ref.make_probs(6, 5, seed=1)
    weights, ids = ref.select_experts(probs, 3)
    alone = ref.one_by_one(ref.select_experts, probs, 3)
    assert [chosen for _, chosen in alone] == ids.tolist()
    torch.testing.assert_close(torch.stack([share for share, _ in alone]), weights)


def _rounded_inside(rows: torch.Tensor) -> torch.Tensor:
    return rows.float().double().softmax(dim=1)


def _rounded_at_the_end(rows: torch.Tensor) -> torch.Tensor:
    return rows.softmax(dim=1).float().double()


def test_keeps_double_tells_rounding_from_wrong_values() -> None:
    point, step = (
        torch.randn(4, 6, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        for seed in (1, 2)
    )
    for right_or_wrong in (lambda x: x.softmax(dim=1), lambda x: x.sigmoid(), lambda x: x / 3):
        checks.keeps_double(right_or_wrong, point, step)
    for rounded in (_rounded_inside, _rounded_at_the_end):
        with pytest.raises(AssertionError, match="jumps"):
            checks.keeps_double(rounded, point, step)
    with pytest.raises(AssertionError, match="float32"):
        checks.keeps_double(lambda x: x.float(), point, step)
