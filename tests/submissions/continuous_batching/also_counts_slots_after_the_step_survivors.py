"""
style: A list of pairs, those that go on are counted.
fails: [test_continuous_active_slots, test_continuous_active_slots_of_the_small_case, test_continuous_with_more_slots_than_requests, test_single_slot]
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
    waiting = [(i, n) for i, n in enumerate(lengths)]
    finish_step = [0] * len(lengths)
    active_slots = []
    running = []
    step = 0
    while waiting or running:
        step += 1
        free = batch_size - len(running)
        running, waiting = running + waiting[:free], waiting[free:]
        running = [(i, n - 1) for i, n in running]
        for i, n in running:
            if n == 0:
                finish_step[i] = step
        running = [(i, n) for i, n in running if n > 0]
        active_slots.append(len(running))
    return {"finish_step": finish_step, "active_slots": active_slots}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    active = np.array(schedule["active_slots"])
    return {
        "total_steps": len(active),
        "mean_latency": float(np.mean(schedule["finish_step"])),
        "utilization": float(np.mean(active / batch_size)),
    }
