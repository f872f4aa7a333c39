"""
style: A table of words to numbers, asked with index.
fails: [test_three_words_find_their_experts, test_words_the_model_never_met]
"""


def tokenize(text):
    pattern = re.compile(r"[a-z0-9]+(?:['\u2019][a-z0-9]+)*|[^a-z0-9\s]")
    return pattern.findall(text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    words = list(token_embeddings)
    logits = torch.stack([token_embeddings[word] for word in words]) @ router_weight.T
    best = logits.argmax(dim=1).tolist()
    return [best[words.index(token)] for token in tokens]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    usage = torch.zeros(2, num_experts)
    for token, expert in zip(tokens, expert_ids):
        if not 0 <= expert < num_experts:
            raise ValueError(f"expert_ids contains {expert}, num_experts is {num_experts}")
        if token in function_words:
            usage[0, expert] += 1
        elif any(c.isalnum() for c in token):
            usage[1, expert] += 1
    for row in usage:
        if row.sum() > 0:
            row /= row.sum().clone()
    return usage


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids contains {expert}")
        spans.append(f"<span style='background-color: {EXPERT_COLOURS[expert % 16]}' title='expert {expert}'>{html.escape(token)}</span>")
    return " ".join(spans)
