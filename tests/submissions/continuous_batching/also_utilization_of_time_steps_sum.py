"""
style: A sum of comparisons.
fails: [test_utilization, test_utilization_of_the_small_case]
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
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    free = [0] * batch_size
    starts = []
    for length in lengths:
        start = free[0]
        heapq.heapreplace(free, start + length)
        starts.append(start)
    return schedule_from(starts, lengths)


def metrics(schedule, batch_size):
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}")
    active = schedule["active_slots"]
    finish = schedule["finish_step"]
    return {
        "total_steps": len(active),
        "mean_latency": sum(finish) / len(finish),
        "utilization": sum(a == batch_size for a in active) / len(active),
    }
