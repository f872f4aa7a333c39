"""
misconception: Each running number of the optimizer has a master copy of its own.
feedback: The fp32 master copy is a copy of the weights, one for each parameter however many numbers the optimizer keeps; add its bytes once.
fails: [test_mixed_precision_with_adam, test_mixed_precision_with_other_optimizers]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    numbers_kept, bytes_of_each = OPTIMIZERS[optimizer]

    optimizer_bytes = 0
    for _ in range(numbers_kept):
        optimizer_bytes += bytes_of_each
        optimizer_bytes += master_bytes

    per_param = {
        "weights": weight_bytes / num_gpus if zero_stage == 3 else weight_bytes,
        "gradients": gradient_bytes / num_gpus if zero_stage >= 2 else gradient_bytes,
        "optimizer": optimizer_bytes / num_gpus if zero_stage >= 1 else optimizer_bytes,
    }
    memory = {part: num_params * size / 1e9 for part, size in per_param.items()}
    memory["total"] = sum(memory.values())
    return memory


def fits(num_params, gpu_memory_gb=80.0, **settings):
    return training_memory_gb(num_params, **settings)["total"] <= gpu_memory_gb
