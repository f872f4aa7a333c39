# %% [markdown]
# ## 3. Continuous batching
#
# **Supported.** A server has room for 8 requests at a time. Fifty requests wait, some for 10 tokens, some for 200. How much of that room does real work, if a batch ends only when its longest request ends?
#
# A *request* is one user's text to be written, a *slot* is room for one request, and a *step* is one pass of the model. A pass reads all the weights once and makes one token for every active slot. It takes about the same time whether one slot is active or all 8, so an idle slot is a token that could have been had for nothing.
#
# A small case first: two slots and four requests of 2, 4, 1 and 3 tokens, named 0 to 3 in the order in which they came. A dot is an idle slot.
#
# ```
# step                  1  2  3  4  5  6  7
# static      slot A    0  0  .  .  2  .  .
#             slot B    1  1  1  1  3  3  3
# continuous  slot A    0  0  2  3  3  3
#             slot B    1  1  1  1  .  .
# ```
#
# The static batch holds requests 0 and 1 until request 1 is done; slot A idles for two steps. It needs 7 steps, so 10 of 14 slot-steps are busy: a utilization of 71 %. The continuous one gives slot A to request 2 as soon as request 0 is done: 6 steps, 10 of 12 slot-steps, 83 %. The requests finish in steps 2, 4, 5, 7 and 2, 4, 3, 6. That is also how long their users wait: 4.5 steps on average, and 3.75.

# %% [raw]
# # BEGIN QUESTION
# name: continuous_batching

# %% [markdown]
# ### Predict before you run
# Fifty requests (89 tokens on average, 10 at least, 198 at most), 8 slots. What percentage of the slot-steps is busy with static and with continuous batching? Write the pair `(static, continuous)`, each a number from 0 to 100. Within 5 of what happens counts as a hit.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_continuous_batching = (51, 87)  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Write it
# Both batchings return the same kind of schedule. The rules:
#
# * All requests wait from step 0 on, first come, first served. The first token is made in step 1.
# * Static: a batch takes the next `batch_size` requests (the last batch may have fewer) and admits nothing until its longest request has finished.
# * Continuous: a slot that becomes free at the end of step t takes the next waiting request for step t + 1. Several slots can become free at once.
#
# Hints: for static batching, one batch at a time is enough; a request of n tokens is active in the first n steps of its batch. For continuous batching, go step by step: fill the free slots, let each active slot make one token, take out what is finished. Keep the number of tokens still to make for each active request.
#
# Raise a `ValueError` that names the argument for no `lengths`, for a length below 1 and for `batch_size` below 1, in each of the three functions that has the argument (`metrics` has only `batch_size`). The helper `require` of the opening cell does it in one line: `require(condition, name, value)`.

# %%
def make_requests(num_requests=50, mean=80, std=60, low=10, high=300, seed=0):
    """Target lengths of num_requests requests, in tokens: normal, rounded, clipped to low..high."""
    lengths = np.random.default_rng(seed).normal(mean, std, num_requests)
    return [int(length) for length in np.clip(np.round(lengths), low, high)]

# %% [raw]
# # BEGIN SOLUTION

# %%
def static_batching(lengths, batch_size):
    """Schedule of batches that run until their longest request has finished.

    lengths: list of ints, tokens of each request, in the order of arrival
    batch_size: number of slots
    Returns a dict:
      finish_step   list of ints, one per request in the order of arrival: the step of its last token
      active_slots  list of ints, one per step: how many slots made a token
    """
    # BEGIN SOLUTION
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [], []
    for first in range(0, len(lengths), batch_size):
        batch = lengths[first : first + batch_size]
        steps_before = len(active_slots)
        finish_step += [steps_before + length for length in batch]
        active_slots += [
            sum(length >= step for length in batch) for step in range(1, max(batch) + 1)
        ]
    return {"finish_step": finish_step, "active_slots": active_slots}
    # END SOLUTION


def continuous_batching(lengths, batch_size):
    """Schedule in which a freed slot takes the next waiting request for the next step.

    Arguments and result as for static_batching.
    """
    # BEGIN SOLUTION
    require(len(lengths) >= 1 and min(lengths) >= 1, "lengths", lengths)
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = [None] * len(lengths), []
    waiting = list(range(len(lengths)))
    tokens_left = {}
    while waiting or tokens_left:
        while waiting and len(tokens_left) < batch_size:
            request = waiting.pop(0)
            tokens_left[request] = lengths[request]
        active_slots.append(len(tokens_left))
        for request in list(tokens_left):
            tokens_left[request] -= 1
            if tokens_left[request] == 0:
                finish_step[request] = len(active_slots)
                del tokens_left[request]
    return {"finish_step": finish_step, "active_slots": active_slots}
    # END SOLUTION


def metrics(schedule, batch_size):
    """Three numbers about a schedule (a dict with finish_step and active_slots).

    Returns a dict:
      total_steps   number of steps
      mean_latency  mean over the requests of the steps from arrival (step 0) to the last token
      utilization   busy slot-steps / all slot-steps, 0..1
    """
    # BEGIN SOLUTION
    require(batch_size >= 1, "batch_size", batch_size)
    finish_step, active_slots = schedule["finish_step"], schedule["active_slots"]
    total_steps = len(active_slots)
    return {
        "total_steps": total_steps,
        "mean_latency": sum(finish_step) / len(finish_step),
        "utilization": sum(active_slots) / (total_steps * batch_size),
    }
    # END SOLUTION

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_continuous_batching):
    answer = prediction_continuous_batching
    assert (
        type(answer) in (tuple, list)
        and len(answer) == 2
        and all(type(part) in (int, float) and 0 <= part <= 100 for part in answer)
    ), (
        f"prediction_continuous_batching is {'still `...`' if answer is ... else repr(answer)}; "
        "write the pair (static, continuous), each a number from 0 to 100."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_static_finish_steps_of_the_small_case(static_batching):
    call = "static_batching([2, 4, 1, 3], 2)"
    result = static_batching([2, 4, 1, 3], 2)
    assert type(result) is dict, (
        f"{call} returned {described(result)}; expected a dict with finish_step and active_slots."
    )
    assert "finish_step" in result, f"{call} returned a dict with keys {list(result)}; finish_step is missing."
    try:
        numbers = [int(number) for number in result["finish_step"]]
    except (TypeError, ValueError, RuntimeError):
        raise AssertionError(
            f"{call}['finish_step'] is {result['finish_step']!r}; expected a list of whole numbers."
        ) from None
    assert numbers == [2, 4, 5, 7], (
        f"{call}['finish_step'] is {numbers}; expected [2, 4, 5, 7] as in the drawing above."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_static_active_slots_of_the_small_case(static_batching):
    call = "static_batching([2, 4, 1, 3], 2)"
    result = static_batching([2, 4, 1, 3], 2)
    assert type(result) is dict, (
        f"{call} returned {described(result)}; expected a dict with finish_step and active_slots."
    )
    assert "active_slots" in result, f"{call} returned a dict with keys {list(result)}; active_slots is missing."
    try:
        numbers = [int(number) for number in result["active_slots"]]
    except (TypeError, ValueError, RuntimeError):
        raise AssertionError(
            f"{call}['active_slots'] is {result['active_slots']!r}; expected a list of whole numbers."
        ) from None
    assert numbers == [2, 2, 1, 1, 2, 1, 1], (
        f"{call}['active_slots'] is {numbers}; expected [2, 2, 1, 1, 2, 1, 1] as in the drawing above."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_continuous_finish_steps_of_the_small_case(continuous_batching):
    call = "continuous_batching([2, 4, 1, 3], 2)"
    result = continuous_batching([2, 4, 1, 3], 2)
    assert type(result) is dict, (
        f"{call} returned {described(result)}; expected a dict with finish_step and active_slots."
    )
    assert "finish_step" in result, f"{call} returned a dict with keys {list(result)}; finish_step is missing."
    try:
        numbers = [int(number) for number in result["finish_step"]]
    except (TypeError, ValueError, RuntimeError):
        raise AssertionError(
            f"{call}['finish_step'] is {result['finish_step']!r}; expected a list of whole numbers."
        ) from None
    assert numbers == [2, 4, 3, 6], (
        f"{call}['finish_step'] is {numbers}; expected [2, 4, 3, 6] as in the drawing above."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_continuous_active_slots_of_the_small_case(continuous_batching):
    call = "continuous_batching([2, 4, 1, 3], 2)"
    result = continuous_batching([2, 4, 1, 3], 2)
    assert type(result) is dict, (
        f"{call} returned {described(result)}; expected a dict with finish_step and active_slots."
    )
    assert "active_slots" in result, f"{call} returned a dict with keys {list(result)}; active_slots is missing."
    try:
        numbers = [int(number) for number in result["active_slots"]]
    except (TypeError, ValueError, RuntimeError):
        raise AssertionError(
            f"{call}['active_slots'] is {result['active_slots']!r}; expected a list of whole numbers."
        ) from None
    assert numbers == [2, 2, 2, 2, 1, 1], (
        f"{call}['active_slots'] is {numbers}; expected [2, 2, 2, 2, 1, 1] as in the drawing above."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_steps_and_latency_of_the_small_case(metrics):
    import math

    schedule = {"finish_step": [2, 4, 3, 6], "active_slots": [2, 2, 2, 2, 1, 1]}
    call = f"metrics({schedule}, 2)"
    result = metrics(schedule, 2)
    assert type(result) is dict, f"{call} returned {described(result)}; expected a dict."
    for key, expected in {"total_steps": 6, "mean_latency": 3.75}.items():
        assert key in result, f"{call} returned a dict with keys {list(result)}; {key} is missing."
        try:
            value = float(result[key])
        except (TypeError, ValueError, RuntimeError):
            raise AssertionError(
                f"{call}[{key!r}] is {result[key]!r}; expected {expected}."
            ) from None
        assert math.isclose(value, expected, rel_tol=1e-6), (
            f"{call}[{key!r}] is {round(value, 4)}; expected {expected}."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_utilization_of_the_small_case(metrics):
    import math

    schedule = {"finish_step": [2, 4, 3, 6], "active_slots": [2, 2, 2, 2, 1, 1]}
    call = f"metrics({schedule}, 2)"
    result = metrics(schedule, 2)
    assert type(result) is dict, f"{call} returned {described(result)}; expected a dict."
    assert "utilization" in result, (
        f"{call} returned a dict with keys {list(result)}; utilization is missing."
    )
    try:
        value = float(result["utilization"])
    except (TypeError, ValueError, RuntimeError):
        raise AssertionError(
            f"{call}['utilization'] is {result['utilization']!r}; expected a number."
        ) from None
    assert math.isclose(value, 10 / 12, rel_tol=1e-6), (
        f"{call}['utilization'] is {round(value, 4)}; expected 0.8333, 10 busy of 12 slot-steps."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A static batch takes the next requests in order of arrival and ends with the longest of them.
""" # END TEST CONFIG
def test_static_finish_steps_of_full_batches(static_batching):
    from reference import continuous_batching as reference

    for num_requests, batch_size, seed in ((9, 3, 11), (12, 4, 12), (10, 2, 13)):
        lengths = reference.requests(num_requests, seed)
        reference.check_finish_steps(
            static_batching, reference.static_batching, lengths, batch_size
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The last batch may hold fewer requests than there are slots, and it runs like any other.
""" # END TEST CONFIG
def test_static_finish_steps_of_a_partial_batch(static_batching):
    from reference import continuous_batching as reference

    assert reference.static_batching([3, 1, 2, 5, 4], 2)["finish_step"] == [3, 1, 5, 8, 12]
    for lengths, batch_size in (([3, 1, 2, 5, 4], 2), ([4, 4, 1, 2, 2, 6, 6, 6, 3, 1, 5], 4)):
        reference.check_finish_steps(
            static_batching, reference.static_batching, lengths, batch_size
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: In static batching too, each token of each request is made once, by one slot in one step.
""" # END TEST CONFIG
def test_tokens_made_by_static_batching(static_batching):
    from reference import continuous_batching as reference

    for num_requests, batch_size, seed in ((9, 3, 35), (10, 4, 36)):
        lengths = reference.requests(num_requests, seed)
        made = sum(reference.schedule_of(static_batching, lengths, batch_size)["active_slots"])
        assert made == sum(lengths), f"{made} tokens made, {sum(lengths)} asked for"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A slot whose request is done makes no token, and the batch goes on until all its slots are done.
""" # END TEST CONFIG
def test_static_active_slots(static_batching):
    from reference import continuous_batching as reference

    for num_requests, batch_size, seed in ((9, 3, 31), (12, 4, 32), (10, 2, 33)):
        lengths = reference.requests(num_requests, seed)
        reference.check_active_slots(
            static_batching, reference.static_batching, lengths, batch_size
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A slot that becomes free at the end of a step works for the next request in the step right after.
""" # END TEST CONFIG
def test_continuous_finish_steps_with_slots_freed_singly(continuous_batching):
    from reference import continuous_batching as reference

    for lengths, batch_size in reference.FREED_SINGLY:
        reference.check_finish_steps(
            continuous_batching, reference.continuous_batching, list(lengths), batch_size
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Slots that become free in the same step are all filled before the next one.
""" # END TEST CONFIG
def test_continuous_finish_steps_with_slots_freed_together(continuous_batching):
    from reference import continuous_batching as reference

    for lengths, batch_size in reference.FREED_TOGETHER:
        reference.check_finish_steps(
            continuous_batching, reference.continuous_batching, list(lengths), batch_size
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Requests are served in order of arrival, and their finish steps are listed in that order too.
""" # END TEST CONFIG
def test_continuous_finish_steps_of_mixed_requests(continuous_batching):
    from reference import continuous_batching as reference

    for num_requests, batch_size, seed in ((20, 3, 41), (31, 5, 42), (12, 2, 43)):
        lengths = reference.requests(num_requests, seed)
        reference.check_finish_steps(
            continuous_batching, reference.continuous_batching, lengths, batch_size
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: All slots are busy while requests wait, never more than there are, and each token of each request is made once.
""" # END TEST CONFIG
def test_continuous_active_slots(continuous_batching):
    from reference import continuous_batching as reference

    for num_requests, batch_size, seed in ((20, 3, 51), (31, 5, 52), (24, 8, 53), (11, 2, 54)):
        lengths = reference.requests(num_requests, seed)
        reference.check_full_while_waiting(continuous_batching, lengths, batch_size)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: With more slots than requests there is one static batch; a request of n tokens finishes in step n, and the slots left over stay idle.
""" # END TEST CONFIG
def test_static_with_more_slots_than_requests(static_batching):
    from reference import continuous_batching as reference

    expected = reference.static_batching
    for lengths, batch_size in (([6, 6], 8), ([1], 3), ([4, 4, 4], 4)):
        reference.check_finish_steps(static_batching, expected, lengths, batch_size, exact=True)
        reference.check_active_slots(static_batching, expected, lengths, batch_size)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: With more slots than requests everybody starts at once; a request of n tokens finishes in step n, and the slots left over stay idle.
""" # END TEST CONFIG
def test_continuous_with_more_slots_than_requests(continuous_batching):
    from reference import continuous_batching as reference

    expected = reference.continuous_batching
    for lengths, batch_size in (([4, 2, 7], 5), ([1], 3), ([6, 6], 8)):
        reference.check_finish_steps(continuous_batching, expected, lengths, batch_size, exact=True)
        reference.check_active_slots(continuous_batching, expected, lengths, batch_size)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: With a single slot both ways are the same, one request after the other without a pause.
""" # END TEST CONFIG
def test_single_slot(static_batching, continuous_batching):
    from reference import continuous_batching as reference

    for lengths in ([5, 2, 7, 1], [3]):
        for function in (static_batching, continuous_batching):
            reference.check_finish_steps(function, reference.static_batching, lengths, 1)
            reference.check_active_slots(function, reference.static_batching, lengths, 1)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: With first come, first served no request finishes later under continuous batching than it would in a static batch.
""" # END TEST CONFIG
def test_nobody_waits_longer_than_under_static(continuous_batching):
    from reference import continuous_batching as reference

    for lengths, batch_size in (([3] * 8, 2), (reference.requests(17, 61), 4)):
        reference.check_nobody_waits_longer(continuous_batching, lengths, batch_size)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Everybody arrives at step 0, so a latency is the step in which a request finishes, averaged over the requests.
""" # END TEST CONFIG
def test_total_steps_and_mean_latency(metrics):
    from reference import continuous_batching as reference

    for schedule, batch_size in reference.SCHEDULES:
        reference.check_metrics(metrics, schedule, batch_size, ("total_steps", "mean_latency"))

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A utilization is a share, between 0 and 1, whatever the number of slots.
""" # END TEST CONFIG
def test_utilization_is_a_share(metrics):
    from reference import checks, continuous_batching as reference

    for schedule, batch_size in reference.SCHEDULES:
        share = checks.number(reference.measured(metrics, schedule, batch_size)["utilization"])
        assert 0 <= share <= 1, f"{share} is no share"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Utilization counts slot-steps, busy ones against all that the slots of the server had.
""" # END TEST CONFIG
def test_utilization(metrics):
    from reference import continuous_batching as reference

    for schedule, batch_size in reference.SCHEDULES:
        reference.check_metrics(metrics, schedule, batch_size, ("utilization",))

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A schedule is worked out without changing the list of requests or the schedule that was given.
""" # END TEST CONFIG
def test_arguments_stay_as_they_are(static_batching, continuous_batching, metrics):
    from reference import continuous_batching as reference

    reference.check_purity(static_batching, continuous_batching, metrics)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Each function refuses arguments out of range with a ValueError that names the argument, and takes those at the edge.
""" # END TEST CONFIG
def test_arguments_out_of_range(static_batching, continuous_batching, metrics):
    from reference import continuous_batching as reference

    reference.check_errors(static_batching, continuous_batching, metrics)

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# Fifty requests on 8 slots. Each bar is one request in its slot, from its first token to its last; grey is a slot that does nothing.

# %%
def schedule_of(batching, lengths, batch_size):
    """Your schedule as plain lists of ints; says so if a function returns something else."""
    schedule = batching(list(lengths), batch_size)
    if not isinstance(schedule, dict) or not {"finish_step", "active_slots"} <= set(schedule):
        raise TypeError(f"{batching.__name__} returned {described(schedule)}; expected a dict with "
                        "finish_step and active_slots")
    for key in ("finish_step", "active_slots"):
        if not hasattr(schedule[key], "__iter__"):
            raise TypeError(f"{batching.__name__} returned {described(schedule[key])} as {key}")
    plain = {key: [int(number(batching.__name__, n)) for n in schedule[key]]
             for key in ("finish_step", "active_slots")}
    if len(plain["finish_step"]) != len(lengths):
        raise ValueError(f"{batching.__name__} returned {len(plain['finish_step'])} finish steps "
                         f"for {len(lengths)} requests")
    return plain


def slots_of(lengths, finish_step):
    """Put each request into the first slot that is free when it starts: slot, start, finish."""
    spans = [(finish - length + 1, finish) for length, finish in zip(lengths, finish_step)]
    busy_until, bars = [], []
    for start, finish in sorted(spans, key=lambda span: span[0]):
        slot = next((s for s, until in enumerate(busy_until) if until < start), len(busy_until))
        busy_until[slot:slot + 1] = [finish]
        bars.append((slot, start, finish))
    return bars


def draw_gantt(ax, bars, total_steps, batch_size, title):
    """One row per slot, one bar per request; a grey row behind shows the idle time."""
    rows = max(batch_size, 1 + max(slot for slot, *_ in bars))
    colors = [["#0072B2", "#56B4E9"], ["#D55E00", "#E69F00"]]
    ax.barh(range(batch_size), total_steps, height=0.8, color="#D9D9D9", hatch="//",
            edgecolor="white", linewidth=0)
    count = [0] * rows
    for slot, start, finish in sorted(bars, key=lambda bar: bar[1]):
        color = colors[slot >= batch_size][count[slot] % 2]
        ax.barh(slot, finish - start + 1, left=start - 1, height=0.8, color=color,
                edgecolor="white", linewidth=1)
        count[slot] += 1
    ax.axvline(total_steps, color="black", linewidth=1.2)
    ax.text(total_steps + 8, (batch_size - 1) / 2, f"done after\n{total_steps} steps", va="center")
    ax.set(ylabel="slot", yticks=range(batch_size), yticklabels=range(1, batch_size + 1),
           ylim=(rows - 0.4, -0.6))
    ax.set_title(title, loc="left")
    ax.grid(False)


def draw_both(lengths, schedules, results, batch_size):
    """Both Gantt charts over one time axis, and the utilization over time below."""
    fig, axes = plt.subplots(3, 1, figsize=(10, 8), sharex=True, height_ratios=(2, 2, 1.3))
    looks = {"static": ("#D55E00", "--"), "continuous": ("#0072B2", "-")}
    for ax, (name, schedule) in zip(axes[:2], schedules.items()):
        bars = slots_of(lengths, schedule["finish_step"])
        title = f"{name} batching, {100 * results[name]['utilization']:.0f} % of the slot-steps busy"
        draw_gantt(ax, bars, len(schedule["active_slots"]), batch_size, title)
        color, line = looks[name]
        active = [100 * slots / batch_size for slots in schedule["active_slots"]]
        axes[2].stairs(active, color=color, linestyle=line, linewidth=1.6, label=name)
    for color, label in (("#0072B2", "request (shades alternate)"), ("#D9D9D9", "idle slot")):
        axes[0].bar(0, 0, color=color, hatch="//" if "idle" in label else "", edgecolor="white",
                    label=label)
    axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncol=2, frameon=False, fontsize=9)
    longest = max(len(schedule["active_slots"]) for schedule in schedules.values())
    axes[2].set(xlabel="step", ylabel="busy slots (%)", ylim=(0, None), xlim=(0, 1.12 * longest))
    axes[2].set_title("utilization over time", loc="left")
    axes[2].legend(loc="upper right", fontsize=9)
    fig.tight_layout()
    plt.show()


def disagreement(name, lengths, schedule, utilization, batch_size):
    """Where finish_step (the bars), active_slots (the curve) and metrics differ; None if nowhere."""
    curve = sum(schedule["active_slots"]) / batch_size / len(schedule["active_slots"])
    if not math.isclose(curve, utilization, abs_tol=0.001):
        return (f"{name}: metrics says utilization {utilization:.4g}, but the curve is at "
                f"{curve:.4g} on average.")
    bars = slots_of(lengths, schedule["finish_step"])
    drawn = [sum(start <= step <= finish for _, start, finish in bars)
             for step in range(1, max(schedule["finish_step"]) + 1)]
    for step, (bar_count, said) in enumerate(zip(drawn, schedule["active_slots"]), start=1):
        if bar_count > batch_size:
            return f"{name}: {bar_count} requests run in step {step}, but there are {batch_size} slots."
        if bar_count != said:
            return (f"{name}: in step {step} the number of busy slots is {bar_count} by "
                    f"finish_step, but {said} by active_slots.")
    if len(drawn) != len(schedule["active_slots"]):
        return (f"{name}: the last request finishes in step {len(drawn)}, but active_slots has "
                f"{len(schedule['active_slots'])} steps.")
    return None


def measured(schedule, batch_size):
    """Your metrics as floats; says so if it returns something else."""
    numbers = metrics(schedule, batch_size)
    if not isinstance(numbers, dict):
        raise TypeError(f"metrics returned {described(numbers)}; expected a dict")
    keys = ("total_steps", "mean_latency", "utilization")
    if not set(keys) <= set(numbers):
        raise ValueError(f"metrics returned a dict with the keys {list(numbers)}; expected {keys}")
    return {key: number("metrics", numbers[key]) for key in keys}


with look("static_batching", "continuous_batching", "metrics"):
    lengths = make_requests()
    schedules = {"static": schedule_of(static_batching, lengths, 8),
                 "continuous": schedule_of(continuous_batching, lengths, 8)}
    results = {name: measured(schedule, 8) for name, schedule in schedules.items()}
    draw_both(lengths, schedules, results, 8)
    for name, r in results.items():
        print(f"{name}: {r['total_steps']:.0f} steps, utilization {100 * r['utilization']:.0f} %, "
              f"mean latency {r['mean_latency']:.0f} steps from arrival to the last token")
        below = [step for step, slots in enumerate(schedules[name]["active_slots"], 1) if slots < 8]
        print(f"  first step with an idle slot: {below[0]}" if below else "  no slot is ever idle")
        remark = disagreement(name, lengths, schedules[name], r["utilization"], 8)
        if remark:
            print(" ", remark)
    if schedules["static"] == schedules["continuous"]:
        print("Your two functions make the same schedule; a static batch should leave slots idle.")
    busy = [100 * r["utilization"] for r in results.values()]
    print("Your prediction in percent, against your run:", compared("continuous_batching", busy, within=5))

# %% [markdown]
# Would a larger batch have done the same? And what if the queue is longer? Guess before you run the cell: which is done first, static batching on 16 slots or continuous batching on 8?

# %%
with look("static_batching", "continuous_batching", "metrics"):
    lines = ["                    utilization           steps",
             "requests  slots  static  continuous  static  continuous"]
    steps = {}
    for num_requests, slots in ((50, 4), (50, 8), (50, 16), (200, 8), (1000, 8)):
        lengths = make_requests(num_requests)
        static, continuous = (
            measured(schedule_of(batching, lengths, slots), slots)
            for batching in (static_batching, continuous_batching)
        )
        steps[num_requests, slots] = static["total_steps"], continuous["total_steps"]
        lines.append(
            f"{num_requests:8d}  {slots:5d}  {100 * static['utilization']:4.0f} %  "
            f"{100 * continuous['utilization']:8.0f} %  {static['total_steps']:6.0f}  "
            f"{continuous['total_steps']:10.0f}"
        )
    lines.append(f"50 requests: static batching takes {steps[50, 16][0]:.0f} steps with 16 slots, "
                 f"continuous batching {steps[50, 8][1]:.0f} with 8.")
    print("\n".join(lines))

# %% [markdown]
# ### What you saw
# The slots are the same and the requests are the same; continuous batching only keeps the slots full. With these 50 requests utilization rises from 51 % to 87 %, because a short request's slot no longer waits for the longest one, and 643 steps do the work of 1,092. (Over many draws of 50 such requests the averages are 47 % and 87 %.) The users notice it as well: their last token comes after 283 steps on average instead of 452, since a freed slot goes to the next in line at once. With first come, first served nobody waits longer than before.
#
# Utilization does not reach 100 %: the slots are full until the queue is empty, then the last requests run out one by one. The longer the queue, the less that end weighs, so 1,000 requests reach 99 %.
#
# A larger batch is something else: static batching with 16 slots needs 706 steps, more than continuous batching with 8, because among more requests there is nearly always a long one for which all the others wait.
