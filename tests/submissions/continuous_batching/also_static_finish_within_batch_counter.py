"""
style: The step is counted anew in each batch.
fails: [test_single_slot, test_static_finish_steps_of_a_partial_batch, test_static_finish_steps_of_full_batches, test_static_finish_steps_of_the_small_case]
"""


def static_batching(lengths, batch_size):
    if len(lengths) == 0:
        raise ValueError("lengths is empty")
    for n in lengths:
        if n < 1:
            raise ValueError(f"lengths contains {n}")
    if batch_size < 1:
        raise ValueError(f"batch_size = {batch_size} must be at least 1")
    finish_step = [0] * len(lengths)
    active_slots = []
    for first in range(0, len(lengths), batch_size):
        left = {i: lengths[i] for i in range(first, min(first + batch_size, len(lengths)))}
        step = 0
        while left:
            step += 1
            active_slots.append(len(left))
            for i in list(left):
                left[i] -= 1
                if left[i] == 0:
                    finish_step[i] = step
                    del left[i]
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
    while any(n > 0 for n in left):
        step += 1
        for s in range(batch_size):
            if slots[s] is None and upcoming < len(lengths):
                slots[s] = upcoming
                upcoming += 1
        busy = 0
        for s in range(batch_size):
            if slots[s] is not None:
                busy += 1
                left[slots[s]] -= 1
                if left[slots[s]] == 0:
                    finish_step[slots[s]] = step
                    slots[s] = None
        active_slots.append(busy)
    return {"finish_step": finish_step, "active_slots": active_slots}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    active = np.array(schedule["active_slots"])
    return {
        "total_steps": len(active),
        "mean_latency": float(np.mean(schedule["finish_step"])),
        "utilization": float(np.mean(active / batch_size)),
    }
