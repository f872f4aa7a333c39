"""
style: torch tensors for static batching, least busy slot for the continuous one, zero-dimensional tensors come back
"""

import torch


def static_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish, active, clock = [], [], 0
    for batch in torch.tensor(lengths).split(batch_size):
        steps = torch.arange(int(batch.max()))
        finish.append(batch + clock)
        active.append((batch[:, None] > steps).sum(dim=0))
        clock += len(steps)
    return {"finish_step": torch.cat(finish), "active_slots": torch.cat(active)}


def continuous_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    free = torch.zeros(batch_size, dtype=torch.int64)
    spans = []
    for length in lengths:
        slot = free.argmin()
        start = int(free[slot])
        free[slot] += length
        spans.append((start, start + length))
    steps = range(int(free.max()))
    return {
        "finish_step": [finish for _, finish in spans],
        "active_slots": [sum(a <= step < b for a, b in spans) for step in steps],
    }


def metrics(schedule, batch_size):
    require(batch_size >= 1, "batch_size", batch_size)
    finish = torch.tensor(schedule["finish_step"], dtype=torch.float64)
    active = torch.tensor(schedule["active_slots"], dtype=torch.float64)
    return {
        "total_steps": active.numel(),
        "mean_latency": finish.mean(),
        "utilization": active.sum() / (active.numel() * batch_size),
    }
