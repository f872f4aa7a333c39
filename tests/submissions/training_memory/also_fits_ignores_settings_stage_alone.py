"""
style: Only the number of GPUs and the stage are passed on.
fails: [test_fits_with_other_settings]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    numbers_kept, bytes_of_each = OPTIMIZERS[optimizer]
    optimizer_bytes = numbers_kept * bytes_of_each + master_bytes
    optimizer_shards = num_gpus if zero_stage >= 1 else 1
    gradient_shards = num_gpus if zero_stage >= 2 else 1
    weight_shards = num_gpus if zero_stage == 3 else 1
    weights_gb = num_params * weight_bytes / weight_shards / 1e9
    gradients_gb = num_params * gradient_bytes / gradient_shards / 1e9
    optimizer_gb = num_params * optimizer_bytes / optimizer_shards / 1e9
    total_gb = weights_gb + gradients_gb + optimizer_gb
    return {
        "weights": weights_gb,
        "gradients": gradients_gb,
        "optimizer": optimizer_gb,
        "total": total_gb,
    }


def fits(num_params, gpu_memory_gb=80.0, **settings):
    zero_stage = settings.get("zero_stage", 0)
    num_gpus = settings.get("num_gpus", 1)
    needed = training_memory_gb(num_params, zero_stage=zero_stage, num_gpus=num_gpus)["total"]
    return needed <= gpu_memory_gb
