"""
misconception: A split model is held up by communication as soon as the GPUs fill more than one node.
feedback: What counts is whether the pieces of one model need more than one node; how many nodes all the replicas fill together does not matter.
fails: [test_bottleneck]
"""


def advise(num_params, num_gpus, gpu_memory_gb=80.0, gpus_per_node=8, bytes_per_param=(2, 2, 8), reserve=0.2):
    _check("num_params", num_params >= 1, num_params)
    _check("num_gpus", num_gpus >= 1, num_gpus)
    _check("gpu_memory_gb", gpu_memory_gb > 0, gpu_memory_gb)
    _check("gpus_per_node", gpus_per_node >= 1, gpus_per_node)
    _check("reserve", 0 <= reserve < 1, reserve)
    usable = gpu_memory_gb * (1 - reserve)
    gpus, plan = num_gpus, None
    while plan is None:
        plan = _first_that_fits(num_params, gpus, usable, gpus_per_node, bytes_per_param)
        gpus += 1
    if gpus > num_gpus + 1:
        raise ValueError(f"{num_gpus} GPUs are too few, {gpus - 1} would do")
    return plan


def _check(name, is_fine, value):
    if not is_fine:
        raise ValueError(f"{name} = {value} is out of range")


def _first_that_fits(num_params, gpus, usable, gpus_per_node, bytes_per_param):
    weights, gradients, optimizer = [num_params * size / 1e9 for size in bytes_per_param]
    candidates = [
        Plan(True, 1, 1, gpus, 0, weights + gradients + optimizer, "compute"),
        Plan(False, 1, 1, gpus, 1, weights + gradients + optimizer / gpus, "memory"),
        Plan(False, 1, 1, gpus, 2, weights + (gradients + optimizer) / gpus, "memory"),
    ]
    bottleneck = "memory" if gpus <= gpus_per_node else "communication"
    pieces, tensor = 2, 1
    while gpus % pieces == 0:
        if tensor * 2 <= gpus_per_node:
            tensor *= 2
        replicas = gpus // pieces
        memory = (weights + gradients + optimizer / replicas) / pieces
        candidates.append(Plan(False, tensor, pieces // tensor, replicas, 1, memory, bottleneck))
        pieces *= 2
    everything = weights + gradients + optimizer
    candidates.append(Plan(False, 1, 1, gpus, 3, everything / gpus, "communication"))
    for plan in candidates:
        if plan.memory_per_gpu_gb <= usable:
            return plan
    return None


def bubble_fraction(num_stages, num_microbatches):
    _check("num_stages", num_stages >= 1, num_stages)
    _check("num_microbatches", num_microbatches >= 1, num_microbatches)
    idle = num_stages - 1
    return idle / (idle + num_microbatches)
