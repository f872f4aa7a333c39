"""
style: All ZeRO stages in one list.
fails: [test_number_of_pieces, test_stage_of_a_split_model, test_two_larger_models]
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
    w, g, o = (size * num_params / 1e9 for size in bytes_per_param)
    n = num_gpus
    memory_of_stage = [w + g + o, w + g + o / n, w + (g + o) / n, (w + g + o) / n]
    bottlenecks = ["compute", "memory", "memory", "communication"]
    for stage, memory in enumerate(memory_of_stage):
        if memory <= usable:
            return Plan(stage == 0, 1, 1, n, stage, memory, bottlenecks[stage])
    pieces = 2
    while n % pieces == 0:
        memory = (w + g + o / (n // pieces)) / pieces
        if memory <= usable:
            tensor = min(pieces, 2 ** int(math.log2(gpus_per_node)))
            where = "communication" if pieces > gpus_per_node else "memory"
            return Plan(False, tensor, pieces // tensor, n // pieces, 1, memory, where)
        pieces *= 2
    raise ValueError(f"{math.ceil((w + g + o) / usable)} GPUs are needed, num_gpus is {n}")


def bubble_fraction(num_stages, num_microbatches):
    if num_stages < 1:
        raise ValueError(f"num_stages must be at least 1, got {num_stages}")
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches must be at least 1, got {num_microbatches}")
    minutes = num_stages + num_microbatches - 1
    return (num_stages - 1) / minutes
