"""
style: min of the pieces and the node in a helper.
fails: [test_small_nodes]
"""


def advise(num_params, num_gpus, gpu_memory_gb=80.0, gpus_per_node=8, bytes_per_param=(2, 2, 8), reserve=0.2):
    for name, value in [("num_params", num_params), ("num_gpus", num_gpus), ("gpus_per_node", gpus_per_node)]:
        if value < 1:
            raise ValueError(f"{name} = {value} is below 1")
    if gpu_memory_gb <= 0 or reserve < 0 or reserve >= 1:
        raise ValueError(f"gpu_memory_gb = {gpu_memory_gb} or reserve = {reserve} is out of range")
    usable = gpu_memory_gb * (1 - reserve)
    w, g, o = (num_params * size / 1e9 for size in bytes_per_param)

    def fit(used):
        return used <= usable

    def plan_for(gpus):
        if fit(w + g + o):
            return Plan(True, 1, 1, gpus, 0, w + g + o, "compute")
        for stage in (1, 2):
            used = w + (g if stage == 1 else g / gpus) + o / gpus
            if fit(used):
                return Plan(False, 1, 1, gpus, stage, used, "memory")
        pieces = 2
        while pieces <= gpus and gpus % pieces == 0:
            used = (w + g + o / (gpus // pieces)) / pieces
            tensor = min(pieces, gpus_per_node)
            if fit(used):
                link = "communication" if pieces > gpus_per_node else "memory"
                return Plan(False, tensor, pieces // tensor, gpus // pieces, 1, used, link)
            pieces *= 2
        if fit((w + g + o) / gpus):
            return Plan(False, 1, 1, gpus, 3, (w + g + o) / gpus, "communication")
        return None

    plan = plan_for(num_gpus)
    if plan is not None:
        return plan
    enough = num_gpus + 1
    while plan_for(enough) is None:
        enough += 1
    raise ValueError(f"no plan for num_gpus = {num_gpus}; {enough} GPUs would do")


def bubble_fraction(num_stages, num_microbatches):
    if num_stages < 1:
        raise ValueError(f"num_stages must be at least 1, got {num_stages}")
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches must be at least 1, got {num_microbatches}")
    minutes = num_stages + num_microbatches - 1
    return (num_stages - 1) / minutes
