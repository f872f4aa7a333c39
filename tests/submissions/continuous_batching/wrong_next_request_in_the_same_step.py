"""
misconception: A freed slot makes the next request's first token in the same step.
feedback: A slot makes one token a step; the request that takes it makes its first token in the step after.
likely: true
fails: [test_continuous_active_slots, test_continuous_active_slots_of_the_small_case, test_continuous_finish_steps_of_mixed_requests, test_continuous_finish_steps_of_the_small_case, test_continuous_finish_steps_with_slots_freed_singly, test_continuous_finish_steps_with_slots_freed_together, test_single_slot]
"""

import heapq


def schedule_from(starts, lengths):
    finish_step = [start + length for start, length in zip(starts, lengths)]
    change = [0] * (max(finish_step) + 1)
    for start, finish in zip(starts, finish_step):
        change[start] += 1
        change[finish] -= 1
    active_slots, now = [], 0
    for step in range(max(finish_step)):
        now += change[step]
        active_slots.append(now)
    return {"finish_step": finish_step, "active_slots": active_slots}


def static_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    starts, clock = [], 0
    for first in range(0, len(lengths), batch_size):
        batch = lengths[first : first + batch_size]
        starts += [clock] * len(batch)
        clock += max(batch)
    return schedule_from(starts, lengths)


def continuous_batching(lengths, batch_size):
    if not lengths:
        raise ValueError("lengths is empty")
    if any(n < 1 for n in lengths):
        raise ValueError(f"lengths is {lengths}")
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}")

    slots = [0] * batch_size
    finish = []
    for n in lengths:
        s = slots.index(min(slots))
        start = slots[s]
        slots[s] = start + n - 1 if start else n
        finish.append(slots[s])
    total = max(finish)
    active = [0] * total
    for n, f in zip(lengths, finish):
        for t in range(f - n, f):
            active[t] += 1
    return {"finish_step": finish, "active_slots": active}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = schedule["finish_step"], schedule["active_slots"]
    total_steps = len(active_slots)
    return {
        "total_steps": total_steps,
        "mean_latency": sum(finish_step) / len(finish_step),
        "utilization": sum(active_slots) / (total_steps * batch_size),
    }
