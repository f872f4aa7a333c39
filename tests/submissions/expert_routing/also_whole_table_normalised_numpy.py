"""
style: numpy, divided by the sum of all counts.
fails: [test_usage_of_each_kind, test_usage_of_the_five_tokens_in_the_text]
"""


def tokenize(text):
    word = r"\w+(?:[\u2019']\w+)*"
    return [found.group(0) for found in re.finditer(word + r"|[^\s\w]", text.lower())]


def assign_experts(tokens, token_embeddings, router_weight):
    unk = token_embeddings["<unk>"]
    return [int(torch.mv(router_weight, token_embeddings.get(word, unk)).argmax()) for word in tokens]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens has {len(tokens)} entries, expert_ids {len(expert_ids)}")
    counts = np.zeros((2, num_experts), dtype=np.float32)
    for token, expert in zip(tokens, expert_ids):
        if expert not in range(num_experts):
            raise ValueError(f"expert_ids: {expert}")
        if token in function_words:
            counts[0, expert] += 1
        elif any(c.isalnum() for c in token):
            counts[1, expert] += 1
    if counts.sum() > 0:
        counts = counts / np.sum(counts)
    return torch.from_numpy(counts)


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
