"""
style: Masks; the second is not told to leave function words out.
fails: [test_usage_of_a_kind_that_does_not_occur, test_usage_of_each_kind, test_usage_of_the_five_tokens_in_the_text]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


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
    if any(not 0 <= e < num_experts for e in expert_ids):
        raise ValueError(f"expert_ids {expert_ids}")
    is_function = np.array([token in function_words for token in tokens], dtype=bool)
    is_word = np.array([any(c.isalnum() for c in token) for token in tokens], dtype=bool)
    ids = np.array(expert_ids, dtype=np.int64)
    rows = [np.bincount(ids[mask], minlength=num_experts) for mask in (is_function, is_word)]
    return torch.tensor(np.array([row / max(row.sum(), 1) for row in rows]), dtype=torch.float32)


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
