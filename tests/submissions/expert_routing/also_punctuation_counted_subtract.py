"""
style: All tokens less the function words.
fails: [test_usage_counts_words_only, test_usage_of_the_five_tokens_in_the_text]
"""


def tokenize(text):
    word = r"\w+(?:[\u2019']\w+)*"
    return [found.group(0) for found in re.finditer(word + r"|[^\s\w]", text.lower())]


def assign_experts(tokens, token_embeddings, router_weight):
    ids = []
    for token in tokens:
        if token in token_embeddings:
            embedding = token_embeddings[token]
        else:
            embedding = token_embeddings["<unk>"]
        ids.append(torch.argmax(router_weight @ embedding).item())
    return ids


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens {len(tokens)}, expert_ids {len(expert_ids)}")
    if any(not 0 <= e < num_experts for e in expert_ids):
        raise ValueError(f"expert_ids {expert_ids}")
    every = np.bincount(np.array(expert_ids, dtype=int), minlength=num_experts)
    own = np.array([e for t, e in zip(tokens, expert_ids) if t in function_words], dtype=int)
    function = np.bincount(own, minlength=num_experts)
    rows = np.stack([function, every - function])
    return torch.tensor(rows / np.maximum(rows.sum(axis=1, keepdims=True), 1))


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids contains {expert}")
        colour = EXPERT_COLOURS[expert % len(EXPERT_COLOURS)]
        text = html.escape(token, quote=False)
        spans.append(f'<span title="expert {expert}" style="background: {colour}">{text}</span>')
    return "<p>" + "\n".join(spans) + "</p>"
