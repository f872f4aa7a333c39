"""
misconception: Adam's moments are stored in the two bytes of bf16.
feedback: Adam keeps its two running values in fp32, so they take 4 bytes each also when weights and gradients take 2.
likely: true
fails: [test_7b_on_one_gpu, test_optimizer_in_fp32, test_what_each_optimizer_keeps]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    numbers_kept, bytes_of_each = OPTIMIZERS[optimizer]
    optimizer_bytes = numbers_kept * min(bytes_of_each, weight_bytes) + master_bytes
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
