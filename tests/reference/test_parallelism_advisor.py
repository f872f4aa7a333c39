"""The reference advisor against exhaustive search and against published layouts.

The search below knows nothing of remedies in order: it lists every factorisation of the GPUs into
tensor, pipeline and data parallelism (any factors, not powers of two only) with every ZeRO stage,
and asks of each claim of the rule whether a counter-example exists.

DeepSpeed (Apache-2.0, commit edaa722) is quoted, not installed:
``deepspeed/runtime/zero/stage_1_and_2.py`` has, without offloading,

    # GPU's total_params multipliers: 2 = params_16bit,
    # 18 = 2_grads_16bit + 4_grads_32bit + 4_params_32bit + 8_optimizer_states_32bit
    gpu_mem = 2 * total_params + int(18 * total_params / total_gpus)

and ``stage3.py``, beside the buffer for one gathered layer, ``int(18 * total_params /
total_gpus)``. With bytes_per_param = (2, 2 + 4, 4 + 8) stage 2 is the first formula exactly.

Megatron-LM: ``examples/pretrain_gpt3_175B.sh`` (commit 090e141) trains 175B parameters on 128
nodes of 8 GPUs with ``--tensor-model-parallel-size 8 --pipeline-model-parallel-size 16`` in fp16.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

from reference import parallelism_advisor as ref


class Layout(NamedTuple):
    tensor: int
    pipeline: int
    data: int
    stage: int
    gb: float


def _layouts(num_params: float, num_gpus: int, sizes: ref.Bytes) -> Iterator[Layout]:
    divisors = [d for d in range(1, num_gpus + 1) if num_gpus % d == 0]
    for tensor in divisors:
        for pipeline in (d for d in divisors if num_gpus % (tensor * d) == 0):
            data = num_gpus // tensor // pipeline
            weights, gradients, optimizer = (
                num_params * size / tensor / pipeline / 1e9 for size in sizes
            )
            yield Layout(tensor, pipeline, data, 0, weights + gradients + optimizer)
            yield Layout(tensor, pipeline, data, 1, weights + gradients + optimizer / data)
            yield Layout(tensor, pipeline, data, 2, weights + (gradients + optimizer) / data)
            yield Layout(tensor, pipeline, data, 3, (weights + gradients + optimizer) / data)


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0


def _random_cases(seed: int, count: int) -> list[ref.Case]:
    rng = np.random.default_rng(seed)
    return [
        {
            "num_params": float(10 ** rng.uniform(8.5, 11.5)),
            "num_gpus": int(rng.choice([1, 2, 3, 4, 6, 8, 12, 14, 16, 20, 24, 32, 48, 64, 96])),
            "gpu_memory_gb": float(rng.choice([24.0, 40.0, 80.0])),
            "gpus_per_node": int(rng.choice([1, 2, 3, 4, 6, 8])),
            "bytes_per_param": [(2, 2, 8), (2, 2, 12), (4, 4, 8), (2, 2, 2)][rng.integers(4)],
            "reserve": float(rng.choice([0.0, 0.2, 0.45])),
        }
        for _ in range(count)
    ]


CASES = _random_cases(seed=3, count=120)


def _fitting(case: ref.Case, num_gpus: int | None = None) -> list[Layout]:
    usable_gb = case["gpu_memory_gb"] * (1 - case["reserve"])
    layouts = _layouts(case["num_params"], num_gpus or case["num_gpus"], case["bytes_per_param"])
    return [layout for layout in layouts if layout.gb <= usable_gb]


def _plan_or_none(case: ref.Case) -> ref.Plan | None:
    try:
        return ref.advise(**case)
    except ValueError:
        return None


@pytest.mark.parametrize("case", CASES)
def test_plan_is_one_of_the_layouts_that_fit(case: ref.Case) -> None:
    fitting = _fitting(case)
    plan = _plan_or_none(case)
    assert (plan is None) == (not fitting), "a plan exists exactly when some layout fits"
    if plan is None:
        return
    degrees = (plan.tensor_parallel, plan.pipeline_stages, plan.data_parallel, plan.zero_stage)
    same = [layout for layout in fitting if layout[:4] == degrees]
    assert len(same) == 1
    assert plan.memory_per_gpu_gb == pytest.approx(same[0].gb, rel=1e-12)
    assert plan.data_parallel_alone == (plan.zero_stage == 0)


@pytest.mark.parametrize("case", CASES)
def test_no_cheaper_layout_fits(case: ref.Case) -> None:
    plan = _plan_or_none(case)
    if plan is None:
        return
    fitting = _fitting(case)
    whole = [layout for layout in fitting if layout.tensor * layout.pipeline == 1]
    pieces = plan.tensor_parallel * plan.pipeline_stages
    lower = [layout for layout in whole if layout.stage < min(plan.zero_stage, 3)]
    if pieces == 1:
        assert not lower, "a lower stage fits with the model in one piece"
    else:
        assert not [layout for layout in whole if layout.stage <= 2], "no split was needed"
    split = [
        layout
        for layout in fitting
        if layout.stage == 1
        and layout.tensor * layout.pipeline > 1
        and layout.tensor <= case["gpus_per_node"]
        and _is_power_of_two(layout.tensor * layout.pipeline)
    ]
    if plan.zero_stage == 3:
        assert not split, "a split with stage 1 fits"
    if pieces > 1:
        assert pieces == min(layout.tensor * layout.pipeline for layout in split)
        rivals = [layout.tensor for layout in split if layout.tensor * layout.pipeline == pieces]
        assert plan.tensor_parallel == max(rivals), "tensor parallelism first"


@pytest.mark.parametrize("case", CASES)
def test_bottleneck(case: ref.Case) -> None:
    plan = _plan_or_none(case)
    if plan is None:
        return
    nodes_of_one_model = -(-plan.tensor_parallel * plan.pipeline_stages // case["gpus_per_node"])
    if plan.data_parallel_alone:
        assert plan.bottleneck == "compute"
    elif nodes_of_one_model > 1 or plan.zero_stage == 3:
        assert plan.bottleneck == "communication"
    else:
        assert plan.bottleneck == "memory"


@pytest.mark.parametrize(
    "case", [case for case in CASES if case["num_params"] < 1e11 and not _fitting(case)]
)
def test_number_of_gpus_that_would_do(case: ref.Case) -> None:
    enough = case["num_gpus"] + 1
    while not _fitting(case, enough):
        enough += 1
    assert ref.fewest_gpus(**{k: v for k, v in case.items() if k != "gpus_per_node"}) == enough
    with pytest.raises(ValueError, match=rf"\b{enough} GPUs"):
        ref.advise(**case)
    assert _plan_or_none({**case, "num_gpus": enough}) is not None


@pytest.mark.parametrize(
    ("num_params", "num_gpus", "expected"),
    [
        (124e6, 1, ref.Plan(True, 1, 1, 1, 0, 1.488, "compute")),
        (7e9, 8, ref.Plan(False, 1, 1, 8, 1, 35.0, "memory")),
        (70e9, 16, ref.Plan(False, 8, 2, 1, 1, 52.5, "communication")),
        (175e9, 64, ref.Plan(False, 8, 4, 2, 1, 43.75, "communication")),
        (70e9, 14, ref.Plan(False, 1, 1, 14, 3, 60.0, "communication")),
    ],
)
def test_the_five_jobs(num_params: float, num_gpus: int, expected: ref.Plan) -> None:
    plan = ref.advise(num_params, num_gpus)
    assert plan.memory_per_gpu_gb == pytest.approx(expected.memory_per_gpu_gb, rel=1e-12)
    assert {**vars(plan), "memory_per_gpu_gb": 0} == {**vars(expected), "memory_per_gpu_gb": 0}


@pytest.mark.parametrize("total_gpus", [1, 4, 64])
def test_states_equal_deepspeed_estimates(total_gpus: int) -> None:
    total_params = 13_000_000_000
    settings: dict[str, Any] = {"pieces": 1, "data_parallel": total_gpus}
    stage_2 = ref.states_gb(total_params, zero_stage=2, bytes_per_param=(2, 6, 12), **settings)
    assert stage_2 * 1e9 == pytest.approx(2 * total_params + int(18 * total_params / total_gpus))
    stage_3 = ref.states_gb(total_params, zero_stage=3, bytes_per_param=(2, 4, 12), **settings)
    assert stage_3 * 1e9 == pytest.approx(int(18 * total_params / total_gpus))


def test_megatron_175b_is_plausible() -> None:
    """Not an equality: Megatron's layout has no ZeRO and leaves room for its activations."""
    plan = ref.advise(175e9, 1024, bytes_per_param=(2, 2, 16))
    assert plan.tensor_parallel == 8
    assert 1 < plan.pipeline_stages <= 16
    without_zero_gb = ref.states_gb(
        175e9, zero_stage=0, pieces=8 * 16, data_parallel=8, bytes_per_param=(2, 2, 16)
    )
    assert without_zero_gb < 64


@pytest.mark.parametrize("num_stages", [1, 2, 4, 9])
@pytest.mark.parametrize("num_microbatches", [1, 4, 31])
def test_bubble_equals_gpipe_and_megatron(num_stages: int, num_microbatches: int) -> None:
    """GPipe: (K - 1) / (M + K - 1) of the time; Megatron: (p - 1) / m of the ideal time."""
    idle = ref.bubble_fraction(num_stages, num_microbatches)
    gpipe = (num_stages - 1) / (num_microbatches + num_stages - 1)
    assert idle == pytest.approx(gpipe, abs=1e-12)
    over_ideal = idle / (1 - idle)
    assert over_ideal == pytest.approx((num_stages - 1) / num_microbatches, abs=1e-12)


ALL_CASES = [case for name in dir(ref) if name.endswith("_CASES") for case in getattr(ref, name)]


@pytest.mark.parametrize(
    "case", [*(case for case in ALL_CASES if case not in ref.INFEASIBLE_CASES), ref.ONE_REPLICA]
)
def test_hidden_cases_stay_clear_of_rounding(case: ref.Case) -> None:
    """No layout of a hidden case lies within 1e-6 of the usable memory: float32 decides alike."""
    usable_gb = case.get("gpu_memory_gb", 80.0) * (1 - case.get("reserve", 0.2))
    sizes = case.get("bytes_per_param", ref.DEFAULT_BYTES)
    for layout in _layouts(case["num_params"], case["num_gpus"], sizes):
        assert abs(layout.gb - usable_gb) > 1e-6 * usable_gb


def test_the_full_cases_are_full_to_the_byte() -> None:
    for case in (ref.EXACTLY_FULL_COPIES, ref.EXACTLY_FULL_CLUSTER):
        usable_gb = case["gpu_memory_gb"] * (1 - case["reserve"])
        assert ref.advise(**case).memory_per_gpu_gb == usable_gb
    layouts = _layouts(64e9, 16, ref.DEFAULT_BYTES)
    assert {x.data for x in layouts if x.gb <= 48 and x.stage < 3} == {1}, "16 pieces, no replica"
    with pytest.raises(ValueError, match="17 GPUs"):
        ref.advise(**{**ref.EXACTLY_FULL_CLUSTER, "num_params": 64.01e9})


SAME_WITHOUT_THE_RESERVE = [
    case
    for case in ref.MIXED_CASES + ref.SMALL_NODE_CASES
    if case != {"num_params": 30e9, "num_gpus": 10}  # with the reserve or GB, but not without both
]


@pytest.mark.parametrize("case", SAME_WITHOUT_THE_RESERVE)
def test_reserve_and_gibibytes_leave_the_other_cases_alone(case: ref.Case) -> None:
    memory_gb = case.get("gpu_memory_gb", 80.0)
    expected = ref.degrees(ref.advise(**case))
    for gb in (memory_gb, memory_gb * 2**30 / 1e9):
        assert ref.degrees(ref.advise(**{**case, "gpu_memory_gb": gb, "reserve": 0.0})) == expected


@pytest.mark.parametrize("case", ref.MIXED_CASES)
def test_helpers_agree_with_the_reference(case: ref.Case) -> None:
    plan = ref.advise(**case)
    assert ref.memory_of(plan, case) == plan.memory_per_gpu_gb
    assert ref.bottleneck(ref.degrees(plan), case.get("gpus_per_node", 8)) == plan.bottleneck


def test_reserve_in_the_number_of_gpus() -> None:
    ref.check_reserve_in_the_number_of_gpus(ref.advise)

    def forgets_it(**case: Any) -> ref.Plan:
        raise ValueError(f"{ref.fewest_gpus(**{**case, 'reserve': 0.0})} GPUs would do")

    with pytest.raises(AssertionError, match="leaves the reserve out"):
        ref.check_reserve_in_the_number_of_gpus(forgets_it)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("num_params", {"num_params": 0}),
        ("num_gpus", {"num_gpus": 0}),
        ("gpus_per_node", {"gpus_per_node": 0}),
        ("gpu_memory_gb", {"gpu_memory_gb": 0.0}),
        ("reserve", {"reserve": 1.0}),
        ("reserve", {"reserve": -0.1}),
    ],
)
def test_refusals_name_the_argument(name: str, change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=name):
        ref.advise(**{"num_params": 1e9, "num_gpus": 4, **change})  # type: ignore[arg-type]


def test_bubble_refusals() -> None:
    with pytest.raises(ValueError, match="num_stages"):
        ref.bubble_fraction(0, 4)
    with pytest.raises(ValueError, match="num_microbatches"):
        ref.bubble_fraction(4, 0)
