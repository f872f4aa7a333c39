"""
style: An if where a while belongs, after the slots were filled once.
fails: [test_continuous_active_slots, test_continuous_finish_steps_of_mixed_requests, test_continuous_finish_steps_with_slots_freed_together, test_nobody_waits_longer_than_under_static]
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
    queue = list(range(len(lengths)))
    remaining = list(lengths)
    finish_step = [0] * len(lengths)
    running = queue[:batch_size]
    queue = queue[batch_size:]
    active_slots = []
    while running:
        active_slots.append(len(running))
        for request in running:
            remaining[request] -= 1
            if remaining[request] == 0:
                finish_step[request] = len(active_slots)
        running = [request for request in running if remaining[request] > 0]
        if queue and len(running) < batch_size:
            running.append(queue.pop(0))
    return {"finish_step": finish_step, "active_slots": active_slots}


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    active = np.array(schedule["active_slots"])
    return {
        "total_steps": len(active),
        "mean_latency": float(np.mean(schedule["finish_step"])),
        "utilization": float(np.mean(active / batch_size)),
    }
