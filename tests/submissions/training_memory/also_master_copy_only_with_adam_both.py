"""
style: Every Adam has a master copy, the 8-bit one too.
fails: [test_mixed_precision_with_other_optimizers]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    kept, size = OPTIMIZERS[optimizer]
    state_bytes = kept * size
    if optimizer.startswith("adam"):
        state_bytes = state_bytes + master_bytes
    divisors = [num_gpus if zero_stage >= stage else 1 for stage in (3, 2, 1)]
    parts = [num_params * b / d / 1e9 for b, d in zip((weight_bytes, gradient_bytes, state_bytes), divisors)]
    return {"weights": parts[0], "gradients": parts[1], "optimizer": parts[2], "total": sum(parts)}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    needed_gb = training_memory_gb(num_params, **settings)["total"]
    enough = needed_gb <= gpu_memory_gb
    return enough
