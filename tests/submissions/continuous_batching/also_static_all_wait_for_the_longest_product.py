"""
style: The end of the batch, once for each of its requests.
fails: [test_static_finish_steps_of_a_partial_batch, test_static_finish_steps_of_full_batches, test_static_finish_steps_of_the_small_case]
"""


def static_batching(lengths, batch_size):
    if len(lengths) == 0:
        raise ValueError("lengths is empty")
    for n in lengths:
        if n < 1:
            raise ValueError(f"lengths contains {n}")
    if batch_size < 1:
        raise ValueError(f"batch_size = {batch_size} must be at least 1")
    finish_step, active_slots = [], []
    for first in range(0, len(lengths), batch_size):
        batch = lengths[first : first + batch_size]
        for step in range(max(batch)):
            active_slots.append(len([n for n in batch if n > step]))
        finish_step += [len(active_slots)] * len(batch)
    return {"finish_step": finish_step, "active_slots": active_slots}


def continuous_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    free = [0] * batch_size
    starts = []
    for length in lengths:
        slot = free.index(min(free))
        starts.append(free[slot])
        free[slot] += length
    finish_step = [start + length for start, length in zip(starts, lengths)]
    active_slots = [
        sum(start < step <= finish for start, finish in zip(starts, finish_step))
        for step in range(1, max(finish_step) + 1)
    ]
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
