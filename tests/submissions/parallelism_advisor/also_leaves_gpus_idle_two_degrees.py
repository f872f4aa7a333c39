"""
style: Both degrees grow in one loop, as long as there are GPUs.
fails: [test_every_gpu_has_its_place, test_numbers_of_gpus_with_few_factors_of_two]
"""


def advise(
    num_params,
    num_gpus,
    gpu_memory_gb=80.0,
    gpus_per_node=8,
    bytes_per_param=(2, 2, 8),
    reserve=0.2,
):
    if num_params < 1:
        raise ValueError(f"num_params must be at least 1, got {num_params}")
    if num_gpus < 1:
        raise ValueError(f"num_gpus must be at least 1, got {num_gpus}")
    if gpus_per_node < 1:
        raise ValueError(f"gpus_per_node must be at least 1, got {gpus_per_node}")
    if gpu_memory_gb <= 0:
        raise ValueError(f"gpu_memory_gb must be above 0, got {gpu_memory_gb}")
    if not 0 <= reserve < 1:
        raise ValueError(f"reserve must be in [0, 1), got {reserve}")
    usable = gpu_memory_gb * (1 - reserve)
    w, g, o = bytes_per_param
    gb = num_params / 1e9
    if gb * (w + g + o) <= usable:
        return Plan(True, 1, 1, num_gpus, 0, gb * (w + g + o), "compute")
    if gb * (w + g + o / num_gpus) <= usable:
        return Plan(False, 1, 1, num_gpus, 1, gb * (w + g + o / num_gpus), "memory")
    if gb * (w + (g + o) / num_gpus) <= usable:
        return Plan(False, 1, 1, num_gpus, 2, gb * (w + (g + o) / num_gpus), "memory")
    tensor = pipeline = 1
    while tensor * pipeline * 2 <= num_gpus:
        if tensor * 2 <= gpus_per_node:
            tensor *= 2
        else:
            pipeline *= 2
        pieces = tensor * pipeline
        replicas = num_gpus // pieces
        memory = gb * (w + g + o / replicas) / pieces
        if memory <= usable:
            bottleneck = "communication" if pieces > gpus_per_node else "memory"
            return Plan(False, tensor, pipeline, replicas, 1, memory, bottleneck)
    memory = gb * (w + g + o) / num_gpus
    if memory <= usable:
        return Plan(False, 1, 1, num_gpus, 3, memory, "communication")
    raise ValueError(f"{math.ceil(gb * (w + g + o) / usable)} GPUs would do, not num_gpus = {num_gpus}")


def bubble_fraction(num_stages, num_microbatches):
    if num_stages < 1:
        raise ValueError(f"num_stages must be at least 1, got {num_stages}")
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches must be at least 1, got {num_microbatches}")
    minutes = num_stages + num_microbatches - 1
    return (num_stages - 1) / minutes
