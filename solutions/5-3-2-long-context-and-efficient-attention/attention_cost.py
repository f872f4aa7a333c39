# %% [markdown]
# ## 4. What attention costs
# **Independent.** You get the goal, the signatures and the tests.
#
# LLaMA 2 70B weighs 140 GB in 16-bit numbers. While it writes, it also keeps the keys and values of
# all earlier tokens, its *KV cache*. If each of its 64 query heads had keys and values of its own
# (multi-head attention, MHA), the cache for one text of 131,072 tokens would take another 344 GB. In
# fact its query heads share 8 sets of them (grouped-query attention, GQA). Does that bring the memory
# down, and does it also save computing?
#
# A case small enough to count: one layer, 2 heads of width 4, 3 tokens. For one head $QK^T$ fills a
# table of 3 times 3 scores, and each score takes 4 multiply-adds. A multiply-add counts as 2
# FLOPs (floating-point operations),
# so two heads cost $2 \cdot 9 \cdot 4 \cdot 2 = 144$ FLOPs. With a window of 2 each token meets 2
# keys: $2 \cdot 3 \cdot 2 \cdot 4 \cdot 2 = 96$. (The first token has only one key to meet. We charge
# the full width all the same, but never more keys than there are tokens, and the full square for
# causal attention, as most published counts do.)
#
# The FLOPs of this exercise are those of the two products, queries times keys and weights times
# values. Making queries, keys and values out of the hidden states costs FLOPs too; these projections
# are not counted here.

# %% [raw]
# # BEGIN QUESTION
# name: attention_cost

# %% [markdown]
# ### Predict before you run
# Take LLaMA 2 70B at 128K, which is 131,072 tokens (it was trained for 4,096; we only count), and
# compare two changes. First, 64 KV heads become 8. Second, each token looks at the latest 4,096 tokens
# only, and whatever is then of no more use is dropped. What does each change cut: `"flops"` (of the two
# products), `"memory"` (of the cache), `"both"` or `"neither"`? Write a pair of these words, first for
# fewer KV heads, then for the window, in a form like `("neither", "neither")`.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_attention_cost = ("memory", "both")  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### Given: the models

# %%
@dataclass(frozen=True)
class AttentionConfig:
    """The sizes of a model that decide what its attention costs."""

    name: str
    num_layers: int
    d_model: int  # in these three models num_heads * head_dim; other models differ
    num_heads: int  # query heads
    num_kv_heads: int
    head_dim: int


gpt2 = AttentionConfig("GPT-2", 12, 768, 12, 12, 64)
llama_mha = AttentionConfig("LLaMA 2 70B if it had MHA", 80, 8192, 64, 64, 128)
llama_gqa = AttentionConfig("LLaMA 2 70B", 80, 8192, 64, 8, 128)

# %% [markdown]
# ### Write it
# Write four functions; the last one makes a table that compares cases. Count the FLOPs of the two
# products for one pass over the whole text, over all heads and layers. The cache is that of the whole
# model.
#
# The reach of a token is called its window, and a cache that drops the tokens outside it is called a
# *rolling buffer*. GB means $10^9$ bytes and TFLOP means $10^{12}$ FLOPs. The docstrings say when to
# raise a `ValueError`; it names the argument and its value. The sizes in a config may be trusted.

# %% [raw]
# # BEGIN SOLUTION

# %%
def score_flops(config, seq_len, window=None):
    """FLOPs of queries times keys only, full square.

    window: how many keys each query meets (int), or None for all. ValueError: seq_len or window < 1.
    """
    # BEGIN SOLUTION
    for name, value in (("seq_len", seq_len), ("window", window)):
        if value is not None and value < 1:
            raise ValueError(f"{name} is {value}, it must be at least 1")
    keys = seq_len if window is None else min(seq_len, window)
    return 2 * seq_len * keys * config.num_heads * config.head_dim * config.num_layers
    # END SOLUTION


def attention_flops(config, seq_len, window=None):
    """FLOPs of both products: queries times keys, and attention weights times values.

    window and ValueError: as in score_flops.
    """
    # BEGIN SOLUTION
    return 2 * score_flops(config, seq_len, window)
    # END SOLUTION


def kv_cache_bytes(config, seq_len, window=None, bytes_per_element=2, batch_size=1):
    """Bytes of the cached keys and values of batch_size texts of seq_len tokens each.

    With a window the cache is a rolling buffer: it never holds more than window tokens of a text.
    ValueError: seq_len, window, bytes_per_element or batch_size < 1.
    """
    # BEGIN SOLUTION
    for name, value in (
        ("seq_len", seq_len),
        ("window", window),
        ("bytes_per_element", bytes_per_element),
        ("batch_size", batch_size),
    ):
        if value is not None and value < 1:
            raise ValueError(f"{name} is {value}, it must be at least 1")
    tokens = seq_len if window is None else min(seq_len, window)
    elements = 2 * config.num_layers * config.num_kv_heads * config.head_dim * tokens
    return elements * bytes_per_element * batch_size
    # END SOLUTION


def cost_table(cases):
    """One dict per case, in the order given.

    cases:   list of (label, config, seq_len, window); window may be None
    returns: list of dicts with the keys label, seq_len, attention_tflops (attention_flops in
             TFLOPs), kv_cache_gb (2 bytes an element, one text), flops_vs_first and cache_vs_first
             (this row divided by the first row)

    ValueError: cases is empty, or two cases have the same label.
    """
    # BEGIN SOLUTION
    if not cases:
        raise ValueError(f"cases is {cases!r}, it must hold at least one case")
    rows = []
    for label, config, seq_len, window in cases:
        if label in [row["label"] for row in rows]:
            raise ValueError(f"label {label!r} is used twice in cases")
        tflops = attention_flops(config, seq_len, window) / 1e12
        cache_gb = kv_cache_bytes(config, seq_len, window) / 1e9
        first = rows[0] if rows else {"attention_tflops": tflops, "kv_cache_gb": cache_gb}
        rows.append(
            {
                "label": label,
                "seq_len": seq_len,
                "attention_tflops": tflops,
                "kv_cache_gb": cache_gb,
                "flops_vs_first": tflops / first["attention_tflops"],
                "cache_vs_first": cache_gb / first["kv_cache_gb"],
            }
        )
    return rows
    # END SOLUTION

# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_attention_cost):
    words = ("flops", "memory", "both", "neither")
    answer = prediction_attention_cost
    said = "still `...`" if answer is ... else repr(answer)
    pair = isinstance(answer, (tuple, list)) and len(answer) == 2
    assert pair and all(word in words for word in answer), (
        f"prediction_attention_cost is {said}; write two of {words}: "
        "first for fewer KV heads, then for the window."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_scores_of_the_worked_example(score_flops, AttentionConfig):
    small = AttentionConfig("small", 1, 8, 2, 2, 4)
    for window, expected in ((None, 144), (2, 96)):
        result = score_flops(small, 3, window)
        came = result.item() if getattr(result, "ndim", None) == 0 else result
        assert isinstance(came, (int, float)) and came == expected, (
            f"score_flops(small, 3, {window}) returned {came!r}; expected {expected} "
            "(small has 1 layer and 2 heads of width 4)."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_scores_of_gpt2(score_flops, AttentionConfig):
    gpt2 = AttentionConfig("GPT-2", 12, 768, 12, 12, 64)
    result = score_flops(gpt2, 1024)
    came = result.item() if getattr(result, "ndim", None) == 0 else result
    assert isinstance(came, (int, float)) and came == 19_327_352_832, (
        f"score_flops(gpt2, 1024) returned {came!r}; expected 19327352832 (12 layers, 12 heads of "
        "width 64, 1,024 queries and as many keys, 2 FLOPs per multiply-add)."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_both_products_of_the_worked_example(score_flops, attention_flops, AttentionConfig):
    small = AttentionConfig("small", 1, 8, 2, 2, 4)
    pair = [v.item() if getattr(v, "ndim", None) == 0 else v for v in (score_flops(small, 3), attention_flops(small, 3))]
    numbers = all(isinstance(value, (int, float)) for value in pair)
    assert numbers and pair[1] == 2 * pair[0] > 0, (
        f"score_flops(small, 3) returned {pair[0]!r} and attention_flops(small, 3) {pair[1]!r}; "
        "expected twice as much, since the product with the values is as large as the first."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_scores_of_llama(score_flops, AttentionConfig):
    mha, gqa = (AttentionConfig("LLaMA 2 70B", 80, 8192, 64, kv_heads, 128) for kv_heads in (64, 8))
    pair = [v.item() if getattr(v, "ndim", None) == 0 else v for v in (score_flops(mha, 4096), score_flops(gqa, 4096))]
    numbers = all(isinstance(value, (int, float)) for value in pair)
    assert numbers and pair[0] == pair[1] > 0, (
        f"score_flops(llama_mha, 4096) returned {pair[0]!r} and score_flops(llama_gqa, 4096) "
        f"{pair[1]!r}; expected the same for both, since both have 64 query heads."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_cache_of_gpt2(kv_cache_bytes, AttentionConfig):
    gpt2 = AttentionConfig("GPT-2", 12, 768, 12, 12, 64)
    result = kv_cache_bytes(gpt2, 1024)
    came = result.item() if getattr(result, "ndim", None) == 0 else result
    assert isinstance(came, (int, float)) and came == 37_748_736, (
        f"kv_cache_bytes(gpt2, 1024) returned {came!r}; expected 37748736 (12 layers, 12 KV heads "
        "of width 64, 1,024 tokens, 2 bytes per number)."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_cache_of_llama(kv_cache_bytes, AttentionConfig):
    mha, gqa = (AttentionConfig("LLaMA 2 70B", 80, 8192, 64, kv_heads, 128) for kv_heads in (64, 8))
    pair = [v.item() if getattr(v, "ndim", None) == 0 else v for v in (kv_cache_bytes(mha, 4096), kv_cache_bytes(gqa, 4096))]
    numbers = all(isinstance(value, (int, float)) for value in pair)
    assert numbers and pair[0] == 8 * pair[1] > 0, (
        f"kv_cache_bytes(llama_mha, 4096) returned {pair[0]!r} and kv_cache_bytes(llama_gqa, 4096) "
        f"{pair[1]!r}; expected 8 times less for llama_gqa, which has 8 KV heads instead of 64."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_cache_of_gpt2_with_a_window(kv_cache_bytes, AttentionConfig):
    gpt2 = AttentionConfig("GPT-2", 12, 768, 12, 12, 64)
    pair = [v.item() if getattr(v, "ndim", None) == 0 else v for v in (kv_cache_bytes(gpt2, 1024), kv_cache_bytes(gpt2, 1024, 256))]
    numbers = all(isinstance(value, (int, float)) for value in pair)
    assert numbers and pair[0] == 4 * pair[1] > 0, (
        f"kv_cache_bytes(gpt2, 1024) returned {pair[0]!r} and kv_cache_bytes(gpt2, 1024, 256) "
        f"{pair[1]!r}; expected 4 times less with the window, since 256 of 1,024 tokens are kept."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_table_of_two_rows(cost_table, attention_flops, kv_cache_bytes, AttentionConfig):
    gpt2 = AttentionConfig("GPT-2", 12, 768, 12, 12, 64)
    rows = cost_table([("short", gpt2, 1024, None), ("long", gpt2, 2048, None)])
    call = 'cost_table([("short", gpt2, 1024, None), ("long", gpt2, 2048, None)])'
    came = [described(row) for row in rows] if type(rows) is list else described(rows)
    assert came == ["a dict", "a dict"], f"{call} returned {came}; expected a list of two dicts."
    keys = {"label", "seq_len", "attention_tflops", "kv_cache_gb", "flops_vs_first", "cache_vs_first"}
    for row in rows:
        lacking = sorted(keys - set(row))
        assert not lacking, f"{call} returned a row without {lacking}; expected these keys as well."
    costs = [(attention_flops(gpt2, n), kv_cache_bytes(gpt2, n)) for n in (1024, 2048)]
    for name, values in zip(("attention_flops", "kv_cache_bytes"), zip(*costs)):
        for value in values:
            came = value.tolist() if hasattr(value, "tolist") else value
            assert isinstance(came, (int, float)) and came > 0, (
                f"{name} returned {came!r}; expected a number above 0 to compare the table with."
            )
    costs = [(flops / 1e12, cache / 1e9) for flops, cache in costs]
    expected = {
        "attention_tflops": costs[1][0],
        "kv_cache_gb": costs[1][1],
        "flops_vs_first": costs[1][0] / costs[0][0],
        "cache_vs_first": costs[1][1] / costs[0][1],
    }
    for key, value in expected.items():
        assert hasattr(rows[1][key], "__float__"), (
            f"{call} returned {key} {rows[1][key]!r} in the second row; expected a number."
        )
        assert abs(rows[1][key] - value) <= 1e-6 * value, (
            f"{call} returned {key} {rows[1][key]!r} in the second row; expected {value:.6g}, from your "
            "own attention_flops and kv_cache_bytes."
        )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: For one token there is one score per head. It sums head_dim products, and each multiply-add counts as 2 FLOPs.
""" # END TEST CONFIG
def test_scores_of_one_token(score_flops, AttentionConfig):
    from reference import attention_cost as ref, checks

    for fields in (("one", 1, 8, 1, 1, 8), ("two", 1, 30, 3, 3, 10)):
        expected = ref.score_flops(ref.AttentionConfig(*fields), 1)
        checks.close_number(score_flops(AttentionConfig(*fields), 1), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Count the scores of a longer text one by one. Every query meets every key, and the full square is counted.
""" # END TEST CONFIG
def test_scores_of_longer_texts(score_flops, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain = AttentionConfig(*ref.PLAIN)
    one = checks.number(score_flops(plain, 1))
    assert one > 0, f"the scores of one token cost {one}"
    for seq_len in (2, 17, 300):
        checks.close_number(score_flops(plain, seq_len), one * seq_len**2, what="the scores")

# %%
""" # BEGIN TEST CONFIG
points: 1
hidden: true
failure_message: Fewer KV heads, and yet every query head still fills a table of scores of its own. What does that mean for the computing?
""" # END TEST CONFIG
def test_computing_of_grouped_heads(score_flops, attention_flops, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain, grouped = AttentionConfig(*ref.PLAIN), AttentionConfig(*ref.GROUPED)
    for flops in (score_flops, attention_flops):
        alone = checks.number(flops(plain, 200))
        assert checks.number(flops(plain, 100)) < alone, "a longer text costs no more"
        checks.close_number(flops(grouped, 200), alone, what="FLOPs of grouped heads")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The heads of a model need not add up to d_model. Cost follows the number of heads and their own width.
""" # END TEST CONFIG
def test_heads_wider_than_the_model(score_flops, kv_cache_bytes, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain, wide = AttentionConfig(*ref.PLAIN), AttentionConfig(*ref.WIDE)
    for cost in (score_flops, kv_cache_bytes):
        narrow = checks.number(cost(plain, 50))
        checks.close_number(cost(wide, 50), 1.5 * narrow, what="the cost of wide heads")
        assert narrow > 0, f"the cost is {narrow}"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Attention multiplies twice, first to get the scores and then to use them. Both products have the same size.
""" # END TEST CONFIG
def test_both_products(score_flops, attention_flops, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain = AttentionConfig(*ref.PLAIN)
    for arguments in ((90,), (90, 16)):
        scores = checks.number(score_flops(plain, *arguments))
        assert scores > 0, f"FLOPs are {scores}"
        checks.close_number(attention_flops(plain, *arguments), 2 * scores, what="both products")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: List what a new token needs from each earlier one. The cache holds all of it, for every KV head.
""" # END TEST CONFIG
def test_cache_of_one_layer(kv_cache_bytes, AttentionConfig):
    from reference import attention_cost as ref, checks

    for fields, seq_len in ((("three", 1, 30, 3, 3, 10), 300), (("one", 1, 8, 1, 1, 8), 1)):
        expected = ref.kv_cache_bytes(ref.AttentionConfig(*fields), seq_len)
        checks.close_number(kv_cache_bytes(AttentionConfig(*fields), seq_len), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: Query heads that share a KV head also share its place in the cache.
""" # END TEST CONFIG
def test_cache_of_grouped_heads(kv_cache_bytes, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain, grouped = AttentionConfig(*ref.PLAIN), AttentionConfig(*ref.GROUPED)
    shared = checks.number(kv_cache_bytes(grouped, 200))
    assert shared > 0, f"the cache is {shared}"
    checks.close_number(kv_cache_bytes(plain, 200), 4 * shared, what="the cache without sharing")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A model has many layers. Each of them computes attention, and each keeps a cache of its own.
""" # END TEST CONFIG
def test_cost_of_depth(score_flops, kv_cache_bytes, AttentionConfig):
    from reference import checks

    shallow = AttentionConfig("shallow", 1, 32, 4, 4, 8)
    deep = AttentionConfig("deep", 7, 32, 4, 4, 8)
    for cost in (score_flops, kv_cache_bytes):
        one = checks.number(cost(shallow, 40))
        assert one > 0, f"the cost is {one}"
        checks.close_number(cost(deep, 40), 7 * one, what="the cost of 7 layers")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The cache grows with the bytes of each number and with the number of texts held at once, with a window too. The defaults are 2 bytes and one text.
""" # END TEST CONFIG
def test_bytes_and_batch(kv_cache_bytes, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain = AttentionConfig(*ref.PLAIN)
    for window in (None, 20):
        default = checks.number(kv_cache_bytes(plain, 30, window))
        assert default > 0, f"the cache is {default}"
        for bytes_per_element, batch_size in ((1, 1), (2, 5), (4, 3)):
            settings = {"bytes_per_element": bytes_per_element, "batch_size": batch_size}
            grown = default * bytes_per_element * batch_size / 2
            cache = kv_cache_bytes(plain, 30, window, **settings)
            checks.close_number(cache, grown, what="the cache")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: With a window every token still asks. What shrinks is the number of keys that each one meets.
""" # END TEST CONFIG
def test_computing_with_a_window(score_flops, attention_flops, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain = AttentionConfig(*ref.PLAIN)
    for flops in (score_flops, attention_flops):
        full = checks.number(flops(plain, 1000))
        assert full > 0, f"FLOPs are {full}"
        for window in (1, 50, 500):
            expected = full * window / 1000
            checks.close_number(flops(plain, 1000, window), expected, what="FLOPs with a window")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A rolling buffer throws away the tokens that no later token can look at.
""" # END TEST CONFIG
def test_cache_with_a_window(kv_cache_bytes, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain = AttentionConfig(*ref.PLAIN)
    full = checks.number(kv_cache_bytes(plain, 1000))
    assert full > 0, f"the cache is {full}"
    for window in (1, 50, 500):
        cache = kv_cache_bytes(plain, 1000, window)
        checks.close_number(cache, full * window / 1000, what="the cache with a window")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: What does a window do to a text that is shorter than the window?
""" # END TEST CONFIG
def test_short_texts(score_flops, kv_cache_bytes, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain = AttentionConfig(*ref.PLAIN)
    for cost in (score_flops, kv_cache_bytes):
        full = checks.number(cost(plain, 100))
        assert full < checks.number(cost(plain, 200)), "a longer text costs no more"
        for window in (100, 101, 4096):
            checks.close_number(cost(plain, 100, window), full, what="the cost of a short text")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The units of the table are powers of ten, with the default bytes and one text.
""" # END TEST CONFIG
def test_units_of_the_table(cost_table, attention_flops, kv_cache_bytes, AttentionConfig):
    from reference import attention_cost as ref, checks

    grouped, wide = AttentionConfig(*ref.GROUPED), AttentionConfig(*ref.WIDE)
    rows = cost_table([("a", wide, 12, None), ("b", grouped, 70_000, None)])
    for row, config, seq_len in zip(rows, (wide, grouped), (12, 70_000), strict=True):
        tflops = checks.number(attention_flops(config, seq_len)) / 1e12
        cache_gb = checks.number(kv_cache_bytes(config, seq_len)) / 1e9
        assert tflops > 0 and cache_gb > 0, "nothing costs anything"
        checks.close_number(row["attention_tflops"], tflops, what="attention_tflops")
        checks.close_number(row["kv_cache_gb"], cache_gb, what="kv_cache_gb")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Each ratio is this row divided by the first one, so a cost that has grown gives a number above 1.
""" # END TEST CONFIG
def test_ratios_of_the_table(cost_table, AttentionConfig):
    from reference import attention_cost as ref, checks

    # The first row is neither the smallest nor the largest; each ratio is that of the row's own costs.
    plain = AttentionConfig(*ref.PLAIN)
    cases = [(str(n), plain, n, None) for n in (256, 128, 512, 384)]
    rows = cost_table(cases)
    costs = [(checks.number(row["attention_tflops"]), checks.number(row["kv_cache_gb"])) for row in rows]
    assert costs[1] < costs[0] < costs[2], "a longer text costs no more"
    for row, (tflops, cache_gb) in zip(rows, costs, strict=True):
        checks.close_number(row["flops_vs_first"], tflops / costs[0][0], what="flops_vs_first")
        checks.close_number(row["cache_vs_first"], cache_gb / costs[0][1], what="cache_vs_first")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The table has the rows that were asked for, in that order, and leaves the list of cases as it was.
""" # END TEST CONFIG
def test_rows_of_the_table(cost_table, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain = AttentionConfig(*ref.PLAIN)
    asked = [("middle", 64), ("zero", 512), ("again", 64), ("Short", 8)]
    cases = [(label, plain, seq_len, None) for label, seq_len in asked]
    rows = cost_table(cases)
    assert len(rows) == len(asked), f"{len(rows)} rows"
    found = [(row["label"], checks.number(row["seq_len"])) for row in rows]
    assert found == asked, f"rows are {found}"
    left = [(case[0], case[2], case[3]) for case in cases]
    assert left == [(label, seq_len, None) for label, seq_len in asked], f"cases became {left}"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The last entry of a case belongs to both costs of its row.
""" # END TEST CONFIG
def test_last_entry_of_a_case(cost_table, attention_flops, kv_cache_bytes, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain = AttentionConfig(*ref.PLAIN)
    short, full = cost_table([("window", plain, 1024, 32), ("full", plain, 1024, None)])
    # Ratios, so that neither a unit nor a factor of the student's counts matters here.
    for key, cost in (("attention_tflops", attention_flops), ("kv_cache_gb", kv_cache_bytes)):
        assert checks.number(cost(plain, 512)) < checks.number(cost(plain, 1024)), "one cost for all"
        ratio = checks.number(cost(plain, 1024, 32)) / checks.number(cost(plain, 1024))
        expected = ratio * checks.number(full[key])
        checks.close_number(short[key], expected, what=f"{key} with a window")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: 'Sizes below 1, an empty list of cases and a label used twice deserve a ValueError that names the argument and its value.'
""" # END TEST CONFIG
def test_bad_arguments(score_flops, attention_flops, kv_cache_bytes, cost_table, AttentionConfig):
    from reference import attention_cost as ref, checks

    plain = AttentionConfig(*ref.PLAIN)
    for cost in (score_flops, attention_flops, kv_cache_bytes):
        assert checks.number(cost(plain, 1, 1)) > 0, "the smallest sizes are allowed"
        for bad in (0, -4):
            checks.rejects(cost, plain, bad, naming="seq_len")
            checks.rejects(cost, plain, 8, bad, naming="window")
    for bad in (0, -1):
        for name in ("bytes_per_element", "batch_size"):
            checks.rejects(kv_cache_bytes, plain, 8, naming=name, **{name: bad})
    checks.rejects(cost_table, [], naming="cases")
    twice = [("same", plain, 8, None), ("other", plain, 9, None), ("same", plain, 10, None)]
    checks.rejects(cost_table, twice, naming=("label", "cases", "same"))
    checks.rejects(cost_table, [("a", plain, 0, None)], naming="seq_len")

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look: six cases
# 1K is 1,024 tokens, 4K is 4,096, 128K is 131,072. The last case gives each token a window of 4,096.

# %%
cases = [
    ("GPT-2, 1K", gpt2, 1_024, None),
    ("70B MHA, 4K", llama_mha, 4_096, None),
    ("70B GQA, 4K", llama_gqa, 4_096, None),
    ("70B MHA, 128K", llama_mha, 131_072, None),
    ("70B GQA, 128K", llama_gqa, 131_072, None),
    ("70B GQA + window, 128K", llama_gqa, 131_072, 4_096),
]


def positive(call, value):
    """A cost as a float, or a sentence about what came instead."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(value, (int, float)) or value <= 0:
        raise TypeError(f"{call} is {value!r}; expected a number above 0")
    return float(value)


def rows_by_label(cases):
    """The rows of cost_table by label, or a sentence about what came instead."""
    rows = cost_table(cases)
    if not isinstance(rows, list) or not rows:
        raise TypeError(f"cost_table returned {described(rows)}; expected a list of dicts")
    for row in rows:
        if not isinstance(row, dict):
            raise TypeError(f"cost_table returned a list with {described(row)} in it; expected dicts")
    keys = "attention_tflops", "kv_cache_gb", "flops_vs_first", "cache_vs_first"
    return {row["label"]: {key: positive(f"{key} of cost_table", row[key]) for key in keys} for row in rows}


def draw_cases(rows):
    """A dot per case on log axes, its value beside it; computing on the left, memory on the right."""
    figure, panels = plt.subplots(1, 2, figsize=(13, 3.6), sharey=True)
    for axes, key, title, unit, colour in (
        (panels[0], "attention_tflops", "Computing: attention, one pass over the text", "TFLOPs", "#0072B2"),
        (panels[1], "kv_cache_gb", "Memory: KV cache of one text", "GB", "#D55E00"),
    ):
        values = [row[key] for row in rows.values()]
        axes.plot(values, list(rows), "o", color=colour, markersize=9)
        for label, value in zip(rows, values):
            text = f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"
            axes.annotate(f"{text} {unit}", (value, label), xytext=(9, 0), textcoords="offset points",
                          va="center", fontsize=9)
        axes.set(xscale="log", title=title, xlabel=f"{unit} (log axis: each step is 10 times more)")
        axes.set_xlim(min(values) / 3, max(values) * 60)
    panels[0].invert_yaxis()
    plt.tight_layout()
    plt.show()


with look("score_flops", "attention_flops", "kv_cache_bytes", "cost_table"):
    rows = rows_by_label(cases)
    print(f"{'case':<24}{'attention TFLOPs':>17}{'KV cache GB':>13}{'FLOPs vs first':>16}{'cache vs first':>16}")
    for label, row in rows.items():
        print(f"{label:<24}{row['attention_tflops']:>17,.3f}{row['kv_cache_gb']:>13,.3f}"
              f"{row['flops_vs_first']:>16,.0f}{row['cache_vs_first']:>16,.0f}")
    draw_cases(rows)
    for change, before, after in (
        ("64 to 8 KV heads at 4K", "70B MHA, 4K", "70B GQA, 4K"),
        ("64 to 8 KV heads at 128K", "70B MHA, 128K", "70B GQA, 128K"),
        ("The window at 128K", "70B GQA, 128K", "70B GQA + window, 128K"),
        ("Both at 128K", "70B MHA, 128K", "70B GQA + window, 128K"),
    ):
        flops, cache = (rows[before][key] / rows[after][key] for key in ("attention_tflops", "kv_cache_gb"))
        print(f"{change}: FLOPs divided by {flops:.3g}, cache divided by {cache:.3g}")
    print("Your prediction, what fewer KV heads cut and what the window cuts:", predicted("attention_cost"))

# %% [markdown]
# ### Look: how the costs grow
# The same model from 1K to 256K tokens. A straight line on two log axes is a power: twice as steep
# means squared. Where a thin line runs inside a thick one, MHA and GQA cost the same.

# %%
with look("score_flops", "attention_flops", "kv_cache_bytes"):
    lengths = [1_024 * 2**step for step in range(9)]
    variants = [
        ("MHA, no window", llama_mha, None, {"color": "#D55E00", "lw": 6, "alpha": 0.5}),
        ("GQA, no window", llama_gqa, None, {"color": "#0072B2", "lw": 1.8, "marker": "s"}),
        ("MHA, window 4,096", llama_mha, 4_096, {"color": "#E69F00", "lw": 6, "alpha": 0.6}),
        ("GQA, window 4,096", llama_gqa, 4_096, {"color": "#006B4F", "lw": 1.8, "marker": "v", "ls": "--"}),
    ]
    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 4.2))
    growth = []
    for label, config, window, style in variants:
        tflops = [positive("attention_flops", attention_flops(config, n, window)) / 1e12 for n in lengths]
        cache_gb = [positive("kv_cache_bytes", kv_cache_bytes(config, n, window)) / 1e9 for n in lengths]
        left.plot(lengths, tflops, label=label, **style)
        right.plot(lengths, cache_gb, label=label, **style)
        above = [f"more than 80 GB from {n // 1024}K on" for n, gb in zip(lengths, cache_gb) if gb > 80]
        over = above[0] if above else "never more than 80 GB here"
        more = cache_gb[7] / cache_gb[6]
        growth.append(f"{label}: twice the text (64K to 128K) costs {tflops[7] / tflops[6]:.3g} times the "
                      f"FLOPs and {'the same' if more == 1 else f'{more:.3g} times the'} cache; at 128K the "
                      f"cache is {cache_gb[7]:,.1f} GB, {over}")
    left.set(title="Computing: one pass over the text", ylabel="attention TFLOPs (log axis)")
    right.set(title="Memory: the cache of one text", ylabel="KV cache, GB (log axis)")
    right.axhline(80, color="black", lw=1, ls=":")
    right.text(1_024, 92, "80 GB: one GPU, without the weights", fontsize=9)
    for axes in (left, right):
        axes.set(xscale="log", yscale="log", xlabel="tokens (log axis)")
        axes.set_xticks(lengths[::2], [f"{length // 1024}K" for length in lengths[::2]])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    plt.tight_layout()
    figure.legend(*left.get_legend_handles_labels(), loc="upper center", bbox_to_anchor=(0.5, 0), ncol=4)
    plt.show()
    print("\n".join(growth))

# %% [markdown]
# ### What you saw
# Sharing keys and values leaves the two products where they were: the query heads are all still
# there, and each fills its own table of scores. It shrinks what has to be kept, 8 times for this
# model. The window limits how many keys each token meets, so it cuts the two products 32 times at 128K
# and, since keys that nobody reads again can be thrown away, the memory as well. Without a rolling
# buffer the cache stays at full length. The two changes act on different factors of the same product,
# which is why 8 and 32 make 256.
#
# Two words of caution. Outside the two products fewer KV heads do save computing: $W_k$ and $W_v$ are 8
# times smaller, and using them on 4,096 tokens costs 11 TFLOPs instead of 88, while both products cost
# 44. At 128K, where the products cost 32 times more per token, that saving is about 5 percent of
# them. And the 32 of the window compares with the full square: good causal code skips the future half,
# and measured against that half the window saves about 16 times.
#
# A third limit is in no column: how far positions reach. The rotation of the first exercise has an angle
# for every position and costs next to nothing.
