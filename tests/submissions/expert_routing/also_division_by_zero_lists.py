"""
style: Counts in lists, divided in Python.
fails: [test_usage_of_a_kind_that_does_not_occur]
"""


def tokenize(text):
    pattern = re.compile(r"[a-z0-9]+(?:['\u2019][a-z0-9]+)*|[^a-z0-9\s]")
    return pattern.findall(text.lower())


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
        raise ValueError(f"tokens and expert_ids differ: {len(tokens)}, {len(expert_ids)}")
    counts = [[0] * num_experts for _ in range(2)]
    for token, expert in zip(tokens, expert_ids):
        if expert < 0 or expert >= num_experts:
            raise ValueError(f"expert_ids: {expert}")
        if token in function_words:
            counts[0][expert] += 1
        elif any(c.isalnum() for c in token):
            counts[1][expert] += 1
    return torch.tensor([[n / sum(row) for n in row] for row in counts])


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids contains {expert}")
        spans.append(f"<span style='background-color: {EXPERT_COLOURS[expert % 16]}' title='expert {expert}'>{html.escape(token)}</span>")
    return " ".join(spans)
