"""
style: Static batching cuts its batches off the caller's list.
fails: [test_arguments_stay_as_they_are]
"""


def static_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [], []
    while lengths:
        batch = [lengths.pop(0) for _ in range(min(batch_size, len(lengths)))]
        now = len(active_slots)
        for n in batch:
            finish_step.append(now + n)
        for step in range(1, max(batch) + 1):
            active_slots.append(sum(n >= step for n in batch))
    return {"finish_step": finish_step, "active_slots": active_slots}


def continuous_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [0] * len(lengths), []
    waiting = list(range(len(lengths)))
    left = {}
    while waiting or left:
        while waiting and len(left) < batch_size:
            request = waiting.pop(0)
            left[request] = lengths[request]
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
