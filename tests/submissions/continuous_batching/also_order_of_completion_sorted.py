"""
style: The finish steps are sorted at the end.
fails: [test_continuous_finish_steps_of_mixed_requests, test_continuous_finish_steps_of_the_small_case, test_continuous_with_more_slots_than_requests, test_nobody_waits_longer_than_under_static]
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
    free = [0] * batch_size
    starts, finish_step = [], []
    for length in lengths:
        slot = free.index(min(free))
        starts.append(free[slot])
        free[slot] += length
        finish_step.append(free[slot])
    active_slots = [0] * max(finish_step)
    for start, end in zip(starts, finish_step):
        for step in range(start, end):
            active_slots[step] += 1
    finish_step.sort()
    return {"finish_step": finish_step, "active_slots": active_slots}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    active = np.array(schedule["active_slots"])
    return {
        "total_steps": len(active),
        "mean_latency": float(np.mean(schedule["finish_step"])),
        "utilization": float(np.mean(active / batch_size)),
    }
