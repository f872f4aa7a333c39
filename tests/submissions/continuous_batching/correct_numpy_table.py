"""
style: numpy tables of requests by steps, arrays and numpy scalars come back
"""

def static_batching(lengths, batch_size):
    if len(lengths) == 0 or np.min(lengths) < 1:
        raise ValueError(f"lengths must hold numbers from 1 up, not {lengths}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    tokens = np.array(lengths)
    batch = np.arange(len(tokens)) // batch_size
    longest = np.array([tokens[batch == b].max() for b in range(batch.max() + 1)])
    start = (np.cumsum(longest) - longest)[batch]
    steps = np.arange(longest.sum())
    busy = (steps >= start[:, None]) & (steps < (start + tokens)[:, None])
    return {"finish_step": start + tokens, "active_slots": busy.sum(axis=0)}


def continuous_batching(lengths, batch_size):
    if len(lengths) == 0 or np.min(lengths) < 1:
        raise ValueError(f"lengths must hold numbers from 1 up, not {lengths}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    left = np.array(lengths)
    finish = np.zeros(len(left), dtype=np.int64)
    active_slots = []
    while left.any():
        running = np.flatnonzero(left)[:batch_size]
        active_slots.append(len(running))
        left[running] -= 1
        finish[running] = len(active_slots)
    return {"finish_step": finish, "active_slots": np.array(active_slots)}


def metrics(schedule, batch_size):
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    active = np.array(schedule["active_slots"])
    return {
        "total_steps": np.max(schedule["finish_step"]),
        "mean_latency": np.mean(schedule["finish_step"]),
        "utilization": active.mean() / batch_size,
    }
