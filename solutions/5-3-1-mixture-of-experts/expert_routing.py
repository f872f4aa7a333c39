# %% [markdown]
# ## 3. Who goes where? Routing on real sentences
#
# **Supported.** "The mitochondria is the powerhouse of the cell." is 9 tokens, 3 of them "the". A
# router sends each token to an expert on its own: there is no expert for biology to which the
# sentence goes as a whole. Is there at least an expert for *function words*, the small grammatical
# ones such as "the", "of" and "is"?
#
# You will cut text into tokens, ask a trained router about each token, count who got which kind of
# word, and colour the sentence by expert. A small count to check by hand: of the tokens
# `the`, `cell`, `and`, `the`, `,` sent to experts 0, 1, 1, 0, 2, the function words went
# 2/3 to expert 0 and 1/3 to expert 1, the other words went to expert 1, and the comma is left out:
#
# | | expert 0 | expert 1 | expert 2 |
# |---|---|---|---|
# | function words | 0.667 | 0.333 | 0 |
# | other words | 0 | 1 | 0 |

# %% [raw]
# # BEGIN QUESTION
# name: expert_routing

# %% [markdown]
# ### Predict before you run
# The model below routes on a word's embedding alone. Will the occurrences of "the" in one sentence
# go to the same expert here: `"same"` or `"different"`? And in a real transformer, where the hidden
# state has passed through attention and carries context: must they be the same (`"same"`), or can
# they differ (`"can differ"`)? Write a pair.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_expert_routing = ("same", "can differ")  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### The model
# Given: 48 sentences about cells, kitchens, trains and code, a list of function words, and
# `train_tiny_moe()`, which trains a small language model with 4 experts on them in about a second.
# It returns `token_embeddings`, a dict from word to a `(d_model,)` tensor with the entry `"<unk>"`
# for every word it never met, and `router_weight`, `(num_experts, d_model)`.

# %%
# Lower case, tokens separated by spaces, one sentence a line: the model needs no tokenizer.
CORPUS = """
the mitochondria is the powerhouse of the cell .
a cell is a small room with a thin wall .
the wall of the cell lets water in and keeps the salt out .
the nucleus of a cell holds the plan for the whole animal .
an enzyme in the cell cuts sugar into two small parts .
the plant turns light and water into sugar .
the leaf of a plant is green because it takes in red and blue light .
a seed holds a small plant and the food for its first week .
the heart of an animal sends blood to the lungs and to the brain .
the blood carries sugar to every cell and takes the waste away .
the cook cuts an onion and puts it in a hot pan .
a pinch of salt in the water is good for the pasta .
the soup is hot , so we wait for a minute .
she puts butter and sugar in a bowl and adds two eggs .
the bread is in the oven for an hour .
we don't open the oven because the bread needs the heat .
he adds water to the pan and the sauce gets thin .
the cake is cold , but it is good with a cup of tea .
it's a small kitchen with a green door and a big table .
the train to the coast leaves at nine from the old station .
a ticket for the train is cheap if you buy it in the morning .
we wait at the station with a bag and a cup of tea .
the train is late , so he reads a book on a bench .
she takes the bus to the station and the train to the city .
the bridge over the river is old , but it carries every train .
a red light at the bridge holds the train for a minute .
the city has a big station , a river and an old wall .
they don't know if the bus leaves at nine or at ten .
you can buy a map of the city at the station .
the model reads a token and sends it to an expert .
the router of the model is a small table of numbers .
an expert is a small network with two layers .
the network learns from the text and the error gets small .
a token is a word or a part of a word .
the loss of the model is big at the start and small at the end .
we train the model for an hour and test it on a new text .
the code reads the text , cuts it into tokens and counts them .
it doesn't know the word , so it uses the table of letters .
the program runs on a big computer in a cold room .
a computer holds numbers in rows , and each row holds a number of bits .
if the code is wrong the test tells you the line .
they write the code in the morning and run it in the evening .
the teacher reads a book to the class and asks for a word .
the class learns the name of every tree in the park .
a tree in the park is old and its leaf is red .
the dog runs to the river and the cat waits on the wall .
the cat is small , but it isn't afraid of the dog .
he opens the door and the light of the morning comes in .
"""

FUNCTION_WORDS = """
a an the this that these and or but so if because of to in on at for from with into over by as is
are was be it its it's he she we they you i me my your not don't doesn't isn't do does has have can
will each every
"""
FUNCTION_WORDS = set(FUNCTION_WORDS.split())


def train_tiny_moe(num_experts=4, d_model=24, d_ff=32, num_steps=150, seed=0):
    """Train a small MoE language model: each word predicts the next one.

    Returns token_embeddings, a dict word -> (d_model,) tensor, with an entry "<unk>" for all words
    the model never met, and router_weight, (num_experts, d_model).
    """
    generator = torch.Generator().manual_seed(seed)
    sentences = [line.split() for line in CORPUS.strip().splitlines()]
    vocabulary = ["<unk>", *sorted({word for sentence in sentences for word in sentence})]
    number = {word: i for i, word in enumerate(vocabulary)}
    pairs = [
        (number[word], number[following])
        for sentence in sentences
        for word, following in zip(sentence[:-1], sentence[1:], strict=True)
    ]
    current, following = torch.tensor(pairs).T

    def weights(*shape):
        scale = shape[-2] ** -0.5
        return (scale * torch.randn(*shape, generator=generator)).requires_grad_()

    embeddings = 0.05 * torch.randn(len(vocabulary), d_model, generator=generator)
    embeddings.requires_grad_()
    router = weights(d_model, num_experts)
    up, down = weights(num_experts, d_model, d_ff), weights(num_experts, d_ff, d_model)
    output = weights(d_model, len(vocabulary))
    optimizer = torch.optim.Adam([embeddings, router, up, down, output], lr=1e-2)
    for _ in range(num_steps):
        # One word in twenty is hidden, so that "<unk>" learns to stand for any word.
        hidden_word = torch.rand(len(current), generator=generator) < 0.05
        hidden = embeddings[current.masked_fill(hidden_word, 0)]
        probs = (hidden @ router).softmax(dim=-1)
        weight, chosen = probs.max(dim=-1)
        expert_outputs = F.gelu(hidden @ up) @ down
        hidden = weight[:, None] * expert_outputs[chosen, torch.arange(len(chosen))]
        share = torch.bincount(chosen, minlength=num_experts) / len(chosen)
        balance = num_experts * (share * probs.mean(dim=0)).sum()
        loss = F.cross_entropy(hidden @ output, following) + 0.02 * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    token_embeddings = dict(zip(vocabulary, embeddings.detach().clone(), strict=True))
    return token_embeddings, router.detach().T.clone()


# %% [markdown]
# ### Write it
# - `tokenize`: lower-case words and single punctuation marks, in order. A word is a run of letters
#   and digits; an apostrophe (straight `'` or curly `’`) *inside* a word belongs to it. So `Don't`
#   is one token, `4096` is one token, `3.14` is three, `cells'` is two, and `...` is three. Hint:
#   `re.findall` with a pattern that tries a word first and a single mark second.
# - `assign_experts`: the router's logit of an expert is the dot product of its row of
#   `router_weight` with the token's embedding; the largest wins. Softmax keeps the order, so you do
#   not need it here. Hint: a dict's `get` can return another entry for a missing word.
# - `usage_by_kind`: count, then divide each row by its own sum. A row that counted nothing stays 0.
# - `routing_html`: a token can be `<` or `&`; `html.escape` makes it harmless. Hint: a list of 16
#   light background colours, indexed by expert, never changes between calls.
#
# Raise `ValueError` naming the argument and its value when `tokens` and `expert_ids` have different
# lengths, and when an expert id is out of range (below 0, or not below `num_experts` where that is
# known).

# %% [raw]
# # BEGIN SOLUTION

# %%
def tokenize(text):
    """Lower-case words and single punctuation marks of an English text, in order: list[str].

    An apostrophe inside a word belongs to the word.
    """
    # BEGIN SOLUTION
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())
    # END SOLUTION


def assign_experts(tokens, token_embeddings, router_weight):
    """Top-1 expert of each token: list[int]. Unknown words use token_embeddings["<unk>"].

    token_embeddings: dict from word to (d_model,) tensor; router_weight: (num_experts, d_model).
    """
    # BEGIN SOLUTION
    unknown = token_embeddings["<unk>"]
    return [
        int((router_weight @ token_embeddings.get(token, unknown)).argmax()) for token in tokens
    ]
    # END SOLUTION


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    """Share of each expert, (2, num_experts) float tensor.

    Row 0: tokens in function_words (any collection of str). Row 1: all other tokens with a letter
    or a digit; punctuation is left out. Each row sums to 1, or is all 0 if that kind does not occur.
    """
    # BEGIN SOLUTION
    if len(tokens) != len(expert_ids):
        raise ValueError(f"expert_ids has {len(expert_ids)} entries for {len(tokens)} tokens")
    function, other = [], []
    for token, expert in zip(tokens, expert_ids, strict=True):
        if not 0 <= expert < num_experts:
            raise ValueError(f"expert_ids holds {expert} with num_experts={num_experts}")
        if token in function_words:
            function.append(expert)
        elif any(character.isalnum() for character in token):
            other.append(expert)
    counts = torch.stack([
        torch.bincount(torch.tensor(kind, dtype=torch.int64), minlength=num_experts)
        for kind in (function, other)
    ])
    return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
    # END SOLUTION


def routing_html(tokens, expert_ids):
    """The tokens coloured by expert: str with one <span> per token.

    A span holds the escaped token and nothing else, an inline style with the background colour of
    its expert, and title="expert N". Experts 0 to 15 have distinct colours, the same in every call.
    """
    # BEGIN SOLUTION
    if len(tokens) != len(expert_ids):
        raise ValueError(f"expert_ids has {len(expert_ids)} entries for {len(tokens)} tokens")
    colours = [
        "#9ecae1", "#f7c46c", "#8fd3b6", "#e5b3d1", "#f2e57a", "#b9b9b9", "#f4a582", "#a3b5ff",
        "#d9c7a0", "#7fd6e0", "#c9e28d", "#d2b3ff", "#ffb3b3", "#8fb3a0", "#e0a030", "#d0e8ff",
    ]
    spans = []
    for token, expert in zip(tokens, expert_ids, strict=True):
        if expert < 0:
            raise ValueError(f"expert_ids holds {expert}, which is negative")
        style = f"background:{colours[expert % len(colours)]};color:#000;padding:1px 3px"
        spans.append(f'<span style="{style}" title="expert {expert}">{html.escape(token)}</span>')
    return " ".join(spans)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_prediction_is_answered(prediction_expert_routing):
    answer = prediction_expert_routing
    pair = type(answer) in (tuple, list) and len(answer) == 2
    assert pair and answer[0] in ("same", "different") and answer[1] in ("same", "can differ"), (
        f"prediction_expert_routing is {answer!r}; write a pair: 'same' or 'different' for the "
        "model here, then 'same' or 'can differ' for a real transformer"
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_mitochondria_sentence_has_9_tokens(tokenize):
    text = "The mitochondria is the powerhouse of the cell."
    expected = ["the", "mitochondria", "is", "the", "powerhouse", "of", "the", "cell", "."]
    actual = tokenize(text)
    assert actual == expected, f"tokenize({text!r}) returned {actual!r}; expected {expected!r}"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
""" # END TEST CONFIG
def test_three_words_find_their_experts(assign_experts):
    import torch
    embeddings = {
        "<unk>": torch.tensor([-1.0, 0.0]),
        "the": torch.tensor([1.0, 1.5]),
        "cell": torch.tensor([-1.5, 0.5]),
    }
    router_weight = torch.tensor([[-2.0, 0.0], [0.5, 0.0], [0.0, 1.0]])
    actual = assign_experts(["cell", "the", "zebra"], embeddings, router_weight)
    assert actual is not None, "assign_experts returned None; expected a list of expert numbers"
    assert [int(expert) for expert in actual] == [0, 2, 0], (
        f"assign_experts(['cell', 'the', 'zebra'], ...) returned {actual!r}; expected [0, 2, 0]: "
        "the logits are (3, -0.75, 0.5) for 'cell', (-2, 0.5, 1.5) for 'the', and (2, -0.5, 0) for "
        "'<unk>', which stands in for 'zebra'"
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_usage_of_the_five_tokens_in_the_text(usage_by_kind):
    import torch
    tokens = ["the", "cell", "and", "the", ","]
    actual = usage_by_kind(tokens, [0, 1, 1, 0, 2], {"the", "and"}, 3)
    assert actual is not None, "usage_by_kind returned None; expected a (2, 3) tensor"
    expected = torch.tensor([[2 / 3, 1 / 3, 0.0], [0.0, 1.0, 0.0]])
    assert tuple(actual.shape) == (2, 3), (
        f"usage_by_kind of the five tokens returned shape {tuple(actual.shape)}; expected (2, 3)"
    )
    assert torch.allclose(torch.as_tensor(actual).float(), expected, atol=1e-5), (
        f"usage_by_kind of the five tokens returned {actual.tolist()}; expected {expected.tolist()}"
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_html_names_the_expert_of_each_token(routing_html):
    call = "routing_html(['the', 'cell', '<'], [1, 0, 2])"
    page = routing_html(["the", "cell", "<"], [1, 0, 2])
    assert page is not None, f"{call} returned None; expected a str"
    for text, expert in (("the", 1), ("cell", 0), ("&lt;", 2)):
        found = page.replace("&#60;", "&lt;").find(f">{text}</span>")
        assert found >= 0, f"{call} returned {page!r}; expected a span that holds just {text!r}"
        assert f"expert {expert}" in page, (
            f"{call} returned {page!r}; expected a title 'expert {expert}'"
        )
    assert "background" in page, (
        f"{call} returned {page!r}; expected a background colour in an inline style"
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Every punctuation mark is a token of its own, and none is dropped or glued to a word.
""" # END TEST CONFIG
def test_punctuation_marks(tokenize):
    from reference import expert_routing
    expert_routing.check_tokens(tokenize, expert_routing.PUNCTUATED)

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: An apostrophe inside a word belongs to the word, at its edge it does not. A run of digits is a word too.
""" # END TEST CONFIG
def test_apostrophes_and_numbers(tokenize):
    from reference import expert_routing
    expert_routing.check_tokens(tokenize, expert_routing.APOSTROPHES)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The same word with a capital letter is the same token.
""" # END TEST CONFIG
def test_capital_letters(tokenize):
    from reference import expert_routing
    expert_routing.check_tokens(tokenize, expert_routing.CAPITALS)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Tokens stay in the order of the text, repetitions included, whatever the white space between them. An empty text has none.
""" # END TEST CONFIG
def test_order_and_white_space(tokenize):
    from reference import expert_routing
    expert_routing.check_tokens(tokenize, expert_routing.SPACED)

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: Each token asks every expert on its own, and the largest logit wins.
""" # END TEST CONFIG
def test_largest_logit_wins(assign_experts):
    from reference import checks, expert_routing
    for num_experts, d_model, seed in ((5, 3, 1), (2, 7, 2), (9, 4, 3)):
        words, embeddings, router_weight = expert_routing.random_router(num_experts, d_model, seed)
        tokens = words + words[::-1]
        expected = expert_routing.assign_experts(tokens, embeddings, router_weight)
        expert_routing.check_ids(assign_experts(tokens, embeddings, router_weight), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A word that the model never met is routed by the embedding kept for such words.
""" # END TEST CONFIG
def test_words_the_model_never_met(assign_experts):
    from reference import expert_routing
    for expert in (5, 1, 3):
        embeddings, router_weight = expert_routing.plain_router(6, expert)
        tokens = ["zebra", "two", "quark", "four", "zebra"]
        expected = expert_routing.assign_experts(tokens, embeddings, router_weight)
        expert_routing.check_ids(assign_experts(tokens, embeddings, router_weight), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Each of the two rows is divided by its own number of tokens.
""" # END TEST CONFIG
def test_usage_of_each_kind(usage_by_kind):
    from reference import checks, expert_routing
    tokens = ["so", "the", "big", "cat", "and", "the", "dog", "ran", "to", "the", "end", "of", "it"]
    ids = [3, 0, 1, 2, 0, 3, 1, 1, 4, 0, 2, 2, 0]
    for function_words in (["the", "and", "to", "of", "so", "it"], {"the", "of"}):
        expected = expert_routing.usage_by_kind(tokens, ids, function_words, 6)
        actual = usage_by_kind(tokens, ids, function_words, 6)
        checks.close(actual, expected, atol=1e-6, what="usage")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A kind that does not occur has a row of zeros.
""" # END TEST CONFIG
def test_usage_of_a_kind_that_does_not_occur(usage_by_kind):
    from reference import checks, expert_routing
    for tokens in (["the", "of"], ["cell", "wall", "salt"], []):
        ids = [1] * len(tokens)
        expected = expert_routing.usage_by_kind(tokens, ids, ["the", "of"], 3)
        actual = usage_by_kind(tokens, ids, ["the", "of"], 3)
        checks.close(actual, expected, atol=1e-6, what="usage")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Punctuation is neither a function word nor another word. Numbers and words with an apostrophe are words.
""" # END TEST CONFIG
def test_usage_counts_words_only(usage_by_kind):
    from reference import checks, expert_routing
    tokens = ["it's", ",", "4096", "-", "don't", "(", "it's", ".", "'"]
    ids = [0, 1, 2, 3, 0, 1, 2, 1, 1]
    expected = expert_routing.usage_by_kind(tokens, ids, ["it's"], 4)
    checks.close(usage_by_kind(tokens, ids, ["it's"], 4), expected, atol=1e-6, what="usage")

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: One span for each token, in order, repetitions included, with the token alone inside and its expert in the title.
""" # END TEST CONFIG
def test_html_has_one_span_per_token(routing_html):
    from reference import expert_routing
    tokens, ids = ["a", "cat", "a", "dog", "."], [2, 13, 0, 11, 11]
    spans = expert_routing.spans_of(routing_html(tokens, ids))
    wanted = [(token, f"expert {expert}") for token, expert in zip(tokens, ids, strict=True)]
    assert [(span.text, span.title) for span in spans] == wanted, f"spans: {spans}"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: A token can be a character that means something in HTML. The page must show it, not obey it.
""" # END TEST CONFIG
def test_html_shows_special_characters(routing_html):
    from reference import expert_routing
    tokens = ["<", "b", ">", "&", "&lt;", "<b>", "x"]
    page = routing_html(tokens, list(range(len(tokens))))
    assert [span.text for span in expert_routing.spans_of(page)] == tokens
    assert expert_routing.is_escaped(page), "a bare & or < is left in the page"

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: Sixteen experts need sixteen colours, and they are the same sixteen whenever the page is made.
""" # END TEST CONFIG
def test_html_colours_tell_experts_apart(routing_html):
    from reference import expert_routing
    tokens, ids = [f"w{expert}" for expert in range(16)], list(range(16))
    spans = expert_routing.spans_of(routing_html(tokens, ids))
    assert len({span.colour for span in spans}) == 16, f"colours: {spans}"
    assert expert_routing.spans_of(routing_html(tokens, ids)) == spans

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: An expert keeps its colour from one sentence to the next, whoever else occurs in it.
""" # END TEST CONFIG
def test_html_colours_stay(routing_html):
    from reference import expert_routing
    colours = {}
    for ids in ([3, 1, 4], [1, 5, 3], [5, 4], [1]):
        tokens = [f"w{expert}" for expert in ids]
        for span in expert_routing.spans_of(routing_html(tokens, ids)):
            assert span.colour == colours.setdefault(span.title, span.colour), f"{span}"
    assert len(colours) == 4

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: A ValueError names the argument when the lists differ in length or an expert does not exist.
""" # END TEST CONFIG
def test_errors_name_the_argument(usage_by_kind, routing_html):
    from reference import checks
    checks.tensor(usage_by_kind(["the", "cell"], [0, 1], ["the"], 2), (2, 2))
    assert type(routing_html(["a"], [0])) is str
    lengths, ids = ("tokens", "expert_ids"), ("expert_id", "expert id")
    checks.rejects(usage_by_kind, ["the", "cell"], [0], ["the"], 2, naming=lengths)
    checks.rejects(usage_by_kind, ["the"], [0, 1], ["the"], 2, naming=lengths)
    checks.rejects(usage_by_kind, ["the", "cell"], [0, 2], ["the"], 2, naming=ids)
    checks.rejects(usage_by_kind, ["the", "cell"], [-1, 0], ["the"], 2, naming=ids)
    checks.rejects(routing_html, ["a", "b"], [0], naming=lengths)
    checks.rejects(routing_html, ["a"], [0, 1], naming=lengths)
    checks.rejects(routing_html, ["a"], [-1], naming=ids)

# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ### Look
# Three sentences, each token coloured by the expert that works for it (point at a token to read the
# expert's number). "Ready" is a word that the model never met.

# %%
from IPython.display import HTML, display

token_embeddings, router_weight = train_tiny_moe()
try:
    pages, heard = [], set()
    for sentence in (
        "The mitochondria is the powerhouse of the cell.",
        "Don't open the oven: the bread isn't ready.",
        "The train to the city is late, so she reads a book.",
    ):
        tokens = tokenize(sentence)
        expert_ids = assign_experts(tokens, token_embeddings, router_weight)
        heard.update(i for token, i in zip(tokens, expert_ids, strict=True) if token == "the")
        pages.append(f"<p style='line-height:2'>{routing_html(tokens, expert_ids)}</p>")
        print(" ".join(f"{token}[{i}]" for token, i in zip(tokens, expert_ids, strict=True)))
    display(HTML("".join(pages)))
    print(f"Experts that the word 'the' went to, over all three sentences: {sorted(heard)}.")
except Exception:
    print("Fill in tokenize, assign_experts and routing_html above, then run this cell again.")

# %%
try:
    tokens = tokenize(CORPUS)
    expert_ids = assign_experts(tokens, token_embeddings, router_weight)
    usage = torch.as_tensor(usage_by_kind(tokens, expert_ids, FUNCTION_WORDS, 4)).double().numpy()
    figure, axis = plt.subplots(figsize=(6.5, 2.6), layout="constrained")
    picture = axis.imshow(usage, cmap="cividis", vmin=0, vmax=0.6, aspect="auto")
    for row in range(2):
        for expert in range(4):
            shade = "black" if usage[row, expert] > 0.35 else "white"
            axis.text(expert, row, f"{usage[row, expert]:.2f}", ha="center", va="center", color=shade)
    axis.set_xticks(range(4), [f"expert {expert}" for expert in range(4)])
    axis.set_yticks(range(2), ["function words", "other words"])
    axis.set_title("Share of each kind of word, whole corpus (rows sum to 1)")
    axis.grid(False)
    figure.colorbar(picture, label="share of the row")
    plt.show()
    top = usage.argmax(axis=1)
    print(
        f"Busiest expert for function words: {top[0]} with {usage[0, top[0]]:.2f} of them; the same "
        f"expert gets {usage[1, top[0]]:.2f} of the other words."
    )
except Exception:
    plt.close("all")
    print("Fill in tokenize, assign_experts and usage_by_kind above, then run this cell again.")

# %% [markdown]
# And the topics? Here are the other words of four stretches of the corpus, each about one thing.

# %%
TOPICS = {"cells": (0, 10), "kitchens": (10, 19), "trains": (19, 29), "code": (29, 42)}
try:
    sentences, lines, largest = CORPUS.strip().splitlines(), [], 0.0
    for topic, (first, last) in TOPICS.items():
        tokens = tokenize(" ".join(sentences[first:last]))
        expert_ids = assign_experts(tokens, token_embeddings, router_weight)
        shares = torch.as_tensor(usage_by_kind(tokens, expert_ids, FUNCTION_WORDS, 4))[1].tolist()
        largest = max(largest, *shares)
        lines.append(f"{topic:8}  " + "  ".join(f"{share:8.2f}" for share in shares))
except Exception:
    print("Fill in tokenize, assign_experts and usage_by_kind above, then run this cell again.")
else:
    print("topic     " + "  ".join(f"expert {expert}" for expert in range(4)))
    print("\n".join(lines))
    print(f"No expert gets more than {largest:.2f} of the words of a topic.")

# %% [markdown]
# ### What you saw
# One sentence uses several experts: routing is decided token by token, and nobody told the router
# what to specialise in. Function words lean to one expert and the other words spread out, but every
# expert gets some of both. Each of the four topics spreads over all experts, so none of them is the
# one for biology or for trains. This is also what the authors of Mixtral found when they looked for
# topics. Here equal words always meet equal experts,
# since the router sees an embedding without context; in a transformer the hidden state at "the"
# depends on what came before it, so two occurrences can part ways.
