"""
misconception: In static batching every slot that is not done yet is active, so the last batch counts as full.
feedback: The last batch may have fewer requests than there are slots. Count the requests that make a token, not the slots that are not done yet.
fails: [test_static_with_more_slots_than_requests, test_tokens_made_by_static_batching]
"""


def static_batching(lengths, batch_size):
    require(len(lengths) >= 1, "lengths", lengths)
    require(min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [], []
    for first in range(0, len(lengths), batch_size):
        batch = lengths[first : first + batch_size]
        finish_step += [len(active_slots) + length for length in batch]
        busy = batch_size
        for step in range(1, max(batch) + 1):
            active_slots.append(busy)
            busy -= batch.count(step)
    return {"finish_step": finish_step, "active_slots": active_slots}


def continuous_batching(lengths, batch_size):
    require(len(lengths) >= 1, "lengths", lengths)
    require(min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    free_after = [0] * batch_size
    starts, finish_step = [], []
    for length in lengths:
        slot = free_after.index(min(free_after))
        starts.append(free_after[slot])
        free_after[slot] += length
        finish_step.append(free_after[slot])
    active_slots = [
        sum(start < step <= end for start, end in zip(starts, finish_step))
        for step in range(1, max(finish_step) + 1)
    ]
    return {"finish_step": finish_step, "active_slots": active_slots}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    steps = len(schedule["active_slots"])
    latencies = schedule["finish_step"]
    return {
        "total_steps": steps,
        "mean_latency": sum(latencies) / len(latencies),
        "utilization": sum(schedule["active_slots"]) / (steps * batch_size),
    }
