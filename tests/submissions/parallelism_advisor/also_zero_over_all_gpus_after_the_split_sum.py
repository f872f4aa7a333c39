"""
style: The sum is divided by the pieces at the end.
fails: [test_30b_on_four_gpus, test_how_many_gpus_would_do, test_memory_of_the_plan, test_number_of_pieces, test_too_few_gpus, test_two_larger_models]
"""

import torch


def _plan(P, n, mem, node, b, reserve, R):
    w, g, o = b
    usable = mem * (1 - reserve)

    def gb(x):
        return P * x / 1e9

    if gb(w + g + o) <= usable:
        return Plan(True, 1, 1, n, 0, gb(w + g + o), "compute")
    m = gb(w) + gb(g) + gb(o) / n
    if m <= usable:
        return Plan(False, 1, 1, n, 1, m, "memory")
    m = gb(w) + (gb(g) + gb(o)) / n
    if m <= usable:
        return Plan(False, 1, 1, n, 2, m, "memory")
    most = 1
    while most * 2 <= node:
        most *= 2
    k = 2
    while k <= n:
        if n % k == 0:
            tp = min(k, most)
            dp = n // k
            m = (gb(w) + gb(g) + gb(o) / n) / k
            if m <= usable:
                return Plan(False, tp, k // tp, dp, 1, m, "communication" if k > node else "memory")
        k *= 2
    m = gb(w + g + o) / n
    if m <= usable:
        return Plan(False, 1, 1, n, 3, m, "communication")
    return None


def advise(
    num_params,
    num_gpus,
    gpu_memory_gb=80.0,
    gpus_per_node=8,
    bytes_per_param=(2, 2, 8),
    reserve=0.2,
):
    for name, v in (
        ("num_params", num_params),
        ("num_gpus", num_gpus),
        ("gpus_per_node", gpus_per_node),
    ):
        if v < 1:
            raise ValueError(f"{name} is {v}")
    if gpu_memory_gb <= 0:
        raise ValueError(f"gpu_memory_gb is {gpu_memory_gb}")
    if not 0 <= reserve < 1:
        raise ValueError(f"reserve is {reserve}")
    args = (gpu_memory_gb, gpus_per_node, bytes_per_param, reserve, None)
    p = _plan(num_params, num_gpus, *args)
    if p is not None:
        return p
    n = num_gpus + 1
    while _plan(num_params, n, *args) is None:
        n += 1
    raise ValueError(f"no plan for {num_gpus} GPUs: {n} would do")


def bubble_fraction(num_stages, num_microbatches):
    if num_stages < 1 or num_microbatches < 1:
        raise ValueError(f"num_stages={num_stages}, num_microbatches={num_microbatches}")
    busy = torch.zeros(num_stages, num_stages + num_microbatches - 1)
    for stage in range(num_stages):
        busy[stage, stage : stage + num_microbatches] = 1
    return float(1 - busy.double().mean())
