"""
style: a list of slots that hold a request or None, a second list for the tokens left
"""

def static_batching(lengths, batch_size):
    require(len(lengths) > 0, "lengths", lengths)
    for length in lengths:
        require(length > 0, "lengths", lengths)
    require(batch_size > 0, "batch_size", batch_size)
    finish_step, active_slots = [], []
    queue = list(lengths)
    while queue:
        batch, queue = queue[:batch_size], queue[batch_size:]
        finish_step.extend(len(active_slots) + n for n in batch)
        while any(n > 0 for n in batch):
            active_slots.append(len([n for n in batch if n > 0]))
            batch = [n - 1 for n in batch]
    return dict(finish_step=finish_step, active_slots=active_slots)


def continuous_batching(lengths, batch_size):
    require(len(lengths) > 0, "lengths", lengths)
    for length in lengths:
        require(length > 0, "lengths", lengths)
    require(batch_size > 0, "batch_size", batch_size)
    slots = [None] * batch_size
    left = list(lengths)
    finish_step = [None] * len(lengths)
    active_slots = []
    upcoming = iter(range(len(lengths)))
    while None in finish_step:
        slots = [next(upcoming, None) if slot is None else slot for slot in slots]
        active_slots.append(sum(slot is not None for slot in slots))
        for position, request in enumerate(slots):
            if request is None:
                continue
            left[request] -= 1
            if left[request] == 0:
                finish_step[request] = len(active_slots)
                slots[position] = None
    return dict(finish_step=finish_step, active_slots=active_slots)


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = schedule["finish_step"], schedule["active_slots"]
    total_steps = len(active_slots)
    return {
        "total_steps": total_steps,
        "mean_latency": sum(finish_step) / len(finish_step),
        "utilization": sum(active_slots) / (total_steps * batch_size),
    }
