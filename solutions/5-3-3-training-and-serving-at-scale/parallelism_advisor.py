# %% [markdown]
# ## 4. The parallelism advisor
#
# **Independent.** Someone hands you a model and a number of GPUs and asks: how do we train this here, and what will run out first?
#
# *Data parallelism* puts a copy of the model, a *replica*, on each GPU, and each replica works on its own part of the data. ZeRO shares out over the replicas what they would otherwise all hold: stage 1 the optimizer's part, stage 2 also the gradients, stage 3 also the weights. What if that is not enough?
#
# Two clusters of 80 GB GPUs, both with 12 bytes of model states per parameter (2 weight, 2 gradient, 8 optimizer). A *node* is one machine with 8 of the GPUs. A fifth of each GPU is kept free for activations and buffers, so 64 GB are usable.
#
# | | 7B on 8 GPUs | 70B on 16 GPUs |
# |---|---|---|
# | a full copy on each GPU | 84 GB, too much | 840 GB, too much |
# | ZeRO 1 over all GPUs | 14 + 14 + 56/8 = **35 GB** | 140 + 140 + 560/16 = 315 GB, too much |
# | ZeRO 2 over all GPUs | | 140 + (140 + 560)/16 = 183.75 GB, too much |
# | split into 2 (tensor), ZeRO 1 over the 8 replicas | | (140 + 140 + 560/8) / 2 = 175 GB, too much |
# | split into 4 (tensor), ZeRO 1 over the 4 replicas | | (140 + 140 + 560/4) / 4 = 105 GB, too much |
# | split into 8 (tensor), ZeRO 1 over the 2 replicas | | (140 + 140 + 560/2) / 8 = 70 GB, too much |
# | split into 8 x 2 (tensor x pipeline), 1 replica | | (140 + 140 + 560) / 16 = **52.5 GB** |
# | ZeRO 3 over all GPUs | | (140 + 140 + 560) / 16 = 52.5 GB, would fit as well |
#
# The order of the rows is the order of the remedies; the first that fits is taken.
#
# *ZeRO 1 and 2* come first because they are free: they move as many bytes between the GPUs as plain data parallelism, which has to add up the gradients of all replicas anyway.
#
# *Tensor parallelism* cuts every layer into pieces, whose results must be put together in each layer, so it stays inside a node, where the links are fast. *Pipeline parallelism* gives whole layers to each stage; only activations travel from stage to stage, but stages wait for one another. This idle time is called the *bubble*. To make it smaller, a batch is cut into *microbatches* that follow each other through the stages.
#
# *ZeRO 3* comes last although it would fit. No GPU keeps a whole layer then, so each GPU fetches the weights of every layer anew, in the forward pass and again in the backward pass, and the layer waits for them. For the 70B these are 140 GB twice per batch. At 25 GB/s, the network between nodes here, 140 GB take 5.6 s; the pipeline hands over the activations of 2,048 tokens, 34 MB, in 1.3 ms. In all, ZeRO 3 moves 1.5 times as much as plain data parallelism (Rajbhandari et al. 2019, section 7, has the count for all stages).

# %% [raw]
# # BEGIN QUESTION
# name: parallelism_advisor

# %% [markdown]
# ### Predict before you run
# A model with 30 billion parameters has 360 GB of model states. It is to be trained on 80 GB GPUs, 64 GB of each usable. What is the smallest number of GPUs for which there is a plan? Write a whole number.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_parallelism_advisor = 6  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# `advise` returns a `Plan`, or raises a `ValueError` if there is none. A plan fits when the model states of one GPU take at most `gpu_memory_gb * (1 - reserve)`. The first of these that fits is the plan:
#
# 1. **Data parallelism alone**, ZeRO stage 0. Bottleneck `"compute"`.
# 2. **ZeRO**, the lower of the stages 1 and 2 that fits, with `data_parallel = num_gpus` and the model in one piece. Bottleneck `"memory"`.
# 3. **Split the model**, into as few pieces as fit, with ZeRO stage 1 over the replicas that remain (the stage is called 1 also when there is one replica).
#     * `tensor_parallel` and `pipeline_stages` are powers of two, and their product is the number of pieces. Tensor parallelism first: it grows to the largest power of two that is not above `gpus_per_node` before there is a second pipeline stage. Sixteen pieces are 8 x 2 (tensor x pipeline) where a node has 8 GPUs, and 4 x 4 where it has 6.
#     * `tensor_parallel * pipeline_stages * data_parallel == num_gpus`: no GPU stays idle, so the number of pieces divides `num_gpus`. Ten GPUs allow 2 pieces and no more.
#     * Bottleneck `"communication"` if the pieces of one model need more than one node, otherwise `"memory"`.
# 4. **ZeRO stage 3** over all GPUs, the model in one piece. Bottleneck `"communication"`.
# 5. Otherwise a `ValueError` whose message says how many GPUs of this size would do: the smallest number above `num_gpus` for which there is a plan.
#
# Splitting divides weights, gradients and optimizer states alike by the number of pieces. `data_parallel_alone` is true for a plan of the first kind only.
#
# `bubble_fraction` is the share of time that a pipeline's stages stand idle. Think of one microbatch that passes through four stages and takes one minute in each: four minutes, and each stage works in one of them. Then let more microbatches follow, one minute apart. How many minutes are there now, and in how many of them does a stage work? Forward passes are enough to see it.
#
# Both functions raise a `ValueError` that names the argument if `num_params`, `num_gpus`, `gpus_per_node`, `num_stages` or `num_microbatches` is below 1, `gpu_memory_gb` is not above 0, or `reserve` is not in [0, 1). The helper `require` of the opening cell does it in one line: `require(condition, name, value)`.

# %%
@dataclass(frozen=True)
class Plan:
    """How to train a model on a cluster."""

    data_parallel_alone: bool
    tensor_parallel: int
    pipeline_stages: int
    data_parallel: int
    zero_stage: int
    memory_per_gpu_gb: float
    bottleneck: str  # "compute", "memory" or "communication"

# %% [raw]
# # BEGIN SOLUTION

# %%
def advise(num_params, num_gpus, gpu_memory_gb=80.0, gpus_per_node=8, bytes_per_param=(2, 2, 8),
           reserve=0.2):
    """The cheapest way to train num_params parameters on num_gpus GPUs.

    gpu_memory_gb: GB (10^9 bytes) of one GPU
    bytes_per_param: bytes of weight, gradient and optimizer states of one parameter
    reserve: share of a GPU's memory that is kept free
    Returns a Plan; memory_per_gpu_gb is what the model states take on one GPU.
    """
    # BEGIN SOLUTION
    counts = {"num_params": num_params, "num_gpus": num_gpus, "gpus_per_node": gpus_per_node}
    for name, count in counts.items():
        require(count >= 1, name, count)
    require(gpu_memory_gb > 0, "gpu_memory_gb", gpu_memory_gb)
    require(0 <= reserve < 1, "reserve", reserve)
    usable_gb = gpu_memory_gb * (1 - reserve)
    most_tensor_parallel = 2 ** int(math.log2(gpus_per_node))

    def remedies():
        """ZeRO stage and number of pieces, the cheapest remedy first."""
        yield from ((0, 1), (1, 1), (2, 1))
        pieces = 2
        while num_gpus % pieces == 0:
            yield 1, pieces
            pieces *= 2
        yield 3, 1

    def make_plan(zero_stage, pieces):
        replicas = num_gpus // pieces
        weight_bytes, gradient_bytes, optimizer_bytes = bytes_per_param
        if zero_stage >= 1:
            optimizer_bytes = optimizer_bytes / replicas
        if zero_stage >= 2:
            gradient_bytes = gradient_bytes / replicas
        if zero_stage == 3:
            weight_bytes = weight_bytes / replicas
        per_gpu_bytes = num_params * (weight_bytes + gradient_bytes + optimizer_bytes) / pieces
        tensor_parallel = min(pieces, most_tensor_parallel)
        if zero_stage == 0:
            bottleneck = "compute"
        elif zero_stage == 3 or pieces > gpus_per_node:
            bottleneck = "communication"
        else:
            bottleneck = "memory"
        return Plan(
            data_parallel_alone=zero_stage == 0,
            tensor_parallel=tensor_parallel,
            pipeline_stages=pieces // tensor_parallel,
            data_parallel=replicas,
            zero_stage=zero_stage,
            memory_per_gpu_gb=per_gpu_bytes / 1e9,
            bottleneck=bottleneck,
        )

    for zero_stage, pieces in remedies():
        plan = make_plan(zero_stage, pieces)
        if plan.memory_per_gpu_gb <= usable_gb:
            return plan
    # ZeRO 3 works on any number of GPUs and leaves no byte twice, so this many are enough.
    enough = math.ceil(num_params * sum(bytes_per_param) / 1e9 / usable_gb)
    raise ValueError(
        f"num_gpus {num_gpus} is too few: {enough} GPUs of {gpu_memory_gb:g} GB would do"
    )
    # END SOLUTION


def bubble_fraction(num_stages, num_microbatches):
    """Share of the time that the stages of a pipeline are idle, a float in [0, 1)."""
    # BEGIN SOLUTION
    require(num_stages >= 1, "num_stages", num_stages)
    require(num_microbatches >= 1, "num_microbatches", num_microbatches)
    minutes = num_microbatches + num_stages - 1
    return (num_stages - 1) / minutes
    # END SOLUTION

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_parallelism_advisor):
    answer = prediction_parallelism_advisor
    assert type(answer) is int and answer >= 1, (
        f"prediction_parallelism_advisor is {'still `...`' if answer is ... else repr(answer)}; "
        "write a whole number of GPUs, 1 or more."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_two_smaller_models(advise):
    import math

    names = ("data_parallel_alone", "tensor_parallel", "pipeline_stages", "data_parallel",
             "zero_stage", "bottleneck")
    hints = {"tensor_parallel": " (a node has 8 GPUs)", "data_parallel": " (replicas)"}
    cases = (
        ("advise(124e6, 1)", advise(124e6, 1), (True, 1, 1, 1, 0, "compute"), 1.488),
        ("advise(7e9, 8)", advise(7e9, 8), (False, 1, 1, 8, 1, "memory"), 35.0),
    )
    for call, plan, values, memory_gb in cases:
        for name, expected in zip(names, values, strict=True):
            assert hasattr(plan, name), f"{call} returned {described(plan)}; expected a Plan."
            value = getattr(plan, name)
            assert value is not ... and str(value) == str(expected) or value == expected, (
                f"{call} has {name} {value}; expected {expected}{hints.get(name, '')}."
            )
        value = plan.memory_per_gpu_gb
        try:
            value = float(value)
        except (TypeError, ValueError, RuntimeError):
            raise AssertionError(
                f"{call} has memory_per_gpu_gb {value!r}; expected the number {memory_gb}."
            ) from None
        assert math.isclose(value, memory_gb, rel_tol=1e-6), (
            f"{call} has memory_per_gpu_gb {round(value, 4)}; expected {memory_gb} (GB)."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_two_larger_models(advise):
    import math

    names = ("data_parallel_alone", "tensor_parallel", "pipeline_stages", "data_parallel",
             "zero_stage", "bottleneck")
    hints = {"tensor_parallel": " (a node has 8 GPUs)", "data_parallel": " (replicas)"}
    cases = (
        ("advise(70e9, 16)", advise(70e9, 16), (False, 8, 2, 1, 1, "communication"), 52.5),
        ("advise(175e9, 64)", advise(175e9, 64), (False, 8, 4, 2, 1, "communication"), 43.75),
    )
    for call, plan, values, memory_gb in cases:
        for name, expected in zip(names, values, strict=True):
            assert hasattr(plan, name), f"{call} returned {described(plan)}; expected a Plan."
            value = getattr(plan, name)
            assert value is not ... and str(value) == str(expected) or value == expected, (
                f"{call} has {name} {value}; expected {expected}{hints.get(name, '')}."
            )
        value = plan.memory_per_gpu_gb
        try:
            value = float(value)
        except (TypeError, ValueError, RuntimeError):
            raise AssertionError(
                f"{call} has memory_per_gpu_gb {value!r}; expected the number {memory_gb}."
            ) from None
        assert math.isclose(value, memory_gb, rel_tol=1e-6), (
            f"{call} has memory_per_gpu_gb {round(value, 4)}; expected {memory_gb} (GB)."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_30b_on_four_gpus(advise):
    import math
    import re

    try:
        plan = advise(30e9, 4)
    except ValueError as error:
        message = str(error)
    else:
        raise AssertionError(
            f"advise(30e9, 4) returned {described(plan)}; expected a ValueError, since 360 GB of states "
            "are more than 4 times 64 GB."
        )
    enough = math.ceil(360 / 64)
    assert str(enough) in re.findall(r"\d+", message), (
        f"advise(30e9, 4) raised a ValueError that says '{message}'; expected a message that "
        f"says that {enough} GPUs would do."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_pipelines_with_one_microbatch(bubble_fraction):
    import math

    for (stages, microbatches), expected in (((4, 1), 0.75), ((1, 1), 0.0)):
        why = "each stage works in one of four minutes" if stages == 4 else "a single stage never waits"
        call = f"bubble_fraction({stages}, {microbatches})"
        result = bubble_fraction(stages, microbatches)
        try:
            value = float(result)
        except (TypeError, ValueError, RuntimeError):
            raise AssertionError(f"{call} returned {described(result)}; expected the number {expected}.") from None
        assert math.isclose(value, expected, abs_tol=1e-6), (
            f"{call} returned {round(value, 4)}; expected {expected}, since {why}."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_pipelines_with_more_microbatches(bubble_fraction):
    import math

    for (stages, microbatches), expected in (((2, 3), 0.25), ((3, 2), 0.5)):
        call = f"bubble_fraction({stages}, {microbatches})"
        result = bubble_fraction(stages, microbatches)
        try:
            value = float(result)
        except (TypeError, ValueError, RuntimeError):
            raise AssertionError(f"{call} returned {described(result)}; expected the number {expected}.") from None
        assert math.isclose(value, expected, abs_tol=1e-6), (
            f"{call} returned {round(value, 4)}; expected {expected}. Draw the minutes of each stage in a "
            "row of their own, busy or idle, and count."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Only the memory that is left after the reserve counts, and the reserve is an argument.
""" # END TEST CONFIG
def test_usable_memory(advise):
    from reference import parallelism_advisor as reference

    for case in reference.RESERVE_CASES:
        copies = reference.degrees(advise(**case)).zero_stage == 0
        assert copies == (reference.advise(**case).zero_stage == 0), "full copies or not"
    reference.check_reserve_in_the_number_of_gpus(advise)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The memory reported for a plan is that of one GPU under that plan, in GB of 10^9 bytes; ZeRO shards over the replicas that are left after the split.
""" # END TEST CONFIG
def test_memory_of_the_plan(advise):
    from reference import checks, parallelism_advisor as reference

    for case in reference.MIXED_CASES:
        plan = advise(**case)
        expected = reference.memory_of(plan, case)
        checks.close_number(plan.memory_per_gpu_gb, expected, rel=reference.TOLERANCE)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The pieces of a tensor-parallel layer talk to each other all the time, so they stay inside one node, in a number that is a power of two.
""" # END TEST CONFIG
def test_small_nodes(advise):
    from reference import parallelism_advisor as reference

    for case in reference.SMALL_NODE_CASES:
        tensor_parallel = reference.degrees(advise(**case)).tensor_parallel
        assert 1 <= tensor_parallel <= case["gpus_per_node"], "outside the node"
        assert tensor_parallel in (1, 2, 4, 8), "no power of two"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A model whose pieces find room in one node is split by tensor parallelism only; pipeline stages come after that.
""" # END TEST CONFIG
def test_pieces_that_fit_in_one_node(advise):
    from reference import parallelism_advisor as reference

    for case in reference.ONE_NODE_CASES:
        plan = reference.degrees(advise(**case))
        fits_a_node = plan.pieces <= case.get("gpus_per_node", 8)
        assert plan.pipeline_stages == 1 or not fits_a_node, "a pipeline inside one node"

# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: A model is split into no more pieces than it needs; the GPUs that are left make replicas.
""" # END TEST CONFIG
def test_number_of_pieces(advise):
    from reference import checks, parallelism_advisor as reference

    for case in (*reference.ONE_NODE_CASES, *reference.MANY_NODE_CASES):
        expected = reference.degrees(reference.advise(**case)).pieces
        checks.integer(reference.degrees(advise(**case)).pieces, expected, "pieces")

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: Every GPU belongs to one piece of one replica, so the three degrees multiply to the number of GPUs and no GPU stays idle.
""" # END TEST CONFIG
def test_every_gpu_has_its_place(advise):
    from reference import checks, parallelism_advisor as reference

    for case in reference.MIXED_CASES:
        plan = reference.degrees(advise(**case))
        product = plan.pieces * plan.data_parallel
        checks.integer(product, case["num_gpus"], "the product of the three degrees")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: While the model is in one piece, the lowest ZeRO stage that fits is the right one, stage 1 before stage 2.
""" # END TEST CONFIG
def test_stage_of_a_model_in_one_piece(advise):
    from reference import checks, parallelism_advisor as reference

    for case in reference.ONE_PIECE_CASES:
        plan, expected = reference.degrees(advise(**case)), reference.advise(**case)
        checks.integer(plan.zero_stage, expected.zero_stage, "zero_stage")
        checks.integer(plan.pieces, 1, "pieces")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A split model uses ZeRO stage 1, whatever the number of replicas.
""" # END TEST CONFIG
def test_stage_of_a_split_model(advise):
    from reference import checks, parallelism_advisor as reference

    checks.integer(reference.degrees(advise(**reference.ONE_REPLICA)).zero_stage, 1, "zero_stage")
    for case in (*reference.ONE_NODE_CASES, *reference.MANY_NODE_CASES):
        plan = reference.degrees(advise(**case))
        assert plan.zero_stage == 1 or plan.pieces == 1, f"stage {plan.zero_stage} after a split"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Where the number of GPUs has few factors of two, splitting may not reach far enough, and sharding everything is the last remedy.
""" # END TEST CONFIG
def test_numbers_of_gpus_with_few_factors_of_two(advise):
    from reference import checks, parallelism_advisor as reference

    for case in reference.ODD_CASES:
        plan = reference.degrees(advise(**case))
        checks.integer(plan.zero_stage, 3, "zero_stage")
        checks.integer(plan.pieces, 1, "pieces")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Dividing does not make bytes disappear; if all GPUs together cannot hold the states there is no plan.
""" # END TEST CONFIG
def test_too_few_gpus(advise):
    from reference import parallelism_advisor as reference

    for case in reference.INFEASIBLE_CASES:
        reference.refused(advise, case)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The error says the smallest number of GPUs whose usable memory, taken together, holds all states; it need not be a power of two.
""" # END TEST CONFIG
def test_how_many_gpus_would_do(advise):
    from reference import parallelism_advisor as reference

    for case in reference.INFEASIBLE_CASES:
        said = reference.numbers_in(reference.refused(advise, case))
        enough = reference.fewest_gpus(**case)
        assert enough in said, f"{enough} is not among the numbers {said} of the message"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: States that fill the usable memory exactly do fit.
""" # END TEST CONFIG
def test_exactly_full(advise):
    from reference import checks, parallelism_advisor as reference

    alone = reference.degrees(advise(**reference.EXACTLY_FULL_COPIES))
    checks.integer(alone.zero_stage, 0, "zero_stage")
    assert reference.degrees(advise(**reference.EXACTLY_FULL_CLUSTER)).data_parallel >= 1

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: How many bytes a weight, a gradient and the optimizer states take is an argument, in that order.
""" # END TEST CONFIG
def test_other_bytes_per_parameter(advise):
    from reference import checks, parallelism_advisor as reference

    for case in reference.BYTES_CASES:
        plan = advise(**case)
        checks.integer(reference.degrees(plan).pieces, 1, "pieces")
        # 10 %: whether a GB is 10^9 bytes is another test's question.
        checks.close_number(plan.memory_per_gpu_gb, reference.memory_of(plan, case), rel=0.1)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The bottleneck is what ran out first; a model whose pieces or shards cross the border of a node is held up by communication.
""" # END TEST CONFIG
def test_bottleneck(advise):
    from reference import parallelism_advisor as reference

    for case in reference.MIXED_CASES:
        plan = advise(**case)
        expected = reference.bottleneck(reference.degrees(plan), case.get("gpus_per_node", 8))
        assert plan.bottleneck == expected, f"expected {expected}"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Data parallelism is alone when every GPU holds the whole model and nothing is sharded or split.
""" # END TEST CONFIG
def test_when_data_parallelism_is_alone(advise):
    from reference import checks
    from reference import parallelism_advisor as reference

    for case in reference.MIXED_CASES:
        plan = advise(**case)
        own = reference.degrees(plan)
        expected = own.zero_stage == 0 and own.pieces == 1
        assert checks.truth(plan.data_parallel_alone) == expected, f"expected {expected}"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: All stages share one clock that runs from the first microbatch entering the first stage to the last one leaving the last stage; each stage works once for each microbatch.
""" # END TEST CONFIG
def test_several_microbatches(bubble_fraction):
    from reference import checks, parallelism_advisor

    for stages, microbatches in ((2, 2), (4, 4), (3, 8), (8, 3), (16, 64)):
        expected = parallelism_advisor.bubble_fraction(stages, microbatches)
        result = bubble_fraction(stages, microbatches)
        checks.close_number(result, expected, rel=parallelism_advisor.TOLERANCE)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A share of the time is the idle part of all the time that passes, so it is below 1, with many more stages than microbatches and with a single stage.
""" # END TEST CONFIG
def test_share_of_the_time(bubble_fraction):
    from reference import checks

    for stages, microbatches in ((32, 1), (16, 3), (9, 8), (1, 3)):
        share = checks.number(bubble_fraction(stages, microbatches))
        assert -1e-9 < share < 1, f"{share} is no share of idle time"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: More microbatches fill the pipeline better, and a single stage never waits.
""" # END TEST CONFIG
def test_more_microbatches(bubble_fraction):
    from reference import checks

    shares = [checks.number(bubble_fraction(6, microbatches)) for microbatches in (3, 6, 12)]
    assert shares[0] > shares[1] > shares[2], f"{shares} do not fall"
    for microbatches in (1, 7):
        checks.close_number(bubble_fraction(1, microbatches), 0.0, abs_=1e-9)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A count below 1, a GPU without memory or a reserve outside [0, 1) is a ValueError that names the argument.
""" # END TEST CONFIG
def test_arguments_out_of_range(advise, bubble_fraction):
    from reference import checks

    checks.integer(advise(1e9, 4).data_parallel, 4, "data_parallel")
    checks.integer(advise(1e6, 2, gpu_memory_gb=0.5).data_parallel, 2, "data_parallel")
    checks.number(bubble_fraction(2, 2))
    checks.rejects(advise, 0, 4, naming="num_params")
    for count in (0, -2):
        checks.rejects(advise, 1e9, count, naming="num_gpus")
        checks.rejects(bubble_fraction, count, 4, naming="num_stages")
        checks.rejects(bubble_fraction, 4, count, naming="num_microbatches")
    checks.rejects(advise, 1e9, 4, gpus_per_node=0, naming="gpus_per_node")
    for memory_gb in (0.0, -80.0):
        checks.rejects(advise, 1e9, 4, gpu_memory_gb=memory_gb, naming="gpu_memory_gb")
    for reserve in (-0.1, 1.0, 1.5):
        checks.rejects(advise, 1e9, 4, reserve=reserve, naming="reserve")

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# Your advice for five jobs, as a table and as a picture: on the left what a GPU would have to hold without sharding or splitting, on the right what it holds under your plan.

# %%
JOBS = {"124M on 1": (124e6, 1), "7B on 8": (7e9, 8), "30B on 4": (30e9, 4),
        "70B on 16": (70e9, 16), "175B on 64": (175e9, 64)}
PARTS = {"weights": (2, 3, "#0072B2", ""), "gradients": (2, 2, "#E69F00", "//"),
         "optimizer": (8, 1, "#009E73", "..")}  # bytes, sharded from stage, colour, hatch


def ask(num_params, num_gpus):
    """Your plan, or the message of your ValueError; says so if you return something else."""
    try:
        plan = advise(num_params, num_gpus)
    except ValueError as error:
        return str(error)
    if not isinstance(plan, Plan):
        raise TypeError(f"advise({num_params:.4g}, {num_gpus}) returned {described(plan)}; expected a Plan")
    for part in ("tensor_parallel", "pipeline_stages", "data_parallel", "zero_stage", "memory_per_gpu_gb"):
        number(f"As {part}, advise({num_params:.4g}, {num_gpus})", getattr(plan, part))
    return plan


def degrees(plan):
    """The three degrees of a plan as text."""
    return f"{plan.tensor_parallel} x {plan.pipeline_stages} x {plan.data_parallel}"


def print_table(plans):
    """One line for each job."""
    print(f"{'job':11} {'before GB':>9} {'after GB':>9}  tensor x pipeline x data  ZeRO  bottleneck")
    for job, plan in plans.items():
        before_gb = JOBS[job][0] * 12 / 1e9
        if isinstance(plan, str):
            print(f"{job:11} {before_gb:9.2f} {'none':>9}  {plan}")
            continue
        print(f"{job:11} {before_gb:9.2f} {float(plan.memory_per_gpu_gb):9.2f}  {degrees(plan):24}  "
              f"{plan.zero_stage:4}  {plan.bottleneck}")


def parts_under(plan, num_params):
    """GB of each part that the degrees and the ZeRO stage of a plan leave on one GPU."""
    return {
        part: num_params * size / 1e9 / (plan.tensor_parallel * plan.pipeline_stages)
        / (plan.data_parallel if plan.zero_stage >= stage else 1)
        for part, (size, stage, *_) in PARTS.items()
    }


def draw_parts(axes, row, parts_gb):
    """One stacked horizontal bar; returns its length."""
    left = 0.0
    for part, gb in parts_gb.items():
        _, _, color, hatch = PARTS[part]
        axes.barh(row, gb, 0.6, left, color=color, hatch=hatch, edgecolor="white", linewidth=0.5,
                  label=part if row == 0 else None)
        left += gb
    return left


def draw_jobs(plans):
    """Two panels: a full copy on each GPU, and one GPU under the plan."""
    figure, (before, after) = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
    for row, (job, plan) in enumerate(plans.items()):
        num_params, num_gpus = JOBS[job]
        full = {part: num_params * size / 1e9 for part, (size, *_) in PARTS.items()}
        total = draw_parts(before, row, full)
        before.text(max(total, 64) + 25, row, f"{total:.4g}", va="center")
        if isinstance(plan, str):
            after.text(2, row, "no plan", va="center", style="italic",
                       bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
            continue
        total, said = draw_parts(after, row, parts_under(plan, num_params)), plan.memory_per_gpu_gb
        agree = math.isclose(total, said, rel_tol=1e-5)
        after.text(total + 1.5, row, f"{said:.4g}" + ("" if agree else " ?"), va="center")
        if not agree:
            print(f"{job}: memory_per_gpu_gb is {said:.4g}, but the bar, drawn from the degrees and "
                  f"the ZeRO stage of your plan, is {total:.4g} GB long.")
        used = plan.tensor_parallel * plan.pipeline_stages * plan.data_parallel
        if used != num_gpus:
            print(f"{job}: your plan uses {used} GPUs.")
    before.set(title="Before: a full copy on each GPU", xlabel="GB per GPU, model states only",
               xlim=(0, 2400), yticks=range(len(plans)))
    before.set_yticklabels([f"{job} GPU{'' if JOBS[job][1] == 1 else 's'}" for job in plans])
    after.set(title="After: one GPU under your plan", xlabel="GB per GPU, model states only")
    after.set_xlim(0, max(88, after.get_xlim()[1] * 1.1))
    for axes in (before, after):
        axes.axvline(64, color="black", linestyle="--", linewidth=1.5, label="64 GB usable")
        axes.grid(axis="y", visible=False)
    after.axvline(80, color="black", linestyle=":", linewidth=1.5, label="80 GB in all")
    before.invert_yaxis()
    figure.legend(*after.get_legend_handles_labels(), loc="outside lower center", ncols=5)
    plt.show()


with look("advise"):
    plans = {job: ask(*sizes) for job, sizes in JOBS.items()}
    print_table(plans)
    draw_jobs(plans)
    alone = [job for job, plan in plans.items() if isinstance(plan, Plan) and plan.data_parallel_alone]
    print(f"Data parallelism alone: {', '.join(alone) or 'none'}. (The axis on the left is far longer.)")

# %% [markdown]
# Your prediction: from how many GPUs on does the 30B train?

# %%
with look("advise"):
    for count in range(1, 13):
        plan = ask(30e9, count)
        if isinstance(plan, str):
            continue
        idle = count - plan.tensor_parallel * plan.pipeline_stages * plan.data_parallel
        print(f"{count:2d} GPUs: {degrees(plan)} (tensor x pipeline x data), ZeRO {plan.zero_stage}, "
              f"{plan.memory_per_gpu_gb:.4g} GB per GPU, bottleneck {plan.bottleneck}"
              + (f"; {idle} of the GPUs idle" if idle else ""))
    print("For every other number up to 12 your advise has no plan.")
    print("Your prediction of the smallest number:", predicted("parallelism_advisor"))

# %% [markdown]
# The rule cuts each layer of the 175B into as many pieces as a node has GPUs, and no more. What do the links cost? At the end of the attention and again at the end of the feed-forward network, the pieces add up their results (an *all-reduce*). From one pipeline stage to the next, activations cross the border of the node. The next cell compares the times for both with the time for the arithmetic: forward, 2,048 tokens, GPUs at their full 312 TFLOPS. Links inside a node carry 300 GB/s each way, the network between nodes here 25 GB/s.

# %%
D_MODEL, NUM_LAYERS, NUM_TOKENS = 12_288, 96, 2_048  # the 175B, and one microbatch


def arithmetic_seconds(pieces):
    """Time for the matrix products of one layer, cut into pieces."""
    flops = 24 * NUM_TOKENS * D_MODEL**2 + 4 * NUM_TOKENS**2 * D_MODEL
    return flops / pieces / 312e12


def waiting_share(pieces, gb_per_second):
    """Share of the time that a layer, cut into pieces, waits for its links."""
    result_gb = 2 * NUM_TOKENS * D_MODEL / 1e9  # two bytes a number
    # A ring all-reduce makes each GPU send 2 (pieces - 1) / pieces of the result; there are two.
    links_s = 2 * 2 * (pieces - 1) / pieces * result_gb / gb_per_second
    return links_s / (links_s + arithmetic_seconds(pieces))


with look("advise"):
    plan = ask(175e9, 64)
    if isinstance(plan, str):
        raise ValueError(f"advise(175e9, 64) has no plan: {plan}")
    pieces, stages = int(plan.tensor_parallel), int(plan.pipeline_stages)
    if pieces < 2 or stages < 2:
        print(f"Your plan for the 175B is {degrees(plan)}; the lines below are about 8 x 4 x 2.")
        pieces, stages = 8, 4
    print("Tensor parallelism inside a node:",
          "; ".join(f"{n} pieces wait {100 * waiting_share(n, 300):.0f} % of the time" for n in (2, 4, 8)))
    print(f"{pieces} pieces wait {100 * waiting_share(pieces, 300):.0f} % inside a node; with the "
          f"network between them it would be {100 * waiting_share(pieces, 25):.0f} %.")
    hop_s = 2 * NUM_TOKENS * D_MODEL / 25e9
    stage_s = NUM_LAYERS / stages * arithmetic_seconds(pieces) / (1 - waiting_share(pieces, 300)) + hop_s
    print(f"From one of {stages} stages to the next the activations take {1000 * hop_s:.0f} ms across the "
          f"border of the node, {100 * hop_s / stage_s:.0f} % of the time that a stage needs for a microbatch.")

# %% [markdown]
# By the rule two of the five jobs have pipeline stages. How busy are such stages, by your `bubble_fraction`?

# %%
with look("bubble_fraction"):
    microbatches = [1, 2, 4, 8, 16, 32, 64]
    bubble = {}
    for num_stages in (2, 4, 8):
        for m in microbatches:
            bubble[num_stages, m] = number("bubble_fraction", bubble_fraction(num_stages, m))
    figure, axes = plt.subplots(layout="constrained")
    for num_stages, style in ((2, "o-"), (4, "s--"), (8, "^-.")):
        busy = [100 * (1 - bubble[num_stages, m]) for m in microbatches]
        axes.plot(microbatches, busy, style, markersize=4, label=f"{num_stages} stages")
    axes.annotate(f"{100 * (1 - bubble[4, 4]):.0f} %", (4, 100 * (1 - bubble[4, 4])), (6, -14),
                  textcoords="offset points")
    axes.set(xscale="log", xlabel="microbatches per batch (log axis)", ylabel="stages busy, %",
             ylim=(min(0, *axes.get_ylim()), 102), title="How busy are the stages of a pipeline?")
    axes.set_xticks(microbatches, [str(m) for m in microbatches])
    axes.minorticks_off()
    axes.legend(loc="lower right")
    plt.show()
    for num_stages in (2, 4, 8):
        print(f"{num_stages} stages are busy", ", ".join(
            f"{100 * (1 - bubble[num_stages, m]):.0f} % with {m}" for m in microbatches), "microbatches.")

# %% [markdown]
# ### What you saw
# The smallest job has memory to spare, and its GPU's arithmetic sets the pace. The 7B needs 84 GB where 64 are usable, and sharing out one part is enough. The 30B on 4 GPUs has no plan at all: dividing moves the bytes around, and they still need a place. It needs 6 GPUs, because 360 GB are more than 5 times 64, and with 6 only ZeRO 3 is left: 6 allows no more than 2 pieces. With 8 it can be split into 4, and with 10 it is ZeRO 3 again.
#
# In the last two jobs one model needs more GPUs than a node has. The rule files that under communication, because the model crosses the border of its node. The crossing itself is cheap: in the 175B it takes about 2 % of the time that a stage needs. The all-reduces inside the node cost more, 16 % of the time, which is why a model is split into as few pieces as fit and never more. Dearest is the bubble: with as many microbatches as stages it is 33 % of the time for two stages and 43 % for four, and it shrinks only with many more microbatches than stages. Hence tensor parallelism first: with 8 microbatches, 8 pieces of each layer in 2 stages wait 16 % for their links and idle 11 % in the bubble; 2 pieces in 8 stages would wait 3 % and idle 47 %.
