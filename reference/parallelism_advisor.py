"""The advisor as a search: list every layout that the rules allow, keep those that fit, take the
cheapest.

Sources: Narayanan et al., "Efficient Large-Scale Language Model Training on GPU Clusters Using
Megatron-LM" (2021, arXiv 2104.04473), takeaway 1 (tensor parallelism up to the size of a node,
then pipeline parallelism) and takeaway 2 (model parallelism just large enough, data parallelism
for the rest); Rajbhandari et al. 2019 (arXiv 1910.02054), section 5, for ZeRO; Huang et al.,
"GPipe" (2018, arXiv 1811.06965), section 2.3, for the idle share (K - 1) / (M + K - 1).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from reference import checks

TOLERANCE = 1e-6
"""Relative. Double precision is right to 1e-15, single precision scalars to 3e-7; GiB taken for GB
is off by 7e-2, ZeRO over all GPUs after a split by 1e-1 or more on the cases used."""

Bytes = tuple[float, float, float]
"""Bytes per parameter of weights, gradients and optimizer states."""

DEFAULT_BYTES: Bytes = (2, 2, 8)

Case = dict[str, Any]

RESERVE_CASES: tuple[Case, ...] = (
    {"num_params": 6e9, "num_gpus": 4},  # 72 GB: below 80, above 64
    {"num_params": 6e9, "num_gpus": 4, "reserve": 0.0},
    {"num_params": 3e9, "num_gpus": 2, "reserve": 0.5},
    {"num_params": 3e9, "num_gpus": 2, "reserve": 0.6},
)
"""The reserve decides whether full copies fit. In the cases below it does not: with all of the
memory, or 7 % more (GiB taken for GB), the plans are the same, so that such a slip costs the tests
that ask for it and no others."""

ONE_PIECE_CASES: tuple[Case, ...] = (
    {"num_params": 5e9, "num_gpus": 6},  # stage 0
    {"num_params": 9e9, "num_gpus": 4},  # stage 1
    {"num_params": 8e9, "num_gpus": 16},  # stage 1, more GPUs than a node has
    {"num_params": 18e9, "num_gpus": 8},  # stage 2
    {"num_params": 20e9, "num_gpus": 12},  # stage 2
)
ONE_NODE_CASES: tuple[Case, ...] = (
    {"num_params": 21.3e9, "num_gpus": 8, "gpu_memory_gb": 64.0, "reserve": 0.0},  # 2 pieces
    {"num_params": 30e9, "num_gpus": 8},  # 4 pieces
    {"num_params": 35e9, "num_gpus": 12},  # 4 pieces, 3 replicas
    {"num_params": 85e9, "num_gpus": 64},  # 8 pieces
    {"num_params": 120e9, "num_gpus": 32, "gpus_per_node": 16},  # 16 pieces
)
MANY_NODE_CASES: tuple[Case, ...] = (
    {"num_params": 120e9, "num_gpus": 32},  # 8 x 2
    {"num_params": 300e9, "num_gpus": 128},  # 8 x 4
    {"num_params": 30e9, "num_gpus": 8, "gpus_per_node": 2},  # 2 x 2
)
ONE_REPLICA: Case = {"num_params": 70e9, "num_gpus": 16, "gpus_per_node": 16}
"""Without the reserve it has two; for tests that do not ask how many pieces there are."""

SMALL_NODE_CASES: tuple[Case, ...] = (
    {"num_params": 85e9, "num_gpus": 64, "gpus_per_node": 4},
    {"num_params": 120e9, "num_gpus": 32, "gpus_per_node": 6},  # power of two below: 4
    {"num_params": 30e9, "num_gpus": 8, "gpus_per_node": 3},
    {"num_params": 30e9, "num_gpus": 8, "gpus_per_node": 1},
)
ODD_CASES: tuple[Case, ...] = (
    {"num_params": 70e9, "num_gpus": 14},
    {"num_params": 30e9, "num_gpus": 6},
    {"num_params": 60e9, "num_gpus": 12},
    {"num_params": 30e9, "num_gpus": 10},  # 8 of the 10 would do, in 4 pieces
    {"num_params": 70e9, "num_gpus": 20},  # 16 of the 20 would do, in 16 pieces
)
MIXED_CASES: tuple[Case, ...] = (*ONE_PIECE_CASES, *ONE_NODE_CASES, *MANY_NODE_CASES, *ODD_CASES)
"""One or more of every kind of plan."""

INFEASIBLE_CASES: tuple[Case, ...] = (
    {"num_params": 70e9, "num_gpus": 8},
    {"num_params": 175e9, "num_gpus": 16},
    {"num_params": 100e9, "num_gpus": 12},
    {"num_params": 90e9, "num_gpus": 1},
    {"num_params": 41e9, "num_gpus": 4, "gpu_memory_gb": 40.0, "reserve": 0.5},
    {"num_params": 19e9, "num_gpus": 6, "bytes_per_param": (4, 4, 24)},
    {
        "num_params": 64e9,
        "num_gpus": 3,
        "gpu_memory_gb": 64.0,
        "reserve": 0.0,
        "bytes_per_param": (4, 4, 8),
    },  # 16 GPUs are full to the byte
)
# A quarter of 64 GB kept free leaves 48; no order of the operations rounds.
EXACTLY_FULL_COPIES: Case = {
    "num_params": 4e9,
    "num_gpus": 2,
    "gpu_memory_gb": 64.0,
    "reserve": 0.25,
}
EXACTLY_FULL_CLUSTER: Case = {
    "num_params": 64e9,
    "num_gpus": 16,
    "gpu_memory_gb": 64.0,
    "reserve": 0.25,
}
"""16 x 48 GB hold 768 GB of states in 16 pieces and in no other way."""

BYTES_CASES: tuple[Case, ...] = (
    {"num_params": 10e9, "num_gpus": 4, "bytes_per_param": (2, 2, 2)},
    {"num_params": 7e9, "num_gpus": 8, "bytes_per_param": (2, 2, 12)},
    {"num_params": 13e9, "num_gpus": 8, "bytes_per_param": (2, 4, 8)},
    {"num_params": 9e9, "num_gpus": 8, "bytes_per_param": (4, 2, 8)},
)
"""All fit in one piece. Weights and gradients in the wrong order do not in the third."""


@dataclass(frozen=True)
class Plan:
    """A layout of a training job; the same fields as the notebook's given class."""

    data_parallel_alone: bool
    tensor_parallel: int
    pipeline_stages: int
    data_parallel: int
    zero_stage: int
    memory_per_gpu_gb: float
    bottleneck: str


class Degrees(NamedTuple):
    """The whole numbers of a plan."""

    zero_stage: int
    tensor_parallel: int
    pipeline_stages: int
    data_parallel: int

    @property
    def pieces(self) -> int:
        """GPUs that one copy of the model is split over."""
        return self.tensor_parallel * self.pipeline_stages


def degrees(plan: Any) -> Degrees:
    """Read the whole numbers of a student's plan."""
    numbers = [checks.number(getattr(plan, name)) for name in Degrees._fields]
    assert all(number.is_integer() for number in numbers), f"no whole numbers: {numbers}"
    return Degrees(*(int(number) for number in numbers))


def memory_of(plan: Any, case: Case) -> float:
    """Model states on one GPU under a student's plan, whether or not it is the right plan."""
    own = degrees(plan)
    assert own.pieces >= 1, f"{own.pieces} pieces"
    assert own.data_parallel >= 1, f"{own.data_parallel} replicas"
    return states_gb(
        case["num_params"],
        zero_stage=own.zero_stage,
        pieces=own.pieces,
        data_parallel=own.data_parallel,
        bytes_per_param=case.get("bytes_per_param", DEFAULT_BYTES),
    )


def bottleneck(plan: Degrees, gpus_per_node: int) -> str:
    """What holds a plan up; a split model's ZeRO stage makes no difference."""
    if plan.pieces > 1:
        return "communication" if plan.pieces > gpus_per_node else "memory"
    return {0: "compute", 3: "communication"}.get(plan.zero_stage, "memory")


def states_gb(
    num_params: float,
    *,
    zero_stage: int,
    pieces: int,
    data_parallel: int,
    bytes_per_param: Bytes = DEFAULT_BYTES,
) -> float:
    """Model states on one GPU, GB (10^9 bytes), for a model in ``pieces`` equal pieces."""
    weights, gradients, optimizer = (num_params * size / pieces for size in bytes_per_param)
    parts_gb = {3: weights / 1e9, 2: gradients / 1e9, 1: optimizer / 1e9}
    return math.fsum(
        gb / data_parallel if zero_stage >= first_stage else gb
        for first_stage, gb in parts_gb.items()
    )


def advise(
    num_params: float,
    num_gpus: int,
    gpu_memory_gb: float = 80.0,
    gpus_per_node: int = 8,
    bytes_per_param: Bytes = DEFAULT_BYTES,
    reserve: float = 0.2,
) -> Plan:
    """The cheapest layout that fits.

    Args:
        num_params: parameters of the model.
        num_gpus: GPUs of the cluster.
        gpu_memory_gb: GB (10^9 bytes) of one GPU.
        gpus_per_node: GPUs with fast links between them.
        bytes_per_param: weights, gradients, optimizer states.
        reserve: share of the memory kept for activations and buffers.

    Returns:
        The plan; its memory is that of the model states on one GPU, in GB.

    Raises:
        ValueError: an argument out of range, or no layout fits.
    """
    _check_counts(num_params=num_params, num_gpus=num_gpus, gpus_per_node=gpus_per_node)
    _check_memory(gpu_memory_gb, reserve)
    usable_gb = gpu_memory_gb * (1 - reserve)
    layouts = _all_plans(num_params, num_gpus, gpus_per_node, bytes_per_param)
    fitting = [plan for plan in layouts if plan.memory_per_gpu_gb <= usable_gb]
    if not fitting:
        enough = fewest_gpus(num_params, num_gpus, gpu_memory_gb, bytes_per_param, reserve)
        raise ValueError(f"num_gpus={num_gpus} is too few; {enough} GPUs of this size would do")
    return min(fitting, key=_cost)


def fewest_gpus(
    num_params: float,
    num_gpus: int,
    gpu_memory_gb: float = 80.0,
    bytes_per_param: Bytes = DEFAULT_BYTES,
    reserve: float = 0.2,
) -> int:
    """The smallest number of GPUs above ``num_gpus`` that has a plan.

    Full sharding (ZeRO 3) has no replicated byte and is allowed for every count, so this is the
    smallest count whose usable memory together holds all states.
    """
    states = Fraction(num_params) * sum(Fraction(size) for size in bytes_per_param) / 10**9
    return max(num_gpus + 1, math.ceil(states / Fraction(gpu_memory_gb * (1 - reserve))))


def bubble_fraction(num_stages: int, num_microbatches: int) -> float:
    """Idle share of a pipeline's stages, counted slot by slot.

    Stage s works on microbatch m in step s + m (from 0). Backward passes run the same way back,
    so they leave the share as it is.

    Args:
        num_stages: pipeline stages.
        num_microbatches: microbatches of one optimizer step.

    Returns:
        Idle slots over all slots, in [0, 1).

    Raises:
        ValueError: a count below 1.
    """
    _check_counts(num_stages=num_stages, num_microbatches=num_microbatches)
    busy = {(stage, stage + m) for stage in range(num_stages) for m in range(num_microbatches)}
    num_steps = 1 + max(step for _, step in busy)
    return 1 - len(busy) / (num_stages * num_steps)


def refused(advise: Callable[..., Any], case: Case) -> str:
    """Return the message of the ``ValueError`` that a student's ``advise`` must raise."""
    try:
        advise(**case)
    except ValueError as error:
        return str(error)
    raise AssertionError("a plan for a model that does not fit")


def check_reserve_in_the_number_of_gpus(advise: Callable[..., Any]) -> None:
    """A larger reserve asks for more GPUs; whether the number is right is another test's question.

    51e9 parameters need 8 GPUs of 80 GB, and 16 where half of each is kept free.
    """
    case: Case = {"num_params": 51e9, "num_gpus": 4}
    try:
        without, half = (refused(advise, {**case, "reserve": share}) for share in (0.0, 0.5))
    except AssertionError:
        return
    new = numbers_in(half) - numbers_in(without) - {0.5, 50.0, 40.0}
    assert any(number >= 9 for number in new), "the number of GPUs leaves the reserve out"


def numbers_in(message: str) -> set[float]:
    """The numbers that a message contains, with or without thousands separators."""
    plain = re.sub(r"[,_](?=\d{3})", "", message)
    return {float(found) for found in re.findall(r"\d+(?:\.\d+)?", plain)}


def _all_plans(
    num_params: float, num_gpus: int, gpus_per_node: int, bytes_per_param: Bytes
) -> Iterator[Plan]:
    powers = [2**exponent for exponent in range(num_gpus.bit_length())]
    node = max(power for power in [2**e for e in range(gpus_per_node.bit_length())])
    for tensor in powers:
        for pipeline in powers:
            pieces = tensor * pipeline
            if num_gpus % pieces or tensor > node or (pipeline > 1 and tensor < node):
                continue
            for stage in (0, 1, 2, 3) if pieces == 1 else (1,):
                yield Plan(
                    data_parallel_alone=stage == 0,
                    tensor_parallel=tensor,
                    pipeline_stages=pipeline,
                    data_parallel=num_gpus // pieces,
                    zero_stage=stage,
                    memory_per_gpu_gb=states_gb(
                        num_params,
                        zero_stage=stage,
                        pieces=pieces,
                        data_parallel=num_gpus // pieces,
                        bytes_per_param=bytes_per_param,
                    ),
                    bottleneck=bottleneck(
                        Degrees(stage, tensor, pipeline, num_gpus // pieces), gpus_per_node
                    ),
                )


def _cost(plan: Plan) -> tuple[int, int]:
    """Order of the remedies: none, ZeRO 1, ZeRO 2, fewest pieces, ZeRO 3."""
    pieces = plan.tensor_parallel * plan.pipeline_stages
    if pieces > 1:
        return 3, pieces
    return (4 if plan.zero_stage == 3 else plan.zero_stage), 1


def _check_counts(**counts: float) -> None:
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")


def _check_memory(gpu_memory_gb: float, reserve: float) -> None:
    if gpu_memory_gb <= 0:
        raise ValueError(f"gpu_memory_gb must be above 0, got {gpu_memory_gb}")
    if reserve < 0 or reserve >= 1:
        raise ValueError(f"reserve must be in [0, 1), got {reserve}")
