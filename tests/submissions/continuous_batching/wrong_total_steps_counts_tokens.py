"""
misconception: The busy slots are added up for the number of steps.
feedback: active_slots has one entry for each step, so its length is the number of steps.
fails: [test_steps_and_latency_of_the_small_case, test_total_steps_and_mean_latency]
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
    starts, clock = [], 0
    for first in range(0, len(lengths), batch_size):
        batch = lengths[first : first + batch_size]
        starts += [clock] * len(batch)
        clock += max(batch)
    return schedule_from(starts, lengths)


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
    a, f = schedule["active_slots"], schedule["finish_step"]
    return {"total_steps": sum(a), "mean_latency": sum(f) / len(f), "utilization": sum(a) / (len(a) * batch_size)}
