"""
misconception: Mixed precision takes the same memory as bf16.
feedback: Mixed precision keeps one more fp32 number for each weight, the master copy that the optimizer updates.
likely: true
fails: [test_mixed_precision_with_adam, test_mixed_precision_with_other_optimizers]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    numbers_kept, bytes_of_each = OPTIMIZERS[optimizer]
    optimizer_bytes = numbers_kept * bytes_of_each
    optimizer_shards = num_gpus if zero_stage >= 1 else 1
    gradient_shards = num_gpus if zero_stage >= 2 else 1
    weight_shards = num_gpus if zero_stage >= 3 else 1
    weights = num_params * weight_bytes / weight_shards / 1e9
    gradients = num_params * gradient_bytes / gradient_shards / 1e9
    states = num_params * optimizer_bytes / optimizer_shards / 1e9
    total = weights + gradients + states
    return {"weights": weights, "gradients": gradients, "optimizer": states, "total": total}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    return training_memory_gb(num_params, **settings)["total"] <= gpu_memory_gb
