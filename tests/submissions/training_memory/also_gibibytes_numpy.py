"""
style: An array of parts, divided once at the end.
fails: [test_7b_on_one_gpu, test_weights_and_gradients]
"""


def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    w, g, master = PRECISIONS[precision]
    n, each = OPTIMIZERS[optimizer]
    sizes = np.array([w, g, n * each + master], dtype=float) * num_params
    reached = np.array([zero_stage >= 3, zero_stage >= 2, zero_stage >= 1])
    sizes = sizes / np.where(reached, num_gpus, 1) / 1024**3
    return dict(zip(("weights", "gradients", "optimizer", "total"), [*sizes, sizes.sum()]))


def fits(num_params, gpu_memory_gb=80.0, **settings):
    return gpu_memory_gb - training_memory_gb(num_params, **settings)["total"] >= 0
