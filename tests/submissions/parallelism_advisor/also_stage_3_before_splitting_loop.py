"""
style: One loop over stages and pieces.
fails: [test_number_of_pieces, test_stage_of_a_split_model, test_two_larger_models]
"""


import torch


def advise(num_params, num_gpus, gpu_memory_gb=80.0, gpus_per_node=8, bytes_per_param=(2, 2, 8), reserve=0.2):
    for name, value in {"num_params": num_params, "num_gpus": num_gpus, "gpus_per_node": gpus_per_node}.items():
        if not value >= 1:
            raise ValueError(f"{name}={value}")
    if not gpu_memory_gb > 0:
        raise ValueError(f"gpu_memory_gb={gpu_memory_gb}")
    if not (0 <= reserve and reserve < 1):
        raise ValueError(f"reserve={reserve}")
    usable = gpu_memory_gb * (1 - reserve) * 1e9

    def per_gpu(stage, pieces, replicas):
        first_sharded = (3, 2, 1)
        total = 0
        for size, first in zip(bytes_per_param, first_sharded):
            total += size / replicas if stage >= first else size
        return num_params * total / pieces

    def split(gpus, pieces):
        if gpus % pieces:
            return None
        used = per_gpu(1, pieces, gpus // pieces)
        if used > usable:
            return split(gpus, 2 * pieces)
        tensor = pieces
        while tensor > gpus_per_node:
            tensor //= 2
        crosses = pieces > gpus_per_node
        return Plan(False, tensor, pieces // tensor, gpus // pieces, 1, used / 1e9, "communication" if crosses else "memory")

    def plan(gpus):
        for stage in (0, 1, 2, 3):
            used = per_gpu(stage, 1, gpus)
            if used <= usable:
                return Plan(stage == 0, 1, 1, gpus, stage, used / 1e9, ("compute", "memory", "memory", "communication")[stage])
        found = split(gpus, 2)
        used = per_gpu(3, 1, gpus)
        if found is None and used <= usable:
            found = Plan(False, 1, 1, gpus, 3, used / 1e9, "communication")
        return found

    found = plan(num_gpus)
    if found is not None:
        return found
    more = num_gpus + 1
    while plan(more) is None:
        more += 1
    raise ValueError(f"num_params {num_params:,.0f} and num_gpus {num_gpus:,}: needs {more:,} GPUs")


def bubble_fraction(num_stages, num_microbatches):
    if num_stages < 1 or num_microbatches < 1:
        raise ValueError(f"num_stages={num_stages}, num_microbatches={num_microbatches}")
    return torch.tensor((num_stages - 1) / (num_microbatches + num_stages - 1), dtype=torch.float64)
