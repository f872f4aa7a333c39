"""
misconception: The last microbatch is taken to leave after m + p steps.
feedback: The first microbatch needs p steps and each further one adds one, so there are m + p - 1 steps.
likely: true
fails: [test_pipelines_with_more_microbatches, test_pipelines_with_one_microbatch, test_several_microbatches]
"""


def advise(num_params, num_gpus, gpu_memory_gb=80.0, gpus_per_node=8, bytes_per_param=(2, 2, 8), reserve=0.2):
    for name, count in (("num_params", num_params), ("num_gpus", num_gpus), ("gpus_per_node", gpus_per_node)):
        if count < 1:
            raise ValueError(f"{name} is {count}")
    if gpu_memory_gb <= 0:
        raise ValueError(f"gpu_memory_gb is {gpu_memory_gb}")
    if reserve < 0 or reserve >= 1:
        raise ValueError(f"reserve is {reserve}")
    weight, gradient, optimizer = bytes_per_param
    usable = gpu_memory_gb * (1 - reserve)
    billions = num_params / 1e9
    most_tensor = 1
    while most_tensor * 2 <= gpus_per_node:
        most_tensor *= 2

    one_copy = billions * (weight + gradient + optimizer)
    if one_copy <= usable:
        return Plan(True, 1, 1, num_gpus, 0, one_copy, "compute")

    stage_1 = billions * (weight + gradient + optimizer / num_gpus)
    if stage_1 <= usable:
        return Plan(False, 1, 1, num_gpus, 1, stage_1, "memory")

    stage_2 = billions * (weight + (gradient + optimizer) / num_gpus)
    if stage_2 <= usable:
        return Plan(False, 1, 1, num_gpus, 2, stage_2, "memory")

    pieces = 2
    while num_gpus % pieces == 0:
        replicas = num_gpus // pieces
        split = billions * (weight + gradient + optimizer / replicas) / pieces
        if split <= usable:
            tensor = min(pieces, most_tensor)
            pipeline = pieces // tensor
            bottleneck = "communication" if pieces > gpus_per_node else "memory"
            return Plan(False, tensor, pipeline, replicas, 1, split, bottleneck)
        pieces *= 2

    stage_3 = one_copy / num_gpus
    if stage_3 <= usable:
        return Plan(False, 1, 1, num_gpus, 3, stage_3, "communication")
    enough = math.ceil(one_copy / usable)
    raise ValueError(f"{enough} GPUs would do, num_gpus is {num_gpus}")


def bubble_fraction(num_stages, num_microbatches):
    if num_stages < 1:
        raise ValueError(f"num_stages is {num_stages}")
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches is {num_microbatches}")
    return (num_stages - 1) / (num_microbatches + num_stages)
