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
# | split into 8 (tensor), ZeRO 1 over the 2 replicas | | (140 + 140 + 560/2) / 8 = 70 GB, too much |
# | split into 8 x 2 (tensor x pipeline), 1 replica | | (140 + 140 + 560) / 16 = **52.5 GB** |
#
# The order of the rows is the order of the remedies: each costs more communication than the one above it. *Tensor parallelism* cuts every layer into pieces, whose results must be put together in each layer, so it stays inside a node, where the links are fast. *Pipeline parallelism* gives whole layers to each stage; only activations travel from stage to stage, but stages wait for one another. To shorten the wait, a batch is cut into *microbatches* that follow each other through the stages.

# %% [raw]
# # BEGIN QUESTION
# name: parallelism_advisor

# %% [markdown]
# ### Predict before you run
# Five jobs on 80 GB GPUs, 64 GB of each usable:
#
# 1. GPT-2 124M on 1 GPU
# 2. 7B on 8 GPUs
# 3. 30B on 4 GPUs
# 4. 70B on 16 GPUs
# 5. 175B on 64 GPUs
#
# Which of them can use data parallelism alone, with a full copy of the model states on every GPU? Answer with five times `"yes"` or `"no"`, in this order: `("yes", "yes", "yes", "yes", "yes")` would say that all can.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_parallelism_advisor = ("yes", "no", "no", "no", "no")  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# `advise` returns a `Plan`, or raises a `ValueError` if there is none. A plan fits when the model states of one GPU take at most `gpu_memory_gb * (1 - reserve)`. The first of these that fits is the plan:
#
# 1. **Data parallelism alone**, ZeRO stage 0. Bottleneck `"compute"`.
# 2. **ZeRO**, the lower of the stages 1 and 2 that fits, with `data_parallel = num_gpus` and the model in one piece. Bottleneck `"memory"`.
# 3. **Split the model**, into as few pieces as fit, with ZeRO stage 1 over the replicas that remain (the stage is called 1 also when there is one replica).
#     * `tensor_parallel` and `pipeline_stages` are powers of two, and their product is the number of pieces. Tensor parallelism first: it grows to the largest power of two that is not above `gpus_per_node` before there is a second pipeline stage.
#     * `tensor_parallel * pipeline_stages * data_parallel == num_gpus`.
#     * Bottleneck `"communication"` if the pieces of one model need more than one node, otherwise `"memory"`.
# 4. **ZeRO stage 3** over all GPUs, the model in one piece. Bottleneck `"communication"`.
# 5. Otherwise a `ValueError` whose message says how many GPUs of this size would do: the smallest number above `num_gpus` for which there is a plan.
#
# Splitting divides weights, gradients and optimizer states alike by the number of pieces. `data_parallel_alone` is true for a plan of the first kind only.
#
# `bubble_fraction` is the share of time that a pipeline's stages stand idle. Think of one microbatch that passes through four stages, each stage taking one step: four steps, and each stage works in one of them. Then let more microbatches follow, one step apart, and ask how many steps there are now and in how many of them a stage works. Forward passes are enough to see it.
#
# Both functions raise a `ValueError` that names the argument if a count is below 1, `gpu_memory_gb` is not above 0, or `reserve` is not in [0, 1).

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
        if count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")
    if gpu_memory_gb <= 0:
        raise ValueError(f"gpu_memory_gb must be above 0, got {gpu_memory_gb}")
    if not 0 <= reserve < 1:
        raise ValueError(f"reserve must be in [0, 1), got {reserve}")
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
    if num_stages < 1:
        raise ValueError(f"num_stages must be at least 1, got {num_stages}")
    if num_microbatches < 1:
        raise ValueError(f"num_microbatches must be at least 1, got {num_microbatches}")
    steps = num_microbatches + num_stages - 1
    return (num_stages - 1) / steps
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
    assert type(answer) in (tuple, list) and len(answer) == 5 and set(answer) <= {"yes", "no"}, (
        f"prediction_parallelism_advisor is {answer!r}; answer with five times 'yes' or 'no'"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_two_smaller_models(advise):
    import math

    names = ("data_parallel_alone", "tensor_parallel", "pipeline_stages", "data_parallel",
             "zero_stage", "bottleneck")
    cases = (
        ("advise(124e6, 1)", advise(124e6, 1), (True, 1, 1, 1, 0, "compute"), 1.488),
        ("advise(7e9, 8)", advise(7e9, 8), (False, 1, 1, 8, 1, "memory"), 35.0),
    )
    for call, plan, values, memory_gb in cases:
        assert plan is not None, f"{call} returned None; expected a Plan"
        for name, expected in zip(names, values, strict=True):
            value = getattr(plan, name)
            assert value == expected, f"{call} has {name} {value!r}; expected {expected!r}"
        value = plan.memory_per_gpu_gb
        assert math.isclose(value, memory_gb, rel_tol=1e-6), (
            f"{call} has memory_per_gpu_gb {value!r}; expected about {memory_gb}"
        )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_two_larger_models(advise):
    import math

    names = ("data_parallel_alone", "tensor_parallel", "pipeline_stages", "data_parallel",
             "zero_stage", "bottleneck")
    cases = (
        ("advise(70e9, 16)", advise(70e9, 16), (False, 8, 2, 1, 1, "communication"), 52.5),
        ("advise(175e9, 64)", advise(175e9, 64), (False, 8, 4, 2, 1, "communication"), 43.75),
    )
    for call, plan, values, memory_gb in cases:
        assert plan is not None, f"{call} returned None; expected a Plan"
        for name, expected in zip(names, values, strict=True):
            value = getattr(plan, name)
            assert value == expected, f"{call} has {name} {value!r}; expected {expected!r}"
        value = plan.memory_per_gpu_gb
        assert math.isclose(value, memory_gb, rel_tol=1e-6), (
            f"{call} has memory_per_gpu_gb {value!r}; expected about {memory_gb}"
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_30b_on_four_gpus(advise):
    import re

    try:
        plan = advise(30e9, 4)
    except ValueError as error:
        message = str(error)
    else:
        raise AssertionError(
            f"advise(30e9, 4) returned {plan!r}; expected a ValueError, since 360 GB of states "
            "are more than 4 times 64 GB"
        )
    assert "6" in re.findall(r"\d+", message), (
        f"advise(30e9, 4) raised ValueError({message!r}); expected a message that says that "
        "6 GPUs would do"
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_one_microbatch_in_a_pipeline(bubble_fraction):
    import math

    for num_stages, expected in ((4, 0.75), (1, 0.0)):
        result = bubble_fraction(num_stages, 1)
        said = f"bubble_fraction({num_stages}, 1) returned {result!r}; expected {expected}"
        assert result is not None, said
        assert math.isclose(result, expected, abs_tol=1e-6), said

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Only the memory that is left after the reserve counts, and the reserve is an argument.
""" # END TEST CONFIG
def test_usable_memory(advise):
    from reference import checks, parallelism_advisor

    for case in parallelism_advisor.RESERVE_CASES:
        plan, expected = advise(**case), parallelism_advisor.advise(**case)
        checks.integer(plan.zero_stage, expected.zero_stage, "zero_stage")
    case = parallelism_advisor.REFUSED_WITH_A_RESERVE
    said = parallelism_advisor.numbers_in(parallelism_advisor.refused(advise, case))
    assert parallelism_advisor.fewest_gpus(**case) in said, "the number of GPUs has no reserve"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: The memory reported for a plan is that of one GPU under that plan, in GB of 10^9 bytes; ZeRO shards over the replicas that are left after the split.
""" # END TEST CONFIG
def test_memory_of_the_plan(advise):
    from reference import checks, parallelism_advisor

    for case in parallelism_advisor.MIXED_CASES:
        plan = advise(**case)
        pieces = checks.number(plan.tensor_parallel) * checks.number(plan.pipeline_stages)
        expected = parallelism_advisor.states_gb(
            case["num_params"],
            zero_stage=int(checks.number(plan.zero_stage)),
            pieces=int(pieces),
            data_parallel=int(checks.number(plan.data_parallel)),
        )
        value = plan.memory_per_gpu_gb
        checks.close_number(value, expected, rel=parallelism_advisor.TOLERANCE)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The pieces of a tensor-parallel layer talk to each other all the time, so they stay inside one node, in a number that is a power of two.
""" # END TEST CONFIG
def test_small_nodes(advise):
    from reference import checks, parallelism_advisor

    for case in parallelism_advisor.SMALL_NODE_CASES:
        tensor_parallel = checks.number(advise(**case).tensor_parallel)
        assert 1 <= tensor_parallel <= case["gpus_per_node"], "outside the node"
        assert tensor_parallel in (1, 2, 4, 8), "no power of two"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A model whose pieces find room in one node is split by tensor parallelism only; pipeline stages come after that.
""" # END TEST CONFIG
def test_pieces_that_fit_in_one_node(advise):
    from reference import checks, parallelism_advisor

    for case in parallelism_advisor.ONE_NODE_CASES:
        checks.integer(advise(**case).pipeline_stages, 1, "pipeline_stages")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A model is split into no more pieces than it needs; the GPUs that are left make replicas.
""" # END TEST CONFIG
def test_number_of_pieces(advise):
    from reference import checks, parallelism_advisor

    for case in (*parallelism_advisor.ONE_NODE_CASES, *parallelism_advisor.MANY_NODE_CASES):
        plan, expected = advise(**case), parallelism_advisor.advise(**case)
        pieces = checks.number(plan.tensor_parallel) * checks.number(plan.pipeline_stages)
        checks.integer(pieces, expected.tensor_parallel * expected.pipeline_stages, "pieces")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Every GPU belongs to one piece of one replica, so the three degrees multiply to the number of GPUs.
""" # END TEST CONFIG
def test_every_gpu_has_its_place(advise):
    from reference import checks, parallelism_advisor

    for case in parallelism_advisor.MIXED_CASES:
        plan = advise(**case)
        degrees = (plan.tensor_parallel, plan.pipeline_stages, plan.data_parallel)
        product = 1.0
        for degree in degrees:
            product *= checks.number(degree)
        checks.integer(product, case["num_gpus"], "the product of the three degrees")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: While the model is in one piece, the lowest ZeRO stage that fits is the right one; a higher one costs communication.
""" # END TEST CONFIG
def test_stage_of_a_model_in_one_piece(advise):
    from reference import checks, parallelism_advisor

    for case in parallelism_advisor.ONE_PIECE_CASES:
        plan, expected = advise(**case), parallelism_advisor.advise(**case)
        checks.integer(plan.zero_stage, expected.zero_stage, "zero_stage")
        checks.integer(plan.data_parallel, case["num_gpus"], "data_parallel")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A split model uses ZeRO stage 1, whatever the number of replicas.
""" # END TEST CONFIG
def test_stage_of_a_split_model(advise):
    from reference import checks, parallelism_advisor

    for case in (*parallelism_advisor.ONE_NODE_CASES, *parallelism_advisor.MANY_NODE_CASES):
        checks.integer(advise(**case).zero_stage, 1, "zero_stage")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Where the number of GPUs has few factors of two, splitting may not reach far enough, and sharding everything is the last remedy.
""" # END TEST CONFIG
def test_numbers_of_gpus_with_few_factors_of_two(advise):
    from reference import checks, parallelism_advisor

    for case in parallelism_advisor.ODD_CASES:
        plan = advise(**case)
        checks.integer(plan.zero_stage, 3, "zero_stage")
        checks.integer(plan.tensor_parallel, 1, "tensor_parallel")
        checks.integer(plan.pipeline_stages, 1, "pipeline_stages")
        checks.integer(plan.data_parallel, case["num_gpus"], "data_parallel")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Dividing does not make bytes disappear; if all GPUs together cannot hold the states there is no plan.
""" # END TEST CONFIG
def test_too_few_gpus(advise):
    from reference import parallelism_advisor

    for case in parallelism_advisor.INFEASIBLE_CASES:
        parallelism_advisor.refused(advise, case)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The error says the smallest number of GPUs whose usable memory, taken together, holds all states; it need not be a power of two.
""" # END TEST CONFIG
def test_how_many_gpus_would_do(advise):
    from reference import parallelism_advisor

    for case in parallelism_advisor.INFEASIBLE_CASES:
        said = parallelism_advisor.numbers_in(parallelism_advisor.refused(advise, case))
        enough = parallelism_advisor.fewest_gpus(**case)
        assert enough in said, f"{enough} is not among the numbers {said} of the message"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: States that fill the usable memory exactly do fit.
""" # END TEST CONFIG
def test_exactly_full(advise):
    from reference import checks, parallelism_advisor

    for case in parallelism_advisor.EXACT_CASES:
        plan, expected = advise(**case), parallelism_advisor.advise(**case)
        for name in ("zero_stage", "tensor_parallel", "pipeline_stages"):
            checks.integer(getattr(plan, name), getattr(expected, name), name)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: How many bytes a weight, a gradient and the optimizer states take is an argument, in that order.
""" # END TEST CONFIG
def test_other_bytes_per_parameter(advise):
    from reference import checks, parallelism_advisor

    for case in parallelism_advisor.BYTES_CASES:
        plan, expected = advise(**case), parallelism_advisor.advise(**case)
        checks.integer(plan.zero_stage, expected.zero_stage, "zero_stage")
        value, gb = plan.memory_per_gpu_gb, expected.memory_per_gpu_gb
        # 10 %: whether a GB is 10^9 bytes is another test's question.
        checks.close_number(value, gb, rel=0.1, what="memory_per_gpu_gb")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The bottleneck is what ran out first; a model whose pieces or shards cross the border of a node is held up by communication.
""" # END TEST CONFIG
def test_bottleneck(advise):
    from reference import parallelism_advisor

    for case in parallelism_advisor.MIXED_CASES:
        expected = parallelism_advisor.advise(**case).bottleneck
        assert advise(**case).bottleneck == expected, f"expected {expected}"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Data parallelism is alone when every GPU holds the whole model and nothing is sharded or split.
""" # END TEST CONFIG
def test_when_data_parallelism_is_alone(advise):
    from reference import parallelism_advisor

    for case in (*parallelism_advisor.MIXED_CASES, *parallelism_advisor.ODD_CASES):
        expected = parallelism_advisor.advise(**case).data_parallel_alone
        alone = parallelism_advisor.truth(advise(**case).data_parallel_alone)
        assert alone == expected, f"expected {expected}"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
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
failure_message: A share of the time is the idle part of all the time that passes, so it is below 1 also when there are many more stages than microbatches.
""" # END TEST CONFIG
def test_share_of_the_time(bubble_fraction):
    from reference import checks

    for stages, microbatches in ((32, 1), (16, 3), (9, 8)):
        share = checks.number(bubble_fraction(stages, microbatches))
        assert 0 < share < 1, f"{share} is no share"

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
# Your advice for the five jobs, as a table and as a picture: on the left what a GPU would have to hold without sharding or splitting, on the right what it holds under your plan.

# %%
JOBS = {"124M on 1": (124e6, 1), "7B on 8": (7e9, 8), "30B on 4": (30e9, 4),
        "70B on 16": (70e9, 16), "175B on 64": (175e9, 64)}
PARTS = {"weights": (2, 3, "#0072B2", ""), "gradients": (2, 2, "#E69F00", "//"),
         "optimizer": (8, 1, "#009E73", "..")}  # bytes, sharded from stage, colour, hatch


def advice():
    """Job -> plan, or the message of the ValueError."""
    plans = {}
    for job, (num_params, num_gpus) in JOBS.items():
        try:
            plans[job] = advise(num_params, num_gpus)
        except ValueError as error:
            plans[job] = str(error)
    return plans


def print_table(plans):
    """One line for each job."""
    print(f"{'job':11} {'before GB':>9} {'after GB':>9}  tensor x pipeline x data  ZeRO  bottleneck")
    for job, plan in plans.items():
        before_gb = JOBS[job][0] * 12 / 1e9
        if isinstance(plan, str):
            print(f"{job:11} {before_gb:9.1f} {'none':>9}  {plan}")
            continue
        degrees = f"{plan.tensor_parallel} x {plan.pipeline_stages} x {plan.data_parallel}"
        print(f"{job:11} {before_gb:9.1f} {plan.memory_per_gpu_gb:9.2f}  {degrees:24}  "
              f"{plan.zero_stage:4}  {plan.bottleneck}")


def draw_parts(axes, row, parts_gb):
    """One stacked horizontal bar with its total."""
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
        num_params = JOBS[job][0]
        full = {part: num_params * size / 1e9 for part, (size, *_) in PARTS.items()}
        total = draw_parts(before, row, full)
        before.text(max(total, 64) + 25, row, f"{total:.4g}", va="center")
        if isinstance(plan, str):
            after.text(2, row, "no plan: too few GPUs", va="center", style="italic",
                       bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})
            continue
        pieces = plan.tensor_parallel * plan.pipeline_stages
        own = {part: full[part] / pieces / (plan.data_parallel if plan.zero_stage >= stage else 1)
               for part, (_, stage, *_) in PARTS.items()}
        total = draw_parts(after, row, own)
        after.text(total + 1.5, row, f"{plan.memory_per_gpu_gb:.4g}", va="center")
    before.set(title="Before: a full copy on each GPU", xlabel="GB per GPU, model states only",
               xlim=(0, 2400), yticks=range(len(plans)))
    before.set_yticklabels([f"{job} GPU{'' if JOBS[job][1] == 1 else 's'}" for job in plans])
    after.set(title="After: one GPU under the plan", xlabel="GB per GPU, model states only",
              xlim=(0, 88))
    for axes in (before, after):
        axes.axvline(64, color="black", linestyle="--", linewidth=1.5, label="64 GB usable")
        axes.grid(axis="y", visible=False)
    after.axvline(80, color="black", linestyle=":", linewidth=1.5, label="80 GB in all")
    before.invert_yaxis()
    figure.legend(*after.get_legend_handles_labels(), loc="outside lower center", ncols=5)
    plt.show()


try:
    plans = advice()
    assert all(isinstance(plan, (Plan, str)) for plan in plans.values())
    print_table(plans)
    draw_jobs(plans)
    alone = [job for job, plan in plans.items() if not isinstance(plan, str) and plan.data_parallel_alone]
    print(f"Data parallelism alone: {', '.join(alone) or 'none'}. The left axis reaches 2,400 GB, "
          "the right one 88 GB.")
except Exception:
    plt.close("all")
    print("Fill in advise above, then run this cell again.")

# %% [markdown]
# Your plan cuts each layer of the 175B into as many pieces as a node has GPUs, and no more. What do the links cost? At the end of the attention and again at the end of the feed-forward network, the pieces add up their results (an *all-reduce*). The next cell compares the time for that with the time for the arithmetic: one layer, forward, 2,048 tokens, GPUs at their full 312 TFLOPS. Links inside a node carry 300 GB/s each way, the network between nodes here 25 GB/s.

# %%
def waiting_share(pieces, gb_per_second, d_model=12_288, num_tokens=2_048):
    """Share of the time that a layer, cut into pieces, waits for its links."""
    flops = 24 * num_tokens * d_model**2 + 4 * num_tokens**2 * d_model
    arithmetic_s = flops / pieces / 312e12
    result_gb = 2 * num_tokens * d_model / 1e9  # two bytes a number
    # A ring all-reduce makes each GPU send 2 (pieces - 1) / pieces of the result; there are two.
    links_s = 2 * 2 * (pieces - 1) / pieces * result_gb / gb_per_second
    return links_s / (links_s + arithmetic_s)


try:
    pieces = int(advise(175e9, 64).tensor_parallel)
    inside = {count: 100 * waiting_share(count, 300) for count in (2, 4, 8)}
    shares = [100 * waiting_share(pieces, speed) for speed in (300, 25)]
except Exception:
    print("Fill in advise above, then run this cell again.")
else:
    print("Inside a node:", "; ".join(f"{count} pieces wait {share:.0f} % of the time" for count, share in inside.items()))
    print(f"Your {pieces} pieces wait {shares[0]:.0f} % inside a node; with the network between them it would be {shares[1]:.0f} %.")

# %% [markdown]
# Two of the plans have pipeline stages. How busy are they?

# %%
try:
    assert bubble_fraction(2, 2) is not None
    microbatches = list(range(1, 65))
    figure, axes = plt.subplots(layout="constrained")
    for num_stages, style in ((2, "-"), (4, "--"), (8, "-.")):
        busy = [100 * (1 - bubble_fraction(num_stages, m)) for m in microbatches]
        axes.plot(microbatches, busy, style, label=f"{num_stages} stages")
    example = 100 * (1 - bubble_fraction(4, 4))
    axes.plot(4, example, "ko")
    axes.annotate(f"{example:.0f} %", (4, example), (6, -14), textcoords="offset points")
    axes.set(xscale="log", xlabel="microbatches in one step (log axis)", ylabel="stages busy, %",
             ylim=(0, 102), title="A pipeline needs many more microbatches than stages")
    axes.set_xticks([1, 2, 4, 8, 16, 32, 64], ["1", "2", "4", "8", "16", "32", "64"])
    axes.minorticks_off()
    axes.legend(loc="lower right")
    plt.show()
    print(f"4 stages are busy {100 * (1 - bubble_fraction(4, 1)):.0f} % of the time with 1 microbatch, "
          f"{example:.0f} % with 4 and {100 * (1 - bubble_fraction(4, 32)):.0f} % with 32.")
except Exception:
    plt.close("all")
    print("Fill in bubble_fraction above, then run this cell again.")

# %% [markdown]
# ### What you saw
# The smallest job has memory to spare, and its GPU's arithmetic sets the pace. The 7B misses by a little, and sharding one part is enough. In the last two jobs one model needs more GPUs than a node has, and the network between nodes sets the pace. The 30B on 4 GPUs has no plan at all: dividing moves the bytes around, and they still need a place. Links cost time even inside a node, which is why a model is split into as few pieces as fit and never more. A pipeline adds a cost of its own: with as many microbatches as stages it stands idle almost half of the time.
