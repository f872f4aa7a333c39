"""The reference memory model against real optimizers and against published estimators.

DeepSpeed (Apache-2.0) is quoted, not installed. ``deepspeed/runtime/zero/stage_1_and_2.py``
(commit edaa722), ``estimate_zero2_model_states_mem_needs`` without offloading:

    # GPU's total_params multipliers: 2 = params_16bit,
    # 18 = 2_grads_16bit + 4_grads_32bit + 4_params_32bit + 8_optimizer_states_32bit
    gpu_mem = 2 * total_params + int(18 * total_params / total_gpus)

``deepspeed/runtime/zero/stage3.py``, ``estimate_zero3_model_states_mem_needs`` without offloading:

    largest_layer_memory = 4 * largest_layer_params
    gpu_mem = largest_layer_memory + int(18 * total_params / total_gpus)

where docs/code-docs/source/memory.rst breaks the 18 down as "16b for fp32: 4b params, 4b grads, 4b
momentum and 4b variance per parameter, +2b for fp16 params". This course keeps one gradient, in
the format of the weights, and no buffer for a gathered layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch

from reference import training_memory as ref

Optimizer = Callable[[Iterable[torch.nn.Parameter]], torch.optim.Optimizer]

REAL_OPTIMIZERS: list[tuple[str, Optimizer]] = [
    ("sgd", lambda params: torch.optim.SGD(params, lr=0.1)),
    ("momentum", lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9)),
    ("adam", lambda params: torch.optim.Adam(params)),
    ("adam", lambda params: torch.optim.AdamW(params)),
]


def deepspeed_zero2_bytes(total_params: int, total_gpus: int) -> int:
    return 2 * total_params + int(18 * total_params / total_gpus)


def deepspeed_zero3_bytes(total_params: int, total_gpus: int, largest_layer_params: int) -> int:
    return 4 * largest_layer_params + int(18 * total_params / total_gpus)


def _real_bytes(make: Optimizer) -> tuple[int, int, int, int]:
    """Parameters, and bytes of weights, gradients and per-parameter state after one step."""
    model = torch.nn.Sequential(torch.nn.Linear(24, 40), torch.nn.GELU(), torch.nn.Linear(40, 8))
    optimizer = make(model.parameters())
    model(torch.ones(3, 24)).sum().backward()
    optimizer.step()
    params = list(model.parameters())
    gradients = [param.grad for param in params if param.grad is not None]
    # The step counter is one number per tensor, not one per parameter.
    states = [
        value
        for param, state in optimizer.state.items()
        for value in state.values()
        if isinstance(value, torch.Tensor) and value.shape == param.shape
    ]
    sizes = [sum(t.nbytes for t in tensors) for tensors in (params, gradients, states)]
    return sum(p.numel() for p in params), sizes[0], sizes[1], sizes[2]


@pytest.mark.parametrize(("name", "make"), REAL_OPTIMIZERS)
def test_equals_real_fp32_training(name: str, make: Optimizer) -> None:
    num_params, weights, gradients, states = _real_bytes(make)
    memory = ref.training_memory_gb(num_params, "fp32", name)
    assert [memory[part] * 1e9 for part in ("weights", "gradients", "optimizer", "total")] == (
        pytest.approx([weights, gradients, states, weights + gradients + states], abs=1e-6)
    )


@pytest.mark.parametrize("num_gpus", [1, 8, 64])
def test_zero_2_equals_deepspeed_without_its_fp32_gradient(num_gpus: int) -> None:
    num_params = 2_851_000_000
    expected = deepspeed_zero2_bytes(num_params, num_gpus) - 4 * num_params / num_gpus
    memory = ref.training_memory_gb(num_params, "mixed", "adam", 2, num_gpus)
    assert memory["total"] * 1e9 == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("num_gpus", [1, 8, 64])
def test_zero_3_equals_deepspeed_with_a_two_byte_gradient(num_gpus: int) -> None:
    num_params, largest_layer_params = 2_851_000_000, 32_000_000
    gathered = 4 * largest_layer_params
    estimate = deepspeed_zero3_bytes(num_params, num_gpus, largest_layer_params)
    expected = estimate - gathered + (2 - 4) * num_params / num_gpus
    memory = ref.training_memory_gb(num_params, "mixed", "adam", 3, num_gpus)
    assert memory["total"] * 1e9 == pytest.approx(expected, abs=1)


def test_quoted_zero_3_formula_prints_what_deepspeed_prints() -> None:
    """memory.rst prints 6.09GB (GiB) for 2851M parameters, a 32M layer and 8 GPUs."""
    assert f"{deepspeed_zero3_bytes(2_851_000_000, 8, 32_000_000) / 2**30:.2f}" == "6.09"


@pytest.mark.parametrize(("stage", "gb"), [(0, 120.0), (1, 31.4), (2, 16.6), (3, 1.9)])
def test_figure_1_of_the_zero_paper(stage: int, gb: float) -> None:
    """Rajbhandari et al. 2019, figure 1: 7.5B parameters, 64 GPUs, K = 12."""
    memory = ref.training_memory_gb(7.5e9, "mixed", "adam", stage, 64)
    assert memory["total"] == pytest.approx(gb, abs=0.05)


@pytest.mark.parametrize("replicas", [1, 2, 8])
def test_megatron_distributed_optimizer_in_fp32(replicas: int) -> None:
    """Megatron-LM docs, dist_optimizer.md: fp32 parameters and gradients take 8 + 8/d bytes."""
    memory = ref.training_memory_gb(10**9, "fp32", "adam", 1, replicas)
    assert memory["total"] == pytest.approx(8 + 8 / replicas, rel=1e-12)


@pytest.mark.parametrize("settings", ref.make_settings(seed=11, count=20))
def test_total_is_the_sum_and_falls_with_the_stage(settings: dict[str, Any]) -> None:
    totals = []
    for stage in range(4):
        memory = ref.training_memory_gb(**{**settings, "zero_stage": stage})
        parts = memory["weights"] + memory["gradients"] + memory["optimizer"]
        assert memory["total"] == pytest.approx(parts, rel=1e-12)
        totals.append(memory["total"])
    assert totals == sorted(totals, reverse=True)


@pytest.mark.parametrize("case", ref.FITTING_CASES + ref.CASES_ON_SEVERAL_GPUS)
def test_fitting_cases_are_not_left_to_rounding(case: dict[str, object]) -> None:
    """A case either is exact (whole GB) or stays clear of the boundary."""
    settings = {name: value for name, value in case.items() if name != "gpu_memory_gb"}
    total = ref.training_memory_gb(**settings)["total"]  # type: ignore[arg-type]
    gpu_memory_gb = float(case.get("gpu_memory_gb", 80.0))  # type: ignore[arg-type]
    assert ref.fits(**case) is (total <= gpu_memory_gb)  # type: ignore[arg-type]
    assert total == gpu_memory_gb == 64.0 or abs(total - gpu_memory_gb) > 1e-3 * gpu_memory_gb


def test_cases_on_several_gpus_tell_pooled_memory_from_one_gpu() -> None:
    """Pooling the memory, or dividing the total by the GPUs, answers most of them otherwise."""
    other = 0
    for case in ref.CASES_ON_SEVERAL_GPUS:
        settings = {name: value for name, value in case.items() if name != "gpu_memory_gb"}
        total = ref.training_memory_gb(**settings)["total"]
        pooled_gb = case.get("gpu_memory_gb", 80.0) * case["num_gpus"]
        other += (total <= pooled_gb) != ref.fits(**case)
    assert other >= 4


def test_helpers_accept_the_reference_and_see_what_they_are_for() -> None:
    ref.check_fits(ref.training_memory_gb, ref.fits, ref.FITTING_CASES)
    with pytest.raises(AssertionError, match="expected False"):
        ref.check_fits(ref.training_memory_gb, lambda **case: True, ref.CASES_ON_SEVERAL_GPUS)
    ref.check_master_copy(ref.training_memory_gb, 2e9, ref.OPTIMIZER_BYTES)
    large, small = (ref.training_memory_gb(n) for n in (2e12, 2e3))
    ref.check_scaled(large, small, 1e-9)
    with pytest.raises(AssertionError, match="weights"):
        ref.check_scaled(large, {**small, "weights": 0.0}, 1e-9)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("num_params", {"num_params": 0}),
        ("precision", {"num_params": 1, "precision": "int4"}),
        ("optimizer", {"num_params": 1, "optimizer": "rmsprop"}),
        ("zero_stage", {"num_params": 1, "zero_stage": 4}),
        ("num_gpus", {"num_params": 1, "num_gpus": 0}),
    ],
)
def test_refusals_name_the_argument(name: str, settings: dict[str, Any]) -> None:
    for function in (ref.training_memory_gb, ref.fits):
        with pytest.raises(ValueError, match=name):
            function(**settings)
