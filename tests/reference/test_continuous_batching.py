"""The batching reference against a discrete-event simulation, bounds and hand cases."""

from __future__ import annotations

import heapq
import itertools
import math

import numpy as np
import pytest

from reference import continuous_batching as reference

RANDOM = [
    (n, slots, seed) for seed, (n, slots) in enumerate(itertools.product((1, 7, 40), (1, 3, 8)))
]


def event_simulation(lengths: list[int], slots: int) -> list[int]:
    """Finish steps from a queue of events: a request leaves, the next one enters."""
    finish = [0] * len(lengths)
    events: list[tuple[int, int]] = []
    for request, length in enumerate(lengths):
        now = heapq.heappop(events)[0] if len(events) == slots else 0
        finish[request] = now + length
        heapq.heappush(events, (finish[request], request))
    return finish


def token_by_token(
    lengths: list[int], slots: int, wait_for_all: bool
) -> tuple[list[int], list[int]]:
    """Finish steps and active slots from a table of who makes a token in which step."""
    left, finish, active = list(lengths), [0] * len(lengths), []
    running: list[int] = []
    queue = list(range(len(lengths)))
    while queue or running:
        if not (wait_for_all and running):
            running += [queue.pop(0) for _ in range(min(slots - len(running), len(queue)))]
        active.append(len(running))
        left = [n - (i in running) for i, n in enumerate(left)]
        for request in running:
            if left[request] == 0:
                finish[request] = len(active)
        running = [request for request in running if left[request] > 0]
    return finish, active


def test_the_hand_case() -> None:
    lengths = [3, 1, 2, 5, 4]
    assert reference.static_batching(lengths, 2) == {
        "finish_step": [3, 1, 5, 8, 12],
        "active_slots": [2, 1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 1],
    }
    assert reference.continuous_batching(lengths, 2) == {
        "finish_step": [3, 1, 3, 8, 7],
        "active_slots": [2, 2, 2, 2, 2, 2, 2, 1],
    }


@pytest.mark.parametrize(("num_requests", "slots", "seed"), RANDOM)
def test_against_the_event_simulation(num_requests: int, slots: int, seed: int) -> None:
    lengths = reference.requests(num_requests, seed, longest=30)
    finish = reference.continuous_batching(lengths, slots)["finish_step"]
    assert finish == event_simulation(lengths, slots)


@pytest.mark.parametrize(("num_requests", "slots", "seed"), RANDOM)
def test_against_counting_tokens(num_requests: int, slots: int, seed: int) -> None:
    lengths = reference.requests(num_requests, seed, longest=30)
    for function, wait_for_all in (
        (reference.static_batching, True),
        (reference.continuous_batching, False),
    ):
        schedule = function(lengths, slots)
        finish, active = token_by_token(lengths, slots, wait_for_all)
        assert schedule == {"finish_step": finish, "active_slots": active}


@pytest.mark.parametrize(("num_requests", "slots", "seed"), RANDOM)
def test_bounds(num_requests: int, slots: int, seed: int) -> None:
    """Never below max(ceil(sum / slots), longest), and within Graham's 2 - 1 / slots of it."""
    lengths = reference.requests(num_requests, seed, longest=30)
    total = len(reference.continuous_batching(lengths, slots)["active_slots"])
    lower = max(math.ceil(sum(lengths) / slots), max(lengths))
    assert lower <= total <= (2 - 1 / slots) * lower
    assert total <= len(reference.static_batching(lengths, slots)["active_slots"])


def test_no_request_finishes_later_than_under_static_batching() -> None:
    """Exhaustive over short queues."""
    for lengths in itertools.product((1, 2, 4), repeat=5):
        for slots in (1, 2, 3):
            reference.check_nobody_waits_longer(reference.continuous_batching, lengths, slots)
            reference.check_full_while_waiting(reference.continuous_batching, lengths, slots)


def test_utilization_of_the_setting() -> None:
    """50 clipped normal requests on 8 slots: 47.4 and 87.0 % on average over 400 seeds."""
    used: dict[str, list[float]] = {"static": [], "continuous": []}
    for seed in range(400):
        lengths = normal_requests(50, seed)
        used["static"].append(utilization(reference.static_batching(lengths, 8)))
        used["continuous"].append(utilization(reference.continuous_batching(lengths, 8)))
    assert np.mean(used["static"]) == pytest.approx(0.474, abs=0.001)
    assert np.mean(used["continuous"]) == pytest.approx(0.870, abs=0.001)
    assert round(used["static"][0], 2) == 0.51
    assert round(used["continuous"][0], 2) == 0.87
    lengths = normal_requests(50, 0)
    assert (min(lengths), round(sum(lengths) / 50), max(lengths)) == (10, 89, 198)


def test_a_long_queue_reaches_99_percent() -> None:
    finish = event_simulation(normal_requests(1000, 0), 8)
    assert sum(normal_requests(1000, 0)) / (8 * max(finish)) == pytest.approx(0.99, abs=0.005)


def normal_requests(num_requests: int, seed: int) -> list[int]:
    """The notebook's make_requests with its default arguments."""
    lengths = np.random.default_rng(seed).normal(80, 60, num_requests)
    return [int(length) for length in np.clip(np.round(lengths), 10, 300)]


def utilization(schedule: reference.Schedule) -> float:
    return reference.metrics(schedule, 8)["utilization"]


def test_hand_made_schedules_are_possible() -> None:
    """No more tokens than slots, the last step is the last finish, and a slot-step for each."""
    for schedule, slots in reference.SCHEDULES:
        assert len(schedule["active_slots"]) == max(schedule["finish_step"])
        assert max(schedule["active_slots"]) <= slots


def test_where_slots_are_freed() -> None:
    for lengths, slots in reference.FREED_SINGLY:
        finish = event_simulation(list(lengths), slots)
        assert len(set(finish)) == len(finish)
    for lengths, slots in reference.FREED_TOGETHER:
        finish = event_simulation(list(lengths), slots)
        assert len(set(finish)) < len(finish)


def test_hidden_test_helpers_accept_the_reference() -> None:
    functions = (reference.static_batching, reference.continuous_batching, reference.metrics)
    reference.check_purity(*functions)
    reference.check_errors(*functions)


def test_counting_steps_from_0_fails_only_where_it_is_asked_for() -> None:
    def from_0(lengths: list[int], slots: int) -> reference.Schedule:
        schedule = reference.static_batching(lengths, slots)
        return {**schedule, "finish_step": [step - 1 for step in schedule["finish_step"]]}

    reference.check_finish_steps(from_0, reference.static_batching, [3, 1, 2], 2)
    with pytest.raises(AssertionError, match="expected"):
        reference.check_finish_steps(from_0, reference.static_batching, [3, 1, 2], 2, exact=True)
