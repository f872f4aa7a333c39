"""
style: The second row is all that is not in the first list.
fails: [test_usage_counts_words_only, test_usage_of_the_five_tokens_in_the_text]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    unk = token_embeddings["<unk>"]
    return [int(torch.mv(router_weight, token_embeddings.get(word, unk)).argmax()) for word in tokens]


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens {len(tokens)}, expert_ids {len(expert_ids)}")
    if any(e < 0 or e >= num_experts for e in expert_ids):
        raise ValueError(f"expert_ids {expert_ids}, num_experts {num_experts}")
    first = [e for t, e in zip(tokens, expert_ids) if t in function_words]
    second = [e for t, e in zip(tokens, expert_ids) if t not in function_words]
    rows = []
    for chosen in (first, second):
        counts = torch.tensor([float(chosen.count(e)) for e in range(num_experts)])
        rows.append(counts / len(chosen) if chosen else counts)
    return torch.stack(rows)


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
