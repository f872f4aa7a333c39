"""
style: A chain of elif divides one part.
fails: [test_70b_with_zero_stage_3, test_zero_stage_2, test_zero_stage_3]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    kept, size = OPTIMIZERS[optimizer]
    billion = num_params / 1e9
    weights = billion * weight_bytes
    gradients = billion * gradient_bytes
    states = billion * (kept * size + master_bytes)
    if zero_stage == 1:
        states = states / num_gpus
    elif zero_stage == 2:
        gradients = gradients / num_gpus
    elif zero_stage == 3:
        weights = weights / num_gpus
    return {"weights": weights, "gradients": gradients, "optimizer": states,
            "total": weights + gradients + states}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    memory = training_memory_gb(num_params, **settings)
    if memory["total"] > gpu_memory_gb:
        return False
    return True
