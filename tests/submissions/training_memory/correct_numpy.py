"""
style: numpy arrays of the three parts; numpy scalars out, a numpy bool from fits
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    size = np.array([weight_bytes, gradient_bytes, np.prod(OPTIMIZERS[optimizer]) + master_bytes])
    shards = np.where(np.array([3, 2, 1]) <= zero_stage, num_gpus, 1)
    gb = num_params / 1e9 * size / shards
    return {"weights": gb[0], "gradients": gb[1], "optimizer": gb[2], "total": gb.sum()}


def fits(num_params, gpu_memory_gb=80.0, **settings):
    return np.less_equal(training_memory_gb(num_params, **settings)["total"], gpu_memory_gb)
