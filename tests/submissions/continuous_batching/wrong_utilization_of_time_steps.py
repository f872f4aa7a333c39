"""
misconception: Utilization is the share of steps in which all slots are busy.
feedback: A step with seven of eight slots busy is not lost; count slot-steps, not steps.
likely: true
fails: [test_utilization, test_utilization_of_the_small_case]
"""

def static_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [], []
    for first in range(0, len(lengths), batch_size):
        batch = lengths[first : first + batch_size]
        steps_before = len(active_slots)
        for length in batch:
            finish_step.append(steps_before + length)
        for step in range(1, max(batch) + 1):
            active_slots.append(sum(length >= step for length in batch))
    return {"finish_step": finish_step, "active_slots": active_slots}


def continuous_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [0] * len(lengths), []
    waiting = list(range(len(lengths)))
    active = {}
    step = 0
    while waiting or active:
        step += 1
        while waiting and len(active) < batch_size:
            request = waiting.pop(0)
            active[request] = lengths[request]
        active_slots.append(len(active))
        for request in list(active):
            active[request] -= 1
            if active[request] == 0:
                finish_step[request] = step
                del active[request]
    return {"finish_step": finish_step, "active_slots": active_slots}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = schedule["finish_step"], schedule["active_slots"]
    total_steps = len(active_slots)
    return {
        "total_steps": total_steps,
        "mean_latency": sum(finish_step) / len(finish_step),
        "utilization": sum(a == batch_size for a in active_slots) / total_steps,
    }
