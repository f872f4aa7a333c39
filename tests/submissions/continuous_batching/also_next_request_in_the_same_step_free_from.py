"""
style: A slot is free in the very step in which its request ends.
fails: [test_continuous_active_slots, test_continuous_active_slots_of_the_small_case, test_continuous_finish_steps_of_mixed_requests, test_continuous_finish_steps_of_the_small_case, test_continuous_finish_steps_with_slots_freed_singly, test_continuous_finish_steps_with_slots_freed_together, test_single_slot]
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
    free_in_step = [1] * batch_size
    spans = []
    for n in lengths:
        slot = min(range(batch_size), key=lambda s: free_in_step[s])
        first = free_in_step[slot]
        last = first + n - 1
        free_in_step[slot] = last
        spans.append((first, last))
    finish_step = [last for _, last in spans]
    active_slots = [
        sum(first <= step <= last for first, last in spans) for step in range(1, max(finish_step) + 1)
    ]
    return {"finish_step": finish_step, "active_slots": active_slots}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    active = np.array(schedule["active_slots"])
    return {
        "total_steps": len(active),
        "mean_latency": float(np.mean(schedule["finish_step"])),
        "utilization": float(np.mean(active / batch_size)),
    }
