"""
style: one number of bytes per parameter and one divisor for each part, in a loop
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    kept, size = OPTIMIZERS[optimizer]
    parts = {"weights": weight_bytes, "gradients": gradient_bytes, "optimizer": kept * size + master_bytes}
    sharded_from = {"weights": 3, "gradients": 2, "optimizer": 1}
    memory = {}
    for part, size in parts.items():
        memory[part] = 1e-9 * num_params * size
        if zero_stage >= sharded_from[part]:
            memory[part] /= num_gpus
    memory["total"] = sum(memory.values())
    return memory


def fits(num_params, gpu_memory_gb=80.0, **settings):
    return training_memory_gb(num_params, **settings)["total"] <= gpu_memory_gb
