"""
style: The queue is the list of lengths itself.
fails: [test_arguments_stay_as_they_are]
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
    left = {}
    upcoming = 0
    while lengths or left:
        while lengths and len(left) < batch_size:
            left[upcoming] = lengths.pop(0)
            upcoming += 1
        active_slots.append(len(left))
        for request in list(left):
            left[request] -= 1
            if left[request] == 0:
                finish_step[request] = len(active_slots)
                del left[request]
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
