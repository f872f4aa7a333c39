# %% [markdown]
# ## 1. Training memory
#
# **Guided.** A model with 7 billion parameters is a file of 14 GB. It will not train on a GPU that holds 80 GB. Where do the other 70 GB come from?
#
# Look at one single parameter. While it is trained with Adam, the GPU keeps four things for it (bf16 is a number in 16 bits, fp32 one in 32):
#
# | kept for one parameter | stored as | bytes | 7 billion of them |
# |---|---|---|---|
# | the weight | bf16 | 2 | 14 GB |
# | its gradient | bf16 | 2 | 14 GB |
# | Adam's running mean of the gradient | fp32 | 4 | 28 GB |
# | Adam's running mean of its square | fp32 | 4 | 28 GB |
# | together | | **12** | **84 GB** |
#
# These are the *model states*. Activations come on top and are left out here.
#
# With several GPUs, plain *data parallelism* puts a full copy of all this on each of them, and each works on its own part of the data. **ZeRO** (zero redundancy optimizer) removes copies, one part after the other:
#
# | stage | shared out over the GPUs |
# |---|---|
# | 0 | nothing: each GPU holds everything |
# | 1 | the optimizer's part |
# | 2 | the optimizer's part and the gradients |
# | 3 | the optimizer's part, the gradients and the weights |
#
# Whatever is shared out over 8 GPUs takes an eighth of its size on each of them.

# %% [raw]
# # BEGIN QUESTION
# name: training_memory

# %% [markdown]
# ### Predict before you run
# A 70B model has model states of 840 GB. You train it on A100 GPUs of 80 GB each and turn on ZeRO stage 1, so that the optimizer's part is shared out over all the GPUs there are. Does it fit on 8 GPUs, which hold 640 GB together? Does it fit on 16, which hold 1,280 GB together? Write the pair `(on_8, on_16)`, each `"yes"` or `"no"`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_training_memory = ("no", "no")  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# Run the cell with the two tables and the check of the arguments, then replace each `...` below it by one expression.
#
# * `precision="mixed"` is bf16 with one addition: a *master copy* of every weight in fp32, which the optimizer updates. It is counted with the optimizer's part, and it is there whatever the optimizer is. With Adam it makes 112 GB out of the 84 GB of the table.
# * The three `..._shards` say over how many GPUs a part is shared out: over `num_gpus` when the ZeRO stage has reached that part, over 1 otherwise.
# * A GB is `1e9` bytes. The unit of each name stands at its end.
# * `fits` asks about one GPU: what it has to hold against what it has.

# %%
# Bytes per parameter: weight, gradient, fp32 master copy of the weight.
PRECISIONS = {"bf16": (2, 2, 0), "mixed": (2, 2, 4), "fp32": (4, 4, 0)}

# How many running numbers an optimizer keeps for each parameter, and the bytes of one of them.
OPTIMIZERS = {"sgd": (0, 4), "momentum": (1, 4), "adam": (2, 4), "adam_8bit": (2, 1)}


def check_settings(num_params, precision, optimizer, zero_stage, num_gpus):
    """Raise a ValueError for a setting that does not exist."""
    if num_params < 1:
        raise ValueError(f"num_params must be at least 1, got {num_params}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {list(PRECISIONS)}, got {precision!r}")
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer must be one of {list(OPTIMIZERS)}, got {optimizer!r}")
    if zero_stage not in (0, 1, 2, 3):
        raise ValueError(f"zero_stage must be 0, 1, 2 or 3, got {zero_stage}")
    if num_gpus < 1:
        raise ValueError(f"num_gpus must be at least 1, got {num_gpus}")

# %% [raw]
# # BEGIN SOLUTION

# %%
def training_memory_gb(num_params, precision="bf16", optimizer="adam", zero_stage=0, num_gpus=1):
    """Memory of the model states on each GPU, activations not counted.

    num_params: parameters of the whole model, for instance 7e9
    precision: a key of PRECISIONS
    optimizer: a key of OPTIMIZERS
    zero_stage: 0, 1, 2 or 3
    num_gpus: GPUs that train together
    Returns a dict of floats, GB (10^9 bytes) per GPU: "weights", "gradients", "optimizer", "total".
    """
    check_settings(num_params, precision, optimizer, zero_stage, num_gpus)
    weight_bytes, gradient_bytes, master_bytes = PRECISIONS[precision]
    numbers_kept, bytes_of_each = OPTIMIZERS[optimizer]

    # All bytes per parameter that belong to the optimizer's part.
    optimizer_bytes = numbers_kept * bytes_of_each + master_bytes  # SOLUTION

    # Over how many GPUs each part is shared out at this stage.
    optimizer_shards = num_gpus if zero_stage >= 1 else 1  # SOLUTION
    gradient_shards = num_gpus if zero_stage >= 2 else 1  # SOLUTION
    weight_shards = num_gpus if zero_stage == 3 else 1  # SOLUTION

    # What one GPU holds.
    weights_gb = num_params * weight_bytes / weight_shards / 1e9  # SOLUTION
    gradients_gb = num_params * gradient_bytes / gradient_shards / 1e9  # SOLUTION
    optimizer_gb = num_params * optimizer_bytes / optimizer_shards / 1e9  # SOLUTION
    total_gb = weights_gb + gradients_gb + optimizer_gb  # SOLUTION
    return {
        "weights": weights_gb,
        "gradients": gradients_gb,
        "optimizer": optimizer_gb,
        "total": total_gb,
    }


def fits(num_params, gpu_memory_gb=80.0, **settings):
    """True if the model states fit: what one GPU holds is at most gpu_memory_gb.

    settings: precision, optimizer, zero_stage, num_gpus, as in training_memory_gb
    """
    needed_gb = training_memory_gb(num_params, **settings)["total"]  # SOLUTION
    enough = needed_gb <= gpu_memory_gb  # SOLUTION
    return enough

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_training_memory):
    answer = prediction_training_memory
    assert (
        type(answer) in (tuple, list)
        and len(answer) == 2
        and all(type(part) is str and part in ("yes", "no") for part in answer)
    ), (
        f"prediction_training_memory is {'still `...`' if answer is ... else repr(answer)}; "
        "write the pair (on_8, on_16), each 'yes' or 'no'."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_7b_on_one_gpu(training_memory_gb):
    import math

    result = training_memory_gb(7e9)
    expected = {"weights": 14.0, "gradients": 14.0, "optimizer": 56.0, "total": 84.0}
    assert type(result) is dict, f"training_memory_gb(7e9) returned {described(result)}; expected a dict."
    for part, gb in expected.items():
        call = f"training_memory_gb(7e9)[{part!r}]"
        assert part in result, f"{call} is missing; the dict has the keys {list(result)}."
        value = result[part]
        assert value is not ..., f"{call} is still `...`; expected {gb} GB."
        try:
            value = float(value)
        except (TypeError, ValueError, RuntimeError):
            raise AssertionError(
                f"{call} is {described(value)}; expected the number {gb} (GB)."
            ) from None
        assert math.isclose(value, gb, rel_tol=1e-6), (
            f"{call} is {round(value, 4)}; expected {gb} GB."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_70b_with_zero_stage_1(training_memory_gb):
    import math

    def per_gpu(**settings):
        written = ", ".join(["70e9"] + [f"{name}={value}" for name, value in settings.items()])
        result = training_memory_gb(70e9, **settings)
        assert type(result) is dict, f"training_memory_gb({written}) returned {described(result)}; expected a dict."
        for part in ("weights", "gradients", "optimizer", "total"):
            assert hasattr(result.get(part), "__float__"), (
                f"training_memory_gb({written})[{part!r}] is missing, still `...` or no number."
            )
        return {part: float(result[part]) for part in ("weights", "gradients", "optimizer", "total")}, written

    alone, _ = per_gpu()
    copied, plain = per_gpu(num_gpus=8)
    sharded, zero_1 = per_gpu(zero_stage=1, num_gpus=8)
    for part in ("weights", "gradients", "optimizer"):
        assert math.isclose(copied[part], alone[part], rel_tol=1e-6), (
            f"training_memory_gb({plain})[{part!r}] is {round(copied[part], 4)}; expected "
            f"{round(alone[part], 4)} as on one GPU, since without ZeRO each GPU holds a full copy."
        )
        gb = alone[part] / 8 if part == "optimizer" else alone[part]
        share = "an eighth of what one GPU alone holds" if part == "optimizer" else "as on one GPU"
        assert math.isclose(sharded[part], gb, rel_tol=1e-6), (
            f"training_memory_gb({zero_1})[{part!r}] is {round(sharded[part], 4)}; expected "
            f"{round(gb, 4)}, {share}."
        )
    total = sharded["weights"] + sharded["gradients"] + sharded["optimizer"]
    assert math.isclose(sharded["total"], total, rel_tol=1e-6), (
        f"training_memory_gb({zero_1})['total'] is {round(sharded['total'], 4)}; expected "
        f"{round(total, 4)}, the sum of the three parts on one GPU."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_70b_with_zero_stage_3(training_memory_gb):
    import math

    call = "training_memory_gb(70e9, zero_stage=3, num_gpus=8)"
    alone, sharded = training_memory_gb(70e9), training_memory_gb(70e9, zero_stage=3, num_gpus=8)
    for result in (alone, sharded):
        assert type(result) is dict, f"training_memory_gb returned {described(result)}; expected a dict."
    for part in ("weights", "gradients", "optimizer"):
        assert all(hasattr(states.get(part), "__float__") for states in (alone, sharded)), (
            f"{call}[{part!r}] is missing, still `...` or no number."
        )
        value, gb = float(sharded[part]), float(alone[part]) / 8
        assert math.isclose(value, gb, rel_tol=1e-6), (
            f"{call}[{part!r}] is {round(value, 4)}; expected {round(gb, 4)}, an eighth of what "
            "one GPU alone holds, since stage 3 includes stages 1 and 2."
        )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_what_fits_80_gb(training_memory_gb, fits):
    cases = (
        ("124e6", (124e6,), {}, 80),
        ("7e9", (7e9,), {}, 80),
        ("7e9, gpu_memory_gb=96", (7e9,), {"gpu_memory_gb": 96}, 96),
        ("7e9, num_gpus=8", (7e9,), {"num_gpus": 8}, 80),
        ("70e9, zero_stage=1, num_gpus=16", (70e9,), {"zero_stage": 1, "num_gpus": 16}, 80),
    )
    for written, arguments, settings, memory_gb in cases:
        result = fits(*arguments, **settings)
        assert result is not ..., f"fits({written}) is still `...`; expected True or False."
        assert str(result) in ("True", "False", "tensor(True)", "tensor(False)"), (
            f"fits({written}) returned {str(result)[:60]}; expected True or False."
        )
        asked = {name: value for name, value in settings.items() if name != "gpu_memory_gb"}
        states = training_memory_gb(*arguments, **asked)
        assert type(states) is dict and hasattr(states.get("total"), "__float__"), (
            f"training_memory_gb({written}) has no total to compare with yet."
        )
        total = float(states["total"])
        expected = total <= memory_gb
        assert ("True" in str(result)) is expected, (
            f"fits({written}) returned {str(result)}; expected {expected}, since by your "
            f"training_memory_gb one GPU holds {round(total, 4)} GB and has {memory_gb}."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Weights and gradients have the bytes of their precision, two in bf16 and four in fp32, whatever the optimizer keeps; a GB is 10^9 bytes.
""" # END TEST CONFIG
def test_weights_and_gradients(training_memory_gb):
    from reference import checks, training_memory

    for precision in ("bf16", "mixed", "fp32"):
        for optimizer in ("sgd", "adam", "adam_8bit"):
            result = training_memory_gb(3_141e6, precision, optimizer)
            expected = training_memory.training_memory_gb(3_141e6, precision, optimizer)
            for part in ("weights", "gradients"):
                gb = expected[part]
                checks.close_number(result[part], gb, rel=training_memory.TOLERANCE, what=part)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: What an optimizer adds is the number of values it keeps for each parameter, times the bytes of one of them.
""" # END TEST CONFIG
def test_what_each_optimizer_keeps(training_memory_gb):
    from reference import checks, training_memory

    for optimizer in ("sgd", "momentum", "adam", "adam_8bit"):
        result = training_memory_gb(11e9, "bf16", optimizer)
        expected = training_memory.training_memory_gb(11e9, "bf16", optimizer)["optimizer"]
        checks.close_number(result["optimizer"], expected, rel=training_memory.SAME_BYTES)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: An optimizer keeps its running values in a format of its own, so training in fp32 neither halves, doubles nor extends them.
""" # END TEST CONFIG
def test_optimizer_in_fp32(training_memory_gb):
    from reference import checks, training_memory

    for optimizer in ("momentum", "adam", "adam_8bit"):
        in_bf16 = checks.number(training_memory_gb(5e9, "bf16", optimizer)["optimizer"])
        in_fp32 = training_memory_gb(5e9, "fp32", optimizer)["optimizer"]
        assert in_bf16 > 0, "an optimizer that keeps values takes memory"
        checks.close_number(in_fp32, in_bf16, rel=training_memory.TOLERANCE)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Mixed precision keeps an fp32 copy of each weight beside Adam's two values.
""" # END TEST CONFIG
def test_mixed_precision_with_adam(training_memory_gb):
    from reference import training_memory

    training_memory.check_master_copy(training_memory_gb, 13e9, ("adam",))

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The fp32 master copy belongs to mixed precision and to nothing else, so it is there with every optimizer, also with one that keeps nothing, and not in fp32.
""" # END TEST CONFIG
def test_mixed_precision_with_other_optimizers(training_memory_gb):
    from reference import checks, training_memory

    training_memory.check_master_copy(training_memory_gb, 2e9, ("sgd", "momentum", "adam_8bit"))
    in_bf16, in_fp32 = (training_memory_gb(2e9, p, "sgd")["optimizer"] for p in ("bf16", "fp32"))
    checks.close_number(in_fp32, checks.number(in_bf16), abs_=1e-6, what="optimizer in fp32")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Plain data parallelism divides the work and not the model; without ZeRO every GPU holds a full copy, however many there are.
""" # END TEST CONFIG
def test_copies_without_zero(training_memory_gb):
    from reference import training_memory

    for precision, num_gpus in (("mixed", 4), ("fp32", 16)):
        alone = training_memory_gb(48e9, precision, "adam")
        copied = training_memory_gb(48e9, precision, "adam", 0, num_gpus)
        training_memory.check_shards(alone, copied, set(), num_gpus)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Stage 1 shares out the whole of the optimizer's part over the GPUs there are, and nothing else.
""" # END TEST CONFIG
def test_zero_stage_1(training_memory_gb):
    from reference import training_memory

    for precision, num_gpus in (("mixed", 4), ("fp32", 16)):
        alone = training_memory_gb(48e9, precision, "adam")
        sharded = training_memory_gb(48e9, precision, "adam", 1, num_gpus)
        training_memory.check_shards(alone, sharded, {"optimizer"}, num_gpus)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Stage 2 adds the gradients to what is shared out; each GPU still holds all the weights.
""" # END TEST CONFIG
def test_zero_stage_2(training_memory_gb):
    from reference import training_memory

    for precision, num_gpus in (("bf16", 4), ("fp32", 16)):
        alone = training_memory_gb(48e9, precision, "adam")
        sharded = training_memory_gb(48e9, precision, "adam", 2, num_gpus)
        training_memory.check_shards(alone, sharded, {"optimizer", "gradients"}, num_gpus)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: At stage 3 nothing is held twice; every part is shared out, over one GPU if there is only one.
""" # END TEST CONFIG
def test_zero_stage_3(training_memory_gb):
    from reference import training_memory

    for precision, num_gpus in (("bf16", 4), ("fp32", 16)):
        alone = training_memory_gb(48e9, precision, "adam")
        sharded = training_memory_gb(48e9, precision, "adam", 3, num_gpus)
        parts = {"optimizer", "gradients", "weights"}
        training_memory.check_shards(alone, sharded, parts, num_gpus)
        on_one = training_memory_gb(48e9, precision, "adam", 3)
        training_memory.check_shards(alone, on_one, set(), 1)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The total is what one GPU holds, so it is the sum of the three parts beside it.
""" # END TEST CONFIG
def test_total_of_the_parts(training_memory_gb):
    from reference import checks, training_memory

    for settings in training_memory.make_settings(seed=1, count=6):
        result = training_memory_gb(**settings)
        parts = [checks.number(result[part]) for part in ("weights", "gradients", "optimizer")]
        assert sum(parts) > 0, "three parts of nothing"
        checks.close_number(result["total"], sum(parts), rel=training_memory.TOLERANCE)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Memory is a fraction of a GB for a small model, and a part rarely divides evenly; nothing is rounded on the way.
""" # END TEST CONFIG
def test_small_model_on_three_gpus(training_memory_gb):
    from reference import training_memory

    large, small = (training_memory_gb(n, zero_stage=1, num_gpus=3) for n in (1_001e9, 1_001))
    training_memory.check_scaled(large, small, 1e-9)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: fits asks about the given GPU and the given settings, and a model that fills the GPU exactly fits.
""" # END TEST CONFIG
def test_fits_with_other_settings(training_memory_gb, fits):
    from reference import training_memory

    training_memory.check_fits(training_memory_gb, fits, training_memory.FITTING_CASES)

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: Each GPU works from its own memory, so a model fits when what one GPU holds is not more than what one GPU has, however many there are.
""" # END TEST CONFIG
def test_fits_on_several_gpus(training_memory_gb, fits):
    from reference import training_memory

    training_memory.check_fits(training_memory_gb, fits, training_memory.CASES_ON_SEVERAL_GPUS)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A setting that does not exist is a ValueError that names the argument; for precision and optimizer it lists the known ones.
""" # END TEST CONFIG
def test_settings_out_of_range(training_memory_gb, fits):
    from reference import checks, training_memory

    checks.number(training_memory_gb(1e9, "fp32", "momentum", 3, 2)["total"])
    checks.truth(fits(1e9))
    for name in ("precision", "bf16", "mixed", "fp32"):
        checks.rejects(training_memory_gb, 1e9, "fp8", naming=name)
    for name in ("optimizer", "sgd", "momentum", "adam_8bit"):
        checks.rejects(training_memory_gb, 1e9, "bf16", "lion", naming=name)
    for stage in (-1, 4):
        checks.rejects(training_memory_gb, 1e9, zero_stage=stage, naming="zero_stage")
    for count in (0, -8):
        checks.rejects(training_memory_gb, 1e9, num_gpus=count, naming="num_gpus")
        checks.rejects(training_memory_gb, count, naming="num_params")
    checks.rejects(fits, 0, naming="num_params")

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# Each bar is one GPU, and its three colours are what the GPU holds. The dashed line is the 80 GB that it has.

# %%
PARTS = {"weights": "#0072B2", "gradients": "#E69F00", "optimizer": "#009E73"}
HATCHES = {"weights": "", "gradients": "//", "optimizer": ".."}


def memory_per_gpu(num_params, **settings):
    """What your training_memory_gb returns, as a dict of floats; says so if it is nothing such."""
    states = training_memory_gb(num_params, **settings)
    if not isinstance(states, dict):
        raise TypeError(f"training_memory_gb returned {described(states)}; expected a dict")
    missing = [part for part in (*PARTS, "total") if states.get(part, ...) in (None, ...)]
    if missing:
        raise ValueError(f"training_memory_gb returned nothing for {', '.join(missing)}")
    return {part: number("training_memory_gb", gb) for part, gb in states.items()}


def draw_memory(axes, bars, title, label):
    """Stacked bars from a dict label -> what training_memory_gb returned."""
    for position, states in enumerate(bars.values()):
        bottom = 0.0
        for part, color in PARTS.items():
            axes.bar(position, states[part], 0.7, bottom, color=color, hatch=HATCHES[part],
                     edgecolor="white", linewidth=0.5, label=part if position == 0 else None)
            bottom += states[part]
        axes.text(position, bottom + 10, f"{states['total']:.4g}", ha="center", va="bottom",
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
    axes.axhline(80, color="black", linestyle="--", linewidth=1.5, label="80 GB, one A100")
    axes.set_xticks(range(len(bars)), list(bars))
    axes.set_xlabel(label)
    axes.set_title(title, fontsize=10)
    axes.grid(axis="x", visible=False)


def memory_panels():
    """The bars of the three panels: title -> label -> memory per GPU."""
    models = {"GPT-2\n124M": 124e6, "LLaMA\n7B": 7e9, "LLaMA 2\n70B": 70e9}
    return {
        "Three models, one GPU": {
            label: memory_per_gpu(num_params) for label, num_params in models.items()
        },
        "70B, ZeRO stage 1, by GPUs": {
            str(n): memory_per_gpu(70e9, zero_stage=1, num_gpus=n) for n in (1, 2, 4, 8, 16)
        },
        "70B on 8 GPUs, by ZeRO stage": {
            str(stage): memory_per_gpu(70e9, zero_stage=stage, num_gpus=8)
            for stage in (0, 1, 2, 3)
        },
    }


def describe_memory(panels):
    """The picture in words, and a remark where a total is not the sum of its parts."""
    for title, bars in panels.items():
        totals = [f"{' '.join(label.split())}: {b['total']:.4g} GB" for label, b in bars.items()]
        print(f"{title}. {', '.join(totals)} per GPU.")
    for states in (states for bars in panels.values() for states in bars.values()):
        height = sum(states[part] for part in PARTS)
        if not math.isclose(height, states["total"], rel_tol=1e-5):
            print(f"A bar is {height:.4g} GB high, the sum of its parts, but its total says "
                  f"{states['total']:.4g}.")
            break


with look("training_memory_gb"):
    panels = memory_panels()
    figure, all_axes = plt.subplots(
        1, 3, figsize=(11, 4.2), sharey=True, layout="constrained",
        gridspec_kw={"width_ratios": [3, 5, 4]})
    labels = "model", "number of GPUs", "ZeRO stage"
    for axes, (title, bars), label in zip(all_axes, panels.items(), labels, strict=True):
        draw_memory(axes, bars, title, label)
    all_axes[0].set_ylabel("GB per GPU, model states only")
    all_axes[0].margins(y=0.1)
    figure.legend(*all_axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    plt.show()
    describe_memory(panels)
    whole = panels["Three models, one GPU"]["LLaMA 2\n70B"]
    print(f"Of the 70B's {whole['total']:.4g} GB on one GPU, the optimizer's part is {whole['optimizer']:.4g}.")
    on_8, on_16 = (panels["70B, ZeRO stage 1, by GPUs"][n] for n in ("8", "16"))
    print(f"With ZeRO 1 each of 8 GPUs holds {on_8['total']:.4g} GB and each of 16 holds "
          f"{on_16['total']:.4g} GB. Of that, weights and gradients are "
          f"{on_16['weights'] + on_16['gradients']:.4g} GB on 16 GPUs.")
    print("Your prediction, does it fit on 8 and on 16:", predicted("training_memory"))

# %% [markdown]
# Now the same question from the other side: how many GPUs until 70B fits, and what helps? ZeRO 0 is plain data parallelism; `adam_8bit` keeps each of Adam's two numbers in one byte.

# %%
def gpus_until_it_fits(num_params, largest=64, **settings):
    """The smallest number of 80 GB GPUs on which the model states fit, or None."""
    for n in range(1, largest + 1):
        answer = fits(num_params, num_gpus=n, **settings)
        if str(answer) not in ("True", "False", "tensor(True)", "tensor(False)"):
            raise TypeError(f"fits returned {answer!r}; expected True or False")
        if answer:
            return n
    return None


with look("training_memory_gb", "fits"):
    for optimizer in ("adam", "adam_8bit"):
        for stage in (0, 1, 2, 3):
            count = gpus_until_it_fits(70e9, optimizer=optimizer, zero_stage=stage)
            result = "does not fit, not even on 64 GPUs"
            if count:
                states = memory_per_gpu(70e9, optimizer=optimizer, zero_stage=stage, num_gpus=count)
                result = f"fits on {count} GPUs, {states['total']:.4g} GB on each"
                if states["total"] > 80:
                    result += ", says your fits, but that is more than 80"
            print(f"70B, ZeRO {stage}, {optimizer}: {result}")

# %% [markdown]
# ### What you saw
# Two thirds of the memory belong to Adam, not to the model. Plain data parallelism does not help, however many GPUs there are: each of them holds all of it. ZeRO 1 shares out Adam's part alone, which brings the 70B from 840 to 350 GB per GPU on 8 and to 315 GB on 16. No number of GPUs brings it below 280 GB, because every GPU still holds all weights and all gradients, and a GPU cannot use the free memory of its neighbour. Sharing out everything over eight GPUs leaves 105 GB on each: together they have 640 GB, and no way of cutting up 840 GB makes it fit there. Only ZeRO 3 shares out the weights as well, and with it the 70B fits from 11 GPUs on. An optimizer of fewer bytes helps it along: with `adam_8bit` 6 GPUs are enough. Without ZeRO 3 it helps nobody here, because the weights alone, 140 GB, are more than a GPU has.
#
# Most sources quote 16 bytes per parameter where you counted 12. They add the fp32 master copy (`precision="mixed"` here) or train in fp32 throughout; both come to 16.
