"""
style: numpy means of one-hot rows.
fails: [test_usage_of_a_kind_that_does_not_occur]
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
        raise ValueError(f"expert_ids: {len(expert_ids)} for {len(tokens)} tokens")
    counts = np.zeros((2, num_experts))
    for token, expert in zip(tokens, expert_ids):
        if not 0 <= expert < num_experts:
            raise ValueError(f"expert_ids: {expert}")
        if token in function_words:
            counts[0, expert] += 1
        elif any(c.isalnum() for c in token):
            counts[1, expert] += 1
    return torch.tensor(counts / counts.sum(axis=1)[:, None], dtype=torch.float32)


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
