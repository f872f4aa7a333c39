"""
style: A full copy may fill the GPU, the other remedies keep the reserve free.
fails: [test_usable_memory]
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
    n = num_gpus

    def gb(num_bytes):
        return num_params * num_bytes / 1e9

    if gb(w + g + o) <= gpu_memory_gb:
        return Plan(True, 1, 1, n, 0, gb(w + g + o), "compute")
    if gb(w + g + o / n) <= usable:
        return Plan(False, 1, 1, n, 1, gb(w + g + o / n), "memory")
    if gb(w + (g + o) / n) <= usable:
        return Plan(False, 1, 1, n, 2, gb(w + (g + o) / n), "memory")
    most = 1
    while most * 2 <= gpus_per_node:
        most *= 2
    pieces = 2
    while n % pieces == 0:
        memory = gb((w + g + o / (n // pieces)) / pieces)
        if memory <= usable:
            tensor = min(most, pieces)
            bottleneck = "memory" if pieces <= gpus_per_node else "communication"
            return Plan(False, tensor, pieces // tensor, n // pieces, 1, memory, bottleneck)
        pieces *= 2
    if gb((w + g + o) / n) <= usable:
        return Plan(False, 1, 1, n, 3, gb((w + g + o) / n), "communication")
    raise ValueError(f"num_gpus is {n}; {math.ceil(gb(w + g + o) / usable)} would do")


def bubble_fraction(num_stages, num_microbatches):
    if num_stages < 1:
        raise ValueError(f"num_stages must be at least 1, got {num_stages}")
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches must be at least 1, got {num_microbatches}")
    minutes = num_stages + num_microbatches - 1
    return (num_stages - 1) / minutes
