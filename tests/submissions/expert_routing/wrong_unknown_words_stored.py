"""
misconception: Looking up an unknown word stores it in the dict of embeddings.
feedback: The dict belongs to the caller, and a look-up must leave it as it was; get does so, and setdefault or an assignment stores the unknown word in it.
fails: [test_words_the_model_never_met]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    expert_ids = []
    for token in tokens:
        if token not in token_embeddings:
            token_embeddings[token] = token_embeddings["<unk>"]
        logits = router_weight @ token_embeddings[token]
        expert_ids.append(int(logits.argmax()))
    return expert_ids


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens and expert_ids have {len(tokens)} and {len(expert_ids)} entries")
    shares = []
    for wants_function_word in (True, False):
        counts = torch.zeros(num_experts)
        for token, expert in zip(tokens, expert_ids):
            if expert < 0 or expert >= num_experts:
                raise ValueError(f"expert_ids has {expert}, num_experts is {num_experts}")
            is_word = any(c.isalnum() for c in token)
            if (token in function_words) == wants_function_word and is_word:
                counts[expert] += 1
        shares.append(counts / max(counts.sum().item(), 1))
    return torch.stack(shares)


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens and expert_ids have {len(tokens)} and {len(expert_ids)} entries")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids has {expert}")
        colour = EXPERT_COLOURS[expert % 16]
        spans.append(
            f"<span style='background-color:{colour}' title='expert {expert}'>{html.escape(token)}</span>"
        )
    return "\n".join(spans)
