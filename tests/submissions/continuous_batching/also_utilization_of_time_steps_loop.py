"""
style: Full steps are counted in a loop.
fails: [test_utilization, test_utilization_of_the_small_case]
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
    full = 0
    for slots in active_slots:
        if slots >= batch_size:
            full += 1
    return {
        "total_steps": len(active_slots),
        "mean_latency": sum(finish_step) / len(finish_step),
        "utilization": full / len(active_slots),
    }
