"""
style: The caller's lengths are counted down to 0.
fails: [test_arguments_stay_as_they_are]
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
    finish_step, active_slots = [0] * len(lengths), []
    while any(lengths):
        running = [i for i, n in enumerate(lengths) if n > 0][:batch_size]
        active_slots.append(len(running))
        for i in running:
            lengths[i] -= 1
            if lengths[i] == 0:
                finish_step[i] = len(active_slots)
    return {"finish_step": finish_step, "active_slots": active_slots}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    active = np.array(schedule["active_slots"])
    return {
        "total_steps": len(active),
        "mean_latency": float(np.mean(schedule["finish_step"])),
        "utilization": float(np.mean(active / batch_size)),
    }
