"""
misconception: Data parallelism alone divides the model among the GPUs.
feedback: With data parallelism alone each GPU holds the whole model and works on its share of the data; only ZeRO removes copies.
fights: data_parallelism_divides
likely: true
fails: [test_70b_with_zero_stage_1, test_copies_without_zero]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    numbers_kept, bytes_of_each = OPTIMIZERS[optimizer]
    optimizer_bytes = numbers_kept * bytes_of_each + master_bytes
    optimizer_shards = num_gpus
    gradient_shards = num_gpus if zero_stage in (0, 2, 3) else 1
    weight_shards = num_gpus if zero_stage in (0, 3) else 1
    weights = num_params * weight_bytes / weight_shards / 1e9
    gradients = num_params * gradient_bytes / gradient_shards / 1e9
    states = num_params * optimizer_bytes / optimizer_shards / 1e9
    total = weights + gradients + states
    return {"weights": weights, "gradients": gradients, "optimizer": states, "total": total}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    return training_memory_gb(num_params, **settings)["total"] <= gpu_memory_gb
