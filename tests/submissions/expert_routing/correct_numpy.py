"""
style: Numpy for logits and counts; replace instead of html.escape; float64 usage.
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    weight = router_weight.numpy().astype(np.float64)
    table = {
        word: int(np.argmax(weight @ vector.numpy())) for word, vector in token_embeddings.items()
    }
    return [table.get(token, table["<unk>"]) for token in tokens]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens has length {len(tokens)}, expert_ids {len(expert_ids)}")
    counts = np.zeros((2, num_experts))
    words = frozenset(function_words)
    for token, expert in zip(tokens, expert_ids):
        if not 0 <= expert <= num_experts - 1:
            raise ValueError(f"expert_ids has the entry {expert}")
        is_word = any(c.isalpha() or c.isdigit() for c in token)
        if token in words or is_word:
            counts[0 if token in words else 1, expert] += 1
    sums = counts.sum(axis=1, keepdims=True)
    return torch.from_numpy(np.divide(counts, sums, out=np.zeros_like(counts), where=sums > 0))


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens ({len(tokens)}) and expert_ids ({len(expert_ids)}) differ")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids: {expert}")
        colour = f"hsl({expert * 360 / 16:.1f}, 80%, 80%)"
        safe = token.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        spans.append(
            f'<span style="background-color: {colour}" title="expert {expert}">{safe}</span>'
        )
    return " ".join(spans)
