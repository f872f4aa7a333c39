"""
style: Slots freed in a step are offered at the end of the next.
fails: [test_continuous_active_slots, test_continuous_active_slots_of_the_small_case, test_continuous_finish_steps_of_mixed_requests, test_continuous_finish_steps_of_the_small_case, test_continuous_finish_steps_with_slots_freed_singly, test_continuous_finish_steps_with_slots_freed_together, test_nobody_waits_longer_than_under_static, test_single_slot]
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
    queue = list(range(len(lengths)))
    left = list(lengths)
    finish_step, active_slots = [0] * len(lengths), []
    active = [queue.pop(0) for _ in range(min(batch_size, len(queue)))]
    step = 0
    while active or queue:
        step += 1
        active_slots.append(len(active))
        arriving = []
        while queue and len(active) + len(arriving) < batch_size:
            arriving.append(queue.pop(0))
        for request in active:
            left[request] -= 1
            if left[request] == 0:
                finish_step[request] = step
        active = [request for request in active if left[request] > 0] + arriving
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
