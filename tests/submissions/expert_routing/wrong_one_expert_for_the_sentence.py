"""
misconception: The embeddings of the sentence are averaged and every token goes to the winner.
feedback: Routing is decided token by token, not once for a sentence.
fights: topic_specialists
fails: [test_largest_logit_wins, test_three_words_find_their_experts]
likely: true
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    hidden = torch.stack([token_embeddings.get(t, token_embeddings["<unk>"]) for t in tokens])
    best = int((router_weight @ hidden.mean(dim=0)).argmax())
    return [best] * len(tokens)


def usage_by_kind(tokens, expert_ids, function_words, num_experts):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens ({len(tokens)}) and expert_ids ({len(expert_ids)}) differ")
    usage = torch.zeros(2, num_experts)
    for token, expert in zip(tokens, expert_ids):
        if expert < 0 or expert >= num_experts:
            raise ValueError(f"expert_ids: {expert}")
        if token in function_words:
            usage[0, expert] += 1
        elif any(c.isalnum() for c in token):
            usage[1, expert] += 1
    total = usage.sum(dim=1, keepdim=True)
    return usage / total.clamp(min=1)


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"tokens ({len(tokens)}) and expert_ids ({len(expert_ids)}) differ")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids: {expert}")
        colour = f"hsl({expert * 360 / 16:.1f}, 80%, 80%)"
        spans.append(
            f'<span style="background-color: {colour}" title="expert {expert}">{html.escape(token)}</span>'
        )
    return " ".join(spans)
