"""
style: A list of slots, counted at the end of the loop.
fails: [test_continuous_active_slots, test_continuous_active_slots_of_the_small_case, test_continuous_with_more_slots_than_requests, test_single_slot]
"""


def static_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [], []
    for first in range(0, len(lengths), batch_size):
        batch = lengths[first : first + batch_size]
        start = len(active_slots)
        finish_step += [start + length for length in batch]
        for step in range(1, max(batch) + 1):
            active_slots.append(sum(length >= step for length in batch))
    return {"finish_step": finish_step, "active_slots": active_slots}


def continuous_batching(lengths, batch_size):
    if len(lengths) == 0:
        raise ValueError("lengths is empty")
    for n in lengths:
        if n < 1:
            raise ValueError(f"lengths contains {n}")
    if batch_size < 1:
        raise ValueError(f"batch_size = {batch_size} must be at least 1")
    slots = [None] * batch_size
    left = list(lengths)
    finish_step = [0] * len(lengths)
    active_slots = []
    upcoming = 0
    step = 0
    while upcoming < len(lengths) or any(s is not None for s in slots):
        step += 1
        for s in range(batch_size):
            if slots[s] is None and upcoming < len(lengths):
                slots[s] = upcoming
                upcoming += 1
        for s in range(batch_size):
            if slots[s] is not None:
                left[slots[s]] -= 1
                if left[slots[s]] == 0:
                    finish_step[slots[s]] = step
                    slots[s] = None
        active_slots.append(batch_size - slots.count(None))
    return {"finish_step": finish_step, "active_slots": active_slots}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = schedule["finish_step"], schedule["active_slots"]
    total_steps = len(active_slots)
    return {
        "total_steps": total_steps,
        "mean_latency": sum(finish_step) / len(finish_step),
        "utilization": sum(active_slots) / (total_steps * batch_size),
    }
