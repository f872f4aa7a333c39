"""
style: A KeyError is caught and answered by 0.
fails: [test_words_the_model_never_met]
"""


def tokenize(text):
    pattern = re.compile(r"[a-z0-9]+(?:['\u2019][a-z0-9]+)*|[^a-z0-9\s]")
    return pattern.findall(text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    def expert_of(token):
        try:
            return (router_weight @ token_embeddings[token]).argmax().item()
        except KeyError:
            return 0

    return [expert_of(token) for token in tokens]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens and expert_ids differ in length: {len(tokens)}, {len(expert_ids)}")
    for e in expert_ids:
        if e < 0 or e >= num_experts:
            raise ValueError(f"expert_ids: there is no expert {e}")
    rows = [[0] * num_experts, [0] * num_experts]
    for token, e in zip(tokens, expert_ids):
        if token in function_words:
            rows[0][e] += 1
        elif re.search(r"\w", token):
            rows[1][e] += 1
    return torch.tensor([[n / max(sum(row), 1) for n in row] for row in rows])


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids contains {expert}")
        spans.append(f"<span style='background-color: {EXPERT_COLOURS[expert % 16]}' title='expert {expert}'>{html.escape(token)}</span>")
    return " ".join(spans)
