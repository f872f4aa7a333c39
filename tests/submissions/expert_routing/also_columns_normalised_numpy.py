"""
style: numpy, summed along axis 0.
fails: [test_usage_of_each_kind, test_usage_of_the_five_tokens_in_the_text]
"""


def tokenize(text):
    pattern = re.compile(r"[a-z0-9]+(?:['\u2019][a-z0-9]+)*|[^a-z0-9\s]")
    return pattern.findall(text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    experts = []
    for token in tokens:
        x = token_embeddings.get(token, token_embeddings["<unk>"])
        logits = [float(torch.dot(row, x)) for row in router_weight]
        experts.append(logits.index(max(logits)))
    return experts


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens {len(tokens)}, expert_ids {len(expert_ids)}")
    counts = np.zeros((2, num_experts))
    for token, expert in zip(tokens, expert_ids):
        if expert < 0 or expert >= num_experts:
            raise ValueError(f"expert_ids: {expert}")
        if token in function_words:
            counts[0, expert] += 1
        elif any(c.isalnum() for c in token):
            counts[1, expert] += 1
    counts = counts / np.maximum(counts.sum(axis=0), 1)
    return torch.tensor(counts).float()


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids contains {expert}")
        spans.append(f"<span style='background-color: {EXPERT_COLOURS[expert % 16]}' title='expert {expert}'>{html.escape(token)}</span>")
    return " ".join(spans)
