"""Static and continuous batching by when each slot becomes free, without stepping through time.

Source: Yu et al., "Orca: A Distributed Serving System for Transformer-Based Generative Models"
(OSDI 2022), iteration-level scheduling; vLLM's scheduler refills freed slots in the same way, first
come, first served. The student steps through time; here a request's first and last step follow
from the slot that becomes free first.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

import numpy as np
import torch

from reference import checks


class Schedule(TypedDict):
    """What both batchings return."""

    finish_step: list[int]
    """The step of each request's last token, in the order of arrival, counted from 1."""
    active_slots: list[int]
    """For each step, how many slots made a token."""


def static_batching(lengths: Sequence[int], batch_size: int) -> Schedule:
    """Batches in order of arrival, each as long as its longest request.

    Args:
        lengths: tokens of each request, 1 or more, in the order of arrival.
        batch_size: slots, 1 or more.

    Raises:
        ValueError: an argument out of range.
    """
    _check(lengths, batch_size)
    starts = []
    batch_start = 0
    for index in range(len(lengths)):
        if index and index % batch_size == 0:
            batch_start += max(lengths[index - batch_size : index])
        starts.append(batch_start)
    return _schedule(lengths, starts)


def continuous_batching(lengths: Sequence[int], batch_size: int) -> Schedule:
    """Each request in turn takes the slot that becomes free first.

    Args:
        lengths: tokens of each request, 1 or more, in the order of arrival.
        batch_size: slots, 1 or more.

    Raises:
        ValueError: an argument out of range.
    """
    _check(lengths, batch_size)
    free_after = [0] * batch_size
    starts = []
    for length in lengths:
        slot = min(range(batch_size), key=lambda index: free_after[index])
        starts.append(free_after[slot])
        free_after[slot] += length
    return _schedule(lengths, starts)


def metrics(schedule: Schedule, batch_size: int) -> dict[str, float]:
    """Three numbers about a schedule.

    Args:
        schedule: finish_step and active_slots as the batchings return them.
        batch_size: slots, 1 or more.

    Returns:
        total_steps (steps), mean_latency (steps from arrival at 0 to the last token) and
        utilization (busy slot-steps / all slot-steps).

    Raises:
        ValueError: batch_size out of range.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    active = np.asarray(schedule["active_slots"], dtype=float)
    return {
        "total_steps": active.size,
        "mean_latency": float(np.mean(schedule["finish_step"])),
        "utilization": float(np.mean(active / batch_size)),
    }


def _check(lengths: Sequence[int], batch_size: int) -> None:
    if len(lengths) == 0:
        raise ValueError("lengths is empty")
    if min(lengths) < 1:
        raise ValueError(f"lengths must be at least 1, got {min(lengths)}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")


def _schedule(lengths: Sequence[int], starts: Sequence[int]) -> Schedule:
    """A request that starts after step s is active in the steps s + 1 to s + length."""
    finish = [start + length for start, length in zip(starts, lengths, strict=True)]
    steps = range(1, max(finish) + 1)
    spans = list(zip(starts, finish, strict=True))
    active = [sum(start < step <= end for start, end in spans) for step in steps]
    return {"finish_step": finish, "active_slots": active}


# What the hidden tests need beyond the functions of the exercise.

Function = Callable[..., Any]

FREED_SINGLY: tuple[tuple[tuple[int, ...], int], ...] = (
    ((2, 3, 4, 5, 6, 8), 2),
    ((1, 3, 5, 6, 6, 7, 9, 9), 3),
)
"""Lengths and slots: no two requests finish in the same step, and none waits behind a longer one,
so that serving the shortest first costs another test."""

FREED_TOGETHER: tuple[tuple[tuple[int, ...], int], ...] = (
    ((3,) * 10, 4),
    ((2, 2, 2, 5, 5, 5, 1, 1, 1, 4), 3),
)
"""Lengths and slots: all slots become free in the same step, again and again."""

SCHEDULES: tuple[tuple[Schedule, int], ...] = (
    ({"finish_step": [5, 1, 4], "active_slots": [2, 1, 1, 2, 1]}, 4),
    ({"finish_step": [3, 3, 3, 9, 4, 10], "active_slots": [3, 3, 3, 3, 2, 2, 2, 2, 2, 1]}, 3),
    ({"finish_step": [7], "active_slots": [1] * 7}, 1),
    ({"finish_step": [2, 5, 2, 4], "active_slots": [3, 3, 2, 2, 1]}, 5),
)
"""Made by hand: schedules with no more than the two keys, and slots of which some never work."""


def requests(num_requests: int, seed: int, longest: int = 12) -> list[int]:
    """Lengths between 1 and ``longest``, the longest among them."""
    rng = np.random.default_rng(seed)
    lengths = [int(n) for n in rng.integers(1, longest + 1, num_requests)]
    lengths[int(rng.integers(num_requests))] = longest
    return lengths


def whole_numbers(values: Any, what: str) -> list[int]:
    """Return a student's list, tuple, array or tensor of whole numbers as a list of ints."""
    if type(values) in (np.ndarray, torch.Tensor):
        values = values.tolist()
    assert type(values) in (list, tuple), f"{what} is a {type(values).__name__}, not a list"
    numbers = [checks.number(value) for value in values]
    assert all(n.is_integer() for n in numbers), f"{what} holds fractions: {numbers}"
    return [int(n) for n in numbers]


def schedule_of(function: Function, lengths: Sequence[int], batch_size: int) -> Schedule:
    """Call a student's batching and return its schedule as plain lists of ints."""
    result = function(list(lengths), batch_size)
    assert type(result) is dict, f"expected a dict, got {type(result).__name__}"
    return {
        "finish_step": whole_numbers(result["finish_step"], "finish_step"),
        "active_slots": whole_numbers(result["active_slots"], "active_slots"),
    }


def check_finish_steps(
    function: Function,
    expected: Callable[[Sequence[int], int], Schedule],
    lengths: Sequence[int],
    batch_size: int,
    *,
    exact: bool = False,
) -> None:
    """The finish steps are the expected ones; whatever active_slots says.

    Whoever counts steps from 0 does so everywhere. That costs the tests that ask for it (``exact``)
    and the small cases, so elsewhere the steps are counted from the student's own first one.
    """
    actual = schedule_of(function, lengths, batch_size)["finish_step"]
    if not exact and schedule_of(function, [1], 1)["finish_step"] == [0]:
        actual = [step + 1 for step in actual]
    wanted = expected(lengths, batch_size)["finish_step"]
    assert actual == wanted, f"{lengths}, {batch_size} slots: {actual}, expected {wanted}"


def check_active_slots(
    function: Function,
    expected: Callable[[Sequence[int], int], Schedule],
    lengths: Sequence[int],
    batch_size: int,
) -> None:
    """The active slots are the expected ones; whatever finish_step says."""
    actual = schedule_of(function, lengths, batch_size)["active_slots"]
    wanted = expected(lengths, batch_size)["active_slots"]
    assert actual == wanted, f"{lengths}, {batch_size} slots: {actual}, expected {wanted}"


def check_full_while_waiting(function: Function, lengths: Sequence[int], batch_size: int) -> None:
    """Full until the queue is empty, then draining, with one token per busy slot and step.

    Holds for any order of service, so that serving in another order costs its own test only.
    """
    active = schedule_of(function, lengths, batch_size)["active_slots"]
    assert sum(active) == sum(lengths), f"{sum(active)} tokens made, {sum(lengths)} asked for"
    assert max(active) <= batch_size, f"{max(active)} of {batch_size} slots active"
    assert min(active) >= 1, "a step in which nothing happens"
    drain = next((i for i, slots in enumerate(active) if slots < batch_size), len(active))
    rest = active[drain:]
    assert rest == sorted(rest, reverse=True), f"a slot was refilled late: {active}"
    # Whoever runs in the first step that is not full runs at most its own length from there on.
    assert len(rest) <= max(lengths), f"slots stood empty while requests waited: {active}"


def check_nobody_waits_longer(
    continuous: Function, lengths: Sequence[int], batch_size: int
) -> None:
    """First come, first served: by induction over batches, no slot frees up later."""
    before = static_batching(lengths, batch_size)["finish_step"]
    after = schedule_of(continuous, lengths, batch_size)["finish_step"]
    assert len(after) == len(lengths), "not one finish step per request"
    late = [index for index, (old, new) in enumerate(zip(before, after, strict=True)) if new > old]
    assert not late, f"requests {late} finish later with continuous batching"


def measured(function: Function, schedule: Schedule, batch_size: int) -> dict[str, Any]:
    """Call a student's ``metrics`` on a copy of the schedule."""
    result = function(copy.deepcopy(schedule), batch_size)
    assert type(result) is dict, f"expected a dict, got {type(result).__name__}"
    return dict(result)


def check_metrics(
    function: Function, schedule: Schedule, batch_size: int, keys: Sequence[str]
) -> None:
    """The named numbers are right."""
    result = measured(function, schedule, batch_size)
    expected = metrics(schedule, batch_size)
    for key in keys:
        checks.close_number(result[key], expected[key], rel=1e-9, what=key)


def check_purity(static: Function, continuous: Function, metrics_: Function) -> None:
    """Lists and schedules come back as they were, from calls that answer something."""
    for function in (static, continuous):
        lengths = [5, 2, 3, 1, 4]
        assert type(function(lengths, 2)) is dict, "expected a dict"
        assert lengths == [5, 2, 3, 1, 4], f"the list of lengths became {lengths}"
    schedule: Schedule = {"finish_step": [2, 1, 4], "active_slots": [2, 1, 1, 1]}
    assert type(metrics_(schedule, 2)) is dict, "expected a dict"
    assert schedule == {"finish_step": [2, 1, 4], "active_slots": [2, 1, 1, 1]}, "schedule changed"


def check_errors(static: Function, continuous: Function, metrics_: Function) -> None:
    """Every listed error is a ValueError that names the argument; edge values are accepted."""
    for function in (static, continuous):
        assert type(function([1], 1)) is dict, "expected a dict for one request of one token"
        checks.rejects(function, [], 2, naming="length")
        for bad in ([0, 3], [3, 2, 0], [2, -1, 3]):
            checks.rejects(function, bad, 2, naming="length")
        checks.rejects(function, [3, 1], 0, naming="batch_size")
        checks.rejects(function, [3, 1], -1, naming="batch_size")
    schedule: Schedule = {"finish_step": [1], "active_slots": [1]}
    assert type(metrics_(schedule, 1)) is dict, "expected a dict"
    checks.rejects(metrics_, schedule, 0, naming="batch_size")
