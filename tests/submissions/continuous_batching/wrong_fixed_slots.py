"""
misconception: Each request is tied to a slot beforehand, in turn, and waits for that slot.
feedback: The next request takes whichever slot becomes free first; none waits for a slot of its own.
fails: [test_continuous_active_slots, test_continuous_active_slots_of_the_small_case, test_continuous_finish_steps_of_mixed_requests, test_continuous_finish_steps_of_the_small_case]
"""

def static_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [], []
    for first in range(0, len(lengths), batch_size):
        batch = lengths[first : first + batch_size]
        steps_before = len(active_slots)
        for length in batch:
            finish_step.append(steps_before + length)
        for step in range(1, max(batch) + 1):
            active_slots.append(sum(length >= step for length in batch))
    return {"finish_step": finish_step, "active_slots": active_slots}


def continuous_batching(lengths, batch_size):
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [0] * len(lengths), []
    for slot in range(batch_size):
        step = 0
        for request in range(slot, len(lengths), batch_size):
            active_slots += [0] * (step + lengths[request] - len(active_slots))
            for _ in range(lengths[request]):
                active_slots[step] += 1
                step += 1
            finish_step[request] = step
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
