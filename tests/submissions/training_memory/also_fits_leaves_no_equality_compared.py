"""
style: One comparison.
fails: [test_fits_with_other_settings]
"""


from fractions import Fraction


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    billions = Fraction(num_params) / 10**9
    share = Fraction(1, num_gpus)
    first, second, third = (share if zero_stage >= stage else 1 for stage in (1, 2, 3))
    kept, size = OPTIMIZERS[optimizer]
    parts = {
        "weights": billions * weight_bytes * third,
        "gradients": billions * gradient_bytes * second,
        "optimizer": billions * (kept * size + master_bytes) * first,
    }
    parts["total"] = sum(parts.values())
    return {name: float(part) for name, part in parts.items()}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    needed_gb = training_memory_gb(num_params, **settings)["total"]
    return needed_gb < gpu_memory_gb
