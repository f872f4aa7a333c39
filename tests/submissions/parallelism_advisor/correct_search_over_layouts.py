"""
style: every layout in a list, sorted by a cost, numpy numbers in the plan
"""


def advise(num_params, num_gpus, gpu_memory_gb=80.0, gpus_per_node=8, bytes_per_param=(2, 2, 8), reserve=0.2):
    if min(num_params, num_gpus, gpus_per_node) < 1 or gpu_memory_gb <= 0 or not 0 <= reserve < 1:
        raise ValueError(
            f"num_params {num_params}, num_gpus {num_gpus}, gpus_per_node {gpus_per_node}, "
            f"gpu_memory_gb {gpu_memory_gb}, reserve {reserve}"
        )
    size = np.array(bytes_per_param, dtype=np.float64)
    node = 2 ** np.arange(32)
    node = int(node[node <= gpus_per_node].max())
    layouts = [(0, 1, 1), (1, 1, 1), (2, 1, 1)]
    tensor = pipeline = 1
    while num_gpus % (2 * tensor * pipeline) == 0:
        if tensor < node:
            tensor *= 2
        else:
            pipeline *= 2
        layouts.append((1, tensor, pipeline))
    layouts.append((3, 1, 1))
    for stage, tensor, pipeline in layouts:
        pieces = np.int64(tensor * pipeline)
        replicas = num_gpus // pieces
        sharded = np.array([3, 2, 1]) <= stage
        memory = (num_params * size / np.where(sharded, replicas, 1)).sum() / pieces / 1e9
        if memory <= gpu_memory_gb * (1 - reserve):
            if stage == 0:
                bottleneck = "compute"
            else:
                bottleneck = ("memory", "communication")[int(stage == 3 or pieces > gpus_per_node)]
            return Plan(np.bool_(stage == 0), np.int64(tensor), np.int64(pipeline), replicas, stage, memory, bottleneck)
    for enough in range(num_gpus + 1, 10**6):
        if num_params * size.sum() / enough / 1e9 <= gpu_memory_gb * (1 - reserve):
            raise ValueError(f"does not fit on num_gpus; take {enough:,} of them")


def bubble_fraction(num_stages, num_microbatches):
    for count in (num_stages, num_microbatches):
        if count < 1:
            raise ValueError(f"num_stages and num_microbatches start at 1, got {count}")
    return np.float64(1 - num_microbatches / (num_microbatches + num_stages - 1))
