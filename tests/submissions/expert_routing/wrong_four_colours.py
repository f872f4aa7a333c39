"""
misconception: Four colours stand for any number of experts.
feedback: Sixteen experts need sixteen colours; with four of them experts 0 and 4 look the same.
fails: [test_html_colours_tell_experts_apart]
"""


def tokenize(text):
    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def assign_experts(tokens, token_embeddings, router_weight):
    unk = token_embeddings["<unk>"]
    return [int(torch.mv(router_weight, token_embeddings.get(word, unk)).argmax()) for word in tokens]


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
    return usage / usage.sum(dim=-1, keepdim=True).clamp_min(1.0)


def routing_html(tokens, expert_ids):
    if len(tokens) != len(expert_ids):
        raise ValueError(f"{len(tokens)} tokens but {len(expert_ids)} expert_ids")
    spans = []
    for token, expert in zip(tokens, expert_ids):
        if expert < 0:
            raise ValueError(f"expert_ids contains {expert}")
        spans.append(f"<span style='background-color: {EXPERT_COLOURS[expert % 4]}' title='expert {expert}'>{html.escape(token)}</span>")
    return " ".join(spans)
