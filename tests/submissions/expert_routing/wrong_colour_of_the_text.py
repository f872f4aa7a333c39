"""
misconception: The colour of the expert is given to the text and not to its background.
feedback: The colour belongs to the background of the span; coloured letters are hard to tell apart.
fails: [test_html_colours_stay, test_html_colours_tell_experts_apart, test_html_has_one_span_per_token, test_html_names_the_expert_of_each_token, test_html_shows_special_characters]
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
        raise ValueError(f"expert_ids: {len(expert_ids)} for {len(tokens)} tokens")
    if any(i < 0 or i >= num_experts for i in expert_ids):
        raise ValueError(f"expert_ids: {expert_ids} for num_experts={num_experts}")
    function = torch.tensor([t in function_words for t in tokens], dtype=torch.bool)
    word = torch.tensor([any(c.isalnum() for c in t) for t in tokens], dtype=torch.bool)
    one_hot = F.one_hot(torch.tensor(expert_ids, dtype=torch.long), num_experts).double()
    counts = torch.stack([one_hot[function].sum(0), one_hot[word & ~function].sum(0)])
    return torch.nan_to_num(counts / counts.sum(1, keepdim=True))


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens {len(tokens)} expert_ids {len(expert_ids)}")
    if any(e < 0 for e in expert_ids):
        raise ValueError(f"expert_ids {expert_ids}")
    return " ".join(f'<span style="color: {EXPERT_COLOURS[e % 16]}" title="expert {e}">{html.escape(t)}</span>' for t, e in zip(tokens, expert_ids))
