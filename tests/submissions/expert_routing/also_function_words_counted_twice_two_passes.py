"""
style: One pass for each row; the second takes every word.
fails: [test_usage_of_a_kind_that_does_not_occur, test_usage_of_each_kind, test_usage_of_the_five_tokens_in_the_text]
"""


def tokenize(text):
    pattern = re.compile(r"[a-z0-9]+(?:['\u2019][a-z0-9]+)*|[^a-z0-9\s]")
    return pattern.findall(text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    unk = token_embeddings["<unk>"]
    return [int(torch.mv(router_weight, token_embeddings.get(word, unk)).argmax()) for word in tokens]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens {len(tokens)}, expert_ids {len(expert_ids)}")
    if any(not 0 <= e < num_experts for e in expert_ids):
        raise ValueError(f"expert_ids {expert_ids}")
    usage = torch.zeros(2, num_experts)
    for token, e in zip(tokens, expert_ids):
        usage[0, e] += token in function_words
    for token, e in zip(tokens, expert_ids):
        usage[1, e] += any(c.isalnum() for c in token)
    return usage / usage.sum(dim=1, keepdim=True).clamp(min=1)


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids contains {expert}")
        spans.append(f"<span style='background-color: {EXPERT_COLOURS[expert % 16]}' title='expert {expert}'>{html.escape(token)}</span>")
    return " ".join(spans)
