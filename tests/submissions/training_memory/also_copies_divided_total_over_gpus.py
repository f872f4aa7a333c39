"""
style: Everything is divided by the GPUs at the end, whatever the stage.
fails: [test_70b_with_zero_stage_1, test_copies_without_zero, test_zero_stage_1, test_zero_stage_2]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    numbers_kept, bytes_of_each = OPTIMIZERS[optimizer]
    optimizer_bytes = numbers_kept * bytes_of_each + master_bytes
    weights_gb = num_params * weight_bytes / 1e9 / num_gpus
    gradients_gb = num_params * gradient_bytes / 1e9 / num_gpus
    optimizer_gb = num_params * optimizer_bytes / 1e9 / num_gpus
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
