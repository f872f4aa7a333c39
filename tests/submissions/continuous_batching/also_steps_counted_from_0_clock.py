"""
style: A clock that is put on at the end of a step.
fails: [test_continuous_finish_steps_of_the_small_case, test_continuous_with_more_slots_than_requests, test_static_finish_steps_of_the_small_case, test_static_with_more_slots_than_requests]
"""


def static_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [0] * len(lengths), []
    step = 0
    for first in range(0, len(lengths), batch_size):
        left = {i: n for i, n in enumerate(lengths) if first <= i < first + batch_size}
        while left:
            active_slots.append(len(left))
            left = {i: n - 1 for i, n in left.items()}
            for i, n in left.items():
                if n == 0:
                    finish_step[i] = step
            left = {i: n for i, n in left.items() if n > 0}
            step += 1
    return {"finish_step": finish_step, "active_slots": active_slots}


def continuous_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [0] * len(lengths), []
    waiting, left = list(range(len(lengths))), {}
    step = 0
    while waiting or left:
        while waiting and len(left) < batch_size:
            request = waiting.pop(0)
            left[request] = lengths[request]
        active_slots.append(len(left))
        for request in list(left):
            left[request] -= 1
            if left[request] == 0:
                finish_step[request] = step
                del left[request]
        step += 1
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
