"""
style: Adam's entry is looked up whatever the optimizer is.
fails: [test_what_each_optimizer_keeps]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    w, g, m = PRECISIONS[precision]
    n, size = OPTIMIZERS["adam"]
    weights = w * num_params / 1e9
    gradients = g * num_params / 1e9
    states = (n * size + m) * num_params / 1e9
    if zero_stage >= 1:
        states /= num_gpus
    if zero_stage >= 2:
        gradients /= num_gpus
    if zero_stage >= 3:
        weights /= num_gpus
    total = weights + gradients + states
    return {"weights": weights, "gradients": gradients, "optimizer": states, "total": total}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    return gpu_memory_gb - training_memory_gb(num_params, **settings)["total"] >= 0
