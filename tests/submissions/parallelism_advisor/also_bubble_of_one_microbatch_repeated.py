"""
style: Each microbatch passes before the next one starts.
fails: [test_more_microbatches, test_pipelines_with_more_microbatches, test_several_microbatches]
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
    weight, gradient, optimizer = bytes_per_param
    candidates = [
        (0, 1, weight + gradient + optimizer),
        (1, 1, weight + gradient + optimizer / num_gpus),
        (2, 1, weight + (gradient + optimizer) / num_gpus),
    ]
    pieces = 2
    while num_gpus % pieces == 0:
        replicas = num_gpus // pieces
        candidates.append((1, pieces, (weight + gradient + optimizer / replicas) / pieces))
        pieces *= 2
    candidates.append((3, 1, (weight + gradient + optimizer) / num_gpus))
    for stage, pieces, num_bytes in candidates:
        memory = num_params * num_bytes / 1e9
        if not memory <= usable:
            continue
        tensor = 1
        while tensor * 2 <= gpus_per_node and tensor < pieces:
            tensor *= 2
        if stage == 0 and pieces == 1:
            bottleneck = "compute"
        elif stage == 3:
            bottleneck = "communication"
        elif pieces == 1:
            bottleneck = "memory"
        else:
            bottleneck = "communication" if pieces > gpus_per_node else "memory"
        return Plan(
            data_parallel_alone=stage == 0 and pieces == 1,
            tensor_parallel=tensor,
            pipeline_stages=pieces // tensor,
            data_parallel=num_gpus // pieces,
            zero_stage=stage,
            memory_per_gpu_gb=memory,
            bottleneck=bottleneck,
        )
    enough = math.ceil(num_params * sum(bytes_per_param) / (usable * 1e9))
    raise ValueError(f"num_gpus = {num_gpus} is too few, {enough} would do")


def bubble_fraction(num_stages, num_microbatches):
    if num_stages < 1:
        raise ValueError(f"num_stages must be at least 1, got {num_stages}")
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches must be at least 1, got {num_microbatches}")
    minutes = num_stages * num_microbatches
    idle = minutes - num_microbatches
    return idle / minutes
