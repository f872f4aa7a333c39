"""
style: The search for a free slot ends at the first.
fails: [test_continuous_active_slots, test_continuous_finish_steps_of_mixed_requests, test_continuous_finish_steps_with_slots_freed_together, test_nobody_waits_longer_than_under_static]
"""


def static_batching(lengths, batch_size):
    if len(lengths) == 0:
        raise ValueError("lengths is empty")
    for n in lengths:
        if n < 1:
            raise ValueError(f"lengths contains {n}")
    if batch_size < 1:
        raise ValueError(f"batch_size = {batch_size} must be at least 1")
    finish_step = []
    active_slots = []
    waiting = list(lengths)
    now = 0
    while waiting:
        batch = waiting[:batch_size]
        waiting = waiting[batch_size:]
        longest = max(batch)
        for n in batch:
            finish_step.append(now + n)
        for t in range(longest):
            busy = 0
            for n in batch:
                if t < n:
                    busy += 1
            active_slots.append(busy)
        now += longest
    return {"finish_step": finish_step, "active_slots": active_slots}


def continuous_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    slots = [None] * batch_size
    left = list(lengths)
    finish_step, active_slots = [0] * len(lengths), []
    upcoming = 0
    for s in range(min(batch_size, len(lengths))):
        slots[s] = upcoming
        upcoming += 1
    step = 0
    while any(slot is not None for slot in slots):
        step += 1
        active_slots.append(sum(slot is not None for slot in slots))
        for s, request in enumerate(slots):
            if request is not None:
                left[request] -= 1
                if left[request] == 0:
                    finish_step[request] = step
                    slots[s] = None
        for s in range(batch_size):
            if slots[s] is None and upcoming < len(lengths):
                slots[s] = upcoming
                upcoming += 1
                break
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
