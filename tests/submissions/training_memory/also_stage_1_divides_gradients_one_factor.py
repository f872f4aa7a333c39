"""
style: Optimizer and gradients have one divisor.
fails: [test_70b_with_zero_stage_1, test_zero_stage_1]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    numbers_kept, bytes_of_each = OPTIMIZERS[optimizer]
    sharded = 1 if zero_stage == 0 else num_gpus
    weights_gb = num_params * weight_bytes / 1e9
    if zero_stage == 3:
        weights_gb /= num_gpus
    gradients_gb = num_params * gradient_bytes / sharded / 1e9
    optimizer_gb = num_params * (numbers_kept * bytes_of_each + master_bytes) / sharded / 1e9
    total_gb = weights_gb + gradients_gb + optimizer_gb
    return {
        "weights": weights_gb,
        "gradients": gradients_gb,
        "optimizer": optimizer_gb,
        "total": total_gb,
    }


def fits(num_params, gpu_memory_gb=80.0, **settings):
    needed_gb = training_memory_gb(num_params, **settings)["total"]
    enough = needed_gb <= gpu_memory_gb
    return enough
