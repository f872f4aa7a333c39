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
# "The mitochondria is the powerhouse of the cell." has "the" three times. You will route it twice.
# First the router gets the embedding of each word as it is. Then it gets half of that embedding plus
# half of the mean of the words before it, a crude stand-in for what attention does (the first word
# has none before it and stays as it is). Will the three go to one and the same expert? Write a pair,
# `"same"` or `"different"` for the first time, then for the second.

# %% [raw]
# # BEGIN SOLUTION

# %%
prediction_expert_routing = ("same", "different")  # SOLUTION

# %% [raw]
# # END SOLUTION

# %% [markdown]
# ### The model
# Given: 48 sentences about cells, kitchens, trains and code, a list of function words, and
# `train_tiny_moe()`, which trains a small language model with 4 experts on them in a few seconds.
# It returns `token_embeddings`, a dict from word to a `(d_model,)` tensor with the entry `"<unk>"`
# for every word it never met, and `router_weight`, `(num_experts, d_model)`. `EXPERT_COLOURS` holds
# 16 light colours that are easy to tell apart.

# %%
EXPERT_COLOURS = [
    "#9ecae1", "#f7c46c", "#8fd3b6", "#e5b3d1", "#f2e57a", "#b9b9b9", "#f4a582", "#a3b5ff",
    "#d9c7a0", "#7fd6e0", "#c9e28d", "#d2b3ff", "#ffb3b3", "#8fb3a0", "#e0a030", "#d0e8ff",
]

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
#   and digits; an apostrophe (straight `'` or curly `’`) *inside* a word belongs to it and stays as it
#   stands, so `isn’t` does not become `isn't`: only capital letters and white space are lost. Every
#   other character, `,` and `$` among them, is a mark by itself (no test asks about the underscore).
#   `Don't` is one token, `4096` is one token, `3.14` is three, `cells'` is two, and `...` is three.
#   Hint: `re.findall` with a pattern that tries a word first and a single mark second.
# - `assign_experts`: the router's logit of an expert is the dot product of its row of
#   `router_weight` with the token's embedding; the largest wins. Softmax keeps the order, so you do
#   not need it here. Hint: a dict's `get` can return another entry for a missing word.
# - `usage_by_kind`: count, then divide each row by its own sum. A row that counted nothing stays 0.
# - `routing_html`: a token can be `<` or `&`; `html.escape` makes it harmless. Hint: a list of
#   colours, indexed by expert, never changes between calls.
#
# Raise `ValueError` when `tokens` and `expert_ids` have different lengths (name either and give both
# lengths), and when an entry of `expert_ids` is no expert (name `expert_ids` and give the entry). In
# `usage_by_kind` the experts are 0 to `num_experts - 1`. `routing_html` does not know how many there
# are, so only a negative entry is wrong there; from 16 on colours may repeat.

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
    spans = []
    for token, expert in zip(tokens, expert_ids, strict=True):
        if expert < 0:
            raise ValueError(f"expert_ids holds {expert}, which is negative")
        colour = EXPERT_COLOURS[expert % len(EXPERT_COLOURS)]
        style = f"background:{colour};padding:1px 3px"
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
    said = "still `...`" if answer is ... else repr(answer)
    pair = type(answer) in (tuple, list) and len(answer) == 2
    assert pair and all(part in ("same", "different") for part in answer), (
        f"prediction_expert_routing is {said}; write a pair of 'same' or 'different', such as "
        "('different', 'same'), for the embeddings alone and for those with context."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_mitochondria_sentence_has_9_tokens(tokenize):
    text = "The mitochondria is the powerhouse of the cell."
    expected = ["the", "mitochondria", "is", "the", "powerhouse", "of", "the", "cell", "."]
    actual = tokenize(text)
    assert type(actual) is list and actual == expected, f"tokenize({text!r}) returned {actual!r}; expected {expected!r} here."

# %%
""" # BEGIN TEST CONFIG
points: 0.25
""" # END TEST CONFIG
def test_words_and_marks_of_the_text(tokenize):
    for text, expected in (
        ("Don't", ["don't"]), ("isn\u2019t", ["isn\u2019t"]), ("4096", ["4096"]),
        ("3.14", ["3", ".", "14"]), ("cells'", ["cells", "'"]), ("...", [".", ".", "."]),
    ):
        actual = tokenize(text)
        assert type(actual) is list and actual == expected, f"tokenize({text!r}) returned {actual!r}; expected {expected!r} here."

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_three_words_find_their_experts(assign_experts):
    import torch

    embeddings = {
        "<unk>": torch.tensor([-1.0, 0.0]),
        "the": torch.tensor([1.0, 1.5]),
        "cell": torch.tensor([-1.5, 0.5]),
    }
    router_weight = torch.tensor([[-2.0, 0.0], [0.5, 0.0], [0.0, 1.0]])
    call = "assign_experts(['cell', 'the', 'zebra'], ...)"
    actual = assign_experts(["cell", "the", "zebra"], embeddings, router_weight)
    assert type(actual) in (list, tuple), f"{call} returned {described(actual)}; expected a list of expert numbers."
    assert len(actual) == 3, f"{call} returned {len(actual)} numbers; expected 3, one for each token."
    for expert in actual:
        assert hasattr(expert, "__int__"), (
            f"{call} returned a list with {described(expert)} in it; expected expert numbers."
        )
    numbers = [int(expert) for expert in actual]
    assert numbers == [0, 2, 0], (
        f"{call} returned {numbers}; expected [0, 2, 0]: the logits are (3, -0.75, 0.5) for 'cell', "
        "(-2, 0.5, 1.5) for 'the', and (2, -0.5, 0) for '<unk>', which stands in for 'zebra' there."
    )

# %%
""" # BEGIN TEST CONFIG
points: 1
""" # END TEST CONFIG
def test_usage_of_the_five_tokens_in_the_text(usage_by_kind):
    import torch

    call = "usage_by_kind(['the', 'cell', 'and', 'the', ','], [0, 1, 1, 0, 2], {'the', 'and'}, 3)"
    actual = usage_by_kind(["the", "cell", "and", "the", ","], [0, 1, 1, 0, 2], {"the", "and"}, 3)
    assert hasattr(actual, "shape"), f"{call} returned {described(actual)}; expected a (2, 3) tensor."
    assert tuple(actual.shape) == (2, 3), (
        f"{call} returned shape {tuple(actual.shape)}; expected (2, 3): two kinds, three experts."
    )
    expected = [[0.6667, 0.3333, 0.0], [0.0, 1.0, 0.0]]
    shown = [[round(share, 4) for share in row] for row in actual.tolist()]
    assert torch.allclose(torch.as_tensor(actual).float(), torch.tensor(expected), atol=1e-4), (
        f"{call} returned {shown}; expected about {expected}, each row divided by its own sum."
    )

# %%
""" # BEGIN TEST CONFIG
points: 0.75
""" # END TEST CONFIG
def test_html_names_the_expert_of_each_token(routing_html):
    call = "routing_html(['the', 'cell', '<'], [1, 0, 2])"
    page = routing_html(["the", "cell", "<"], [1, 0, 2])
    assert type(page) is str, f"{call} returned {described(page)}; expected a str."
    for text, expert in (("the", 1), ("cell", 0), ("&lt;", 2)):
        found = page.replace("&#60;", "&lt;").find(f">{text}</span>")
        assert found >= 0, f"{call} returned {page!r}; expected a span that holds just {text!r} in it."
        assert f"expert {expert}" in page, (
            f"{call} returned {page!r}; expected a title 'expert {expert}', in small letters."
        )
    assert "background" in page, (
        f"{call} returned {page!r}; expected a background colour in an inline style."
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
points: 0.25
hidden: true
failure_message: An apostrophe inside a word belongs to the word. A run of letters and digits is one word.
""" # END TEST CONFIG
def test_apostrophes_and_numbers(tokenize):
    from reference import expert_routing

    expert_routing.check_tokens(tokenize, expert_routing.APOSTROPHES)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: An apostrophe may be straight or curly; either belongs to its word and stays as it stands.
""" # END TEST CONFIG
def test_curly_apostrophes(tokenize):
    from reference import expert_routing

    expert_routing.check_tokens(tokenize, expert_routing.CURLY)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: An apostrophe before or after a word is no part of it.
""" # END TEST CONFIG
def test_apostrophes_at_the_edge(tokenize):
    from reference import expert_routing

    expert_routing.check_words(tokenize, expert_routing.EDGES)

# %%
""" # BEGIN TEST CONFIG
points: 0.25
hidden: true
failure_message: The same word with a capital letter is the same token.
""" # END TEST CONFIG
def test_capital_letters(tokenize):
    from reference import expert_routing

    for text in expert_routing.CAPITALS:
        capital, small = tokenize(text), tokenize(text.lower())
        assert type(capital) in (list, tuple) and capital, "no tokens"
        assert capital == small, "capital letters make other tokens"

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
    from reference import expert_routing

    for num_experts, d_model, seed in ((5, 3, 1), (2, 7, 2), (9, 4, 3)):
        words, embeddings, router_weight = expert_routing.random_router(num_experts, d_model, seed)
        tokens = words + words[::-1]
        expected = expert_routing.assign_experts(tokens, embeddings, router_weight)
        expert_routing.check_ids(assign_experts(tokens, embeddings, router_weight), expected)

# %%
""" # BEGIN TEST CONFIG
points: 0.75
hidden: true
failure_message: A word that the model never met is routed by the embedding kept for such words, and the dict stays as it was.
""" # END TEST CONFIG
def test_words_the_model_never_met(assign_experts):
    from reference import expert_routing

    for expert in (5, 1, 3):
        embeddings, router_weight = expert_routing.plain_router(6, expert)
        words = list(embeddings)
        for token in ("zebra", "two", "quark", "four"):
            expected = expert_routing.assign_experts([token], embeddings, router_weight)
            expert_routing.check_ids(assign_experts([token], embeddings, router_weight), expected)
        assert list(embeddings) == words, f"the dict of embeddings now has {list(embeddings)}"

# %%
""" # BEGIN TEST CONFIG
points: 0.75
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
    from reference import checks

    for tokens, rows_in_use in ((["the", "of"], 1), (["cell", "wall", "salt"], 1), ([], 0)):
        usage = checks.tensor(usage_by_kind(tokens, [1] * len(tokens), ["the", "of"], 3), (2, 3))
        used = int((usage != 0).any(dim=1).sum())
        assert used == rows_in_use, f"{used} rows hold something"

# %%
""" # BEGIN TEST CONFIG
points: 0.5
hidden: true
failure_message: Punctuation is neither a function word nor another word. Numbers and words with an apostrophe are words.
""" # END TEST CONFIG
def test_usage_counts_words_only(usage_by_kind):
    from reference import checks

    function_words = ["it's", "the"]
    plain = usage_by_kind(["the", "cell", "wall", "the", "salt"], [0, 1, 2, 3, 1], function_words, 4)
    plain = checks.tensor(plain, (2, 4))
    odd = usage_by_kind(["it's", "4096", "don't", "the", "2nd"], [0, 1, 2, 3, 1], function_words, 4)
    checks.close(odd, plain, atol=1e-6, what="usage with numbers and apostrophes")
    tokens = ["-", "the", ",", "cell", "wall", "(", "the", "salt", ".", "'"]
    ids = [3, 0, 0, 1, 2, 2, 3, 1, 1, 0]
    marked = usage_by_kind(tokens, ids, function_words, 4)
    checks.close(marked, plain, atol=1e-6, what="usage with punctuation")

# %%
""" # BEGIN TEST CONFIG
points: 0.25
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
points: 0.25
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
failure_message: A colour belongs to an expert; it stays the same for every word and from one sentence to the next.
""" # END TEST CONFIG
def test_html_colours_stay(routing_html):
    from reference import expert_routing

    colours = {}
    for ids in ([3, 1, 4], [1, 5, 3], [5, 4], [1]):
        tokens = ["the", "of", "cell"][: len(ids)]
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

    assert usage_by_kind(["the", "cell"], [0, 1], ["the"], 2) is not None
    assert type(routing_html(["a", "b"], [0, 20])) is str
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
# expert's number; the same is printed below). "Ready" is a word that the model never met.

# %%
from IPython.display import HTML, display

token_embeddings, router_weight = train_tiny_moe()


def routed(tokens, embeddings=token_embeddings):
    """The expert of each token by your assign_experts, as a list of int."""
    if not isinstance(tokens, (list, tuple)) or not all(isinstance(token, str) for token in tokens):
        raise TypeError(f"tokenize returned {described(tokens)}; expected a list of str")
    expert_ids = assign_experts(tokens, embeddings, router_weight)
    if not isinstance(expert_ids, (list, tuple)):
        raise TypeError(f"assign_experts returned {described(expert_ids)}; expected a list")
    if len(expert_ids) != len(tokens):
        raise ValueError(f"assign_experts returned {len(expert_ids)} experts for {len(tokens)} tokens")
    for expert in expert_ids:
        if not hasattr(expert, "__int__"):
            raise TypeError(f"assign_experts returned a list with {described(expert)} in it; expected ints")
    return [int(expert) for expert in expert_ids]


def pretty(tokens, expert_ids):
    """Tokens and experts in one line of text."""
    return " ".join(f"{token}[{expert}]" for token, expert in zip(tokens, expert_ids, strict=True))


with look("tokenize", "assign_experts", "routing_html"):
    legend, lines, heard = [f"expert {expert}" for expert in range(4)], [], set()
    pages = [routing_html(legend, [0, 1, 2, 3])]
    for sentence in (
        "The mitochondria is the powerhouse of the cell.",
        "Don't open the oven: the bread isn't ready.",
        "The train to the city is late, so she reads a book.",
    ):
        tokens = tokenize(sentence)
        expert_ids = routed(tokens)
        heard.update(i for token, i in zip(tokens, expert_ids, strict=True) if token == "the")
        pages.append(routing_html(tokens, expert_ids))
        lines.append(pretty(tokens, expert_ids))
    if not all(isinstance(page, str) for page in pages):
        raise TypeError(f"routing_html returned {described(pages[0])}; expected a str")
    paragraphs = "".join(f"<p style='line-height:2'>{page}</p>" for page in pages)
    display(HTML(f"<div style='background:#fff;color:#000;padding:4px 12px'>{paragraphs}</div>"))
    print("\n".join(lines))
    print(f"Experts that the word 'the' went to, over all three sentences: {sorted(heard)}.")

# %%
def draw_usage(usage, names):
    """A table of shares: one row for each kind of word, one column for each expert."""
    figure, axis = plt.subplots(figsize=(6.8, 3), layout="constrained")
    limit = max(0.6, float(usage.max()))
    picture = axis.imshow(usage, cmap="cividis", vmin=0, vmax=limit, aspect="auto")
    for (row, expert), share in np.ndenumerate(usage):
        shade = "black" if share > 0.55 * limit else "white"
        axis.text(expert, row, f"{share:.2f}", ha="center", va="center", color=shade)
    axis.set_xticks(range(4), [f"expert {expert}" for expert in range(4)])
    axis.set_yticks(range(len(names)), names)
    axis.set_title("Share of each kind of word, whole corpus")
    axis.grid(False)
    figure.colorbar(picture, label="share of the row")
    plt.show()


with look("tokenize", "assign_experts", "usage_by_kind"):
    tokens = tokenize(CORPUS)
    expert_ids = routed(tokens)
    usage = expect("usage_by_kind", usage_by_kind(tokens, expert_ids, FUNCTION_WORDS, 4), 2, 4)
    others = [place for place, token in enumerate(tokens) if token != "the"]
    fewer = [tokens[place] for place in others], [expert_ids[place] for place in others]
    without = expect("usage_by_kind", usage_by_kind(*fewer, FUNCTION_WORDS, 4), 2, 4)
    usage = torch.stack([usage[0], without[0], usage[1]]).double().numpy()
    names = ["function words", "the same without \"the\"", "other words"]
    draw_usage(usage, names)
    for name, row in zip(names, usage, strict=True):
        print(f"{name:22}", " ".join(f"expert {expert}: {share:.2f}" for expert, share in enumerate(row)),
              f"sum {row.sum():.2f}")
    top = usage[0].argmax()
    print(f"Busiest expert for function words: {top} with {usage[0, top]:.2f} of them, {usage[1, top]:.2f} "
          f"without 'the'; it gets {usage[2, top]:.2f} of the other words.")
    print(f"'the' is {tokens.count('the')} of the {sum(token in FUNCTION_WORDS for token in tokens)} function words.")
    if abs(usage.sum(axis=1) - 1).max() > 1e-4:
        print("All three kinds of word occur here, so each row should sum to 1.")

# %% [markdown]
# And the topics? Here are the other words of four stretches of the corpus, each about one thing. Few
# words are never spread quite evenly, so the last line compares with chance: it deals the same words,
# each with its expert, to the four stretches at random, a thousand times.

# %%
TOPICS = {"cells": (0, 10), "kitchens": (10, 19), "trains": (19, 29), "code": (29, 42)}


def largest_by_chance(expert_ids, sizes, tries=1000):
    """The largest share of a topic that one expert gets when words are dealt out at random."""
    rng, ends = np.random.default_rng(0), np.cumsum(sizes)[:-1]
    deals = (np.split(rng.permutation(expert_ids), ends) for _ in range(tries))
    return np.array([max((np.unique(deal, return_counts=True)[1].max() / len(deal) for deal in topics
                          if len(deal)), default=0) for topics in deals])


with look("tokenize", "assign_experts", "usage_by_kind"):
    sentences, lines, largest, words = CORPUS.strip().splitlines(), [], 0.0, []
    for topic, (first, last) in TOPICS.items():
        tokens = tokenize(" ".join(sentences[first:last]))
        expert_ids = routed(tokens)
        usage = usage_by_kind(tokens, expert_ids, FUNCTION_WORDS, 4)
        words.append([expert for token, expert in zip(tokens, expert_ids, strict=True)
                      if token not in FUNCTION_WORDS and re.search(r"\w", token)])
        shares = expect("usage_by_kind", usage, 2, 4)[1].tolist()
        largest = max(largest, *shares)
        lines.append(f"{topic:8}  " + "  ".join(f"{share:8.2f}" for share in shares))
    print("topic     " + "  ".join(f"expert {expert}" for expert in range(4)))
    print("\n".join(lines))
    chance = largest_by_chance(sum(words, []), [len(topic) for topic in words])
    print(f"The largest of these shares is {largest:.2f}. Dealt out at random it is {chance.mean():.2f} on "
          f"average, and {largest:.2f} or more in {100 * (chance >= largest - 1e-6).mean():.0f} of 100 cases.")

# %% [markdown]
# Now the second half of your prediction. Each token keeps half of its embedding and takes the other
# half from the mean of the words before it. Your `assign_experts` routes the mixtures.

# %%
def in_context(tokens):
    """One embedding for each place in the sentence: half the word, half the mean of those before."""
    words = torch.stack([token_embeddings.get(token, token_embeddings["<unk>"]) for token in tokens])
    mixed = {"<unk>": token_embeddings["<unk>"]}
    for place, token in enumerate(tokens):
        before = words[:place].mean(dim=0) if place else words[0]
        mixed[f"{token}@{place}"] = (words[place] + before) / 2
    return mixed


with look("tokenize", "assign_experts"):
    for sentence in (
        "The mitochondria is the powerhouse of the cell.",
        "The train to the city is late, so she reads a book.",
    ):
        tokens = tokenize(sentence)
        alone = routed(tokens)
        mixed = routed([f"{token}@{place}" for place, token in enumerate(tokens)], in_context(tokens))
        print("word alone:  ", pretty(tokens, alone))
        print("with context:", pretty(tokens, mixed))
        for name, ids in (("alone", alone), ("with context", mixed)):
            heard = [i for token, i in zip(tokens, ids, strict=True) if token == "the"]
            verdict = "the same expert" if len(set(heard)) == 1 else "different experts"
            print(f"  'the', {name}: {heard}, {verdict}")
    print("Your prediction for the first sentence:", predicted("expert_routing"))

# %% [markdown]
# ### What you saw
# One sentence uses several experts: routing is decided token by token, and nobody told the router
# what to specialise in. Function words lean to one expert and the other words spread out, but every
# expert gets some of both. And the lean is mostly one frequent word: all occurrences of "the" go to one
# expert, and without them the row is more even. Training from another seed gives another pattern, so
# do not read a grammar into this one. The four topics spread over all experts, hardly more unevenly
# than chance would have it. The authors of Mixtral looked for topics as well and saw no obvious pattern
# (Jiang et al. 2024, section 5). With embeddings alone, equal words always meet equal experts, because
# the router sees nothing but the word. As soon as the words before are mixed in, as attention does,
# occurrences of one word are different vectors, and some of them part ways.
