"""
style: A slot whose request is done takes the next one before the step is over.
fails: [test_continuous_active_slots, test_continuous_active_slots_of_the_small_case, test_continuous_finish_steps_of_mixed_requests, test_continuous_finish_steps_of_the_small_case, test_continuous_finish_steps_with_slots_freed_singly, test_continuous_finish_steps_with_slots_freed_together, test_single_slot]
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
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [0] * len(lengths), []
    left = list(lengths)
    queue = list(range(len(lengths)))
    slots = [queue.pop(0) if queue else None for _ in range(batch_size)]
    step = 0
    while any(slot is not None for slot in slots):
        step += 1
        active_slots.append(sum(slot is not None for slot in slots))
        for s in range(batch_size):
            if slots[s] is None:
                continue
            left[slots[s]] -= 1
            while slots[s] is not None and left[slots[s]] == 0:
                finish_step[slots[s]] = step
                slots[s] = queue.pop(0) if queue else None
                if slots[s] is not None:
                    left[slots[s]] -= 1
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
