"""
style: zero-dimensional float32 tensors out, also from fits
"""

import torch


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    size = torch.tensor([weight_bytes, gradient_bytes, math.prod(OPTIMIZERS[optimizer]) + master_bytes])
    sharded = torch.tensor([3, 2, 1]) <= zero_stage
    gb = torch.tensor(num_params / 1e9) * size / torch.where(sharded, float(num_gpus), 1.0)
    return {"weights": gb[0], "gradients": gb[1], "optimizer": gb[2], "total": gb.sum()}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    total = training_memory_gb(num_params, **settings)["total"]
    return total <= gpu_memory_gb
