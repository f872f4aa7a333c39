"""
style: A loop over the three parts.
fails: [test_mixed_precision_with_adam, test_mixed_precision_with_other_optimizers, test_weights_and_gradients]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    precision_bytes = PRECISIONS[precision]
    kept, size = OPTIMIZERS[optimizer]
    per_param = {
        "weights": precision_bytes[0] + precision_bytes[2],
        "gradients": precision_bytes[1],
        "optimizer": kept * size,
    }
    first_stage = {"optimizer": 1, "gradients": 2, "weights": 3}
    result = {}
    for part, num_bytes in per_param.items():
        gpus = num_gpus if zero_stage >= first_stage[part] else 1
        result[part] = num_bytes * num_params / (gpus * 1e9)
    result["total"] = result["weights"] + result["gradients"] + result["optimizer"]
    return result


def fits(num_params, gpu_memory_gb=80.0, **settings):
    memory = training_memory_gb(num_params, **settings)
    if memory["total"] > gpu_memory_gb:
        return False
    return True
