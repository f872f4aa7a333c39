"""
style: A queue and a list of what is left in each slot.
fails: [test_static_active_slots, test_static_active_slots_of_the_small_case, test_static_finish_steps_of_a_partial_batch, test_static_finish_steps_of_full_batches, test_static_finish_steps_of_the_small_case]
"""


import heapq


def schedule_from(starts, lengths):
    finish_step = [start + length for start, length in zip(starts, lengths)]
    change = [0] * (max(finish_step) + 1)
    for start, finish in zip(starts, finish_step):
        change[start] += 1
        change[finish] -= 1
    active_slots, now = [], 0
    for step in range(max(finish_step)):
        now += change[step]
        active_slots.append(now)
    return {"finish_step": finish_step, "active_slots": active_slots}


def static_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    queue = list(enumerate(lengths))
    slots = []
    finish_step, active_slots = [0] * len(lengths), []
    while queue or slots:
        while queue and len(slots) < batch_size:
            slots.append(list(queue.pop(0)))
        active_slots.append(len(slots))
        for slot in slots:
            slot[1] -= 1
            if slot[1] == 0:
                finish_step[slot[0]] = len(active_slots)
        slots = [slot for slot in slots if slot[1] > 0]
    return {"finish_step": finish_step, "active_slots": active_slots}


def continuous_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    free = [0] * batch_size
    starts = []
    for length in lengths:
        start = free[0]
        heapq.heapreplace(free, start + length)
        starts.append(start)
    return schedule_from(starts, lengths)


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = schedule["finish_step"], schedule["active_slots"]
    total_steps = len(active_slots)
    return {
        "total_steps": total_steps,
        "mean_latency": sum(finish_step) / len(finish_step),
        "utilization": sum(active_slots) / (total_steps * batch_size),
    }
