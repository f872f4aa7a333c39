"""
style: A table of the bytes of each optimizer, and the two first entries of the precision.
fails: [test_mixed_precision_with_adam, test_mixed_precision_with_other_optimizers]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    value_bytes = PRECISIONS[precision][0]
    states = {"sgd": 0, "momentum": 4, "adam": 8, "adam_8bit": 2}[optimizer]
    memory = {"weights": value_bytes, "gradients": value_bytes, "optimizer": states}
    for stage, part in enumerate(("optimizer", "gradients", "weights"), start=1):
        memory[part] = memory[part] * num_params / 1e9
        if zero_stage >= stage:
            memory[part] /= num_gpus
    memory["total"] = sum(memory.values())
    return memory


def fits(num_params, gpu_memory_gb=80.0, **settings):
    needed_gb = training_memory_gb(num_params, **settings)["total"]
    enough = needed_gb <= gpu_memory_gb
    return enough
