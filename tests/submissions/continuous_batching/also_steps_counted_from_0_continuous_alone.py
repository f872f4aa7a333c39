"""
style: Only continuous batching, where the step is the length of a list before it grows.
fails: [test_continuous_finish_steps_of_the_small_case, test_continuous_with_more_slots_than_requests]
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
    waiting, left = list(range(len(lengths))), {}
    while waiting or left:
        while waiting and len(left) < batch_size:
            request = waiting.pop(0)
            left[request] = lengths[request]
        busy = len(left)
        for request in list(left):
            left[request] -= 1
            if left[request] == 0:
                finish_step[request] = len(active_slots)
                del left[request]
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
