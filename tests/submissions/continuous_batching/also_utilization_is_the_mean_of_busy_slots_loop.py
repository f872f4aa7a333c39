"""
style: Busy slots are added up step by step.
fails: [test_utilization, test_utilization_is_a_share, test_utilization_of_the_small_case]
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
    finish_step = schedule["finish_step"]
    busy = 0
    steps = 0
    for slots in schedule["active_slots"]:
        busy += slots
        steps += 1
    return {"total_steps": steps, "mean_latency": sum(finish_step) / len(finish_step), "utilization": busy / steps}
