"""Memory of the model states in training, counted in whole bytes of one parameter at a time.

Source: Rajbhandari et al., "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models"
(2019, arXiv 1910.02054), sections 3.1 and 5: per parameter 2 bytes of weight, 2 of gradient and K
of optimizer, divided by the number of GPUs from stage 3, 2 and 1 on. The paper's K is 12 (two
moments and a master copy); the course's bf16 default leaves the master copy out, so K is 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from reference import checks

TOLERANCE = 1e-6
"""Relative. Double precision is right to 1e-15, single precision scalars to 3e-7. The nearest
mistake, dividing integers without remainder, is off by 1e-4 on the sizes used, and GiB for GB by
7e-2."""

SAME_BYTES = 0.1
"""Relative. Tells bytes per parameter apart (the nearest mistakes are off by a quarter) and leaves
GiB for GB, which is off by 0.07, to the one test that is about it."""

MASTER_COPY_BYTES = 4
"""An fp32 copy of each weight, kept in mixed precision."""

OPTIMIZER_BYTES = {"sgd": 0, "momentum": 4, "adam": 4 + 4, "adam_8bit": 1 + 1}
"""Per parameter; oracle: the state of the real torch.optim classes, and Dettmers et al. 2021
(arXiv 2110.02861) for 8-bit Adam, without its quantisation constants."""

VALUE_BYTES = {"bf16": 2, "mixed": 2, "fp32": 4}
"""One weight or one gradient."""

FIRST_SHARDED_STAGE = {"optimizer": 1, "gradients": 2, "weights": 3}

Function = Callable[..., Any]

FITTING_CASES: tuple[dict[str, Any], ...] = (
    # 4 bytes times 2**4 * 10**9 is exactly 64 GB, in every order of the operations.
    {"num_params": 16e9, "gpu_memory_gb": 64.0, "optimizer": "sgd"},
    {"num_params": 16e9, "gpu_memory_gb": 63.9, "optimizer": "sgd"},
    {"num_params": 16e9, "gpu_memory_gb": 64.1, "optimizer": "sgd"},
    {"num_params": 6e9, "precision": "mixed"},
    {"num_params": 6e9, "precision": "bf16"},
    {"num_params": 9e9, "precision": "fp32", "optimizer": "sgd"},
    {"num_params": 13e9, "optimizer": "adam_8bit"},
    {"num_params": 1e9, "gpu_memory_gb": 10},
)
"""One GPU: precision, optimizer and memory decide."""

CASES_ON_SEVERAL_GPUS: tuple[dict[str, Any], ...] = (
    {"num_params": 8e9, "num_gpus": 4},
    {"num_params": 70e9, "zero_stage": 1, "num_gpus": 16},
    {"num_params": 20e9, "zero_stage": 1, "num_gpus": 4},
    {"num_params": 30e9, "zero_stage": 2, "num_gpus": 8, "gpu_memory_gb": 60},
    {"num_params": 70e9, "zero_stage": 3, "num_gpus": 10},
    {"num_params": 70e9, "zero_stage": 3, "num_gpus": 11},
)
"""What each GPU holds decides; the memory of all together, or the average, often says otherwise."""


def training_memory_gb(
    num_params: float,
    precision: str = "bf16",
    optimizer: str = "adam",
    zero_stage: int = 0,
    num_gpus: int = 1,
) -> dict[str, float]:
    """Memory of weights, gradients and optimizer on each GPU; no activations.

    Args:
        num_params: parameters of the whole model.
        precision: bf16, mixed or fp32.
        optimizer: sgd, momentum, adam or adam_8bit.
        zero_stage: 0 (nothing sharded) to 3 (everything).
        num_gpus: GPUs over which ZeRO shards.

    Returns:
        GB (10^9 bytes) per GPU: weights, gradients, optimizer, total.

    Raises:
        ValueError: an unknown precision or optimizer, or a number out of range.
    """
    _check(num_params, precision, optimizer, zero_stage, num_gpus)
    master_bytes = MASTER_COPY_BYTES if precision == "mixed" else 0
    bytes_per_param = {
        "weights": VALUE_BYTES[precision],
        "gradients": VALUE_BYTES[precision],
        "optimizer": OPTIMIZER_BYTES[optimizer] + master_bytes,
    }
    memory_gb = {}
    for part, size in bytes_per_param.items():
        holders = num_gpus if zero_stage >= FIRST_SHARDED_STAGE[part] else 1
        memory_gb[part] = Fraction(num_params) * size / holders / 10**9
    memory_gb["total"] = sum(memory_gb.values(), Fraction(0))
    return {part: float(gb) for part, gb in memory_gb.items()}


def fits(num_params: float, gpu_memory_gb: float = 80.0, **settings: Any) -> bool:
    """Whether the model states of one GPU take at most ``gpu_memory_gb`` (10^9 bytes)."""
    return training_memory_gb(num_params, **settings)["total"] <= gpu_memory_gb


def check_fits(memory: Function, fits_: Function, cases: Iterable[Mapping[str, Any]]) -> None:
    """A student's ``fits`` agrees with what the student's own memory function says of one GPU.

    Bytes and shards have their own tests, so a wrong total costs nothing here.
    """
    for case in cases:
        settings = {name: value for name, value in case.items() if name != "gpu_memory_gb"}
        total = checks.number(memory(**settings)["total"])
        expected = total <= case.get("gpu_memory_gb", 80.0)
        assert checks.truth(fits_(**case)) == expected, (
            f"{case}: expected {expected} for {total} GB"
        )


def check_master_copy(memory: Function, num_params: float, optimizers: Iterable[str]) -> None:
    """Mixed precision adds the same fp32 copy to the optimizer's part of each optimizer."""
    copy_gb = MASTER_COPY_BYTES * num_params / 1e9
    for optimizer in optimizers:
        plain = checks.number(memory(num_params, "bf16", optimizer)["optimizer"])
        mixed = checks.number(memory(num_params, "mixed", optimizer)["optimizer"])
        checks.close_number(mixed - plain, copy_gb, rel=SAME_BYTES, what="master copy")


def check_scaled(large: Mapping[str, Any], small: Mapping[str, Any], factor: float) -> None:
    """A student's memory of a small model is that of a large one, scaled down."""
    for part in ("weights", "gradients", "optimizer"):
        gb = checks.number(large[part])
        assert gb > 0, f"{part} takes no memory"
        checks.close_number(small[part], factor * gb, rel=TOLERANCE, what=part)


def check_shards(
    alone: Mapping[str, Any], sharded: Mapping[str, Any], parts: Iterable[str], num_gpus: int
) -> None:
    """Assert that exactly ``parts`` are divided by ``num_gpus``, compared with one GPU alone.

    Both mappings are a student's, so that this sees sharding only, not the bytes per parameter.
    """
    for part in ("weights", "gradients", "optimizer"):
        gb = checks.number(alone[part])
        assert gb > 0, f"{part} takes no memory"
        expected = gb / num_gpus if part in parts else gb
        checks.close_number(sharded[part], expected, rel=TOLERANCE, what=part)


def make_settings(seed: int, count: int) -> list[dict[str, Any]]:
    """Random settings of ``training_memory_gb``."""
    rng = np.random.default_rng(seed)
    return [
        {
            "num_params": int(rng.integers(10**6, 10**11)),
            "precision": str(rng.choice(list(VALUE_BYTES))),
            "optimizer": str(rng.choice(list(OPTIMIZER_BYTES))),
            "zero_stage": int(rng.integers(0, 4)),
            "num_gpus": int(rng.integers(1, 33)),
        }
        for _ in range(count)
    ]


def _check(
    num_params: float, precision: str, optimizer: str, zero_stage: int, num_gpus: int
) -> None:
    for name, value, known in (
        ("precision", precision, VALUE_BYTES),
        ("optimizer", optimizer, OPTIMIZER_BYTES),
    ):
        if value not in known:
            raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
    if zero_stage not in range(4):
        raise ValueError(f"zero_stage must be in 0..3, got {zero_stage}")
    for name, number in (("num_params", num_params), ("num_gpus", num_gpus)):
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
