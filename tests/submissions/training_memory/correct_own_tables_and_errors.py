"""
style: own tables and checks, bytes first and GB last, fits written as not more than
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    value = {"bf16": 2, "mixed": 2, "fp32": 4}
    state = {"sgd": 0, "momentum": 4, "adam": 8, "adam_8bit": 2}
    if num_params < 1 or num_gpus < 1:
        raise ValueError(f"num_params and num_gpus count from 1, got {num_params} and {num_gpus}")
    if precision not in value:
        raise ValueError("precision " + precision + ", known: " + " ".join(value))
    if optimizer not in state:
        raise ValueError("optimizer " + optimizer + ", known: " + " ".join(state))
    if zero_stage < 0 or zero_stage > 3:
        raise ValueError(f"zero_stage {zero_stage}")
    weights = gradients = value[precision] * num_params
    states = state[optimizer] * num_params
    if precision == "mixed":
        states = states + 4 * num_params
    if zero_stage > 0:
        states = states / num_gpus
    if zero_stage > 1:
        gradients = gradients / num_gpus
    if zero_stage > 2:
        weights = weights / num_gpus
    sizes = {"weights": weights, "gradients": gradients, "optimizer": states}
    sizes["total"] = weights + gradients + states
    return {name: size / 10**9 for name, size in sizes.items()}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    return not training_memory_gb(num_params, **settings)["total"] > gpu_memory_gb
