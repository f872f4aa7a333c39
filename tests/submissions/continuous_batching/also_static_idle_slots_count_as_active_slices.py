"""
style: Batches as slices.
fails: [test_static_active_slots, test_static_active_slots_of_the_small_case, test_tokens_made_by_static_batching]
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
    if not lengths:
        raise ValueError("lengths is empty")
    if any(n < 1 for n in lengths):
        raise ValueError(f"lengths is {lengths}")
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}")
    start, finish, active = 0, [], []
    for b in range(0, len(lengths), batch_size):
        batch = lengths[b : b + batch_size]
        for n in batch:
            finish.append(start + n)
        for t in range(max(batch)):
            active.append(len(batch))
        start += max(batch)
    return {"finish_step": finish, "active_slots": active}


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
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = schedule["finish_step"], schedule["active_slots"]
    total_steps = len(active_slots)
    return {
        "total_steps": total_steps,
        "mean_latency": sum(finish_step) / len(finish_step),
        "utilization": sum(active_slots) / (total_steps * batch_size),
    }
