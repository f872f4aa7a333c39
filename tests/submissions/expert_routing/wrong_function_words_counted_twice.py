"""
misconception: The second row counts all words, function words too.
feedback: Row 1 counts the words that are no function words; a word belongs to one of the two rows.
fails: [test_usage_of_a_kind_that_does_not_occur, test_usage_of_each_kind, test_usage_of_the_five_tokens_in_the_text]
likely: true
"""


def tokenize(text):
    return [
        match.group().lower()
        for match in re.finditer(r"[^\W_]+(?:['\u2019][^\W_]+)*|[^\w\s]", text)
    ]


def assign_experts(tokens, token_embeddings, router_weight):
    if not tokens:
        return []
    hidden = torch.stack([token_embeddings.get(t, token_embeddings["<unk>"]) for t in tokens])
    return (hidden @ router_weight.T).softmax(dim=-1).argmax(dim=-1).tolist()


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens {len(tokens)} expert_ids {len(expert_ids)}")
    t2 = torch.zeros(2, num_experts)
    for t, e in zip(tokens, expert_ids):
        if not 0 <= e < num_experts:
            raise ValueError(f"expert_ids {e}")
        if t in function_words:
            t2[0, e] += 1
        if any(c.isalnum() for c in t):
            t2[1, e] += 1
    return t2 / t2.sum(1, keepdim=True).clamp(min=1)


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"expert_ids: {len(expert_ids)} for {len(tokens)} tokens")
    if any(i < 0 for i in expert_ids):
        raise ValueError(f"expert_ids: {expert_ids}")
    cmap = plt.get_cmap("tab20")
    cells = []
    for token, i in zip(tokens, expert_ids):
        red, green, blue = (int(255 * c) for c in cmap(i % 20)[:3])
        style = f"color: black; background: rgb({red}, {green}, {blue})"
        cells.append(f"<span title='expert {i}' style='{style}'>{html.escape(token)}</span>")
    return "<div><p>" + "".join(cells) + "</p></div>"
