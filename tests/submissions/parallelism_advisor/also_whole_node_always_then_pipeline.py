"""
style: Tensor parallelism is a whole node or nothing, and only the stages grow.
fails: [test_number_of_pieces]
"""


def advise(num_params, num_gpus, gpu_memory_gb=80.0, gpus_per_node=8, bytes_per_param=(2, 2, 8), reserve=0.2):
    for name, value in [("num_params", num_params), ("num_gpus", num_gpus), ("gpus_per_node", gpus_per_node)]:
        if value < 1:
            raise ValueError(f"{name} = {value} is below 1")
    if gpu_memory_gb <= 0 or reserve < 0 or reserve >= 1:
        raise ValueError(f"gpu_memory_gb = {gpu_memory_gb} or reserve = {reserve} is out of range")
    usable = gpu_memory_gb * (1 - reserve)
    w, g, o = (num_params * size / 1e9 for size in bytes_per_param)
    if w + g + o <= usable:
        return Plan(True, 1, 1, num_gpus, 0, w + g + o, "compute")
    stage_1 = w + g + o / num_gpus
    if stage_1 <= usable:
        return Plan(False, 1, 1, num_gpus, 1, stage_1, "memory")
    stage_2 = w + (g + o) / num_gpus
    if stage_2 <= usable:
        return Plan(False, 1, 1, num_gpus, 2, stage_2, "memory")
    tensor = 2 ** int(math.log2(gpus_per_node))
    stages = 1
    while num_gpus % (tensor * stages) == 0:
        pieces = tensor * stages
        replicas = num_gpus // pieces
        used = (w + g + o / replicas) / pieces
        if used <= usable:
            return Plan(False, tensor, stages, replicas, 1, used,
                        "communication" if pieces > gpus_per_node else "memory")
        stages *= 2
    if (w + g + o) / num_gpus <= usable:
        return Plan(False, 1, 1, num_gpus, 3, (w + g + o) / num_gpus, "communication")
    raise ValueError(f"{math.ceil((w + g + o) / usable)} GPUs would do, num_gpus is {num_gpus}")


def bubble_fraction(num_stages, num_microbatches):
    if num_stages < 1:
        raise ValueError(f"num_stages must be at least 1, got {num_stages}")
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches must be at least 1, got {num_microbatches}")
    minutes = num_microbatches + (num_stages - 1)
    busy = num_microbatches / minutes
    return 1 - busy
