"""
style: The stages of each part as a tuple.
fails: [test_zero_stage_2]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    w, g, m = PRECISIONS[precision]
    n, b = OPTIMIZERS[optimizer]

    def share(num_bytes, stages):
        gb = num_params * num_bytes / 1e9
        return gb / num_gpus if zero_stage in stages else gb

    weights = share(w, (2, 3))
    gradients = share(g, (2, 3))
    states = share(n * b + m, (1, 2, 3))
    return {"weights": weights, "gradients": gradients, "optimizer": states,
            "total": weights + gradients + states}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    return gpu_memory_gb - training_memory_gb(num_params, **settings)["total"] >= 0
