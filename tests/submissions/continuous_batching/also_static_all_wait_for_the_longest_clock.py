"""
style: A clock that goes on by the longest length.
fails: [test_static_finish_steps_of_a_partial_batch, test_static_finish_steps_of_full_batches, test_static_finish_steps_of_the_small_case]
"""


def static_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [], []
    clock = 0
    queue = list(lengths)
    while queue:
        batch, queue = queue[:batch_size], queue[batch_size:]
        clock += max(batch)
        for n in batch:
            finish_step.append(clock)
        tokens = np.array(batch)
        for step in range(max(batch)):
            active_slots.append(int((tokens > step).sum()))
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
    active = np.array(schedule["active_slots"])
    return {
        "total_steps": len(active),
        "mean_latency": float(np.mean(schedule["finish_step"])),
        "utilization": float(np.mean(active / batch_size)),
    }
